/* Finds clusters by what they are (DescribeDBClusters), on a schedule, and keeps the fleet in
 * step with what is found. What was found is in the state file: a start without the
 * network knows its clusters. */
#pragma once

#include "policyfile/policyfile.h"
#include "service/fleet.h"

struct discoveries;

struct discoveries *discoveries_new(struct fleet *fleet);
/* After client_free(): calls under way are abandoned. Accepts NULL. */
void discoveries_free(struct discoveries *d);

/* The discoveries of a file, which are taken over, beside those in force. What those in force or,
 * where they know nothing, the state file remember of the same ones is copied. Then
 * discoveries_apply() or discoveries_cancel(). */
void discoveries_prepare(struct discoveries *d, struct policyfile *file);
/* Adds the policies of the clusters that the prepared ones know to the file's own, behind them. */
void discoveries_extend(struct discoveries *d, struct policyfile *file);
/* The fleet is that of the extended file, and no cluster in it is marked as found: that is done
 * here. Begins to list. */
void discoveries_apply(struct discoveries *d);
void discoveries_cancel(struct discoveries *d);

/* --once: true when each has listed its clusters once, or could not for a cause that lasts;
 * *ret_unwell is set if one could not, and left as it is otherwise. */
bool discoveries_finished(const struct discoveries *d, bool *ret_unwell);

struct discovery_status {
	const char *region, *account;
	const char *what;  /* "cn-hangzhou env=prod orders-*" */
	size_t clusters;   /* that it stands for */
	size_t missing;    /* ... and that lists lack */
	size_t waiting;    /* ... and that are not Running */
	int64_t listed_s;  /* the last complete list; 0 never in this run */
	const char *error; /* why the last listing failed; "" it did not */
};
size_t discoveries_count(const struct discoveries *d);
void discoveries_status(const struct discoveries *d, size_t index, struct discovery_status *ret);
