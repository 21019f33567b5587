/* Which clusters there are to be, of those that discoveries have found: not those that the file
 * lists by id, and each once, by the first discovery in the file that has it. */
#pragma once

#include "service/roster.h"

struct finder; /* service/discovery.c */

struct place {
	const char *name;      /* its label for people: the description if nobody else has it */
	struct member *member; /* borrowed, of ... */
	struct finder *finder;
};

struct lineup {
	struct place *places; /* in the order of discoveries, then of ids */
	size_t count, capacity;
};

/* `rosters` of the finders in the file's order. `listed`: the policies of clusters that the file
 * lists. Everything is borrowed. Sets member->conflict and calls `conflict` where it was not set.
 */
struct lineup_source {
	struct finder *finder;
	struct roster *roster;
};
void lineup_make(const struct lineup_source *sources, size_t count,
	const struct policy *const *listed, size_t listed_count,
	void (*conflict)(const struct place *kept, const struct finder *other), struct lineup *ret);
void lineup_done(struct lineup *l);
