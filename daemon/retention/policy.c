/* The policy in force for one cluster. */
#include "retention/policy.h"

#include "base/memory.h"

#include <string.h>

const char *const edition_names[EDITION_COUNT + 1] = {
	[EDITION_LAKEHOUSE] = "lakehouse",
	[EDITION_WAREHOUSE] = "warehouse",
};

const char *const point_in_time_names[POINT_IN_TIME_MODE_COUNT + 1] = {
	[POINT_IN_TIME_KEEP] = "keep",
	[POINT_IN_TIME_WARN] = "warn",
	[POINT_IN_TIME_IGNORE] = "ignore",
};
const char *const cloud_retention_names[CLOUD_RETENTION_COUNT + 1] = {
	[CLOUD_RETENTION_CHECK] = "check",
	[CLOUD_RETENTION_ENSURE] = "ensure",
	[CLOUD_RETENTION_IGNORE] = "ignore",
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
	p->safety.prove_every_s = PROVE_OFF;
	p->refresh_s = 3600;
	return p;
}

/* A copy of an array; NULL if it is empty. */
static void *copy_array(const void *array, size_t count, size_t size)
{
	void *copy;

	if (count == 0)
		return NULL;
	copy = xreallocarray(NULL, count, size);
	memcpy(copy, array, count * size);
	return copy;
}

static struct protected_set copy_protected(const struct protected_set *s)
{
	return (struct protected_set){.id = xstrdup(s->id),
		.by = xstrdup(s->by),
		.reason = xstrdup(s->reason),
		.at_s = s->at_s,
		.until_s = s->until_s};
}

struct policy *policy_copy(const struct policy *from, const char *cluster, const char *name)
{
	struct policy *p = copy_array(from, 1, sizeof(*from));

	p->cluster = xstrdup(cluster);
	p->name = xstrdup(name ? name : cluster);
	p->policy_name = xstrdup(from->policy_name);
	p->region = xstrdup(from->region);
	p->account = xstrdup(from->account);
	p->storage.currency = xstrdup(from->storage.currency);
	(void)zone_use(p->zone);
	(void)zone_use(p->schedule.zone);
	(void)calendar_use(p->schedule.calendar);
	p->schedule.blackouts = copy_array(from->schedule.blackouts, from->schedule.blackout_count,
		sizeof(*from->schedule.blackouts));
	p->protected_sets = copy_array(
		from->protected_sets, from->protected_set_count, sizeof(*from->protected_sets));
	for (size_t i = 0; i < p->protected_set_count; i++)
		p->protected_sets[i] = copy_protected(&from->protected_sets[i]);
	p->protected_ranges = copy_array(from->protected_ranges, from->protected_range_count,
		sizeof(*from->protected_ranges));
	return p;
}

static void free_protected(struct policy *p)
{
	for (size_t i = 0; i < p->protected_set_count; i++) {
		free(p->protected_sets[i].id);
		free(p->protected_sets[i].by);
		free(p->protected_sets[i].reason);
	}
	free(p->protected_sets);
	free(p->protected_ranges);
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
	free(p->storage.currency);
	zone_free(p->zone);
	calendar_free(p->schedule.calendar);
	zone_free(p->schedule.zone);
	free(p->schedule.blackouts);
	free_protected(p);
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

void policy_set_blackouts(struct policy *p, struct window *windows, size_t count)
{
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

static void sort_protected(struct policy *p)
{
	if (p->protected_set_count > 1)
		qsort(p->protected_sets, p->protected_set_count, sizeof(*p->protected_sets),
			compare_protected);
}

void policy_set_protected(struct policy *p, struct protected_set *sets, size_t set_count,
	struct protected_range *ranges, size_t range_count)
{
	free_protected(p);
	p->protected_sets = sets;
	p->protected_set_count = set_count;
	p->protected_ranges = ranges;
	p->protected_range_count = range_count;
	sort_protected(p);
}

void policy_protect_more(struct policy *p, const struct protected_set *sets, size_t count)
{
	size_t before = p->protected_set_count;

	p->protected_sets =
		xreallocarray(p->protected_sets, before + count, sizeof(*p->protected_sets));
	for (size_t i = 0; i < count; i++)
		p->protected_sets[before + i] = copy_protected(&sets[i]);
	p->protected_set_count += count;
	sort_protected(p);
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
