/* Which clusters status shows, and in which order. */
#pragma once

#include "ctl/online.h"

enum status_sort {
	STATUS_WORST, /* first */
	STATUS_AGE,   /* the oldest newest set first */
	STATUS_NAME,
	STATUS_SIZE, /* the largest first */
};

struct status_choice {
	char *const *clusters; /* ids or names, borrowed; none: all */
	size_t cluster_count;
	bool not_well; /* only those */
	enum status_sort sort;
};

/* False if there is no such order. */
bool status_parse_sort(const char *s, enum status_sort *ret);

/* Rank of the state of a cluster, from 0 (the worst) on. */
size_t status_rank(const cJSON *cluster);
extern const struct status_state {
	const char *state, *words;
	enum paint paint;
	bool well;
} status_states[];

/* The chosen clusters in their order; *ret_count of them. The array is the caller's, the clusters
 * are borrowed. */
const cJSON **status_order(
	const cJSON *clusters, const struct status_choice *choice, size_t *ret_count);
/* The first name of the choice that no cluster has; NULL: none. */
const char *status_unknown(const cJSON *clusters, const struct status_choice *choice);
