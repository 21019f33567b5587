/* L1, L2: when calls may be made, in which order, and how many at once. */
#include "cycle_pace_help.h"

#include "retention/set.h"

static void calls_keep_to_the_rate_after_a_burst(void **state)
{
	static const struct {
		int rate, burst;
		int64_t apart_us;
	} rows[] = {{20, 5, 50 * MS}, {1, 1, S}, {500, 125, 2 * MS}, {4, 1, 250 * MS}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rig_init(&r, rows[i].rate, 200);
		for (int t = 0; t < 200; t++)
			ask(&r, t, PACE_REFRESH, 0);
		for (int t = 0; t < rows[i].burst; t++)
			assert_int_equal(next(&r), t);
		for (int t = rows[i].burst; t < rows[i].burst + 10; t++) {
			assert_int_equal(next(&r), -1);
			assert_int_equal(r.wait_us, rows[i].apart_us);
			r.now_us += r.wait_us - 1;
			assert_int_equal(next(&r), -1);
			r.now_us++;
			assert_int_equal(next(&r), t);
		}
		done(&r);
	}
}

static void nothing_is_waited_for_where_nobody_asks(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	assert_int_equal(next(&r), -1);
	assert_true(r.wait_us == INT64_MAX);
	ask(&r, 0, PACE_REFRESH, 0);
	pace_withdraw(&r.turns[0]);
	assert_int_equal(next(&r), -1);
	assert_true(r.wait_us == INT64_MAX);
	done(&r);
}

static void what_changes_something_goes_first_then_due_backups_by_age(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	ask(&r, 0, PACE_REFRESH, 0);
	ask(&r, 1, PACE_DUE, 300);
	ask(&r, 2, PACE_DUE, 100);
	ask(&r, 3, PACE_DUE, SET_NO_TIME);
	ask(&r, 4, PACE_CHANGE, 0);
	ask(&r, 5, PACE_REFRESH, 0);
	ask(&r, 6, PACE_CHANGE, 0);
	ask(&r, 7, PACE_DUE, 100);
	for (size_t i = 0; i < 8; i++) {
		static const int order[] = {4, 6, 3, 2, 7, 1, 0, 5};
		assert_int_equal(serve(&r), order[i]);
	}
	done(&r);
}

static void a_withdrawn_turn_leaves_the_others_in_order(void **state)
{
	struct rig r;

	(void)state;
	for (int gone = 0; gone < 20; gone++) {
		rig_init(&r, 20, 16);
		for (int t = 0; t < 20; t++)
			ask(&r, t, PACE_DUE, (t * 7) % 20);
		pace_withdraw(&r.turns[gone]);
		for (int order = 0; order < 20; order++) {
			int turn = order * 3 % 20; /* 7 * 3 = 1 modulo 20 */
			if (turn != gone)
				assert_int_equal(serve(&r), turn);
		}
		assert_int_equal(next(&r), -1);
		done(&r);
	}
}

/* Changes keep coming as fast as the rate allows; one refresh has come before them. */
static void l1_a_refresh_is_not_starved(void **state)
{
	struct rig r;
	int served = 0, turn = -1;

	(void)state;
	rig_init(&r, 20, 16);
	ask(&r, 399, PACE_REFRESH, 0);
	for (int t = 0; t < 50; t++)
		ask(&r, t, PACE_CHANGE, 0);
	while (turn != 399 && served < 10000) {
		turn = serve(&r);
		served++;
		if (turn != 399)
			ask(&r, turn, PACE_CHANGE, 0);
	}
	assert_in_range(
		r.now_us - START, PACE_PATIENCE_US, PACE_PATIENCE_US + PACE_SHARE * 50 * MS);
	done(&r);
}

/* All have waited too long: then those that change something still have three turns of four. */
static void a_crowd_of_old_refreshes_delays_no_delete_by_more_than_a_share(void **state)
{
	struct rig r;
	int64_t began_us;

	(void)state;
	rig_init(&r, 20, 16);
	for (int t = 0; t < 300; t++)
		ask(&r, t, PACE_REFRESH, 0);
	r.now_us += 10 * PACE_PATIENCE_US;
	for (int i = 0; i < 10; i++)
		(void)serve(&r);
	began_us = r.now_us;
	for (int t = 300; t < 330; t++)
		ask(&r, t, PACE_CHANGE, 0);
	for (int changes = 0; changes < 30;)
		changes += serve(&r) >= 300;
	assert_in_range(r.now_us - began_us, 30 * 50 * MS, 41 * 50 * MS);
	done(&r);
}

static void no_more_at_once_than_allowed(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 500, 16);
	for (int t = 0; t < 40; t++)
		ask(&r, t, PACE_REFRESH, 0);
	for (int t = 0; t < 16; t++)
		assert_int_equal(next(&r), t);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.wait_us, PACE_SLOW_US);
	end(&r, 3);
	assert_int_equal(next(&r), 16);
	assert_int_equal(next(&r), -1);
	done(&r);
}

static void l2_calls_that_hang_give_their_places_back_within_bounds(void **state)
{
	struct rig r;
	int begun = 0;

	(void)state;
	rig_init(&r, 500, 16);
	for (int t = 0; t < 100; t++)
		ask(&r, t, PACE_REFRESH, 0);
	for (int i = 0; i < 100; i++) {
		while (next(&r) >= 0)
			begun++;
		if (r.wait_us == INT64_MAX)
			break;
		r.now_us += r.wait_us;
	}
	assert_int_equal(begun, 16 * PACE_AT_ONCE);
	assert_int_equal(look(&r).under_way, 16 * PACE_AT_ONCE);
	assert_int_equal(r.now_us - START, (PACE_AT_ONCE - 1) * PACE_SLOW_US);
	end(&r, 0); /* a slow one: its place is taken by another at once */
	r.now_us += PACE_SLOW_US;
	assert_int_equal(next(&r), 64);
	done(&r);
}

static void years_of_silence_save_up_no_more_than_a_burst(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 500, 200);
	r.now_us += INT64_C(3000) * 86400 * S;
	for (int t = 0; t < 200; t++)
		ask(&r, t, PACE_REFRESH, 0);
	for (int t = 0; t < 125; t++)
		assert_int_equal(next(&r), t);
	assert_int_equal(next(&r), -1);
	done(&r);
}

static void a_turn_that_is_spared_costs_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1, 1);
	for (int i = 0; i < 10; i++) {
		ask(&r, 0, PACE_REFRESH, 0);
		assert_int_equal(next(&r), 0);
		pace_spare(&r.turns[0], r.now_us);
	}
	ask(&r, 0, PACE_REFRESH, 0);
	assert_int_equal(next(&r), 0);
	end(&r, 0);
	ask(&r, 0, PACE_REFRESH, 0);
	assert_int_equal(next(&r), -1);
	done(&r);
}

static void lanes_go_when_nobody_needs_them(void **state)
{
	struct rig r;
	struct pace_lane *again;

	(void)state;
	rig_init(&r, 20, 16);
	again = pace_join(r.pace, "default", "cn-hangzhou", 40, 8, r.now_us);
	assert_ptr_equal(again, r.lane);
	assert_int_equal(look(&r).full_rate_milli, 40000);
	assert_int_equal(look(&r).concurrency, 8);
	assert_ptr_not_equal(pace_join(r.pace, "prod", "cn-hangzhou", 20, 16, r.now_us), again);
	assert_int_equal(pace_lanes(r.pace), 2);
	ask(&r, 0, PACE_REFRESH, 0);
	pace_leave(again);
	pace_leave(again);
	assert_int_equal(pace_lanes(r.pace), 2);
	assert_int_equal(next(&r), 0);
	end(&r, 0);
	assert_int_equal(pace_lanes(r.pace), 1);
	done(&r);
}

static void effects_have_their_class(void **state)
{
	static const struct {
		struct effect e;
		enum pace_class class;
		int64_t order;
	} rows[] = {
		{{.kind = EFFECT_CREATE}, PACE_CHANGE, 0},
		{{.kind = EFFECT_DELETE}, PACE_CHANGE, 0},
		{{.kind = EFFECT_LIST, .list = {.page = 2}}, PACE_CHANGE, 0},
		{{.kind = EFFECT_LIST, .list = {.page = 1, .due = true, .newest_s = 77}}, PACE_DUE,
			77},
		{{.kind = EFFECT_LIST, .list = {.page = 1, .newest_s = 77}}, PACE_REFRESH, 0},
		{{.kind = EFFECT_RETENTION}, PACE_REFRESH, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t order = -1;
		assert_int_equal(pace_class(&rows[i].e, &order), rows[i].class);
		assert_int_equal(order, rows[i].order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_keep_to_the_rate_after_a_burst),
		cmocka_unit_test(nothing_is_waited_for_where_nobody_asks),
		cmocka_unit_test(what_changes_something_goes_first_then_due_backups_by_age),
		cmocka_unit_test(a_withdrawn_turn_leaves_the_others_in_order),
		cmocka_unit_test(l1_a_refresh_is_not_starved),
		cmocka_unit_test(a_crowd_of_old_refreshes_delays_no_delete_by_more_than_a_share),
		cmocka_unit_test(no_more_at_once_than_allowed),
		cmocka_unit_test(l2_calls_that_hang_give_their_places_back_within_bounds),
		cmocka_unit_test(years_of_silence_save_up_no_more_than_a_burst),
		cmocka_unit_test(a_turn_that_is_spared_costs_nothing),
		cmocka_unit_test(lanes_go_when_nobody_needs_them),
		cmocka_unit_test(effects_have_their_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
