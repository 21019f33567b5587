/* Clusters that are found by what they are, at run time, instead of being listed by id. */
#pragma once

#include "retention/policy.h"

#include "base/memory.h"

struct discovery_tag {
	char *key, *value;
};

/* All of it owned. A cluster has to match everything that is given. */
struct discovery {
	char *region;
	char *account;              /* the template's; never NULL */
	char *name_pattern;         /* for fnmatch() on the cluster's description; NULL: any */
	struct discovery_tag *tags; /* sorted by key */
	size_t tag_count;
	char **exclude; /* ids, sorted by strcmp */
	size_t exclude_count;
	int64_t every_s;         /* between two looks */
	int64_t forget_after_s;  /* without being found for this long, a cluster is forgotten */
	struct policy *template; /* for what is found: its cluster and name are "" */
};

/* Empty, with the defaults for how often; takes the template over. */
struct discovery *discovery_new(struct policy *template);
void discovery_free(struct discovery *d); /* accepts NULL */
DEFINE_CLEANUP(struct discovery *, discovery_free)

/* Take over what is in the arrays, and free what was there. */
void discovery_set_tags(struct discovery *d, struct discovery_tag *tags, size_t count);
void discovery_set_exclude(struct discovery *d, char **ids, size_t count);
