/* What the tests of the pace of calls share: one lane, and callers, on a virtual clock. */
#pragma once

#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "cycle/pace.h"

#define S INT64_C(1000000)
#define MS INT64_C(1000)
#define START (1000 * S)

struct rig {
	struct pace *pace;
	struct pace_lane *lane;
	struct pace_turn turns[400];
	int64_t now_us, wait_us;
};

static inline void rig_init(struct rig *r, int rate, int concurrency)
{
	*r = (struct rig){.now_us = START};
	r->pace = pace_new();
	r->lane = pace_join(r->pace, "default", "cn-hangzhou", rate, concurrency, r->now_us);
}

static inline void ask(struct rig *r, int turn, enum pace_class class, int64_t order)
{
	pace_ask(r->lane, &r->turns[turn], class, order, r->now_us);
}

static inline int next(struct rig *r)
{
	struct pace_turn *t = pace_next(r->pace, r->now_us, &r->wait_us);

	return t ? (int)(t - r->turns) : -1;
}

static inline void end(struct rig *r, int turn)
{
	pace_end(&r->turns[turn], r->now_us);
}

/* Calls that take no time: the next one, waited for. */
static inline int serve(struct rig *r)
{
	int turn;

	while ((turn = next(r)) < 0) {
		assert_true(r->wait_us > 0 && r->wait_us < INT64_MAX);
		r->now_us += r->wait_us;
	}
	end(r, turn);
	return turn;
}

static inline void done(struct rig *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->turns); i++) {
		pace_withdraw(&r->turns[i]);
		if (r->turns[i].state != PACE_AWAY)
			pace_end(&r->turns[i], r->now_us);
	}
	pace_free(r->pace);
}

static inline struct pace_view look(struct rig *r)
{
	struct pace_view v;

	pace_look(r->lane, r->now_us, &v);
	return v;
}
