/* L1, L2: when calls may be made, in which order, and how many at once. */
#include "pace_help.h"

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
			ask(&r, t, RANK_REFRESH, 0);
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

static void a_call_waits_for_the_part_of_it_that_is_not_earned_yet(void **state)
{
	static const struct {
		int rate;
		int64_t after_us, wait_us;
	} rows[] = {{1, 400 * MS, 600 * MS}, {20, 10 * MS, 40 * MS}, {500, 500, 1500},
		{3, 0, 333334}, {3, 333333, 1}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rig_init(&r, rows[i].rate, 200);
		for (int t = 0; t < 200; t++)
			ask(&r, t, RANK_REFRESH, 0);
		while (next(&r) >= 0)
			;
		r.now_us += rows[i].after_us;
		assert_int_equal(next(&r), -1);
		assert_int_equal(r.wait_us, rows[i].wait_us);
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
	ask(&r, 0, RANK_REFRESH, 0);
	pace_withdraw(&r.permits[0]);
	assert_int_equal(next(&r), -1);
	assert_true(r.wait_us == INT64_MAX);
	done(&r);
}

static void what_changes_something_goes_first_then_due_backups_by_age(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	ask(&r, 0, RANK_REFRESH, 0);
	ask(&r, 1, RANK_DUE, 300);
	ask(&r, 2, RANK_DUE, 100);
	ask(&r, 3, RANK_DUE, SET_NO_TIME);
	ask(&r, 4, RANK_CHANGE, 0);
	ask(&r, 5, RANK_REFRESH, 0);
	ask(&r, 6, RANK_CHANGE, 0);
	ask(&r, 7, RANK_DUE, 100);
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
			ask(&r, t, RANK_DUE, (t * 7) % 20);
		pace_withdraw(&r.permits[gone]);
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
	ask(&r, 399, RANK_REFRESH, 0);
	for (int t = 0; t < 50; t++)
		ask(&r, t, RANK_CHANGE, 0);
	while (turn != 399 && served < 10000) {
		turn = serve(&r);
		served++;
		if (turn != 399)
			ask(&r, turn, RANK_CHANGE, 0);
	}
	assert_in_range(
		r.now_us - START, PACE_PATIENCE_US, PACE_PATIENCE_US + PACE_SHARE * 50 * MS);
	done(&r);
}

static void who_waited_for_a_minute_gets_every_fourth_turn(void **state)
{
	static const int order[] = {0, 1, 2, 3, 4, 5, 6, 398, 7, 8, 9, 399, 10, 11};
	struct rig r;

	(void)state;
	rig_init(&r, 500, 16);
	ask(&r, 398, RANK_REFRESH, 0);
	ask(&r, 399, RANK_REFRESH, 0);
	r.now_us += 60 * S - 1;
	for (int t = 0; t < 12; t++)
		ask(&r, t, RANK_CHANGE, 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (i == 4)
			r.now_us++; /* now it is a minute */
		assert_int_equal(next(&r), order[i]);
		end(&r, order[i]);
	}
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
		ask(&r, t, RANK_REFRESH, 0);
	r.now_us += 10 * PACE_PATIENCE_US;
	for (int i = 0; i < 10; i++)
		(void)serve(&r);
	began_us = r.now_us;
	for (int t = 300; t < 330; t++)
		ask(&r, t, RANK_CHANGE, 0);
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
		ask(&r, t, RANK_REFRESH, 0);
	for (int t = 0; t < 16; t++)
		assert_int_equal(next(&r), t);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.wait_us, 2 * S);
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
		ask(&r, t, RANK_REFRESH, 0);
	for (int i = 0; i < 100; i++) {
		while (next(&r) >= 0)
			begun++;
		if (r.wait_us == INT64_MAX)
			break;
		r.now_us += r.wait_us;
	}
	assert_int_equal(begun, 64);
	assert_int_equal(look(&r).under_way, 64);
	assert_int_equal(r.now_us - START, 3 * 2 * S);
	end(&r, 0); /* a slow one: its place is taken by another at once */
	r.now_us += 2 * S;
	assert_int_equal(next(&r), 64);
	done(&r);
}

static void long_silence_saves_up_a_burst_and_leaves_the_rate_as_it_is(void **state)
{
	static const int64_t days[] = {1, 250, 3000};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		rig_init(&r, 500, 200);
		r.now_us += days[i] * 86400 * S;
		assert_int_equal(look(&r).rate_milli, 500000);
		for (int t = 0; t < 200; t++)
			ask(&r, t, RANK_REFRESH, 0);
		for (int t = 0; t < 125; t++)
			assert_int_equal(next(&r), t);
		assert_int_equal(next(&r), -1);
		done(&r);
	}
}

static void a_turn_that_is_spared_costs_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1, 1);
	for (int i = 0; i < 10; i++) {
		ask(&r, 0, RANK_REFRESH, 0);
		assert_int_equal(next(&r), 0);
		pace_return(&r.permits[0], r.now_us);
	}
	ask(&r, 0, RANK_REFRESH, 0);
	assert_int_equal(next(&r), 0);
	end(&r, 0);
	ask(&r, 0, RANK_REFRESH, 0);
	assert_int_equal(next(&r), -1);
	done(&r);
}

static void lanes_go_when_nobody_needs_them(void **state)
{
	struct rig r;
	struct limiter *again;

	(void)state;
	rig_init(&r, 20, 16);
	again = pace_join(r.pace, "default", "cn-hangzhou", 40, 8, r.now_us);
	assert_ptr_equal(again, r.limiter);
	assert_int_equal(look(&r).full_rate_milli, 40000);
	assert_int_equal(look(&r).concurrency, 8);
	assert_ptr_not_equal(pace_join(r.pace, "prod", "cn-hangzhou", 20, 16, r.now_us), again);
	assert_int_equal(pace_limiters(r.pace), 2);
	ask(&r, 0, RANK_REFRESH, 0);
	pace_leave(again);
	pace_leave(again);
	assert_int_equal(pace_limiters(r.pace), 2);
	assert_int_equal(next(&r), 0);
	end(&r, 0);
	assert_int_equal(pace_limiters(r.pace), 1);
	done(&r);
}

/* The users have left: then a call that hangs, one that does not, and one that waits, in any order.
 */
static void a_lane_stays_for_calls_that_wait_or_are_under_way(void **state)
{
	static const int orders[][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		rig_init(&r, 20, 16);
		ask(&r, 0, RANK_REFRESH, 0);
		assert_int_equal(next(&r), 0);
		r.now_us += 2 * S;
		ask(&r, 1, RANK_REFRESH, 0);
		assert_int_equal(next(&r), 1);
		ask(&r, 2, RANK_REFRESH, 0);
		assert_int_equal(look(&r).waiting, 1);
		assert_int_equal(look(&r).under_way, 2);
		assert_int_equal(look(&r).slow, 1);
		pace_leave(r.limiter);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(pace_limiters(r.pace), 1);
			if (orders[i][k] == 2)
				pace_withdraw(&r.permits[2]);
			else
				end(&r, orders[i][k]);
		}
		assert_int_equal(pace_limiters(r.pace), 0);
		done(&r);
	}
}

static void each_account_and_region_has_a_lane(void **state)
{
	static const char *const names[][2] = {{"default", "cn-hangzhou"},
		{"default", "cn-beijing"}, {"prod", "cn-hangzhou"}, {"prod", "cn-beijing"}};
	struct limiter *lanes[ARRAY_SIZE(names)];

	(void)state;
	for (size_t gone = 0; gone < ARRAY_SIZE(names); gone++) {
		struct pace *p = pace_new();
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			lanes[i] = pace_join(p, names[i][0], names[i][1], 20, 16, START);
			assert_int_equal(pace_limiters(p), i + 1);
		}
		pace_leave(lanes[gone]);
		assert_int_equal(pace_limiters(p), 3);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			struct pace_status v;
			if (i == gone)
				continue;
			pace_status(lanes[i], START, &v);
			assert_string_equal(v.account, names[i][0]);
			assert_string_equal(v.region, names[i][1]);
			assert_ptr_equal(
				pace_join(p, names[i][0], names[i][1], 20, 16, START), lanes[i]);
		}
		assert_int_equal(pace_limiters(p), 3);
		pace_free(p);
	}
}

static void what_there_is_not_can_be_left_and_freed(void **state)
{
	(void)state;
	pace_leave(NULL);
	pace_free(NULL);
}

TEST_FILE(pace_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_keep_to_the_rate_after_a_burst),
		cmocka_unit_test(a_call_waits_for_the_part_of_it_that_is_not_earned_yet),
		cmocka_unit_test(nothing_is_waited_for_where_nobody_asks),
		cmocka_unit_test(what_changes_something_goes_first_then_due_backups_by_age),
		cmocka_unit_test(a_withdrawn_turn_leaves_the_others_in_order),
		cmocka_unit_test(l1_a_refresh_is_not_starved),
		cmocka_unit_test(who_waited_for_a_minute_gets_every_fourth_turn),
		cmocka_unit_test(a_crowd_of_old_refreshes_delays_no_delete_by_more_than_a_share),
		cmocka_unit_test(no_more_at_once_than_allowed),
		cmocka_unit_test(l2_calls_that_hang_give_their_places_back_within_bounds),
		cmocka_unit_test(long_silence_saves_up_a_burst_and_leaves_the_rate_as_it_is),
		cmocka_unit_test(a_turn_that_is_spared_costs_nothing),
		cmocka_unit_test(lanes_go_when_nobody_needs_them),
		cmocka_unit_test(a_lane_stays_for_calls_that_wait_or_are_under_way),
		cmocka_unit_test(each_account_and_region_has_a_lane),
		cmocka_unit_test(what_there_is_not_can_be_left_and_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
