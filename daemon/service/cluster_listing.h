/* A listing of clusters (DescribeDBClusters), put together from its pages. Any doubt about a page
 * makes the listing worthless, as with one of backup sets. Values: no I/O, no clock. */
#pragma once

#include "cloud/reply.h"
#include "policyfile/discovery.h"
#include "service/members.h"

struct cluster_listing {
	struct members found; /* those that match the discovery */
	char **ids;           /* of all that were listed */
	size_t count, capacity;
	int64_t total, pages; /* total: -1 before the first page */
};
void cluster_listing_begin(struct cluster_listing *l); /* empty, again */
void cluster_listing_done(struct cluster_listing *l);
/* 1: complete; 0: ask for page l->pages + 1; -EBADMSG: a doubt, told in *err. */
int cluster_listing_add(struct cluster_listing *l, const struct discovery *d,
	const struct cluster_page *p, struct error *err);
