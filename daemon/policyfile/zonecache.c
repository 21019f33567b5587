/* Keeps the zones that were loaded, and what their files held. */
#include "policyfile/zonecache.h"

#include "base/memory.h"
#include "policyfile/zonefile.h"

struct zonecache *zonecache_new(void)
{
	return xcalloc(1, sizeof(struct zonecache));
}

static void entry_done(struct zonecache_entry *e)
{
	free(e->name);
	text_done(&e->data);
	zone_free(e->zone);
	free(e->trouble);
	free(e->instead);
}

void zonecache_free(struct zonecache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		entry_done(&c->entries[i]);
	free(c->entries);
	free(c);
}

const struct zonecache_entry *zonecache_find(const struct zonecache *c, const char *name)
{
	for (size_t i = 0; c && i < c->count; i++)
		if (text_equal(c->entries[i].name, name))
			return &c->entries[i];
	return NULL;
}

static void add(struct zonecache *c, const struct zonecache_entry *e)
{
	c->entries = memory_grow(c->entries, &c->capacity, c->count + 1, sizeof(*c->entries));
	c->entries[c->count++] = *e;
}

void zonecache_remember(struct zonecache *c, const char *name, const void *data, size_t size)
{
	struct zonecache_entry e = {.name = xstrdup(name), .data = TEXT_INIT(ZONEFILE_MAX_BYTES)};

	text_add_bytes(&e.data, data, size);
	add(c, &e);
}

/* By its file or, failing that, by what is known of it. */
static int load(const struct zonecache_entry *known, struct zonecache_entry *e, struct error *err)
{
	int r = zonefile_read(e->name, &e->data, err);

	if (r == 0)
		r = zonefile_parse(e->name, &e->data, &e->zone, err);
	if (r == 0 || !known)
		return r;
	text_done(&e->data);
	text_add_bytes(&e->data, known->data.s ? known->data.s : "", known->data.length);
	e->trouble = xstrdup(err->text);
	return zonefile_parse(e->name, &e->data, &e->zone, err);
}

int zonecache_get(struct zonecache *c, const struct zonecache *known, const char *name,
	struct zone **ret, struct error *err)
{
	const struct zonecache_entry *found = zonecache_find(c, name);
	struct zonecache_entry e = {.data = TEXT_INIT(ZONEFILE_MAX_BYTES)};
	int r;

	if (text_equal(name, "UTC")) {
		*ret = zone_utc();
		return 0;
	}
	if (found) {
		*ret = zone_use(found->zone);
		return 0;
	}
	e.name = xstrdup(name);
	r = load(zonecache_find(known, name), &e, err);
	if (r < 0) {
		entry_done(&e);
		return r;
	}
	e.instead = zonefile_instead(name);
	add(c, &e);
	*ret = zone_use(e.zone);
	return 0;
}

static bool same_bytes(const struct text *a, const struct text *b)
{
	return a->length == b->length && (a->length == 0 || memcmp(a->s, b->s, a->length) == 0);
}

bool zonecache_same(const struct zonecache *a, const struct zonecache *b, const char *name)
{
	const struct zonecache_entry *x = zonecache_find(a, name), *y = zonecache_find(b, name);

	return x && y ? same_bytes(&x->data, &y->data) : x == y;
}

bool zonecache_recheck(struct zonecache *c)
{
	bool changed = false;

	for (size_t i = 0; i < c->count; i++) {
		struct zonecache_entry *e = &c->entries[i];
		_cleanup_(text_done) struct text data = TEXT_INIT(ZONEFILE_MAX_BYTES);
		struct zone *zone = NULL;
		struct error err = {0};
		int r = zonefile_read(e->name, &data, &err);
		if (r == 0 && !same_bytes(&data, &e->data)) {
			r = zonefile_parse(e->name, &data, &zone, &err);
			changed |= r == 0;
			zone_free(zone);
		}
		free(e->trouble);
		e->trouble = r < 0 ? xstrdup(err.text) : NULL;
	}
	return changed;
}
