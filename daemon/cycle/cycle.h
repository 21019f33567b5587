/* The life of one cluster, as a state machine without I/O: it asks for effects, one at a time, and
 *is fed what became of each. Pure: now is an argument, and so is everything else.
 *
 *	for (;;) {
 *		struct effect e = cycle_next(c, now);
 *		... carry e out; when it has come to an end: cycle_feed(c, &event, now) ...
 *	}
 *
 * LIST, CREATE, DELETE, RETENTION and RAISE end with EVENT_ANSWER, RECORD ends with EVENT_RECORDED;
 * until then cycle_next() must not be called again. REPORT and WAIT need no event: call
 *cycle_next() again at once after a report, and when a wait is over or anything was fed. What an
 *effect points to is borrowed, and valid until the next call of any function here. */
#pragma once

#include "cycle/answer.h"
#include "cycle/effect.h"
#include "cycle/ledger.h"
#include "retention/plan.h"

struct cycle;

/* `policy` is borrowed and must outlive the cycle or its replacement by EVENT_POLICY. `ledger` is
 * taken over and left empty. In a dry run nothing is asked of the cloud but listings. */
struct cycle *cycle_new(
	const struct policy *policy, struct ledger *ledger, bool dry_run, struct moment now);
void cycle_free(struct cycle *c); /* accepts NULL */

struct effect cycle_next(struct cycle *c, struct moment now);
void cycle_feed(struct cycle *c, const struct event *event, struct moment now);

/* Approves the plan whose hash is `hash` (at least 12 of its digits), if that is the plan of the
 * last listing (S7). Sets that showed late count from then on (S16), and kept sets that vanished
 * are no trouble any more. -ESTALE: it is another one; -ENOENT: no plan yet, or nothing to approve.
 * It is in force when the next RECORD effect has come to its end. */
int cycle_approve(struct cycle *c, const char *hash, struct moment now, struct error *err);

enum cycle_state {
	CYCLE_NEW, /* not listed yet */
	CYCLE_WELL,
	CYCLE_BACKING_UP,
	CYCLE_PRUNING, /* deletes called for or under way */
	CYCLE_PAUSED,  /* the cluster takes no changes now */
	CYCLE_HELD,    /* expired sets that something but grace holds back */
	CYCLE_TROUBLE, /* see trouble */
};
extern const char *const cycle_state_names[];

/* How a cycle stands, for people. Everything is borrowed until the next call. */
struct cycle_status {
	enum cycle_state state;
	const char *trouble; /* "" if none: one line, the worst */
	const char *paused;  /* "" if not: why the cluster takes no changes now */
	const char *held;    /* "" if not: who holds the deletes by command, until when, why */
	int64_t cloud_days;  /* how long the cloud keeps sets; 0 unknown */
	int64_t needs_days;  /* how long the policy needs it to, if that is known; 0 unknown */
	size_t cloud_drops;  /* kept sets that it may drop since another hand lowered that */
	int64_t listed_s;    /* last complete listing; 0 never */
	bool complete;       /* the last listing was */
	/* Before the first listing after a start, as they were last known. */
	size_t sets, valid, kept, expired, deleting, quarantined, failed;
	size_t late;     /* of the quarantined: showed too late, and count for nothing yet (S16) */
	size_t vanished; /* kept sets that another hand deleted, until a person has said so */
	int64_t newest_valid_s; /* SET_NO_TIME if none */
	int64_t second_since_s; /* S14: any second since then can be restored; SET_NO_TIME: none */
	int64_t second_after_s; /* the same after the deletes of all expired sets */
	int64_t next_backup_s;  /* SET_NO_TIME if none is due ever */
	struct create_record create;
	bool backup_wanted; /* a person's, not yet called */
	unsigned holds;     /* of the last plan; HOLD_OPERATOR also before the first */
	bool fresh;         /* a valid set is younger than safety.fresh_within, or that is off */
	int64_t fresh_within_s; /* the age that is meant by that; FRESH_OFF */
	size_t asked;           /* sets that delete calls named, and that are not gone */
	size_t under_way;   /* delete calls wait for their sets to be gone, or are yet to be made */
	bool settled;       /* nothing under way or to be done now: for --once */
	bool retries;       /* what failed passes by itself within minutes, and is tried again */
	bool unwell;        /* --once exits with 1 */
	int64_t size_bytes; /* of all sets listed */
	/* Their lists are NULL, and the inventory empty, unless the cycle is awake. */
	const struct plan *plan;        /* NULL before the first listing */
	const struct plan_input *input; /* what the plan was made from */
};

/* Between two listings a cycle rests: it has freed whatever can be made again. cycle_wake() makes
 * it again; it is freed once more when the cycle waits, or by cycle_rest(), which does nothing
 * while the cycle has something to do. */
void cycle_wake(struct cycle *c);
void cycle_rest(struct cycle *c);
void cycle_status(struct cycle *c, struct moment now, struct cycle_status *ret);

/* The slot of the next backup, if this policy were in force: at or before now, a backup comes at
 * once. SET_NO_TIME: none is due ever. */
int64_t cycle_next_backup(struct cycle *c, const struct policy *policy, struct moment now);

/* A delete call that names the set may have been carried out. */
bool cycle_asked_for(const struct cycle *c, const char *set);

/* How many more (or, negative, fewer) sets of the last listing another policy would expire. */
int64_t cycle_compare(struct cycle *c, const struct policy *other, struct moment now);
