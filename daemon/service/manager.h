/* The clusters, and what carries their effects out: the cloud's client, the state file, the
 * journal. Everything runs in one thread, from one event loop. */
#pragma once

#include "cloud/client.h"
#include "pace/pace.h"
#include "policyfile/policyfile.h"
#include "service/accounts.h"
#include "service/counters.h"
#include "service/journal.h"
#include "service/options.h"
#include "store/store.h"

#include <systemd/sd-event.h>

struct manager;

struct cluster {
	struct manager *manager;
	struct policy *policy; /* owned */
	struct cycle *cycle;
	sd_event_source *timer;  /* NULL until it first has to wait */
	enum cluster_call call;  /* under way, or waiting for its turn */
	bool leaving;            /* no longer in the policy: freed when its call has ended */
	struct effect effect;    /* of the call */
	struct permit permit;    /* the call waits for it, or is under way */
	struct limiter *limiter; /* where it waits */
	struct access *access;   /* the account it calls by */
	struct access *calling;  /* ... and that of the call under way */
	struct finder *finder;   /* the discovery that has found it; NULL: listed by id */
	struct cluster *next_leaving;
	struct cluster *next_recording;
	bool recording; /* its record is written, and waits for manager_commit() */
	bool recorded;
	struct counters counters;
	bool once_finished; /* --once: nothing more to do */
	bool once_unwell;   /* ... and it failed or is held */
};

/* What the control socket wants to know of; may be unset. */
struct manager_hooks {
	void (*reported)(void *data, struct cluster *c, const struct report *r);
	void (*rested)(void *data, struct cluster *c); /* the cluster waits: nothing to do now */
	void (*left)(void *data, struct cluster *c);   /* about to be freed */
	void *data;
};

struct manager {
	const struct options *options;
	struct journal journal;
	sd_event *event;
	struct store *store; /* NULL in a dry run */
	struct pool *pool;   /* for what clusters at rest keep */
	struct client *client;
	struct accounts *accounts;
	struct pace *pace;
	sd_event_source *turns;  /* when the next call may be made */
	struct cluster *granted; /* its turn has come; NULL if none's has */
	struct cluster **clusters;
	size_t cluster_count, listed_count; /* those that the file lists by id come first */
	struct discoveries *discoveries;
	struct look *looks;        /* of discoveries: calls under way */
	struct cluster *recording; /* clusters whose records are in the open transaction */
	struct cluster *leaving;   /* no longer in the policy, with a call that has yet to end */
	struct manager_hooks hooks;
	bool stopping;
	char *reload_error; /* the last reload was rejected: why; NULL if not */
	int64_t policy_loaded_s, started_s;
	struct duration history; /* how long it is remembered what was done */
	struct metrics *metrics; /* NULL with --once */
	int64_t once_started_boot_s;
	int timer_failed;  /* a cluster would never wake again: the daemon ends; 0: none did */
	bool status_stale; /* something changed that STATUS= may tell */
};

struct moment manager_now(void);
int64_t manager_now_us(void); /* CLOCK_BOOTTIME */

/* Opens credentials, state file and client and begins with the policy. The caller has set options,
 * journal and event. */
int manager_start(struct manager *m, struct policyfile *file, struct error *err);
void manager_done(struct manager *m);

/* A cluster that left the policy stays until its call has ended, or until it is taken back. */
void manager_let_go(struct cluster *c);
void manager_take_back(struct cluster *c); /* does nothing if it does not leave */
struct cluster *manager_find_leaving(struct manager *m, const char *id); /* NULL: there is none */

void manager_arm(struct cluster *c, int64_t for_s); /* sets its timer */

/* Another policy for a cluster: the cycle is told. */
void manager_set_policy(struct cluster *c, struct policy *policy); /* taken over */
/* A cluster that was found; it has yet to run. The policy is taken over on success. */
int manager_add(struct manager *m, struct policy **policy, struct cluster **ret, struct error *err);
/* Lets those go that are neither listed nor found. */
void manager_drop_unfound(struct manager *m);
int manager_by_id(const void *a, const void *b); /* for qsort() of m->clusters */

/* Runs a cluster until it waits for something: a record for manager_commit(). */
void manager_run(struct cluster *c);
void manager_run_all(struct manager *m);
/* What all clusters have to record is synced together, and they go on. */
void manager_commit(struct manager *m);
/* Once a turn: that, and the calls whose turn has come, until only time or the cloud can bring
 * more. */
void manager_go(struct manager *m);

/* A cluster that has yet to run. The policy is taken over on success; so is `known`, what the state
 * file says of it (NULL: it is looked up there). */
int manager_new_cluster(struct manager *m, struct policy **policy, struct ledger *known,
	struct cluster **ret, struct error *err);
void manager_free_cluster(struct cluster *c); /* none of its calls may be under way */

/* No new calls. True when no call that changes something is under way any more. */
bool manager_stop(struct manager *m);
/* Records calls that are still under way as not known (S4). */
void manager_abandon(struct manager *m);

/* By id or label; NULL if there is none. */
struct cluster *manager_find(struct manager *m, const char *id_or_name);

/* --once: true when every cluster is finished; *ret_unwell if one of them failed or is held. */
bool manager_once_finished(struct manager *m, bool *ret_unwell);
