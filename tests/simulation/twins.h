/* One cluster and two daemons, started by mistake on two machines, each with a state file of its
 * own. (Two with the same file are out of the question: the second does not get its lock.) */
#pragma once

#include "simulation/life.h"

/* As life_live(). What can be promised where both have the same policy is S1. */
void twins_live(
	uint64_t seed, struct faults *faults, FILE *trace, struct tally *tally, struct fall *ret);
