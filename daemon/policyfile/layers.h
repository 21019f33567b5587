/* Applies a mapping of keys to the objects that the loader is making. */
#pragma once

#include "policyfile/loader.h"

/* Sets every key of the mapping that has a value of its own, in the scope's objects of `l`, and
 * tells unknown keys. */
void layer_apply(struct loader *l, const struct node *layer, enum scope scope);
