#include "retention/policy.h"

#include "base/memory.h"

#include <string.h>

const char *const rule_names[RULE_COUNT + 1] = {
	[RULE_LAST] = "last",
	[RULE_WITHIN] = "within",
	[RULE_HOURLY] = "hourly",
	[RULE_DAILY] = "daily",
	[RULE_WEEKLY] = "weekly",
	[RULE_MONTHLY] = "monthly",
	[RULE_QUARTERLY] = "quarterly",
	[RULE_YEARLY] = "yearly",
};

const char *const edition_names[] = {
	[EDITION_LAKEHOUSE] = "lakehouse",
	[EDITION_WAREHOUSE] = "warehouse",
	NULL,
};

const char *const cloud_retention_names[] = {
	[CLOUD_RETENTION_CHECK] = "check",
	[CLOUD_RETENTION_ENSURE] = "ensure",
	[CLOUD_RETENTION_IGNORE] = "ignore",
	NULL,
};

struct policy *policy_new(const char *cluster)
{
	struct policy *p = xcalloc(1, sizeof(*p));

	p->cluster = xstrdup(cluster);
	p->name = xstrdup(cluster);
	p->account = xstrdup("default");
	p->zone = zone_utc();
	p->schedule.catch_up = true;
	p->failed_sets_s = 7 * 86400;
	p->safety.minimum = 1;
	p->safety.grace_s = 86400;
	p->safety.max_delete_percent = 50;
	p->safety.fresh_within_s = FRESH_AUTO;
	p->refresh_s = 3600;
	return p;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	free(p->cluster);
	free(p->name);
	free(p->policy_name);
	free(p->region);
	free(p->account);
	zone_free(p->zone);
	calendar_free(p->schedule.calendar);
	zone_free(p->schedule.zone);
	free(p->schedule.blackouts);
	for (size_t i = 0; i < p->protected_id_count; i++)
		free(p->protected_ids[i]);
	free(p->protected_ids);
	free(p->protected_ranges);
	free(p);
}

const char *policy_refuses_backup(const struct policy *p)
{
	if (p->remote)
		return "its policy is about the copies in other regions, which the cloud makes by "
		       "itself";
	if (p->edition == EDITION_WAREHOUSE)
		return "the interface of the Data Warehouse Edition (2019-03-15) cannot take "
		       "backups; the cloud makes them by itself";
	return NULL;
}

static int compare_id_to_entry(const void *id, const void *entry)
{
	return strcmp(id, *(char *const *)entry);
}

bool policy_protects(const struct policy *p, const char *id, int64_t start_s)
{
	for (size_t i = 0; i < p->protected_range_count; i++)
		if (start_s >= p->protected_ranges[i].from_s &&
			start_s <= p->protected_ranges[i].to_s)
			return true;
	return p->protected_id_count > 0 &&
		bsearch(id, p->protected_ids, p->protected_id_count, sizeof(*p->protected_ids),
			compare_id_to_entry);
}
