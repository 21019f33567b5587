/* The merge of discoveries: which clusters there are to be, of those that they have found. Not
 * those that the file lists by id; and each once, by the first discovery in the file that has it.
 */
#pragma once

#include "policyfile/discovery.h"
#include "service/members.h"

struct running_discovery; /* service/discoveries.c */

struct merged {
	const char *name;      /* its label for people: the description if nobody else has it */
	struct member *member; /* borrowed, of ... */
	struct running_discovery *discovery;
};

struct merge {
	struct merged *list; /* in the order of discoveries, then of ids */
	size_t count, capacity;
};

struct merge_source {
	struct running_discovery *discovery;
	struct members *members;
};
/* `sources` in the file's order. `listed`: the policies of clusters that the file lists. Everything
 * is borrowed. Sets member->conflict, and calls `conflict` (NULL: nobody is told, and it is not
 * set) where it was not set. */
void merge_discoveries(const struct merge_source *sources, size_t count,
	const struct policy *const *listed, size_t listed_count,
	void (*conflict)(const struct merged *kept, const struct running_discovery *other),
	struct merge *ret);
void merge_done(struct merge *all);
