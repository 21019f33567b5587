/* Finds clusters by what they are (DescribeDBClusters), on a schedule, and keeps the manager's
 * clusters in step with what is found. What was found is in the state file: a start without the
 * network knows its clusters. */
#pragma once

#include "service/manager.h"

struct discoveries;

/* For the discoveries of a file, which are taken over. What those of `before` (NULL: none) or,
 * where they know nothing, the state file remember of the same ones is copied. Nothing runs yet. */
struct discoveries *discoveries_new(
	struct manager *m, struct policyfile *file, const struct discoveries *before);
void discoveries_free(struct discoveries *d); /* accepts NULL */

/* Adds the policies of the clusters that are known to the file's own, behind them. */
void discoveries_extend(struct discoveries *d, struct policyfile *file);

/* They are in force: m->discoveries, and m->clusters are those of the extended file. Begins to
 * look.
 */
void discoveries_begin(struct discoveries *d);
/* Calls under way are abandoned: after client_free(). */
void discoveries_abandon(struct manager *m);

/* --once: true when each has looked once; *ret_unwell, or left as it is: one could not. */
bool discoveries_finished(const struct discoveries *d, bool *ret_unwell);

struct discovery_view {
	const char *region, *account;
	const char *what;  /* "cn-hangzhou env=prod orders-*" */
	size_t clusters;   /* that it stands for */
	size_t missing;    /* ... and that lists lack */
	size_t waiting;    /* ... and that are not Running */
	int64_t looked_s;  /* the last complete list; 0 never in this run */
	const char *error; /* why the last look was none; "" it was well */
};
size_t discoveries_count(const struct discoveries *d);
void discoveries_look(const struct discoveries *d, size_t index, struct discovery_view *ret);
/* "cn-hangzhou env=prod" of a cluster that was found; NULL of one that is listed by id. */
const char *discovery_of(const struct cluster *c);
