/* Warnings about keep rules. Each is given only where it surely holds. */
#pragma once

#include "policyfile/loader.h"

/* Checks the rules of l->policy. `shortest_gap_s` and `longest_gap_s`: between the schedule's
 * slots; 0 if there is none. */
void lint_keep(const struct loader *l, int64_t shortest_gap_s, int64_t longest_gap_s);
