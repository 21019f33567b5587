/* The policy in force for one cluster. */
#include "retention/policy.h"

#include "base/memory.h"

#include <string.h>

const char *const edition_names[EDITION_COUNT + 1] = {
	[EDITION_LAKEHOUSE] = "lakehouse",
	[EDITION_WAREHOUSE] = "warehouse",
};

const char *const cloud_retention_names[CLOUD_RETENTION_COUNT + 1] = {
	[CLOUD_RETENTION_CHECK] = "check",
	[CLOUD_RETENTION_ENSURE] = "ensure",
	[CLOUD_RETENTION_IGNORE] = "ignore",
};

#define OWNS(p, field) (!(p)->of || (p)->of->field != (p)->field)

struct policy *policy_new(const char *cluster)
{
	struct policy *p = xcalloc(1, sizeof(*p));

	p->users = 1;
	p->cluster = xstrdup(cluster);
	p->name = xstrdup(cluster);
	p->account = xstrdup("default");
	p->zone = zone_utc();
	p->keep = xcalloc(RULE_COUNT, sizeof(*p->keep));
	p->schedule.catch_up = true;
	p->failed_sets_s = 7 * 86400;
	p->safety.minimum = 1;
	p->safety.grace_s = 86400;
	p->safety.max_delete_percent = 50;
	p->safety.fresh_within_s = FRESH_AUTO;
	p->refresh_s = 3600;
	return p;
}

struct policy *policy_copy(struct policy *template, const char *cluster, const char *name)
{
	struct policy *p = xmalloc(sizeof(*p));

	*p = *template;
	p->of = template;
	template->users++;
	p->users = 1;
	p->cluster = xstrdup(cluster);
	p->name = name && strcmp(name, cluster) != 0 ? xstrdup(name) : p->cluster;
	(void)zone_use(p->zone);
	(void)zone_use(p->schedule.zone);
	(void)calendar_use(p->schedule.calendar);
	return p;
}

static void drop_protected(struct policy *p)
{
	if (OWNS(p, protected_ids)) {
		for (size_t i = 0; i < p->protected_id_count; i++)
			free(p->protected_ids[i]);
		free(p->protected_ids);
	}
	if (OWNS(p, protected_ranges))
		free(p->protected_ranges);
}

static void free_own(struct policy *p)
{
	if (p->name != p->cluster)
		free(p->name);
	free(p->cluster);
	if (OWNS(p, policy_name))
		free(p->policy_name);
	if (OWNS(p, region))
		free(p->region);
	if (OWNS(p, account))
		free(p->account);
	zone_free(p->zone);
	calendar_free(p->schedule.calendar);
	zone_free(p->schedule.zone);
	if (OWNS(p, schedule.blackouts))
		free(p->schedule.blackouts);
	if (OWNS(p, keep))
		free(p->keep);
	drop_protected(p);
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

void policy_free(struct policy *p)
{
	while (p && --p->users == 0) {
		struct policy *of = p->of;
		free_own(p);
		p = of;
	}
}

void policy_set_text(struct policy *p, char **at, const char *text)
{
	size_t offset = (size_t)((char *)at - (char *)p);

	if (!p->of || *(char **)(void *)((char *)p->of + offset) != *at)
		free(*at);
	*at = xstrdup(text);
}

void policy_set_blackouts(struct policy *p, struct window *windows, size_t count)
{
	if (OWNS(p, schedule.blackouts))
		free(p->schedule.blackouts);
	p->schedule.blackouts = windows;
	p->schedule.blackout_count = count;
}

void policy_set_protected(struct policy *p, char **ids, size_t id_count,
	struct protected_range *ranges, size_t range_count)
{
	drop_protected(p);
	p->protected_ids = ids;
	p->protected_id_count = id_count;
	p->protected_ranges = ranges;
	p->protected_range_count = range_count;
}

void policy_set_rule(struct policy *p, enum rule which, const struct keep_rule *rule)
{
	if (!OWNS(p, keep)) {
		p->keep = xreallocarray(NULL, RULE_COUNT, sizeof(*p->keep));
		memcpy(p->keep, p->of->keep, RULE_COUNT * sizeof(*p->keep));
	}
	p->keep[which] = *rule;
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
