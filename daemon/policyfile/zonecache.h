/* Zones by their names, with the bytes of their files: policies that name the same share one, since
 * a zone takes up to 14 KiB and ten thousand clusters may name theirs. The service keeps the bytes,
 * so that a zone whose file an upgrade took away goes on by its last known rules. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "time/zone.h"

struct zonecache_entry {
	char *name;
	struct text data;  /* of the file */
	struct zone *zone; /* NULL: only remembered */
	char *trouble; /* why the file cannot be used now, `data` is known from before; or NULL */
	char *instead; /* the present name, if this is an old one that tzdata may leave out */
};

struct zonecache {
	struct zonecache_entry *entries; /* in the order in which they came */
	size_t count, capacity;
};

struct zonecache *zonecache_new(void);
void zonecache_free(struct zonecache *c); /* accepts NULL */
DEFINE_CLEANUP(struct zonecache *, zonecache_free)

/* *ret is a use of the caller's own. Where the file cannot be used, what `known` (may be NULL) has
 * of the zone is, and the entry's `trouble` says so. Errors as from zonefile_read(). */
int zonecache_get(struct zonecache *c, const struct zonecache *known, const char *name,
	struct zone **ret, struct error *err);
/* Remembers the bytes of a zone's file, which are copied. */
void zonecache_remember(struct zonecache *c, const char *name, const void *data, size_t size);

/* NULL: the zone is not among them, as "UTC" never is. Borrowed until the next call. */
const struct zonecache_entry *zonecache_find(const struct zonecache *c, const char *name);
/* True if both know the same of the zone. */
bool zonecache_same(const struct zonecache *a, const struct zonecache *b, const char *name);
/* Reads the files again, to find out about each `trouble`. True if a file that can be used has
 * other bytes than are known. */
bool zonecache_recheck(struct zonecache *c);
