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
	if (OWNS(p, protected_sets)) {
		for (size_t i = 0; i < p->protected_set_count; i++) {
			free(p->protected_sets[i].id);
			free(p->protected_sets[i].by);
			free(p->protected_sets[i].reason);
		}
		free(p->protected_sets);
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

static int compare_protected(const void *a, const void *b)
{
	const struct protected_set *one = a, *other = b;
	int order = strcmp(one->id, other->id);

	return order ? order : (one->until_s < other->until_s) - (one->until_s > other->until_s);
}

void policy_set_protected(struct policy *p, struct protected_set *sets, size_t set_count,
	struct protected_range *ranges, size_t range_count)
{
	drop_protected(p);
	if (set_count > 1)
		qsort(sets, set_count, sizeof(*sets), compare_protected);
	p->protected_sets = sets;
	p->protected_set_count = set_count;
	p->protected_ranges = ranges;
	p->protected_range_count = range_count;
}

static struct protected_set copy_protected(const struct protected_set *s)
{
	return (struct protected_set){.id = xstrdup(s->id),
		.by = xstrdup(s->by),
		.reason = xstrdup(s->reason),
		.at_s = s->at_s,
		.until_s = s->until_s};
}

void policy_protect_more(struct policy *p, const struct protected_set *sets, size_t count)
{
	size_t before = p->protected_set_count, ranges_size;
	struct protected_set *all = xcalloc(before + count, sizeof(*all));
	struct protected_range *ranges = xcalloc(p->protected_range_count, sizeof(*ranges));

	for (size_t i = 0; i < before; i++)
		all[i] = copy_protected(&p->protected_sets[i]);
	for (size_t i = 0; i < count; i++)
		all[before + i] = copy_protected(&sets[i]);
	ranges_size = p->protected_range_count * sizeof(*ranges);
	if (ranges_size > 0)
		memcpy(ranges, p->protected_ranges, ranges_size);
	policy_set_protected(p, all, before + count, ranges, p->protected_range_count);
}

void policy_set_rule(struct policy *p, enum rule which, const struct keep_rule *rule)
{
	if (!OWNS(p, keep)) {
		p->keep = xreallocarray(NULL, RULE_COUNT, sizeof(*p->keep));
		memcpy(p->keep, p->of->keep, RULE_COUNT * sizeof(*p->keep));
	}
	p->keep[which] = *rule;
}

const struct protected_set *policy_protection(const struct policy *p, const char *id, int64_t now_s)
{
	size_t low = 0, high = p->protected_set_count;

	while (low < high) { /* the first of this id: of those, the one that lasts longest */
		size_t middle = low + (high - low) / 2;
		if (strcmp(p->protected_sets[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->protected_set_count || strcmp(p->protected_sets[low].id, id) != 0 ||
		p->protected_sets[low].until_s <= now_s)
		return NULL;
	return &p->protected_sets[low];
}

bool policy_protects(const struct policy *p, const char *id, int64_t start_s, int64_t now_s)
{
	for (size_t i = 0; i < p->protected_range_count; i++)
		if (start_s >= p->protected_ranges[i].from_s &&
			start_s <= p->protected_ranges[i].to_s)
			return true;
	return policy_protection(p, id, now_s);
}
