/* A life that breaks a promise, told again with as few faults as still break it. */
#pragma once

#include "simulation/life.h"

/* Prints the seed, the promise and the last lines of the trace. */
void shrink_tell(uint64_t seed, const struct fall *fall);
