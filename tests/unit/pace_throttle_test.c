/* L2: what throttling does to the calls of its limiter, and to no others. */
#include "pace_help.h"

static void l2_a_lane_that_is_throttled_or_full_slows_no_other(void **state)
{
	struct rig r;
	struct limiter *other;

	(void)state;
	rig_init(&r, 20, 2);
	other = pace_join(r.pace, "default", "cn-beijing", 20, 16, r.now_us);
	for (int t = 0; t < 10; t++)
		ask(&r, t, RANK_CHANGE, 0);
	assert_int_equal(next(&r), 0);
	assert_int_equal(next(&r), 1);
	(void)pace_throttled(&r.permits[0], 30 * S, r.now_us);
	assert_true(pace_throttled(&r.permits[1], 30 * S, r.now_us));
	end(&r, 0);
	end(&r, 1);
	for (int t = 20; t < 100; t++)
		pace_ask(other, &r.permits[t], RANK_REFRESH, 0, r.now_us);
	for (int t = 20; t < 100; t++)
		assert_int_equal(serve(&r), t);
	assert_int_equal(r.now_us - START, 75 * 50 * MS);
	done(&r);
}

static int64_t rate_after(struct rig *r, int64_t for_us)
{
	r->now_us += for_us;
	return look(r).rate_milli;
}

static void begin_two(struct rig *r)
{
	ask(r, 0, RANK_REFRESH, 0);
	ask(r, 1, RANK_REFRESH, 0);
	r->now_us += S;
	while (next(r) >= 0)
		;
	assert_int_equal(r->permits[0].state, PERMIT_QUICK);
	assert_int_equal(r->permits[1].state, PERMIT_QUICK);
}

static void throttling_halves_the_rate_which_grows_back_evenly(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	begin_two(&r);
	assert_false(pace_throttled(&r.permits[0], 0, r.now_us));
	assert_true(pace_throttled(&r.permits[1], 0, r.now_us));
	end(&r, 0);
	end(&r, 1);
	assert_int_equal(rate_after(&r, 0), 10000);
	assert_int_equal(rate_after(&r, 6 * S), 12000);
	assert_int_equal(rate_after(&r, 6 * S), 14000);
	assert_int_equal(rate_after(&r, 18 * S), 20000);
	assert_int_equal(rate_after(&r, 600 * S), 20000);
	done(&r);
}

static void two_callers_are_throttled_together_within_ten_seconds(void **state)
{
	static const struct {
		int64_t apart_us;
		bool lowered;
	} rows[] = {{0, true}, {10 * S, true}, {10 * S + 1, false}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rig_init(&r, 20, 16);
		begin_two(&r);
		assert_false(pace_throttled(&r.permits[0], 0, r.now_us));
		r.now_us += rows[i].apart_us;
		assert_int_equal(pace_throttled(&r.permits[1], 0, r.now_us), rows[i].lowered);
		assert_int_equal(look(&r).rate_milli, rows[i].lowered ? 10000 : 20000);
		done(&r);
	}
}

static void a_rate_is_lowered_again_only_by_what_began_since(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	for (int t = 0; t < 4; t++)
		ask(&r, t, RANK_REFRESH, 0);
	while (next(&r) >= 0)
		;
	r.now_us += S;
	assert_false(pace_throttled(&r.permits[0], 0, r.now_us));
	assert_true(pace_throttled(&r.permits[1], 0, r.now_us));
	assert_false(pace_throttled(&r.permits[2], 0, r.now_us));
	assert_false(pace_throttled(&r.permits[3], 0, r.now_us));
	for (int t = 0; t < 4; t++)
		end(&r, t);
	for (int round = 0; round < 20; round++) { /* and never to nothing */
		int turn = round % 2;
		r.now_us += 4 * S;
		ask(&r, turn, RANK_REFRESH, 0);
		assert_int_equal(next(&r), turn);
		assert_true(pace_throttled(&r.permits[turn], 0, ++r.now_us));
		end(&r, turn);
		assert_in_range(look(&r).rate_milli, 500, 10000);
	}
	done(&r);
}

/* A call that is answered with throttling as soon as it may go: the rate after it. */
static int64_t throttle(struct rig *r, int turn)
{
	ask(r, turn, RANK_REFRESH, 0);
	while (next(r) < 0)
		r->now_us += r->wait_us;
	(void)pace_throttled(&r->permits[turn], 0, r->now_us);
	end(r, turn);
	return look(r).rate_milli;
}

static void no_rate_is_lowered_below_half_a_call_a_second(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2, 16);
	assert_int_equal(throttle(&r, 0), 2000);
	assert_int_equal(throttle(&r, 1), 1000);
	assert_int_equal(rate_after(&r, 6 * S), 1200);
	assert_int_equal(throttle(&r, 0), 600);
	for (int round = 0; round < 10; round++)
		assert_int_equal(throttle(&r, 1 - round % 2), 500);
	assert_int_equal(rate_after(&r, 15 * S), 1000);
	assert_int_equal(rate_after(&r, 30 * S), 2000);
	done(&r);
}

/* At 2.997 calls a second they are 333667.0003 us apart. */
static void no_call_goes_a_fraction_of_a_microsecond_too_early(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 3, 16);
	assert_int_equal(throttle(&r, 0), 3000);
	assert_int_equal(throttle(&r, 1), 1500);
	assert_int_equal(rate_after(&r, 29940 * MS), 2997);
	ask(&r, 0, RANK_REFRESH, 0);
	ask(&r, 1, RANK_REFRESH, 0);
	assert_int_equal(next(&r), 0);
	assert_int_equal(next(&r), -1);
	assert_int_equal(r.wait_us, 333668);
	done(&r);
}

static void what_began_at_the_instant_of_lowering_lowers_no_more(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	begin_two(&r);
	assert_false(pace_throttled(&r.permits[0], 0, r.now_us));
	assert_true(pace_throttled(&r.permits[1], 0, ++r.now_us));
	ask(&r, 2, RANK_REFRESH, 0);
	assert_int_equal(next(&r), 2);
	r.now_us++;
	ask(&r, 3, RANK_REFRESH, 0);
	assert_int_equal(next(&r), 3);
	r.now_us++;
	assert_false(pace_throttled(&r.permits[2], 0, r.now_us));
	assert_true(pace_throttled(&r.permits[3], 0, r.now_us));
	done(&r);
}

static void l2_one_cluster_that_is_always_throttled_slows_no_other(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	for (int i = 0; i < 50; i++) {
		ask(&r, 7, RANK_REFRESH, 0);
		assert_int_equal(next(&r), 7);
		assert_false(pace_throttled(&r.permits[7], 30 * S, r.now_us));
		end(&r, 7);
		r.now_us += S;
	}
	ask(&r, 8, RANK_REFRESH, 0); /* nor one more, much later */
	r.now_us += 20 * S;
	assert_int_equal(next(&r), 8);
	assert_false(pace_throttled(&r.permits[8], 30 * S, r.now_us));
	end(&r, 8);
	assert_int_equal(look(&r).rate_milli, 20000);
	ask(&r, 9, RANK_REFRESH, 0);
	assert_int_equal(next(&r), 9);
	done(&r);
}

static void retry_after_is_waited_for_up_to_a_minute(void **state)
{
	static const struct {
		int64_t wish_us, wait_us;
	} rows[] = {{0, 0}, {3 * S, 3 * S}, {3600 * S, 60 * S}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rig_init(&r, 20, 16);
		begin_two(&r);
		(void)pace_throttled(&r.permits[0], 0, r.now_us);
		(void)pace_throttled(&r.permits[1], rows[i].wish_us, r.now_us);
		end(&r, 0);
		end(&r, 1);
		ask(&r, 2, RANK_CHANGE, 0);
		assert_int_equal(next(&r), rows[i].wait_us ? -1 : 2);
		assert_int_equal(r.wait_us, rows[i].wait_us);
		r.now_us += rows[i].wait_us;
		assert_int_equal(look(&r).rate_milli, 10000); /* it grows from then on */
		done(&r);
	}
}

static void begin_five(struct rig *r)
{
	for (int t = 0; t < 5; t++) {
		ask(r, t, RANK_REFRESH, 0);
		assert_int_equal(next(r), t);
	}
	assert_false(pace_throttled(&r->permits[0], 0, r->now_us));
}

/* The third of five asks for more than the second did, the others for less. */
static void the_longest_pause_counts(void **state)
{
	static const int64_t wishes_us[] = {0, 5 * S, 10 * S, 3 * S, 0};
	static const int64_t waits_us[] = {0, 5 * S, 10 * S, 9 * S, 8 * S};
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	begin_five(&r);
	ask(&r, 5, RANK_CHANGE, 0);
	for (int t = 1; t < 5; t++) {
		r.now_us += S;
		assert_int_equal(pace_throttled(&r.permits[t], wishes_us[t], r.now_us), t == 1);
		assert_int_equal(next(&r), -1);
		assert_int_equal(r.wait_us, waits_us[t]);
	}
	done(&r);
}

/* The rate was lowered by a call without a wish; one that began with it asks for a pause. */
static void a_lowered_rate_does_not_grow_in_a_pause(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	begin_five(&r);
	assert_true(pace_throttled(&r.permits[1], 0, r.now_us));
	assert_int_equal(rate_after(&r, 6 * S), 12000);
	assert_false(pace_throttled(&r.permits[2], 45 * S, r.now_us));
	assert_int_equal(rate_after(&r, 20 * S), 12000);
	assert_int_equal(rate_after(&r, 25 * S), 12000);
	assert_int_equal(rate_after(&r, 6 * S), 14000);
	done(&r);
}

TEST_FILE(pace_throttle_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l2_a_lane_that_is_throttled_or_full_slows_no_other),
		cmocka_unit_test(throttling_halves_the_rate_which_grows_back_evenly),
		cmocka_unit_test(two_callers_are_throttled_together_within_ten_seconds),
		cmocka_unit_test(a_rate_is_lowered_again_only_by_what_began_since),
		cmocka_unit_test(no_rate_is_lowered_below_half_a_call_a_second),
		cmocka_unit_test(no_call_goes_a_fraction_of_a_microsecond_too_early),
		cmocka_unit_test(what_began_at_the_instant_of_lowering_lowers_no_more),
		cmocka_unit_test(l2_one_cluster_that_is_always_throttled_slows_no_other),
		cmocka_unit_test(retry_after_is_waited_for_up_to_a_minute),
		cmocka_unit_test(the_longest_pause_counts),
		cmocka_unit_test(a_lowered_rate_does_not_grow_in_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
