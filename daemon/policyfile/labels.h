/* Ids and names of clusters, for finding those that are given twice. */
#pragma once

#include "policyfile/document.h"

struct label {
	const char *text;
	const struct node *at;
	size_t cluster;
	bool is_id;
};

struct labels {
	struct label *list;
	size_t count, capacity;
};

/* Borrows `text`. `cluster` is the number of the cluster that has the label. */
void labels_add(
	struct labels *all, const char *text, const struct node *at, size_t cluster, bool is_id);
/* Tells an error for each label that another cluster has as well. */
void labels_check(struct labels *all, struct messages *m);
void labels_done(struct labels *all);
