/* The inside of a cycle, shared by the files of this folder only.
 *
 *	cycle.c    what comes next, and what was fed
 *	clock.c    which time it is (S6)
 *	list.c     from page to complete listing (S2)
 *	life.c     what the history tells of single sets
 *	marks.c    what is remembered of sets: grace, approval, deletion (S7)
 *	again.c    what was asked to be deleted, and still shows
 *	backup.c   slots and CreateBackup (S5)
 *	prune.c    plan and DeleteBackups (S1, S3, S4)
 *	reports.c  lines for people
 *	retention.c what the cloud itself keeps
 *	look.c     the state for people
 *	rest.c     what is let go between two listings */
#pragma once

#include "base/text.h"
#include "cycle/cycle.h"
#include "retention/pack.h"
#include "retention/slot.h"

enum phase {
	PHASE_IDLE,           /* waiting for something to be due */
	PHASE_LIST,           /* asking for pages */
	PHASE_RECORD_LISTING, /* writing what a listing taught */
	PHASE_DECIDE,         /* a complete listing, written down: what now? */
	PHASE_CREATE_INTENT,
	PHASE_CREATE,
	PHASE_CREATE_OUTCOME,
	PHASE_DELETE_INTENT,
	PHASE_DELETE,
	PHASE_DELETE_OUTCOME,
	PHASE_RETENTION,
	PHASE_RAISE_INTENT,
	PHASE_RAISE,
	PHASE_RAISE_OUTCOME,
};

struct remembered {
	struct mark m;
	bool dirty;             /* not on disk yet */
	bool writing;           /* in the RECORD effect under way, as it was then */
	bool dropped;           /* to be removed from disk */
	int64_t refused_boot_s; /* when the cloud refused just this set; 0 = never */
	uint8_t listed_state;   /* enum set_state, of an asked set in the last listing */
	bool stuck_told;
};

struct pending_report {
	struct report r; /* strings owned */
};

/* A part of the plan's allowed sets that one call names: indices [from, from+count) of ids. */
struct span {
	size_t from, count;
};

/* Of the last plan. */
struct counted {
	uint32_t by_verdict[VERDICT_DELETING + 1];
	int64_t size_bytes; /* of all sets that have one */
};

struct cycle {
	const struct policy *policy;
	int64_t fresh_within_s;            /* safety.fresh_within, `auto` worked out */
	int64_t fresh_within_until_boot_s; /* worked out anew then */
	enum phase phase;
	bool dry_run;
	bool in_flight;      /* an effect that ends with an event was handed out */
	bool backup_wanted;  /* by a person */
	bool list_now;       /* by a person, or because the policy changed */
	bool policy_changed; /* since the listing; or what the cluster takes: the plan at hand is
			      * not carried out */
	const char *paused;  /* interned: why the cluster takes no changes; "" it does */

	/* clock.c */
	int64_t started_boot_s; /* when this cycle began: slots before it count only with catch_up
				 */
	struct moment anchor; /* when ours and the service's clock last agreed; boot_s < 0: never */
	struct moment last_listing; /* when the last complete listing ended; boot_s < 0: never */
	int64_t since_last_s; /* between the last two complete listings; 0 if it cannot be known or
			       * the clock was in doubt at either */
	bool last_doubted;    /* at the last complete listing the clock was in doubt */
	int64_t skew_s;       /* service's clock - the time that we go by; 0 if not known */
	int64_t seen_skew_s;  /* the same, by the last answer alone */
	bool seen_known;
	int listings_unsure;     /* complete ones, before it was known which clock to go by */
	const char *clock_doubt; /* interned: "" = none; of the listing being made or last made */

	/* list.c */
	struct listing reading; /* being put together */
	int64_t window_from_s, window_to_s;
	int reading_tries;
	bool reading_due;         /* before a due backup, or for a person ... */
	int64_t reading_newest_s; /* ... and the start of the newest valid set, as known before */
	bool person_waits;        /* asked for a prune, or approved one */
	bool dates_missing;
	bool doubtful;           /* the pages of three readings did not fit together */
	struct inventory inv;    /* of the last complete listing, deleting sets marked */
	struct moment listed_at; /* when its first page was asked for */
	bool have_listing;
	bool listing_failed;       /* the last attempt was not complete */
	const char *listing_doubt; /* interned */
	int64_t seen_start_s; /* newest valid or running set on any page since the last complete
				 listing */
	int failures;         /* in a row */
	int64_t list_after_boot_s; /* not before */

	/* life.c: the listing before, while the new one is looked at */
	struct inventory past;
	struct verdict *past_verdicts;
	struct inventory_index *past_index; /* NULL until it is asked for */
	bool have_past;
	bool replanned; /* the plan of that listing was made anew, by another policy */

	/* marks.c */
	struct remembered *marks; /* sorted by id */
	size_t mark_count;
	struct create_record create;
	int64_t listed_s, agreed_s; /* as in the ledger */
	struct entry *entries;      /* lines of history not on disk yet; strings owned */
	size_t entry_count, entry_capacity;
	size_t entries_writing; /* the first ones: in the RECORD effect under way */
	bool state_failed;
	int state_failures;
	struct record record; /* of the last RECORD effect; so are the next two */
	const struct mark **put;
	const char **drop;

	/* backup.c */
	int64_t create_after_boot_s;    /* no call for the same slot before */
	int64_t throttled_until_boot_s; /* no call at all before: the service said so */
	bool for_person;                /* the call under way was asked for by a person */
	int listings_since_call;        /* complete ones */
	int64_t called_boot_s;          /* < 0: called by an earlier run */
	int64_t answered_boot_s;        /* of that call; at first when it was made */
	int64_t called_wall_s; /* our clock then, right or wrong; not if by an earlier run */
	char **known_before;   /* sets of that minute that a listing showed before the call */
	size_t known_before_count;
	int64_t newest_start_s;   /* of valid and running sets in the last listing; SET_NO_TIME none
				   */
	int64_t longest_backup_s; /* of the valid sets in the last listing; -1 unknown */
	bool deletes_turn;        /* a backup was just completed: deletes may go before the next */
	const char *create_trouble; /* interned */

	/* prune.c */
	struct plan plan;
	struct plan_input input;
	struct mark_view *views;
	bool have_plan;
	unsigned told_holds;
	uint64_t told_quarantine; /* digest of the ids told of */
	char told_plan[DIGEST_HEX_SIZE];
	const char **ids; /* of the call being made */
	uint32_t *batch;  /* the same as indices of inv */
	size_t batch_count;
	struct mark *before; /* of each as it was before the call; ids are those of the marks */
	struct span *splits; /* parts of a refused call, yet to be tried; a stack */
	uint32_t *split_sets;
	size_t split_count, split_capacity;
	size_t next_allowed;     /* the first of plan.allowed that no call has named */
	size_t asked_since_plan; /* sets of the plan that calls have named */
	int lone_refusals;       /* single sets refused in this run, none accepted since */
	int verify_step;         /* complete listings since the last delete call */
	int64_t delete_after_boot_s;
	int delete_failures;        /* calls in a row */
	const char *delete_trouble; /* interned */

	/* retention.c */
	int64_t retention_after_boot_s;     /* not asked for before */
	struct backup_policy backup_policy; /* as last read; days 0: not yet */
	int64_t retention_read_boot_s;      /* when */
	int64_t needs_days;                 /* what the policy needed then; 0 not known */
	int64_t retention_told_days;
	int64_t raised_from_days, raised_to_days; /* of a call that has yet to show; 0 none */
	int64_t raise_after_boot_s;               /* no call before */
	int raise_failures;                       /* calls in a row that did not show */
	const char *retention_trouble;            /* interned */

	/* rest.c */
	struct moment planned_at;
	bool resting;           /* inv is packed, and the plan has no lists */
	struct pack packed;     /* inv */
	struct pool *pool;      /* where it lies */
	struct counted counted; /* while resting */

	/* reports.c */
	struct pending_report *reports;
	size_t report_count, report_capacity, report_next;
};

/* Ten thousand of them are at rest at a time. */
_Static_assert(sizeof(struct cycle) <= 1800, "a cluster at rest is to stay small");

#define CLOCK_SLACK_S 300
#define HARD_HOLDS (~(1u << HOLD_GRACE)) /* grace is as it should be */

/* clock.c */
void clock_saw(struct cycle *c, struct moment now, int64_t server_s);
void clock_judge_listing(struct cycle *c, struct moment now); /* at the end of a complete listing */
int64_t clock_now(const struct cycle *c, struct moment now);  /* the time to go by */
bool clock_is_settled(const struct cycle *c);                 /* it is known which clock to go by */
int64_t clock_server_now(const struct cycle *c, struct moment now);

/* list.c */
bool list_due(struct cycle *c, struct moment now, int64_t *ret_in_s);
void list_begin(struct cycle *c, struct moment now);
void list_again(struct cycle *c, struct moment now); /* from the first page */
struct effect list_effect(struct cycle *c);
void list_answer(struct cycle *c, const struct event *e, struct moment now);
bool list_is_current(
	const struct cycle *c, struct moment now);            /* S2: begun at most 5 minutes ago */
bool list_is_fresh(const struct cycle *c, struct moment now); /* ended at most 5 minutes ago */
int64_t backoff_s(int64_t failures, int64_t first_s, int64_t most_s);
int64_t retry_after_s(const struct answer *a);

/* life.c */
void life_take_past(struct cycle *c); /* moves c->inv away */
void life_forget_past(struct cycle *c);
void life_follow_listing(struct cycle *c, struct moment now);
void life_expired(struct cycle *c, const uint32_t *sets, size_t count, struct moment now);
void life_kept_again(struct cycle *c, const char *set, struct moment now);

/* marks.c */
void marks_load(struct cycle *c, struct ledger *l);
struct remembered *marks_find(struct cycle *c, const char *id);
bool mark_is_refused(const struct remembered *r, struct moment now); /* a day long */
void marks_follow_deletes(struct cycle *c, struct moment now);
/* Takes leave of sets that are gone, some at a time, each to be written down before the next. */
bool marks_take_gone(struct cycle *c, struct moment now);
void marks_mask_asked(struct cycle *c); /* before a plan is made from a listing already used */
void marks_follow_plan(struct cycle *c, struct moment now);
void marks_approve(struct cycle *c, struct moment now); /* all doomed sets of the plan */
void marks_view(struct cycle *c, struct moment now, struct mark_view *ret);
void marks_entry(struct cycle *c, const struct entry *e); /* copies */
struct effect marks_record(struct cycle *c);
void marks_recorded(struct cycle *c, bool ok, struct moment now);
void marks_done(struct cycle *c);

/* again.c */
void again_follow(struct cycle *c, struct remembered *r, struct set *s, struct moment now);
void again_plan(struct cycle *c, struct moment now); /* the plan, with what is asked for again */

/* backup.c */
void backup_after_listing(struct cycle *c, struct moment now);
bool backup_is_due(struct cycle *c, struct moment now, int64_t *ret_slot_s);
bool backup_seems_due(struct cycle *c, struct moment now); /* as far as is known before a listing */
bool backup_unresolved(const struct cycle *c);
bool backup_wants_call(struct cycle *c, struct moment now, int64_t *ret_slot_s);
void backup_intend(struct cycle *c, int64_t slot_s, struct moment now);
void backup_answer(struct cycle *c, const struct answer *a, struct moment now);
bool backup_may_send(const struct cycle *c, struct moment now);        /* S5: the last look */
void backup_stop(struct cycle *c, struct moment now, const char *why); /* after all not sent */
bool backup_next_look(struct cycle *c, struct moment now, int64_t *ret_in_s);
void backup_done(struct cycle *c);

/* prune.c */
int64_t prune_fresh_within(struct cycle *c, struct moment now);
void prune_plan(struct cycle *c, struct moment now); /* silently */
void prune_tell_plan(struct cycle *c);               /* what is new in it */
bool prune_wants_call(struct cycle *c, struct moment now);
void prune_intend(struct cycle *c, struct moment now);
struct effect prune_effect(struct cycle *c);
void prune_tell(struct cycle *c, struct moment now); /* the intent is on disk: say so */
void prune_not_carried_out(struct cycle *c);         /* certainly: the marks as they were before */
void prune_stop(struct cycle *c, struct moment now, const char *why); /* after all not sent */
void prune_would(struct cycle *c);                                    /* dry run */
void prune_answer(struct cycle *c, const struct answer *a, struct moment now);
/* In how many seconds deletes want a listing; INT64_MAX: never. */
int64_t prune_next_look(const struct cycle *c, struct moment now);
size_t prune_deleting(const struct cycle *c);
bool prune_has_more(const struct cycle *c); /* of the plan at hand may more be asked for */
void prune_done(struct cycle *c);

/* rest.c; cycle_rest() and cycle_wake() are in cycle.h */
struct counted rest_count(const struct cycle *c);
void rest_done(struct cycle *c);

/* retention.c: what the cloud itself keeps */
void retention_begin(struct cycle *c, struct moment now); /* with a policy that is new */
bool retention_due(const struct cycle *c, struct moment now, int64_t *ret_in_s);
void retention_answer(struct cycle *c, const struct event *e, struct moment now);
bool retention_may_raise(const struct cycle *c, struct moment now); /* the last look */
struct effect retention_effect(struct cycle *c);
void retention_not_sent(struct cycle *c, const char *why, struct moment now); /* after all */
void retention_tell(struct cycle *c); /* the intent is on disk: say so */
void retention_raised(struct cycle *c, const struct answer *a, struct moment now);

/* reports.c */
struct report_extra {
	const char *set, *reason, *plan, *code, *request_id;
};
void report(struct cycle *c, enum report_kind kind, enum report_level level,
	const struct report_extra *extra, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void report_answer(struct cycle *c, enum report_kind kind, enum report_level level,
	const struct answer *a, const char *format, ...) __attribute__((format(printf, 5, 6)));
bool report_next(struct cycle *c, struct effect *ret);
void report_done(struct cycle *c);
