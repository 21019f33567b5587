/* Keeps the zones that were loaded last. */
#include "policyfile/zonecache.h"

#include "policyfile/zonefile.h"

#include <string.h>

#define KEPT 64 /* with more zones than this, the oldest goes and is loaded again */

struct zonecache {
	struct zone *zones[KEPT];
	size_t count; /* ever added */
};

struct zonecache *zonecache_new(void)
{
	return xcalloc(1, sizeof(struct zonecache));
}

void zonecache_free(struct zonecache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < KEPT; i++)
		zone_free(c->zones[i]);
	free(c);
}

int zonecache_get(struct zonecache *c, const char *name, struct zone **ret, struct error *err)
{
	struct zone **at;
	int r;

	for (size_t i = 0; i < KEPT && c->zones[i]; i++)
		if (strcmp(zone_name(c->zones[i]), name) == 0) {
			*ret = zone_use(c->zones[i]);
			return 0;
		}
	r = zonefile_load(name, ret, err);
	if (r < 0)
		return r;
	at = &c->zones[c->count++ % KEPT];
	zone_free(*at);
	*at = zone_use(*ret);
	return 0;
}
