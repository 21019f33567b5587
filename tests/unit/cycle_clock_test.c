/* S6: a clock in doubt. */
#include "cycle_help.h"

#define TO_2036 (10 * 365 * DAY_S)
#define TO_1970 (-START_S)

static void s6_deletes_stop_and_backups_go_on_while_the_clocks_differ(void **state)
{
	static const int64_t offsets[] = {TO_2036, TO_1970, 301, -301, 3 * HOUR_S, -3 * HOUR_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct world w;
		begin(&w, policy_eager(), 30);
		world_crash(&w); /* at the start: nothing is known yet */
		w.wall_offset_s = offsets[i];
		world_crash(&w);
		run(&w, 3 * DAY_S);
		assert_int_equal(w.deletes, 0);
		assert_int_equal(w.creates, 3);
		assert_true(look(&w).trouble[0]);
		assert_true(look(&w).holds & 1u << HOLD_CLOCK);
		w.wall_offset_s = 0;
		run(&w, DAY_S);
		assert_true(w.deletes > 0);
		assert_int_equal(w.creates, 4);
		world_done(&w);
	}
}

static void s6_a_step_in_mid_run_stops_deletes_at_once(void **state)
{
	static const int64_t offsets[] = {TO_2036, TO_1970, 301, -301};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct policy *p = policy_eager();
		struct world w;
		p->safety.grace_s = 2 * DAY_S;
		begin(&w, p, 30);
		run(&w, DAY_S);
		w.wall_offset_s = offsets[i];
		run(&w, 5 * DAY_S);
		assert_int_equal(w.deletes, 0);
		assert_int_equal(w.creates, 6); /* each slot once, in either time */
		w.wall_offset_s = 0;
		run(&w, 3 * DAY_S);
		assert_true(w.deletes > 0);
		assert_int_equal(w.creates, 9);
		world_done(&w);
	}
}

/* The clock is set while the intent of a delete is written. */
static enum mishap steps(struct world *w, const struct effect *e, void *data)
{
	(void)data;
	if (e->kind == EFFECT_RECORD && e->record->entry_count > 0 &&
		e->record->entries[0].kind == ENTRY_DELETE_INTENT)
		w->wall_offset_s = HOUR_S;
	return MISHAP_NONE;
}

static void s6_a_step_between_listing_and_call_stops_the_call(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.hooks.mishap = steps;
	run(&w, 2 * HOUR_S);
	assert_int_equal(w.deletes, 0);
	world_done(&w);
}

/* Both clocks, ours and the service's Date, are set together: only CLOCK_BOOTTIME knows. */
static void s6_a_step_that_boottime_does_not_explain_holds_one_listing(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.grace_s = 5400;
	begin(&w, p, 30);
	run(&w, 1800);
	w.true_s += DAY_S;
	w.boot_origin_s += DAY_S;
	run(&w, 1900);
	assert_int_equal(w.reports[REPORT_CLOCK_DOUBT], 1);
	assert_int_equal(w.deletes, 0);
	run(&w, 6 * HOUR_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static void s6_without_a_date_the_clock_is_in_doubt(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 100000, .fate = FATE_NO_DATE};
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	follow(&w, &s);
	run(&w, 2 * DAY_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(w.creates, 2);
	world_done(&w);
}

/* A single reply with a wrong Date, the first after a restart: nobody is to believe it. */
static void s5_one_wrong_date_makes_no_slot_due(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 1, .fate = FATE_WRONG_DATE};
	struct world w;

	(void)state;
	for (uint64_t seed = 0; seed < 6; seed++) { /* two hours ahead, or a day behind */
		struct policy *p = policy_plain();
		policy_schedule(p, "hourly");
		begin(&w, p, 5);
		run(&w, 3 * HOUR_S + 1500);
		assert_int_equal(w.creates, 4);
		w.random.state = seed;
		s.seen = 0;
		follow(&w, &s);
		world_crash(&w);
		run(&w, 1200);
		assert_int_equal(w.creates, 4);
		world_done(&w);
	}
}

/* Slots go by the service's clock, then, since sets carry it. */
static void s5_a_start_with_a_wrong_clock_repeats_no_slot(void **state)
{
	static const int64_t offsets[] = {-3 * DAY_S, 3 * DAY_S, TO_2036, TO_1970, -2400, 2400};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct policy *p = policy_plain();
		struct world w;
		policy_schedule(p, "hourly");
		begin(&w, p, 5);
		run(&w, 3 * HOUR_S + 1500);
		w.wall_offset_s = offsets[i];
		world_crash(&w);
		run(&w, 1800);
		assert_int_equal(w.creates, 4);
		run(&w, 4 * HOUR_S);
		assert_int_equal(w.creates, 8);
		world_done(&w);
	}
}

/* Of the first answers every other one has a Date of its own. */
static enum fate lies_at_first(struct world *w, const struct effect *e, void *data)
{
	int *answers = data;

	(void)w;
	(void)e;
	++*answers;
	return *answers == 2 || *answers == 4 ? FATE_WRONG_DATE : FATE_WELL;
}

/* Ours is an hour ahead at the start, which is half an hour before the slot. */
static void s5_lying_dates_right_after_the_start_make_no_wrong_clock_right(void **state)
{
	struct world w;
	int answers = 0;

	(void)state;
	begin(&w, policy_plain(), 5);
	run(&w, 13 * HOUR_S + 1800);
	w.wall_offset_s = HOUR_S;
	w.hooks = (struct hooks){.fate = lies_at_first, .data = &answers};
	world_crash(&w);
	run(&w, 1500);
	assert_in_range(answers, 5, 10);
	assert_int_equal(w.creates, 0);
	run(&w, HOUR_S);
	assert_int_equal(w.creates, 1);
	world_done(&w);
}

/* One reply with a Date two hours ahead, right before the call; and a crash right after it. */
static enum fate lying_dates(struct world *w, const struct effect *e, void *data)
{
	const int64_t *slot_s = data;
	bool due = world_now(w).wall_s >= *slot_s;

	w->random.state = 1;
	return due && e->kind == EFFECT_LIST && w->creates == 0 ? FATE_WRONG_DATE : FATE_WELL;
}

static enum mishap crash_after_create(struct world *w, const struct effect *e, void *data)
{
	(void)w;
	(void)data;
	return e->kind == EFFECT_CREATE ? MISHAP_CRASH_AFTER : MISHAP_NONE;
}

static void s5_the_distance_between_the_clocks_is_not_that_of_a_lying_date(void **state)
{
	int64_t slot_s = START_S + 26 * HOUR_S;
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	w.hooks =
		(struct hooks){.fate = lying_dates, .mishap = crash_after_create, .data = &slot_s};
	w.wall_offset_s = 150;
	w.cloud.on.minute_times = true;
	run(&w, 20 * HOUR_S);
	assert_int_equal(w.creates, 1);
	assert_int_equal(look(&w).create.state, CREATE_DONE);
	world_done(&w);
}

static void a_clock_in_doubt_does_not_make_sets_gone(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 100000, .fate = FATE_NO_DATE};
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.cloud.on.delete_least_s = w.cloud.on.delete_most_s = 3 * HOUR_S;
	run(&w, 120);
	assert_int_equal(w.deletes, 1);
	follow(&w, &s);
	w.wall_offset_s = TO_1970; /* and so the window that is asked for holds nothing */
	world_crash(&w);
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_GONE], 0);
	world_done(&w);
}

static void s6_a_clock_behind_our_own_last_listing_is_in_doubt(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.grace_s = HOUR_S;
	begin(&w, p, 30);
	run(&w, 1800);
	w.disk.ledger.listed_s +=
		2 * HOUR_S; /* and the service agrees with the clock that we have */
	world_crash(&w);
	run(&w, 60);
	assert_int_equal(w.reports[REPORT_CLOCK_DOUBT], 1);
	world_done(&w);
}

static void s12_grace_does_not_end_by_setting_the_clock(void **state)
{
	static const int64_t offsets[] = {TO_2036, TO_1970, -DAY_S, DAY_S};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(offsets); k++) {
		struct policy *p = policy_eager();
		struct world w;
		p->safety.grace_s = 10 * HOUR_S;
		begin(&w, p, 30);
		for (int i = 0; i < 20; i++) { /* away and back, with restarts */
			w.wall_offset_s = i % 2 ? 0 : offsets[k];
			world_crash(&w);
			run(&w, 600);
		}
		assert_int_equal(w.deletes, 0);
		world_done(&w);
	}
}

TEST_FILE(cycle_clock_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s6_deletes_stop_and_backups_go_on_while_the_clocks_differ),
		cmocka_unit_test(s6_a_step_in_mid_run_stops_deletes_at_once),
		cmocka_unit_test(s6_a_step_between_listing_and_call_stops_the_call),
		cmocka_unit_test(s6_a_step_that_boottime_does_not_explain_holds_one_listing),
		cmocka_unit_test(s6_without_a_date_the_clock_is_in_doubt),
		cmocka_unit_test(s5_one_wrong_date_makes_no_slot_due),
		cmocka_unit_test(s5_a_start_with_a_wrong_clock_repeats_no_slot),
		cmocka_unit_test(s5_lying_dates_right_after_the_start_make_no_wrong_clock_right),
		cmocka_unit_test(s5_the_distance_between_the_clocks_is_not_that_of_a_lying_date),
		cmocka_unit_test(a_clock_in_doubt_does_not_make_sets_gone),
		cmocka_unit_test(s6_a_clock_behind_our_own_last_listing_is_in_doubt),
		cmocka_unit_test(s12_grace_does_not_end_by_setting_the_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
