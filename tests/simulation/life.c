/* One life of one cluster: a policy, a cloud, years of chaos, and a calm in which all is made good.
 */
#include "simulation/life.h"

#include "base/text.h"
#include "retention/slot.h"
#include "simulation/fleet.h"
#include "simulation/once.h"
#include "simulation/policies.h"
#include "simulation/twins.h"

#include <string.h>

#define DAY_S INT64_C(86400)

void life_thin(struct policy *p, struct random *r)
{
	static const char *const expressions[] = {"*-*-* 02:30", "*-*-* 23:50", "*-*-* 00:00:37",
		"Mon..Fri 01:00", "Mon,Thu 02:00", "Sat 03:00", "Sun 02:30", "*-*-1,15 00:30",
		"*-*~1 04:00", "*-2-29 02:00"};
	static const int64_t refreshes[] = {3600, 6 * 3600, 12 * 3600, DAY_S, DAY_S, DAY_S};
	int64_t gap_s;

	p->refresh_s = refreshes[random_below(r, ARRAY_SIZE(refreshes))];
	if (p->schedule.kind == SCHEDULE_EVERY && p->schedule.every_s < DAY_S)
		p->schedule.every_s = random_between(r, 1, 7) * DAY_S;
	else if (slot_longest_gap(p, INT64_C(1767225600), &gap_s) == 0 &&
		(gap_s < DAY_S || random_chance(r, 500)))
		policy_schedule(p, expressions[random_below(r, ARRAY_SIZE(expressions))]);
	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		if (p->keep[rule].kind == KEEP_ALL)
			p->keep[rule] = (struct keep_rule){.kind = KEEP_NUMBER, .number = 24};
}

int64_t life_settles(const struct world *w)
{
	int64_t gap_s = 0;

	if (slot_longest_gap(w->policy, w->true_s, &gap_s) < 0)
		gap_s = 0;
	return gap_s + w->policy->safety.grace_s + 3 * w->policy->refresh_s + 30 * 3600;
}

void life_check(struct world *w)
{
	struct oracle_view v = world_view(w);
	struct cycle_status s;

	if (w->oracle.promise[0])
		return;
	world_look(w, &s);
	oracle_at_end(&w->oracle, &v, &s);
}

static void storm(struct world *w, struct chaos *c, int64_t days, int64_t quiet_days)
{
	int64_t least_s, quiet_s = quiet_days * DAY_S;

	world_run(w, days * DAY_S);
	chaos_calm(w, c);
	least_s = life_settles(w);
	world_run(w, quiet_s > least_s ? quiet_s : least_s);
	life_check(w);
}

static void go_through(struct world *w, struct chaos *c)
{
	int64_t gap_s = 0, days = random_between(&c->random, 3, 25);

	if (slot_longest_gap(w->policy, w->true_s, &gap_s) == 0 && gap_s <= 1800)
		days = days / 8 + 1; /* many sets: dear */
	if (!c->sparse) {
		storm(w, c, days, 0);
		return;
	}
	for (int64_t storms = random_between(&c->random, 1, 3); storms > 0 && !w->oracle.promise[0];
		storms--) {
		/* Apart, since compilers differ in which argument they reckon first. */
		int64_t quiet_days =
			random_chance(&c->random, 300) ? 0 : random_between(&c->random, 30, 800);
		storm(w, c, random_between(&c->random, 1, 6), quiet_days);
		chaos_storm(w, c);
	}
}

void life_ends(const struct world *w, int64_t began_s, struct tally *tally, struct fall *ret)
{
	if (tally)
		tally_add(tally, w, w->true_s - began_s);
	if (!w->oracle.promise[0] || ret->promise[0])
		return;
	memcpy(ret->promise, w->oracle.promise, sizeof(ret->promise));
	memcpy(ret->text, w->oracle.text, sizeof(ret->text));
}

static void live_alone(
	uint64_t seed, struct faults *faults, FILE *trace, struct tally *tally, struct fall *ret)
{
	struct world w;
	struct chaos c = {
		.faults = faults, .sparse = seed % 3 != 0, .worlds = &w, .chaoses = &c, .count = 1};
	int64_t began_s;

	chaos_make(&w, &c, seed);
	w.trace = trace;
	began_s = w.true_s;
	go_through(&w, &c);
	life_ends(&w, began_s, tally, ret);
	world_done(&w);
}

void life_live(uint64_t seed, const struct drops *drops, FILE *trace, struct tally *tally,
	struct fall *ret)
{
	struct faults faults = {.drops = drops};

	*ret = (struct fall){0};
	if (seed % 8 == 5)
		fleet_live(seed, &faults, trace, tally, ret);
	else if (seed % 16 == 3)
		twins_live(seed, &faults, trace, tally, ret);
	else if (seed % 32 == 7)
		once_live(seed, trace, tally, ret);
	else
		live_alone(seed, &faults, trace, tally, ret);
	if (tally)
		tally->lives++;
	ret->faults = faults.count;
}
