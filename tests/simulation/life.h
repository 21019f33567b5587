/* How a simulated life goes: storms of faults, and quiet after each, in which L1 has to hold. */
#pragma once

#include "simulation/chaos.h"
#include "simulation/tally.h"

/* Makes a policy one that years can be lived with: a slot a day or fewer, few listings, few sets.
 */
void life_thin(struct policy *p, struct random *r);

/* Seconds until all that is due is done, after the last fault. */
int64_t life_settles(const struct world *w);
void life_check(struct world *w); /* L1, then */

struct fall {            /* of a promise */
	char promise[8]; /* "": all were kept */
	char text[400];
	size_t faults; /* up to there */
};

/* Lives the life of a seed, the same each time. `drops` and `trace` may be NULL; its figures are
 * added to `tally`, which may be NULL. */
void life_live(uint64_t seed, const struct drops *drops, FILE *trace, struct tally *tally,
	struct fall *ret);
/* One world of the life has come to its end: its figures, and whether it fell. */
void life_ends(const struct world *w, int64_t began_s, struct tally *tally, struct fall *ret);
