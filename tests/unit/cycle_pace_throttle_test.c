/* L2: what throttling does to the calls of its lane, and to no others. */
#include "cycle_pace_help.h"

static void l2_a_lane_that_is_throttled_or_full_slows_no_other(void **state)
{
	struct rig r;
	struct pace_lane *other;

	(void)state;
	rig_init(&r, 20, 2);
	other = pace_join(r.pace, "default", "cn-beijing", 20, 16, r.now_us);
	for (int t = 0; t < 10; t++)
		ask(&r, t, PACE_CHANGE, 0);
	assert_int_equal(next(&r), 0);
	assert_int_equal(next(&r), 1);
	(void)pace_throttled(&r.turns[0], 30 * S, r.now_us);
	assert_true(pace_throttled(&r.turns[1], 30 * S, r.now_us));
	end(&r, 0);
	end(&r, 1);
	for (int t = 20; t < 100; t++)
		pace_ask(other, &r.turns[t], PACE_REFRESH, 0, r.now_us);
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
	ask(r, 0, PACE_REFRESH, 0);
	ask(r, 1, PACE_REFRESH, 0);
	r->now_us += S;
	while (next(r) >= 0)
		;
	assert_int_equal(r->turns[0].state, PACE_QUICK);
	assert_int_equal(r->turns[1].state, PACE_QUICK);
}

static void throttling_halves_the_rate_which_grows_back_evenly(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	begin_two(&r);
	assert_false(pace_throttled(&r.turns[0], 0, r.now_us));
	assert_true(pace_throttled(&r.turns[1], 0, r.now_us));
	end(&r, 0);
	end(&r, 1);
	assert_int_equal(rate_after(&r, 0), 10000);
	assert_int_equal(rate_after(&r, 6 * S), 12000);
	assert_int_equal(rate_after(&r, 6 * S), 14000);
	assert_int_equal(rate_after(&r, 18 * S), 20000);
	assert_int_equal(rate_after(&r, 600 * S), 20000);
	done(&r);
}

static void a_rate_is_lowered_again_only_by_what_began_since(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	for (int t = 0; t < 4; t++)
		ask(&r, t, PACE_REFRESH, 0);
	while (next(&r) >= 0)
		;
	r.now_us += S;
	assert_false(pace_throttled(&r.turns[0], 0, r.now_us));
	assert_true(pace_throttled(&r.turns[1], 0, r.now_us));
	assert_false(pace_throttled(&r.turns[2], 0, r.now_us));
	assert_false(pace_throttled(&r.turns[3], 0, r.now_us));
	for (int t = 0; t < 4; t++)
		end(&r, t);
	for (int round = 0; round < 20; round++) { /* and never to nothing */
		int turn = round % 2;
		r.now_us += 4 * S;
		ask(&r, turn, PACE_REFRESH, 0);
		assert_int_equal(next(&r), turn);
		assert_true(pace_throttled(&r.turns[turn], 0, ++r.now_us));
		end(&r, turn);
		assert_in_range(look(&r).rate_milli, 500, 10000);
	}
	done(&r);
}

static void no_rate_is_lowered_to_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 1, 16);
	for (int round = 0; round < 20; round++) {
		ask(&r, round % 2, PACE_REFRESH, 0);
		while (next(&r) < 0)
			r.now_us += r.wait_us;
		(void)pace_throttled(&r.turns[round % 2], 0, ++r.now_us);
		end(&r, round % 2);
		assert_in_range(look(&r).rate_milli, 500, 1000);
	}
	done(&r);
}

static void l2_one_cluster_that_is_always_throttled_slows_no_other(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 20, 16);
	for (int i = 0; i < 50; i++) {
		ask(&r, 7, PACE_REFRESH, 0);
		assert_int_equal(next(&r), 7);
		assert_false(pace_throttled(&r.turns[7], 30 * S, r.now_us));
		end(&r, 7);
		r.now_us += S;
	}
	ask(&r, 8, PACE_REFRESH, 0); /* nor one more, much later */
	r.now_us += 20 * S;
	assert_int_equal(next(&r), 8);
	assert_false(pace_throttled(&r.turns[8], 30 * S, r.now_us));
	end(&r, 8);
	assert_int_equal(look(&r).rate_milli, 20000);
	ask(&r, 9, PACE_REFRESH, 0);
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
		(void)pace_throttled(&r.turns[0], 0, r.now_us);
		(void)pace_throttled(&r.turns[1], rows[i].wish_us, r.now_us);
		end(&r, 0);
		end(&r, 1);
		ask(&r, 2, PACE_CHANGE, 0);
		assert_int_equal(next(&r), rows[i].wait_us ? -1 : 2);
		assert_int_equal(r.wait_us, rows[i].wait_us);
		r.now_us += rows[i].wait_us;
		assert_int_equal(look(&r).rate_milli, 10000); /* it grows from then on */
		done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l2_a_lane_that_is_throttled_or_full_slows_no_other),
		cmocka_unit_test(throttling_halves_the_rate_which_grows_back_evenly),
		cmocka_unit_test(a_rate_is_lowered_again_only_by_what_began_since),
		cmocka_unit_test(no_rate_is_lowered_to_nothing),
		cmocka_unit_test(l2_one_cluster_that_is_always_throttled_slows_no_other),
		cmocka_unit_test(retry_after_is_waited_for_up_to_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
