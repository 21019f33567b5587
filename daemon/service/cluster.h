/* Runs one cluster's cycle: carries its effects out until it has to wait, and feeds it what became
 * of them. */
#pragma once

#include "service/calls.h"
#include "service/counters.h"
#include "service/ending.h"

struct ledger;

struct cluster {
	struct context *context;
	struct policy *given;  /* owned: by the policy file, or by its discovery */
	struct policy *policy; /* in force: `given`, or a copy of it with what people protect */
	struct cycle *cycle;
	sd_event_source *timer; /* NULL until it first has to wait */
	struct effect effect;   /* the last that the cycle asked for */
	enum cluster_call kind; /* of the call under way, or waiting for its permit */
	struct call call;
	const char *found_by; /* the discovery that has found it, in words; NULL: listed by id */
	bool leaving;         /* no longer in the policy: freed when its call has ended */
	struct cluster *next_leaving, **leaving_at; /* what points to it in that list */
	bool recording; /* its record is written, and waits for cluster_commit() */
	bool recorded;
	struct cluster *next_recording;
	struct counters counters;
	enum ending ending;          /* as it was last read; until then none */
	char *ending_text;           /* owned; NULL for none */
	int64_t ending_after_boot_s; /* it is read again then */
	int64_t expires_s;           /* when its subscription ends; 0 never, or not known */
	bool asked_backup;           /* by a person, and not yet ended */
	int64_t asked_prune_s;       /* by a person, by CLOCK_BOOTTIME; 0: never */
	bool once_finished;          /* --once: nothing more to do */
	bool once_unwell;            /* ... and it failed or is held */
};

/* One that has yet to run. The policy is taken over on success, `known`, which the state file says
 * of it, always. -ENOENT: the policy names an account that is not there. */
int cluster_new(struct context *context, struct policy **policy, struct ledger *known,
	struct cluster **ret, struct error *err);
void cluster_free(
	struct cluster *c); /* none of its calls may be under way, or the client is freed */

/* Runs it until it waits for something: a record for cluster_commit(). It may be freed, if it
 * leaves. */
void cluster_run(struct cluster *c);
/* What clusters have to record is synced together, and they go on. */
void cluster_commit(struct context *context);
/* A line of history that no cycle asks for; `cluster` "": it concerns all. */
void cluster_tell_history(struct context *context, const char *cluster, const struct entry *e);
/* Its call waits no longer for a permit: the cycle is to be asked again. */
void cluster_withdraw(struct cluster *c);

/* Another policy: the cycle is told. Its account is there. */
void cluster_set_policy(struct cluster *c, struct policy *policy); /* taken over */
/* Its account may be another, by the same name. */
void cluster_renew_account(struct cluster *c);

/* It is no longer in the policy: it stays in `list` until its call has ended, or until it is taken
 * back. */
void cluster_let_go(struct cluster *c, struct cluster **list);
void cluster_take_back(struct cluster *c); /* does nothing if it does not leave */

/* What people ordered has changed: the cycle is told. The first also runs it. */
void cluster_take_holds(struct cluster *c);
void cluster_take_protections(struct cluster *c);
/* How many more sets of the last listing the policy would expire, if it came in force. */
int64_t cluster_compare(struct cluster *c, struct policy *policy);

bool cluster_is_deleting(const struct cluster *c); /* DeleteBackups is under way */
/* A call that changes something is under way. */
bool cluster_is_changing(const struct cluster *c);
/* context->stopping: such a call that waits for its permit is not made any more, which is written
 * down. */
void cluster_stop(struct cluster *c);
/* Such a call that is under way is recorded as not known (S4). It may be freed, if it leaves. */
void cluster_abandon(struct cluster *c);
/* --once: for how long what has yet to show, or to pass by itself, is still waited for; 0 or less:
 * no longer. */
int64_t cluster_once_left_s(const struct context *context);
/* --once: nothing more is to be done. */
bool cluster_once_finished(struct cluster *c);
