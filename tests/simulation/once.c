/* Lives of daily runs: how long grace takes there, and what outages count for. */
#include "simulation/once.h"

#include "base/text.h"
#include "simulation/policies.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define RUN_S 120 /* as long as --once waits */
#define SETS 30
#define NUMBERS 1000   /* ids, from 1 on */
#define LEARNS_RUNS 4  /* that it takes to know the rhythm, and more after an outage */
#define CREDIT_S 36000 /* of a run at most, beside a day */

struct once {
	struct world w;
	struct random random;
	bool unreachable;
	int run;                  /* that have listed */
	int expired_at[NUMBERS];  /* the run that found it expired; 0: not expired */
	int64_t since_s[NUMBERS]; /* true time of that */
};

static enum fate fate(struct world *w, const struct effect *e, void *data)
{
	const struct once *o = data;

	(void)w;
	(void)e;
	return o->unreachable ? FATE_LOST_BEFORE : FATE_WELL;
}

/* What the run found expired, and what it asked for. `steady`: the rhythm is known by now. */
static void judge(struct once *o, bool steady)
{
	const struct ledger *l = &o->w.disk.ledger;
	int64_t grace_s = o->w.policy->safety.grace_s;
	bool found[NUMBERS] = {false};

	for (size_t i = 0; i < l->mark_count && !o->w.oracle.promise[0]; i++) {
		const struct mark *m = &l->marks[i];
		size_t at = (size_t)strtoul(m->id, NULL, 10) % NUMBERS;
		found[at] = true;
		if (!o->expired_at[at]) {
			o->expired_at[at] = o->run;
			o->since_s[at] = o->w.true_s;
		}
		if (m->asked_s && (o->run - o->expired_at[at]) * (DAY_S + CREDIT_S) < grace_s)
			oracle_fail(&o->w.oracle, "S7", "set %s goes %d runs after it expired",
				m->id, o->run - o->expired_at[at]);
		if (steady && !m->asked_s &&
			o->w.true_s - o->since_s[at] > grace_s + (LEARNS_RUNS + 1) * DAY_S)
			oracle_fail(&o->w.oracle, "L1",
				"set %s is still there %d runs after it expired", m->id,
				o->run - o->expired_at[at]);
	}
	for (size_t i = 0; i < NUMBERS; i++)
		if (!found[i])
			o->expired_at[i] = 0;
}

static void run_once(struct once *o, int64_t away_s, bool steady)
{
	o->w.true_s += away_s;
	world_crash(&o->w);
	world_run(&o->w, RUN_S);
	o->run += !o->unreachable;
	judge(o, steady);
}

static void run_daily(struct once *o, int64_t days, bool steady)
{
	for (int64_t i = 0; i < days && !o->w.oracle.promise[0]; i++)
		run_once(o, DAY_S + random_between(&o->random, -3600, 3600), steady);
}

static void make(struct once *o, uint64_t seed, FILE *trace)
{
	static const int64_t graces[] = {DAY_S, DAY_S, 3 * DAY_S, 10 * DAY_S};
	struct policy *p = policy_plain();
	int64_t start_s = INT64_C(1767225600) + (int64_t)(seed % 1000) * DAY_S + 10800;

	o->random = (struct random){seed ^ 0x0ace};
	p->safety.grace_s = graces[random_below(&o->random, ARRAY_SIZE(graces))];
	p->safety.max_delete_percent = 100;
	p->safety.fresh_within_s = FRESH_OFF;
	world_init(&o->w, p, start_s, seed);
	o->w.trace = trace;
	for (int64_t i = SETS; i > 0; i--) {
		struct cloud_set *s = cloud_put(&o->w.cloud, start_s - 3600 - i * DAY_S);
		s->end_s = s->start_s + 600;
	}
	o->w.hooks = (struct hooks){.fate = fate, .data = o};
	world_start(&o->w);
}

void once_live(uint64_t seed, FILE *trace, struct tally *tally, struct fall *ret)
{
	struct once *o = xcalloc(1, sizeof(*o));
	int64_t began_s, outages, grace_days;

	make(o, seed, trace);
	began_s = o->w.true_s;
	run_once(o, 0, false);
	outages = random_between(&o->random, 0, 3);
	grace_days = o->w.policy->safety.grace_s / DAY_S;
	for (int64_t i = 0; i < outages; i++) {
		run_daily(o, random_between(&o->random, 2, 8), false);
		o->unreachable = random_chance(&o->random, 500);
		if (o->unreachable)
			run_daily(o, random_between(&o->random, 2, 20), false);
		else
			o->w.true_s += random_between(&o->random, 2, 20) * DAY_S;
		o->unreachable = false;
		run_daily(o, 1, false);
	}
	run_daily(o, LEARNS_RUNS + grace_days, false);
	run_daily(o, grace_days + 10, true);
	life_ends(&o->w, began_s, tally, ret);
	world_done(&o->w);
	free(o);
}
