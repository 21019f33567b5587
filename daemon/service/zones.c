/* Keeps the rules of time zones over upgrades of tzdata. */
#include "service/zones.h"

#include "store/store.h"

static void remember(void *data, const struct store_zone *z)
{
	zonecache_remember(data, z->name, z->data, z->size);
}

int zones_load(struct context *x, struct zonecache **ret, struct error *err)
{
	_cleanup_(zonecache_freep) struct zonecache *zones = zonecache_new();
	int r = x->store ? store_load_zones(x->store, remember, zones, err) : 0;

	if (r == 0)
		*ret = TAKE_PTR(zones);
	return r;
}

static void keep(struct context *x, const struct zonecache *zones)
{
	_cleanup_free_ struct store_zone *list = xcalloc(zones->count, sizeof(*list));
	struct error err = {0};

	for (size_t i = 0; i < zones->count; i++) {
		const struct zonecache_entry *e = &zones->entries[i];
		list[i] = (struct store_zone){e->name, e->data.s ? e->data.s : "", e->data.length};
	}
	if (store_keep_zones(x->store, list, zones->count, &err) < 0)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING,
			"the rules of time zones are not kept: %s", err.text);
}

static bool same(const struct zonecache *a, const struct zonecache *b)
{
	bool all = a->count == b->count;

	for (size_t i = 0; all && i < a->count; i++)
		all = zonecache_same(a, b, a->entries[i].name);
	return all;
}

void zones_take(struct service *service, struct policyfile *file)
{
	struct context *x = &service->context;
	struct zonecache *before = service->zones, *zones = TAKE_PTR(file->zones);

	for (size_t i = 0; i < zones->count; i++) {
		const char *name = zones->entries[i].name;
		if (zonecache_find(before, name) && !zonecache_same(before, zones, name))
			journal_say(&x->journal, MESSAGE_RELOADED, LEVEL_NOTICE,
				"time zone %s: its file has changed, and is in use", name);
	}
	if (x->store && !same(before, zones))
		keep(x, zones);
	service->zones = zones;
	zonecache_free(before);
}

bool zones_differ(
	const struct service *service, const struct policyfile *file, const struct policy *p)
{
	const struct zone *own = p->schedule.zone;

	return !zonecache_same(service->zones, file->zones, zone_name(p->zone)) ||
		(own && !zonecache_same(service->zones, file->zones, zone_name(own)));
}

size_t zones_in_trouble(const struct service *service, const struct zonecache_entry **ret_first)
{
	const struct zonecache *zones = service->zones;
	size_t count = 0;

	for (size_t i = 0; zones && i < zones->count; i++) {
		if (!zones->entries[i].trouble)
			continue;
		if (count++ == 0 && ret_first)
			*ret_first = &zones->entries[i];
	}
	return count;
}
