/* Entries that discover clusters: making and freeing them. */
#pragma once

#include "base/memory.h"
#include "policyfile/model.h"

/* Empty, with the defaults for how often; takes the template over. */
struct discovery *discovery_new(struct policy *template);
void discovery_free(struct discovery *d); /* accepts NULL */
DEFINE_CLEANUP(struct discovery *, discovery_free)

/* Take over what is in the arrays, and free what was there. */
void discovery_set_tags(struct discovery *d, struct discovery_tag *tags, size_t count);
void discovery_set_exclude(struct discovery *d, char **ids, size_t count);
