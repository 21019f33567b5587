/* What was simulated, in figures. */
#pragma once

#include "simulation/world.h"

struct tally {
	int64_t lived_s; /* of clusters, by the true time */
	double cpu_s;
	uint64_t digest; /* of all lives, in whatever order */
	size_t lives, clusters, broken;
	size_t lists, creates, deletes, raises, orders, ids, records, crashes, effects, checks;
	size_t most_effects; /* in an hour, of any life */
	size_t fates[FATE_COUNT], mishaps[MISHAP_COUNT], happenings[HAPPENINGS_MOST];
};

void tally_add(struct tally *t, const struct world *w, int64_t lived_s); /* a cluster's life */
void tally_merge(struct tally *t, const struct tally *other);
void tally_print(const struct tally *t);
