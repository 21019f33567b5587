/* When a backup is due, and what stands for a slot (S5, L1). */
#include "cycle_live.h"

#include <stdio.h>

/* The cloud's times may be to the minute. */
static void s5_a_slot_counts_from_its_minute_on_unless_slots_are_finer(void **state)
{
	static const struct {
		const char *expression;
		int64_t every_s; /* instead */
		int64_t base_s;
		int64_t stands_s; /* the earliest start that stands for the last slot */
	} cases[] = {
		{"*-*-* 02:00:30", 0, BASE_S + 40, BASE_S}, {"*-*-* 02:00:00", 0, BASE_S, BASE_S},
		{"*-*-* *:*:30", 0, BASE_S + 40, BASE_S}, /* each minute is not finer */
		{"*-*-* *:*:0/20", 0, BASE_S + 25, BASE_S + 20},
		{NULL, 59, BASE_S, BASE_S - 6}, /* BASE_S % 59 is 6 */
		{NULL, 90, -440, -480},         /* a clock before 1970; the slot is -450 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int too_early = 0; too_early < 2; too_early++) {
			struct rig r;
			begin_slots(&r, cases[i].expression, cases[i].base_s);
			if (cases[i].every_s) {
				r.policy->schedule.kind = SCHEDULE_EVERY;
				r.policy->schedule.every_s = cases[i].every_s;
			}
			put(&r, "1", cases[i].stands_s - too_early - cases[i].base_s, SET_VALID,
				600);
			run_until(&r, 0);
			assert_int_equal(r.creates, too_early);
			end(&r);
		}
}

static void s5_valid_and_running_sets_stand_for_a_slot(void **state)
{
	static const struct {
		int64_t at_s;
		enum set_state state;
		size_t creates;
	} cases[] = {
		{0, SET_VALID, 0},
		{0, SET_RUNNING, 0},
		{0, SET_FAILED, 1},
		{0, SET_DELETING, 1},
		{0, SET_UNKNOWN, 1},
		{300, SET_VALID, 0}, /* its clock is a little ahead */
		{300, SET_RUNNING, 0},
		{301, SET_VALID, 1}, /* nobody knows when that was made */
		{301, SET_RUNNING, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		put(&r, "1", cases[i].at_s, cases[i].state, 600);
		run_until(&r, 0);
		assert_int_equal(r.creates, cases[i].creates);
		end(&r);
	}
}

static void l1_without_catch_up_the_slot_of_the_start_is_the_first_that_counts(void **state)
{
	(void)state;
	for (int late_s = 0; late_s < 2; late_s++) {
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S + late_s);
		r.policy->schedule.catch_up = false;
		run_until(&r, 0);
		assert_int_equal(r.creates, 1 - late_s);
		if (r.creates)
			put(&r, "1", 0, SET_VALID, 600);
		run_until(&r, DAY_S - late_s - 1);
		assert_int_equal(r.creates, 1 - late_s);
		run_until(&r, DAY_S - late_s);
		assert_int_equal(r.creates, 2 - late_s);
		end(&r);
	}
}

static void a_slot_that_an_edited_schedule_has_just_behind_is_told_before_it_is_taken(void **state)
{
	static const struct {
		const char *expression;
		int64_t next_s; /* at 09:00 */
	} cases[] = {
		{"*-*-* 08:59", 7 * HOUR_S - 60}, /* at once */
		{"*-*-* 02:00", DAY_S},
		{"*-*-* 01:00", 23 * HOUR_S}, /* the set of 02:00 stands for it */
		{"*-*-* 09:01", 7 * HOUR_S + 60},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct policy *edited = fixture_policy("last=100");
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		put(&r, "1", 0, SET_VALID, 600);
		run_until(&r, 7 * HOUR_S);
		edited->schedule.kind = SCHEDULE_CALENDAR;
		edited->schedule.catch_up = true;
		assert_int_equal(
			calendar_parse(cases[i].expression, &edited->schedule.calendar, NULL), 0);
		assert_int_equal(
			cycle_next_backup(r.cycle, edited, r.now), BASE_S + cases[i].next_s);
		assert_int_equal(look(&r).next_backup_s, BASE_S + DAY_S);
		reload(&r, edited);
		assert_int_equal(look(&r).next_backup_s, BASE_S + cases[i].next_s);
		run(&r, 0);
		assert_int_equal(r.creates, cases[i].next_s <= 7 * HOUR_S);
		end(&r);
	}
}

/* Every 6 hours, and each takes 2: while the next one runs, the last one is up to 8 hours old. */
static void no_set_is_stale_while_the_next_backup_takes_as_long_as_others(void **state)
{
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin_slots(&r, NULL, BASE_S);
	r.policy->schedule.kind = SCHEDULE_CALENDAR;
	r.policy->safety.fresh_within_s = FRESH_AUTO;
	assert_int_equal(
		calendar_parse("*-*-* 2,8,14,20:00", &r.policy->schedule.calendar, NULL), 0);
	put(&r, "1", -6 * HOUR_S, SET_VALID, 2 * HOUR_S);
	put(&r, "2", 0, SET_RUNNING, -1);
	list_at(&r, 2 * HOUR_S - 60);
	s = look(&r);
	assert_true(s.fresh);
	assert_false(s.holds & 1u << HOLD_FRESH);
	list_at(&r, 3 * HOUR_S + HOUR_S / 2 + 60);
	s = look(&r);
	assert_false(s.fresh);
	assert_true(s.holds & 1u << HOLD_FRESH);
	end(&r);
}

/* Our clock was ahead, a call was refused, and it was set back before a restart: the slot before
 * had its turn, though its set is dated before it by the service's clock. */
static void s5_a_clock_set_back_by_minutes_repeats_not_the_slot_before(void **state)
{
	static const struct {
		int64_t ahead_s;
		size_t creates;
	} cases[] = {{1, 0}, {300, 0}, {301, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct create_record create = {.state = CREATE_REFUSED,
			.slot_s = BASE_S,
			.called_s = BASE_S,
			.called_server_s = BASE_S - 200,
			.attempts = 1};
		struct rig r;
		begin_slots(&r, "hourly", BASE_S - cases[i].ahead_s);
		put(&r, "1", cases[i].ahead_s - HOUR_S - 200, SET_VALID, 600);
		r.disk.ledger.create = create;
		restart(&r);
		run_until(&r, 0);
		assert_int_equal(r.creates, cases[i].creates);
		end(&r);
	}
}

/* The next slot comes while the backup of the last one runs. */
static void l1_after_a_backup_deletes_come_before_the_next(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* *:*:00", BASE_S);
	run_until(&r, 0);
	assert_int_equal(r.creates, 1);
	for (int i = 0; i < 100; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + i);
		put(&r, id, -DAY_S + i, SET_VALID, 600);
	}
	put(&r, "900", 0, SET_RUNNING, -1);
	run_until(&r, 70);
	r.sets.sets[100].state = SET_VALID;
	feed(&r, EVENT_PRUNE);
	expect(&r, EFFECT_LIST);
	reply(&r);
	expect(&r, EFFECT_DELETE);
	reply(&r);
	expect(&r, EFFECT_CREATE);
	end(&r);
}

static void a_paused_cluster_is_not_called_or_listed_for_its_slot(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 03:00", BASE_S);
	put(&r, "1", 0, SET_VALID, 600);
	run_until(&r, 60);
	feed_pause(&r, "it is locked");
	r.lists = 0;
	run_until(&r, 3 * HOUR_S);
	assert_in_range(r.lists, 0, 1); /* at the slot itself, to know whether it is due */
	assert_int_equal(r.slot_s, 0);
	assert_int_equal(r.creates, 0);
	feed_pause(&r, "");
	run_until(&r, 3 * HOUR_S);
	assert_int_equal(r.creates, 1);
	assert_int_equal(r.slot_s, BASE_S + HOUR_S);
	end(&r);
}

static void effects_have_their_rank(void **state)
{
	static const struct {
		struct effect e;
		enum effect_rank rank;
		int64_t order;
	} rows[] = {
		{{.kind = EFFECT_CREATE}, RANK_CHANGE, 0},
		{{.kind = EFFECT_DELETE}, RANK_CHANGE, 0},
		{{.kind = EFFECT_LIST, .list = {.page = 2}}, RANK_CHANGE, 0},
		{{.kind = EFFECT_LIST, .list = {.page = 1, .due = true}}, RANK_CHANGE, 0},
		{{.kind = EFFECT_LIST,
			 .list = {.page = 1, .begins = true, .due = true, .newest_s = 77}},
			RANK_DUE, 77},
		{{.kind = EFFECT_LIST, .list = {.page = 1, .begins = true, .newest_s = 77}},
			RANK_REFRESH, 0},
		{{.kind = EFFECT_RETENTION}, RANK_REFRESH, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t order = -1;
		assert_int_equal(effect_rank(&rows[i].e, &order), rows[i].rank);
		assert_int_equal(order, rows[i].order);
	}
}

TEST_FILE(cycle_due_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s5_a_slot_counts_from_its_minute_on_unless_slots_are_finer),
		cmocka_unit_test(s5_valid_and_running_sets_stand_for_a_slot),
		cmocka_unit_test(
			l1_without_catch_up_the_slot_of_the_start_is_the_first_that_counts),
		cmocka_unit_test(no_set_is_stale_while_the_next_backup_takes_as_long_as_others),
		cmocka_unit_test(s5_a_clock_set_back_by_minutes_repeats_not_the_slot_before),
		cmocka_unit_test(
			a_slot_that_an_edited_schedule_has_just_behind_is_told_before_it_is_taken),
		cmocka_unit_test(l1_after_a_backup_deletes_come_before_the_next),
		cmocka_unit_test(a_paused_cluster_is_not_called_or_listed_for_its_slot),
		cmocka_unit_test(effects_have_their_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
