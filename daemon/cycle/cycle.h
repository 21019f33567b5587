/* The life of one cluster, as a state machine without I/O: it asks for effects, one at a time, and
 *is fed what became of them. Pure: now is an argument, and so is everything else.
 *
 *	for (;;) {
 *		struct effect e = cycle_next(c, now);
 *		... carry e out; when it has come to an end: cycle_feed(c, &event, now) ...
 *	}
 *
 * LIST, CREATE, DELETE, RETENTION and RAISE end with EVENT_ANSWER, RECORD with EVENT_RECORDED;
 *until then cycle_next() must not be called again. REPORT and WAIT need no event: call cycle_next()
 *again at once, or when the wait is over or anything was fed. What an effect points to is borrowed,
 *and valid until the next call of any function here. */
#pragma once

#include "base/pool.h"
#include "cycle/answer.h"
#include "cycle/ledger.h"
#include "retention/plan.h"

struct cycle;

/* The two clocks: the wall clock, which people set and slots are written in, and CLOCK_BOOTTIME,
 * which nobody can set and delays are measured in. */
struct moment {
	int64_t wall_s;
	int64_t boot_s;
};

enum report_kind {
	REPORT_LISTING_FAILED, /* the service did not answer, or not with a page */
	REPORT_LISTING_DOUBT,  /* pages that do not fit together (S2) */
	REPORT_CLOCK_DOUBT,    /* S6 */
	REPORT_BACKUP_CALLED,
	REPORT_BACKUP_ACCEPTED,
	REPORT_BACKUP_UNSURE, /* an answer that proves nothing: list before anything else (S5) */
	REPORT_BACKUP_REFUSED,
	REPORT_BACKUP_DONE,
	REPORT_BACKUP_FAILED,
	REPORT_HELD,     /* a hold began, or what is held changed */
	REPORT_RELEASED, /* nothing is held any more */
	REPORT_EXPIRED,  /* sets newly found expired: grace begins */
	REPORT_DELETING, /* one per set, right before the call, with its reason */
	REPORT_DELETE_ACCEPTED,
	REPORT_DELETE_UNSURE,
	REPORT_DELETE_REFUSED,
	REPORT_GONE,            /* one per set: two complete listings lack it */
	REPORT_DELETE_STUCK,    /* asked for three times, still there */
	REPORT_QUARANTINE,      /* one per set newly found that cannot be judged (S11) */
	REPORT_RETENTION_SHORT, /* the cloud drops sets before the policy would */
	REPORT_RETENTION_RAISING,
	REPORT_RETENTION_RAISED,  /* the cloud says so when asked again */
	REPORT_RETENTION_UNSURE,  /* no answer, or it does not show: asked for again later */
	REPORT_RETENTION_REFUSED, /* by the cloud, or by us: its policy does not read whole */
	REPORT_PAUSED,            /* the cluster takes no changes for now */
	REPORT_RESUMED,
	REPORT_APPROVED,
	REPORT_STATE_FAILED, /* the state file could not be written: nothing is changed in the cloud
			      */
	REPORT_WOULD_CREATE, /* dry run */
	REPORT_WOULD_DELETE, /* dry run, one per set */
	REPORT_WOULD_RAISE,  /* dry run: the cloud's retention */
	REPORT_KIND_COUNT,
};

enum report_level {
	LEVEL_ERROR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6
}; /* syslog's numbers */

struct report {
	enum report_kind kind;
	enum report_level level;
	const char *text; /* one line for people, without the cluster's name */
	const char *set;  /* "" if it is about no single set; so are the rest */
	const char *reason;
	const char *plan;
	const char *code;
	const char *request_id;
};

enum effect_kind {
	EFFECT_LIST,      /* DescribeBackups, one page */
	EFFECT_CREATE,    /* CreateBackup */
	EFFECT_DELETE,    /* DeleteBackups */
	EFFECT_RETENTION, /* DescribeBackupPolicy */
	EFFECT_RAISE,     /* ModifyBackupPolicy, to more days */
	EFFECT_RECORD,    /* write to the state file, and sync */
	EFFECT_REPORT,    /* tell people */
	EFFECT_WAIT,
};

struct effect {
	enum effect_kind kind;
	union {
		struct {
			int64_t from_s, to_s; /* window of start times */
			int64_t page;         /* from 1 */
			bool due; /* a backup is, or a person waits: before those that are not */
			int64_t newest_s; /* ... start of the newest valid set, as far as known;
					     SET_NO_TIME (the first of all) if not */
		} list;
		struct {
			const char *const *ids; /* 1..100 */
			size_t count;
		} delete;
		struct {
			const struct backup_policy *read;
			int64_t days; /* instead of those read; all else is to stay */
		} raise;
		struct record record;
		struct report report;
		struct {
			int64_t for_s; /* INT64_MAX: until something is fed */
		} wait;
	};
};

enum event_kind {
	EVENT_ANSWER, /* to LIST, CREATE, DELETE, RETENTION, RAISE */
	EVENT_TURN,   /* instead of an answer: the call has yet to be made, and has waited for its
		       * turn. It   is asked for again if it still may be made (S2), or else what
		       * comes   before it */
	EVENT_RECORDED,
	EVENT_POLICY, /* the policy was changed by a reload */
	EVENT_BACKUP, /* a person asks for a backup now */
	EVENT_PRUNE,  /* a person asks to list and prune now */
	EVENT_PAUSE,  /* whether the cluster takes changes now */
};

struct event {
	enum event_kind kind;
	const struct answer *answer;               /* EVENT_ANSWER */
	const struct page *page;                   /* ... to LIST with ANSWER_OK */
	const struct backup_policy *backup_policy; /* ... to RETENTION with ANSWER_OK */
	bool recorded;                             /* EVENT_RECORDED: it is on disk */
	const struct policy *policy;               /* EVENT_POLICY: borrowed until replaced */
	const char
		*paused; /* EVENT_PAUSE: why nothing may be changed, copied; "" or NULL: it may */
};

/* `policy` is borrowed and must outlive the cycle or its replacement by EVENT_POLICY. `ledger` is
 * taken over and left empty. In a dry run nothing is asked of the cloud but listings. */
struct cycle *cycle_new(
	const struct policy *policy, struct ledger *ledger, bool dry_run, struct moment now);
void cycle_free(struct cycle *c); /* accepts NULL */

struct effect cycle_next(struct cycle *c, struct moment now);
void cycle_feed(struct cycle *c, const struct event *event, struct moment now);

/* Approves the plan whose hash is `hash` (at least 12 of its digits), if that is the plan of the
 * last listing (S7). -ESTALE: it is another one; -ENOENT: no plan yet, or nothing to approve. It is
 * in force when the next RECORD effect has come to its end. */
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

/* A look at a cycle, for people. Everything is borrowed until the next call. */
struct cycle_status {
	enum cycle_state state;
	const char *trouble; /* "" if none: one line, the worst */
	const char *paused;  /* "" if not: why the cluster takes no changes now */
	int64_t cloud_days;  /* how long the cloud keeps sets; 0 unknown */
	int64_t needs_days;  /* how long the policy needs it to, if that is known; 0 unknown */
	int64_t listed_s;    /* last complete listing; 0 never */
	bool complete;       /* the last listing was */
	size_t sets, valid, kept, expired, deleting, quarantined, failed;
	int64_t newest_valid_s; /* SET_NO_TIME if none */
	int64_t next_backup_s;  /* SET_NO_TIME if none is due ever */
	struct create_record create;
	bool backup_wanted; /* a person's, not yet called */
	unsigned holds;     /* of the last plan */
	bool fresh;         /* a valid set is younger than safety.fresh_within, or that is off */
	int64_t fresh_within_s; /* the age that is meant by that; FRESH_OFF */
	size_t asked;           /* sets that delete calls named, and that are not gone */
	size_t under_way;   /* delete calls wait for their sets to be gone, or are yet to be made */
	bool settled;       /* nothing under way or to be done now: for --once */
	bool unwell;        /* --once exits with 1 */
	int64_t size_bytes; /* of all sets listed */
	/* Their lists are NULL, and the inventory empty, unless the cycle is awake. */
	const struct plan *plan;        /* NULL before the first listing */
	const struct plan_input *input; /* what the plan was made from */
};

/* Between two listings a cycle rests: it has let go of what can be made again. Awake it is after
 * cycle_wake(), until it has nothing to do again, or until cycle_rest(), which does nothing while
 * there is something to do. */
void cycle_wake(struct cycle *c);
void cycle_rest(struct cycle *c);
/* What stays in memory then, lies in this pool from now on; it is borrowed. */
void cycle_use_pool(struct cycle *c, struct pool *pool);
void cycle_look(struct cycle *c, struct moment now, struct cycle_status *ret);

/* How many more (or, negative, fewer) sets of the last listing another policy would expire. */
int64_t cycle_compare(struct cycle *c, const struct policy *other, struct moment now);
