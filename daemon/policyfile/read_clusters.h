/* The part of the loader that reads the layers and the clusters. */
#pragma once

#include "policyfile/loader.h"

/* The policy file, whose root is the first and not NULL, and the files beside it. What is returned
 * is owned by the caller, and of use only if no errors went to `m`. `known`: zones from before, or
 * NULL. */
struct policyfile *read_clusters_all(
	struct messages *m, struct node *const *roots, size_t count, const struct zonecache *known);
