/* The promises about the cloud's own retention, and about clusters that take no changes. */
#include "retention/reach.h"
#include "simulation/oracle.h"

#include <stdlib.h>

#define MARGIN_DAYS 3 /* clocks differ */

void oracle_calls_change(struct oracle *o)
{
	o->pace.lists_in_vain = 0;
	if (o->paused)
		oracle_fail(o, "pause", "a change is asked for of a cluster that is not Running");
}

void oracle_calls_raise(
	struct oracle *o, const struct oracle_view *v, int64_t days, int64_t told_days)
{
	size_t intents = v->disk->entries[ENTRY_RETENTION_INTENT];

	if (v->policy->cloud_retention != CLOUD_RETENTION_ENSURE)
		oracle_fail(o, "raise", "the cloud's retention was changed without being asked to");
	if (intents <= o->raise_intents)
		oracle_fail(o, "S4", "ModifyBackupPolicy without an intent on disk");
	if (days <= told_days || days <= v->cloud->on.retention_s / 86400)
		oracle_fail(o, "raise",
			"the cloud's retention would be lowered or left at %lld days",
			(long long)days);
	if (days > 730)
		oracle_fail(o, "raise", "%lld days are more than the cloud takes", (long long)days);
	o->raise_intents = intents;
}

/* How long the cloud has to keep sets, so that a shorter time is trouble; 0: it is of no interest,
 * or the daemon cannot know. */
static int64_t needed_days(const struct oracle_view *v)
{
	if (v->policy->remote || v->policy->cloud_retention == CLOUD_RETENTION_IGNORE ||
		llabs(v->now.wall_s - v->true_s) > 60)
		return 0;
	return reach_cloud_days(reach_days(v->policy, v->true_s)) - MARGIN_DAYS;
}

void oracle_told_retention(
	struct oracle *o, const struct oracle_view *v, int64_t days, const struct cycle_status *s)
{
	bool enough = days >= needed_days(v);

	if (!enough && days < o->days_on_disk && o->lowered_from < o->days_on_disk)
		o->lowered_from = o->days_on_disk;
	if (enough || days >= o->lowered_from)
		o->lowered_from = 0;
	o->days_told = days;
	if (o->lowered_from && !s->trouble[0])
		oracle_fail(o, "L3",
			"the cloud's retention was lowered from %lld to %lld days by another hand, "
			"and nobody is told",
			(long long)o->lowered_from, (long long)days);
}
