/* How a simulated life goes: storms of faults, and quiet after each, in which L1 has to hold. */
#pragma once

#include "simulation/chaos.h"

/* Makes a policy one that years can be lived with: a slot a day or fewer, few listings, few sets.
 */
void life_thin(struct policy *p, struct random *r);
/* A whole life. Seconds of virtual time. */
int64_t life_live(struct world *w, struct chaos *chaos);
