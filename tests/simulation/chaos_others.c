/* What others do to the cloud: sets that it makes by itself, sets that never were, and a retention
 * that is lowered. */
#include "simulation/chaos.h"

#define DAY_S INT64_C(86400)

void chaos_put_set(struct world *w, struct chaos *c)
{
	struct cloud_set *s = cloud_begin(&w->cloud, w->true_s);

	if (random_chance(&c->random, 300))
		s->oddity = (enum oddity)random_between(&c->random, ODD_FUTURE, ODD_REGION);
	s->ahead_s = random_between(&c->random, 600, 20 * 3600);
	world_say(w, "-- the cloud makes set %s by itself", s->id);
}

/* Whoever alters the replies shows a later set for each of many days, for about as long as it would
 * take until the real ones go. */
void chaos_invent(struct world *w, struct chaos *c)
{
	int64_t grace_s = w->policy->safety.grace_s, days = random_between(&c->random, 5, 40);

	if (c->lie_until_s || grace_s == 0)
		return;
	for (int64_t d = days; d >= 2; d--) {
		int64_t at_s = w->true_s - d * DAY_S;
		struct cloud_set *s = cloud_put(
			&w->cloud, at_s - at_s % DAY_S + DAY_S - 1 - random_below(&c->random, 600));
		s->end_s = s->start_s + w->cloud.on.backup_least_s;
		s->invented = true;
	}
	c->lie_until_s = w->true_s + grace_s + random_below(&c->random, grace_s);
	world_say(w, "-- %d sets are invented", (int)days - 1);
}

void chaos_end_lie(struct world *w, struct chaos *c)
{
	size_t kept = 0;

	if (!c->lie_until_s)
		return;
	for (size_t i = 0; i < w->cloud.count; i++)
		if (!w->cloud.sets[i].invented)
			w->cloud.sets[kept++] = w->cloud.sets[i];
	w->cloud.count = kept;
	c->lie_until_s = 0;
	w->oracle.lie_ended_s = w->true_s;
	world_say(w, "-- the invented sets are gone");
}

/* Mostly to 7 days, which the cloud takes where a program leaves it out. */
void chaos_lower(struct world *w, struct chaos *c)
{
	int64_t *kept_s = &w->cloud.on.retention_s, before_s = *kept_s;

	if (c->kept_before_s) {
		if (before_s < c->kept_before_s) /* and was not raised meanwhile */
			*kept_s = c->kept_before_s;
		c->kept_before_s = 0;
	} else if (before_s > 7 * DAY_S) {
		*kept_s = 7 * DAY_S;
		if (random_chance(&c->random, 300))
			*kept_s = random_between(&c->random, 7, before_s / DAY_S - 1) * DAY_S;
		c->kept_before_s = before_s;
	}
	world_say(w, "-- the cloud's retention is %d days", (int)(*kept_s / DAY_S));
}
