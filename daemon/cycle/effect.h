/* What a cycle asks for, what it is fed, and what it tells people: values, and nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct backup_policy;
struct page;
struct policy;
struct record;

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
	REPORT_WELL_AGAIN,     /* one of the three above is over */
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
	REPORT_GONE,         /* one per set: two complete listings lack it */
	REPORT_DELETE_STUCK, /* asked for three times, still there */
	REPORT_LATE,         /* sets that an earlier listing should have had (S16) */
	REPORT_VANISHED,     /* kept sets that another hand deleted */
	REPORT_NO_MEMORY,    /* the first listing that is known of this cluster */
	REPORT_QUARANTINE,   /* one per set newly found that cannot be judged (S11) */
	REPORT_PROTECTION, /* one per protected set that is not listed, or whose protection ends */
	REPORT_RETENTION_SHORT, /* the cloud drops sets before the policy would */
	REPORT_CLOUD_LOWERED, /* the cloud's own policy was changed for the worse by another hand */
	REPORT_SECONDS_FEWER, /* what the plan deletes shortens the time that can be restored to the
			       * second (safety.point_in_time: warn) */
	REPORT_RETENTION_RAISING,
	REPORT_RETENTION_RAISED,  /* the cloud says so when asked again */
	REPORT_RETENTION_UNSURE,  /* no answer, or it does not show: asked for again later */
	REPORT_RETENTION_REFUSED, /* by the cloud, or by us: its policy does not read whole */
	REPORT_ENDING, /* the cluster is locked, being released or gone, and its sets go with it */
	REPORT_PAUSED, /* the cluster takes no changes for now */
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
	LEVEL_CRITICAL = 2,
	LEVEL_ERROR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6,
	LEVEL_DEBUG = 7 /* what was told, and goes on */
};                      /* syslog's numbers */

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
			int64_t page;         /* of that window, from 1 */
			bool begins;          /* the first one of a listing */
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
		const struct record *record;
		struct report report;
		struct {
			int64_t for_s; /* INT64_MAX: until something is fed */
		} wait;
	};
};

/* Which of many waiting calls goes first: the lower rank does, and within RANK_DUE the lower order.
 */
enum effect_rank {
	RANK_CHANGE, /* changes something, or continues a listing: these must not grow old (S2) */
	RANK_DUE, /* begins a listing that a due backup waits for; order: start of the newest valid
		   * set, so that the cluster without a backup for longest goes first */
	RANK_REFRESH, /* everything else */
};
enum effect_rank effect_rank(const struct effect *e, int64_t *ret_order);

enum event_kind {
	EVENT_ANSWER, /* to LIST, CREATE, DELETE, RETENTION, RAISE */
	EVENT_PERMIT, /* instead of an answer: the call was not made yet, because it waited for its
		       * permit, and may be made now. cycle_next() asks for it again if it may still
		       * be made (S2), or else for whatever has to come first */
	EVENT_RECORDED,
	EVENT_POLICY, /* the policy was changed by a reload */
	EVENT_BACKUP, /* a person asks for a backup now */
	EVENT_PRUNE,  /* a person asks to list and prune now */
	EVENT_PAUSE,  /* one cause why the cluster takes no changes comes, changes, or goes */
	EVENT_ENDING, /* the cluster may soon be gone, or may no longer */
	EVENT_HOLD,   /* a person holds the deletes, or releases them; backups go on */
};

/* What a hold is of. Deletes go on when neither holds them. */
enum hold_scope {
	HOLD_SCOPE_CLUSTER, /* this one */
	HOLD_SCOPE_ALL,
	HOLD_SCOPE_COUNT,
};

/* Who pauses a cluster. It takes changes when no cause pauses it. */
enum pause_cause {
	PAUSE_DISCOVERY, /* the list of clusters does not show it, or not as Running */
	PAUSE_PERSON,
	PAUSE_CAUSE_COUNT,
};

struct event {
	enum event_kind kind;
	const struct answer *answer;               /* EVENT_ANSWER */
	const struct page *page;                   /* ... to LIST with ANSWER_OK */
	const struct backup_policy *backup_policy; /* ... to RETENTION with ANSWER_OK */
	bool recorded;                             /* EVENT_RECORDED: it is on disk */
	const struct policy *policy;               /* EVENT_POLICY: borrowed until replaced */
	enum pause_cause cause;                    /* EVENT_PAUSE */
	const char *paused;    /* ... why it pauses the cluster, copied; "" or NULL: it does not */
	const char *ending;    /* EVENT_ENDING: why, copied; "" or NULL: it stays */
	enum hold_scope scope; /* EVENT_HOLD */
	const char *held;      /* ... who holds it and why, copied; "" or NULL: released */
	int64_t until_s;       /* ... INT64_MAX: until it is released */
};
