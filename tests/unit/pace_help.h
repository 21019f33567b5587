/* What the tests of the pace of calls share: one limiter, and callers, on a virtual clock. */
#pragma once

#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "pace/pace.h"

#define S INT64_C(1000000)
#define MS INT64_C(1000)
#define START (1000 * S)

enum { RANK_CHANGE, RANK_DUE, RANK_REFRESH }; /* as effects of a cycle have them */

struct rig {
	struct pace *pace;
	struct limiter *limiter;
	struct permit permits[400];
	int64_t now_us, wait_us;
};

static inline void rig_init(struct rig *r, int rate, int concurrency)
{
	*r = (struct rig){.now_us = START};
	r->pace = pace_new();
	r->limiter = pace_join(r->pace, "default", "cn-hangzhou", rate, concurrency, r->now_us);
}

static inline void ask(struct rig *r, int turn, unsigned rank, int64_t order)
{
	pace_ask(r->limiter, &r->permits[turn], rank, order, r->now_us);
}

static inline int next(struct rig *r)
{
	struct permit *t = pace_next(r->pace, r->now_us, &r->wait_us);

	return t ? (int)(t - r->permits) : -1;
}

static inline void end(struct rig *r, int turn)
{
	pace_end(&r->permits[turn]);
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
	for (size_t i = 0; i < ARRAY_SIZE(r->permits); i++) {
		pace_withdraw(&r->permits[i]);
		if (r->permits[i].state != PERMIT_NONE)
			pace_end(&r->permits[i]);
	}
	pace_free(r->pace);
}

static inline struct pace_status look(struct rig *r)
{
	struct pace_status v;

	pace_status(r->limiter, r->now_us, &v);
	return v;
}
