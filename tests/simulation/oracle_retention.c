/* The promises about the cloud's own retention, and about clusters that take no changes. */
#include "simulation/oracle.h"

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
