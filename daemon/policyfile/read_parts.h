/* Makes one tree of the policy file and the files of policy.d beside it. */
#pragma once

#include "policyfile/loader.h"

/* Checks the versions, and moves what the files beside it add into the tree of the policy file,
 * which is the first root and a mapping. The others may be NULL. */
void read_parts(struct loader *l, struct node *const *roots, size_t count);
