/* What the tests of forecasts share. */
#pragma once

#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"
#include "outlook/forecast.h"

#define FROM "2026-11-20T12:00Z"
#define DAY ((int64_t)86400)

struct played {
	struct policy *policy;
	struct inventory inv;
	struct forecast_input in;
	struct forecast f;
};

/* Slots at 00:00 UTC, for so many days. */
static inline void prepare(struct played *p, const char *policy, const char *sets, int64_t days)
{
	*p = (struct played){.policy = fixture_policy(policy)};
	p->policy->schedule.kind = SCHEDULE_EVERY;
	p->policy->schedule.every_s = DAY;
	inventory_init(&p->inv);
	fixture_sets(&p->inv, sets);
	p->in = (struct forecast_input){.policy = p->policy,
		.inv = &p->inv,
		.from_s = fixture_time(FROM),
		.to_s = fixture_time(FROM) + days * DAY,
		.cloud_s = 730 * DAY,
		.seed = 1};
}

static inline void play(struct played *p, const char *policy, const char *sets, int64_t days)
{
	prepare(p, policy, sets, days);
	forecast_make(&p->in, &p->f);
}

static inline void played_done(struct played *p)
{
	forecast_done(&p->f);
	inventory_done(&p->inv);
	policy_free(p->policy);
}
