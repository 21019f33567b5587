/* One cluster whose daemon runs for minutes a day: `retaind --once` from cron. */
#pragma once

#include "simulation/life.h"

/* As life_live(). There are no faults but times in which the program does not run, or can list
 * nothing: what is promised is that grace passes all the same (L1), and not in these times (S7). */
void once_live(uint64_t seed, FILE *trace, struct tally *tally, struct fall *ret);
