/* S5, and L1 of backups. */
#include "cycle_help.h"

#include <string.h>

static void s5_a_lost_answer_is_looked_for_before_any_resend(void **state)
{
	static const struct {
		enum fate fate;
		bool visible_at_start;
		size_t creates;
	} cases[] = {
		{FATE_LOST_AFTER, true, 1},
		{FATE_LOST_AFTER, false, 1},
		{FATE_LATE, true, 1},
		{FATE_LATE, false, 1},
		{FATE_DUPLICATED, true, 1},
		{FATE_DUPLICATED, false, 1},
		{FATE_TRUNCATED, true, 1},
		{FATE_TRUNCATED, false, 1},
		{FATE_LOST_BEFORE, true, 2},
		{FATE_LOST_BEFORE, false, 2},
		{FATE_UNSENT, true, 2},
		{FATE_REFUSED, true, 2},
		{FATE_THROTTLED, true, 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct script s = {
			.kind = EFFECT_CREATE, .first = 1, .last = 1, .fate = cases[i].fate};
		struct world w;
		begin(&w, policy_plain(), 5);
		w.cloud.on.visible_at_start = cases[i].visible_at_start;
		follow(&w, &s);
		run(&w, DAY_S);
		assert_int_equal(w.creates, cases[i].creates);
		assert_int_equal(w.oracle.create_count, 1);
		assert_int_equal(look(&w).create.state, CREATE_DONE);
		world_done(&w);
	}
}

static void s5_after_a_lost_answer_it_waits_as_long_as_a_backup_may_take(void **state)
{
	struct script s = {.kind = EFFECT_CREATE, .first = 1, .last = 1, .fate = FATE_LOST_BEFORE};
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5); /* which took 10 minutes each */
	follow(&w, &s);
	run(&w, 14 * HOUR_S + 1700);
	assert_int_equal(w.creates, 1);
	run(&w, 600);
	assert_int_equal(w.creates, 2);
	world_done(&w);
}

static void s5_a_set_that_anybody_made_stands_for_the_slot(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	run(&w, 14 * HOUR_S - 10);
	(void)cloud_begin(&w.cloud, w.true_s + 8); /* the cloud's own, at 01:59:58 by ours */
	w.true_s += 10;
	cloud_find(&w.cloud, w.cloud.sets[w.cloud.count - 1].id)->start_s = w.true_s;
	run(&w, DAY_S - 60);
	assert_int_equal(w.creates, 0);
	world_done(&w);
}

static void s5_a_failed_backup_is_tried_again_within_its_slot(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.fail_per_thousand = 1000;
	run(&w, 20 * HOUR_S);
	assert_in_range(
		w.creates, 6, 14); /* 60 s, 120 s, ... 1 h apart, and the backups' own time */
	assert_true(w.reports[REPORT_BACKUP_FAILED] >= 6);
	assert_true(look(&w).unwell);
	w.cloud.on.fail_per_thousand = 0;
	run(&w, 4 * HOUR_S);
	assert_int_equal(look(&w).create.state, CREATE_DONE);
	world_done(&w);
}

static void s5_failed_backups_that_never_show_are_tried_again(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.fail_per_thousand = 1000;
	w.cloud.on.failed_are_listed = w.cloud.on.visible_at_start = false;
	run(&w, 20 * HOUR_S);
	assert_in_range(w.creates, 2, 13);
	w.cloud.on.fail_per_thousand = 0;
	run(&w, 4 * HOUR_S);
	assert_int_equal(look(&w).create.state, CREATE_DONE);
	world_done(&w);
}

static void s5_a_clock_that_steps_repeats_no_slot(void **state)
{
	static const int64_t steps[] = {-200, 200, -2 * HOUR_S, 2 * HOUR_S, -3 * DAY_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		for (int restart = 0; restart < 2; restart++) {
			struct world w;
			begin(&w, policy_plain(), 5);
			run(&w, 14 * HOUR_S + 1200);
			assert_int_equal(w.creates, 1);
			w.wall_offset_s = steps[i];
			if (restart)
				world_crash(&w);
			run(&w, 3 * HOUR_S);
			w.wall_offset_s = 0;
			run(&w, 3 * HOUR_S);
			assert_int_equal(w.creates, 1);
			world_done(&w);
		}
}

/* Ours is ahead by minutes, so that sets are dated before their slots. It is set right after the
 * next slot began by it, and a call for that was throttled: the slot before had its backup. */
static void s5_a_clock_set_back_to_before_a_slot_repeats_not_the_one_before(void **state)
{
	struct script s = {.kind = EFFECT_CREATE, .first = 3, .last = 3, .fate = FATE_THROTTLED};
	struct policy *p = policy_plain();
	struct world w;

	(void)state;
	policy_schedule(p, "hourly");
	begin(&w, p, 5);
	w.wall_offset_s = 150;
	w.true_s += 1800;
	follow(&w, &s);
	run(&w, 1800 + HOUR_S - 140);
	assert_int_equal(w.creates, 3);
	w.wall_offset_s = 0;
	world_crash(&w);
	run(&w, 100);
	assert_int_equal(w.creates, 3);
	run(&w, HOUR_S);
	assert_int_equal(w.creates, 4);
	world_done(&w);
}

static void s5_a_persons_failed_backup_leaves_the_slot_as_it_was(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.wall_offset_s = 200; /* so that our slot lies after the set that stands for it */
	run(&w, 14 * HOUR_S + 1200);
	assert_int_equal(w.creates, 1);
	w.cloud.on.fail_per_thousand = 1000;
	world_feed(&w, EVENT_BACKUP);
	run(&w, 5 * HOUR_S);
	assert_int_equal(w.creates, 2);
	world_done(&w);
}

/* The cloud's own backup begins after ours and fails at once; ours shows when it is finished. */
static void s5_the_failure_of_another_backup_is_not_ours(void **state)
{
	struct cloud_set *failed;
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.visible_at_start = false;
	w.cloud.on.backup_least_s = w.cloud.on.backup_most_s = 1500;
	run(&w, 14 * HOUR_S + 400);
	failed = cloud_put(&w.cloud, w.true_s);
	failed->fails = true;
	run(&w, 6 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.reports[REPORT_BACKUP_FAILED], 0);
	world_done(&w);
}

/* Throttled once: it waits as long as it says, and is not forgotten. */
static void a_persons_backup_that_was_throttled_is_tried_again_in_a_minute(void **state)
{
	struct script s = {.kind = EFFECT_CREATE, .first = 2, .last = 2, .fate = FATE_THROTTLED};
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	follow(&w, &s);
	run(&w, 20 * HOUR_S);
	assert_int_equal(w.creates, 1);
	world_feed(&w, EVENT_BACKUP);
	run(&w, 50);
	assert_int_equal(w.creates, 2);
	run(&w, 600);
	assert_int_equal(w.creates, 3);
	world_done(&w);
}

static enum fate suspended_at_the_call(struct world *w, const struct effect *e, void *data)
{
	(void)data;
	w->latency_s = e->kind == EFFECT_CREATE ? 2 * HOUR_S : 1;
	return FATE_WELL;
}

/* The machine slept between intent and call: the backup begins when it wakes up. */
static void s5_a_call_that_left_late_has_its_time_to_show(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.visible_at_start = false;
	w.cloud.on.backup_least_s = w.cloud.on.backup_most_s = 200;
	w.hooks = (struct hooks){.fate = suspended_at_the_call};
	run(&w, 22 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.reports[REPORT_BACKUP_FAILED], 0);
	world_done(&w);
}

/* An hour before the call, which is now by our clock, a backup failed. After a crash nobody knows
 * any more that it was there before. */
static void s5_after_a_restart_the_set_is_looked_for_by_the_services_clock(void **state)
{
	struct script s = {
		.kind = EFFECT_CREATE, .first = 1, .last = 1, .mishap = MISHAP_CRASH_AFTER};
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.visible_at_start = false;
	w.cloud.on.backup_least_s = w.cloud.on.backup_most_s = 1500;
	run(&w, 13 * HOUR_S);
	cloud_put(&w.cloud, w.true_s + 5)->fails = true;
	w.wall_offset_s = -HOUR_S;
	follow(&w, &s);
	run(&w, 4 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.reports[REPORT_BACKUP_FAILED], 0);
	world_done(&w);
}

/* The cloud's own backup failed in the minute of our call; ours shows only when it is finished. */
static void s5_a_set_that_was_there_before_the_call_is_not_ours(void **state)
{
	struct cloud_set *failed;
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.visible_at_start = false;
	w.cloud.on.backup_least_s = w.cloud.on.backup_most_s = 600;
	run(&w, 14 * HOUR_S - 1);
	failed = cloud_put(&w.cloud, w.true_s + 1);
	failed->fails = true;
	run(&w, 6 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.reports[REPORT_BACKUP_FAILED], 0);
	world_done(&w);
}

/* The same, and a crash before ours shows: what was there before is forgotten with it. */
static void s5_after_a_restart_no_failed_set_is_ours(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.cloud.on.visible_at_start = false;
	w.cloud.on.backup_least_s = w.cloud.on.backup_most_s = 600;
	run(&w, 14 * HOUR_S - 1);
	cloud_put(&w.cloud, w.true_s + 1)->fails = true;
	run(&w, 60);
	world_crash(&w);
	run(&w, 6 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.reports[REPORT_BACKUP_FAILED], 0);
	world_done(&w);
}

static void a_person_gets_one_backup_for_one_command(void **state)
{
	struct script s = {.kind = EFFECT_CREATE, .first = 1, .last = 2, .fate = FATE_UNSENT};
	struct policy *p = policy_plain();
	struct world w;

	(void)state;
	p->schedule.kind = SCHEDULE_NONE;
	begin(&w, p, 5);
	follow(&w, &s);
	run(&w, HOUR_S);
	world_feed(&w, EVENT_BACKUP);
	run(&w, DAY_S);
	assert_int_equal(w.creates, 3);
	assert_int_equal(w.oracle.create_count, 1);
	world_done(&w);
}

static void l1_missed_slots_are_made_up_once(void **state)
{
	struct world w;

	(void)state;
	for (int catch_up = 0; catch_up < 2; catch_up++) {
		struct policy *p = policy_plain();
		p->schedule.catch_up = catch_up;
		begin(&w, p, 5);
		run(&w, DAY_S);
		assert_int_equal(w.creates, 1);
		w.true_s += 5 * DAY_S;
		world_crash(&w);
		run(&w, 2 * HOUR_S);
		assert_int_equal(w.creates, catch_up ? 2 : 1);
		run(&w, DAY_S);
		assert_int_equal(w.creates, catch_up ? 3 : 2);
		world_done(&w);
	}
}

/* The clock was ahead when the daemon began; without catch_up that must not silence it. */
static void l1_a_start_with_the_clock_ahead_does_not_silence_the_schedule(void **state)
{
	struct policy *p = policy_plain();
	struct world w;

	(void)state;
	p->schedule.catch_up = false;
	begin(&w, p, 5);
	w.wall_offset_s = 10 * 365 * DAY_S;
	world_crash(&w);
	run(&w, HOUR_S);
	w.wall_offset_s = 0;
	run(&w, 3 * DAY_S);
	assert_int_equal(w.creates, 3);
	world_done(&w);
}

/* The clock was wrong when the call was made, and right after the restart. */
static void l1_a_lost_call_of_a_wrong_clock_is_not_waited_for_for_ever(void **state)
{
	static const int64_t offsets[] = {10 * 365 * DAY_S, -START_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct script s = {.kind = EFFECT_CREATE,
			.first = 1,
			.last = 1,
			.mishap = MISHAP_CRASH_BEFORE};
		struct world w;
		begin(&w, policy_plain(), 5);
		w.wall_offset_s = offsets[i];
		follow(&w, &s);
		while (w.crashes == 0)
			run(&w, 60);
		w.wall_offset_s = 0;
		run(&w, 600);
		assert_int_equal(w.oracle.create_count, 0); /* not at once either */
		run(&w, 3 * HOUR_S);
		assert_int_equal(w.oracle.create_count, 1);
		world_done(&w);
	}
}

static void retry_after_holds_for_the_next_slot_too(void **state)
{
	struct script s = {.kind = EFFECT_CREATE, .first = 1, .last = 1, .fate = FATE_THROTTLED};
	struct policy *p = policy_plain();
	struct world w;

	(void)state;
	policy_schedule(p, "*:0/10");
	begin(&w, p, 5);
	w.retry_after_ms = 3000 * 1000;
	follow(&w, &s);
	run(&w, 2990);
	assert_int_equal(w.creates, 1);
	run(&w, 60);
	assert_int_equal(w.creates, 2);
	world_done(&w);
}

static void slots_finer_than_a_minute_are_taken_by_the_second(void **state)
{
	struct policy *p;
	struct world w;

	(void)state;
	for (int minute_times = 0; minute_times < 2; minute_times++) {
		p = policy_plain();
		policy_schedule(p, "*:*:0/20");
		begin(&w, p, 5);
		w.cloud.on.backup_least_s = 1;
		w.cloud.on.backup_most_s = 3;
		w.cloud.on.minute_times = minute_times;
		run(&w, 600);
		assert_in_range(w.creates, 28, 31);
		world_done(&w);
	}
}

static void s2_a_listing_in_doubt_does_not_stop_backups(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 100000, .fate = FATE_TWICE};
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	follow(&w, &s);
	run(&w, DAY_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(w.deletes, 0);
	world_done(&w);
}

static void a_set_on_a_page_of_a_listing_in_doubt_stands_for_its_slot(void **state)
{
	static const enum fate fates[] = {FATE_OTHER_COUNT, FATE_FOREIGN};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++) {
		struct script s = {
			.kind = EFFECT_LIST, .first = 1, .last = 100000, .fate = fates[i]};
		struct world w;
		begin(&w, policy_plain(), 10);
		follow(&w, &s);
		run(&w, 14 * HOUR_S - 1);
		(void)cloud_put(&w.cloud, w.true_s + 1);
		run(&w, 8 * HOUR_S);
		assert_int_equal(
			w.creates, fates[i] == FATE_FOREIGN); /* that is another cluster's */
		world_done(&w);
	}
}

/* After an outage the first listing may be too early: the cloud, too, has just come back. */
static void s5_it_lists_twice_before_a_resend(void **state)
{
	struct policy *p = policy_plain();
	struct script s = {.kind = EFFECT_CREATE, .first = 1, .last = 1, .fate = FATE_LOST_BEFORE};
	struct world w;

	(void)state;
	p->refresh_s = DAY_S;
	begin(&w, p, 5);
	follow(&w, &s);
	while (w.creates == 0)
		(void)world_step(&w, w.true_s + 60);
	s = (struct script){.kind = EFFECT_LIST, .first = 1, .last = 10000, .fate = FATE_UNSENT};
	run(&w, 5 * HOUR_S);
	s.last = 0;
	w.lists = 0;
	while (w.lists == 0)
		run(&w, 1);
	run(&w, 3);
	assert_int_equal(look(&w).create.state, CREATE_INTENT);
	assert_int_equal(w.creates, 1);
	run(&w, 600);
	assert_int_equal(w.creates, 2);
	world_done(&w);
}

TEST_FILE(cycle_backup_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s5_a_lost_answer_is_looked_for_before_any_resend),
		cmocka_unit_test(s5_after_a_lost_answer_it_waits_as_long_as_a_backup_may_take),
		cmocka_unit_test(s5_a_set_that_anybody_made_stands_for_the_slot),
		cmocka_unit_test(s5_a_failed_backup_is_tried_again_within_its_slot),
		cmocka_unit_test(s5_failed_backups_that_never_show_are_tried_again),
		cmocka_unit_test(s5_a_clock_that_steps_repeats_no_slot),
		cmocka_unit_test(s5_a_clock_set_back_to_before_a_slot_repeats_not_the_one_before),
		cmocka_unit_test(s5_a_persons_failed_backup_leaves_the_slot_as_it_was),
		cmocka_unit_test(s5_the_failure_of_another_backup_is_not_ours),
		cmocka_unit_test(s5_a_call_that_left_late_has_its_time_to_show),
		cmocka_unit_test(a_persons_backup_that_was_throttled_is_tried_again_in_a_minute),
		cmocka_unit_test(s5_after_a_restart_the_set_is_looked_for_by_the_services_clock),
		cmocka_unit_test(s5_a_set_that_was_there_before_the_call_is_not_ours),
		cmocka_unit_test(s5_after_a_restart_no_failed_set_is_ours),
		cmocka_unit_test(a_person_gets_one_backup_for_one_command),
		cmocka_unit_test(l1_missed_slots_are_made_up_once),
		cmocka_unit_test(l1_a_start_with_the_clock_ahead_does_not_silence_the_schedule),
		cmocka_unit_test(l1_a_lost_call_of_a_wrong_clock_is_not_waited_for_for_ever),
		cmocka_unit_test(retry_after_holds_for_the_next_slot_too),
		cmocka_unit_test(slots_finer_than_a_minute_are_taken_by_the_second),
		cmocka_unit_test(s2_a_listing_in_doubt_does_not_stop_backups),
		cmocka_unit_test(a_set_on_a_page_of_a_listing_in_doubt_stands_for_its_slot),
		cmocka_unit_test(s5_it_lists_twice_before_a_resend),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
