/* Zones by their names, so that clusters that name the same share one: a zone takes up to 14 KiB,
 * and ten thousand clusters may name theirs. */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "time/zone.h"

struct zonecache;
struct zonecache *zonecache_new(void);
void zonecache_free(struct zonecache *c); /* accepts NULL */
DEFINE_CLEANUP(struct zonecache *, zonecache_free)

/* *ret is a use of the caller's own. Errors as from zonefile_load(). */
int zonecache_get(struct zonecache *c, const char *name, struct zone **ret, struct error *err);
