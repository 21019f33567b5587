/* The order of deletes, and the name of a plan. Pure; inside of retention/ only. */
#pragma once

#include "retention/plan.h"

/* Fills p->doomed and p->doomed_count from the verdicts: oldest first, but a set after all doomed
 * sets that depend on it, so that a delete that is cut short leaves no orphan. `parents` as
 * lineage_new() gives it. */
void doomed_list(const struct inventory *inv, const uint32_t *parents, struct plan *p);

/* SHA-256 over "retaind plan 1", the cluster and the doomed ids, a line each. */
void doomed_hash(const struct inventory *inv, const char *cluster, struct plan *p);
