/* L1, L2: when calls may be made. Scripts on a virtual clock. */
#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "cycle/pace.h"
#include "retention/set.h"

#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000)
#define MS INT64_C(1000)
#define START (1000 * S)

struct rig {
	struct pace *pace;
	struct pace_lane *lane;
	struct pace_turn turns[400];
	int64_t now_us, wait_us;
};

static void rig_init(struct rig *r, int rate, int concurrency)
{
	*r = (struct rig){.now_us = START};
	r->pace = pace_new();
	r->lane = pace_join(r->pace, "default", "cn-hangzhou", rate, concurrency, r->now_us);
}

static void ask(struct rig *r, int turn, enum pace_class class, int64_t order)
{
	pace_ask(r->lane, &r->turns[turn], class, order, r->now_us);
}

static int next(struct rig *r)
{
	struct pace_turn *t = pace_next(r->pace, r->now_us, &r->wait_us);

	return t ? (int)(t - r->turns) : -1;
}

static void end(struct rig *r, int turn)
{
	pace_end(&r->turns[turn], r->now_us);
}

/* Calls that take no time: the next one, waited for. */
static int serve(struct rig *r)
{
	int turn;

	while ((turn = next(r)) < 0) {
		assert_true(r->wait_us > 0 && r->wait_us < INT64_MAX);
		r->now_us += r->wait_us;
	}
	end(r, turn);
	return turn;
}

static void done(struct rig *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->turns); i++) {
		pace_withdraw(&r->turns[i]);
		if (r->turns[i].state != PACE_AWAY)
			pace_end(&r->turns[i], r->now_us);
	}
	pace_free(r->pace);
}

static struct pace_view look(struct rig *r)
{
	struct pace_view v;

	pace_look(r->lane, r->now_us, &v);
	return v;
}

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
		cmocka_unit_test(l2_a_lane_that_is_throttled_or_full_slows_no_other),
		cmocka_unit_test(throttling_halves_the_rate_which_grows_back_evenly),
		cmocka_unit_test(a_rate_is_lowered_again_only_by_what_began_since),
		cmocka_unit_test(no_rate_is_lowered_to_nothing),
		cmocka_unit_test(years_of_silence_save_up_no_more_than_a_burst),
		cmocka_unit_test(l2_one_cluster_that_is_always_throttled_slows_no_other),
		cmocka_unit_test(retry_after_is_waited_for_up_to_a_minute),
		cmocka_unit_test(a_turn_that_is_spared_costs_nothing),
		cmocka_unit_test(lanes_go_when_nobody_needs_them),
		cmocka_unit_test(effects_have_their_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
