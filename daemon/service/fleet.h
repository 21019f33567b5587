/* Which clusters there are. */
#pragma once

#include "service/cluster.h"

struct fleet {
	struct context *context;
	struct cluster **clusters; /* owned; those that the file lists by id come first */
	size_t count, listed_count;
	struct cluster *leaving;    /* no longer in the policy, with a call that has yet to end */
	int64_t recording_since_us; /* CLOCK_BOOTTIME: since when a record waits; 0: none does */
	int64_t commit_us;          /* how long the last commit took */
};
void fleet_done(struct fleet *f); /* after client_free() */

/* By id or label; NULL if there is none. */
struct cluster *fleet_find(const struct fleet *f, const char *id_or_name);
struct cluster *fleet_find_leaving(const struct fleet *f, const char *id); /* NULL: there is none */
int fleet_by_id(const void *a, const void *b); /* for qsort() of clusters */

/* A cluster that has yet to run, with what the state file knows of it; not yet one of the fleet.
 * The policy is taken over on success. */
int fleet_load(struct fleet *f, struct policy **policy, struct cluster **ret, struct error *err);
/* A cluster that was found; it has yet to run. One that leaves is taken back. The policy is taken
 * over on success. */
int fleet_add(struct fleet *f, struct policy **policy, struct cluster **ret, struct error *err);
void fleet_let_go(struct fleet *f, struct cluster *c);
/* Lets those go that are neither listed nor found. */
void fleet_drop_unfound(struct fleet *f);

void fleet_run(struct fleet *f);
/* Once a turn of the loop: records what is to be recorded and makes the calls that have a permit,
 * until only time or the cloud can bring more. Returns how long the loop may sleep before records
 * that wait are due, in us; INT64_MAX: none waits. */
int64_t fleet_go(struct fleet *f);

/* A delete call of the cluster, or with NULL of any, is under way. */
bool fleet_deletes(const struct fleet *f, const struct cluster *only);

/* context->stopping. True when no call that changes something is under way any more. */
bool fleet_stop(struct fleet *f);
/* Records calls that are still under way as not known (S4). */
void fleet_abandon(struct fleet *f);
/* --once: true when every cluster is finished; *ret_unwell: one of them failed or is held. */
bool fleet_once_finished(const struct fleet *f, bool *ret_unwell);
