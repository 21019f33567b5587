/* An inventory in few bytes, for the time in which nobody looks at it: a dozen a set, where the
 * cloud's ids are numbers and its times follow each other. */
#pragma once

#include "base/pool.h"
#include "retention/set.h"

struct pack {
	char *bytes; /* of the pool; NULL: of an empty inventory */
	size_t size;
};

/* `pool` may be NULL. */
struct pack pack_inventory(const struct inventory *inv, struct pool *pool);
/* The inventory again, owned by the caller; `inv` must be initialised and empty. */
void pack_open(const struct pack *p, struct inventory *inv);
void pack_done(struct pack *p, struct pool *pool); /* frees what it holds, and leaves it empty */
