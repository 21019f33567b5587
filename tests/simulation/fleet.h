/* Several clusters of one daemon: one machine, one disk, one account with its budget of calls. */
#pragma once

#include "simulation/life.h"

/* As life_live(), for a fleet: in storms that all share; or some in trouble for good, who delay no
 * other (L2); or one cluster with two daemons by mistake, each with a state file of its own (S1).
 */
void fleet_live(
	uint64_t seed, struct faults *faults, FILE *trace, struct tally *tally, struct fall *ret);
