/* Warnings about policies that load, but may not do what was meant; each is told once for a place.
 */
#pragma once

#include "policyfile/loader.h"

struct lint;
struct lint *lint_new(struct messages *m);
void lint_free(struct lint *x);
DEFINE_CLEANUP(struct lint *, lint_free)
/* Checks l->policy, whose values stand at l->origin. `cluster` is its place in the file. */
void lint_cluster(struct lint *x, const struct loader *l, struct node *cluster);
/* Checks an entry that discovers clusters. Its template goes to lint_cluster() as well. */
void lint_discovery(struct lint *x, const struct discovery *d, struct node *entry);
/* Checks all clusters together. */
void lint_end(struct lint *x);
