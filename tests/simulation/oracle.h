/* The promises, checked from outside, after every event: by what the cloud truly has, by the pages
 * that the cycle was given, and by the file's rules written down a second time, naively. Nothing
 * here is shared with the code that is checked but the plain types, zones and slots. */
#pragma once

#include "cycle/cycle.h"
#include "simulation/cloud.h"
#include "simulation/disk.h"
#include "simulation/ordered.h"

struct oracle_set {
	size_t number;
	char id[CLOUD_ID_SIZE], parent[CLOUD_ID_SIZE];
	int64_t start_s, expires_s;
	enum set_state state;
	int64_t window_s; /* end of the last window that showed it */
};

/* What the oracle remembers of one id. */
struct oracle_trail {
	size_t read, listed;      /* its place in reading and listing, if it is there */
	bool expired;             /* in the last complete listing, and since expired_agreed_s */
	int64_t expired_agreed_s; /* on the oracle's own clock of listings that agree */
	bool approved;
	bool disk_expired, disk_approved; /* the same when last written: a crash goes back to it */
	int64_t disk_expired_agreed_s;
	size_t named_in;    /* by any call */
	size_t asked_in;    /* after which listing */
	int64_t asked_at_s; /* by a call that may have been carried out; 0 never */
	bool told;          /* reported with a reason, in this run */
	bool shown;         /* in a listing that could be trusted, dated shown_start_s */
	int64_t shown_start_s;
	bool late; /* S16: it counts for nothing, since late_agreed_s on the oracle's clock */
	int64_t late_agreed_s;
	int absent;    /* complete listings in a row without it */
	bool followed; /* is among oracle.followed */
};

struct oracle_create {
	int64_t at_s; /* our clock at the call */
	char id[CLOUD_ID_SIZE];
};

/* What the cycle was told, and how soon it calls again. */
struct oracle_pace {
	int64_t not_before_boot_s[3]; /* create, delete, list: by Retry-After */
	int64_t delete_failed_boot_s; /* the last call was not about sets; 0 it was, or was well */
	int64_t create_failed_boot_s; /* the last call, for created_slot_s; 0 it was well */
	int64_t created_slot_s;
	int64_t heard_boot_s; /* when the last page came, fit or not; 0 never */
	size_t refusals;      /* delete calls in a row refused as a whole, in an hour */
	int64_t refusals_began_s;
	int lists_failed; /* in a row */
	int64_t list_failed_boot_s;
	int lists_in_vain;     /* in a row, each right after the one before */
	int64_t listed_boot_s; /* when the last page came, or failed to; 0 never */
	size_t listings_at_call,
		shown_at_call; /* of a CreateBackup that may have been carried out */
};

struct oracle {
	const char *only;    /* the one promise that is checked; NULL: all */
	struct oracle *twin; /* of another daemon that deletes sets of the cluster; NULL: none */
	char promise[8];     /* "" while all are kept */
	char text[400];

	struct oracle_set *reading,
		*listing; /* pages being put together; the last complete listing */
	size_t reading_count, listing_count, reading_capacity;
	int64_t reading_total, reading_pages;  /* of the window under way */
	size_t reading_earlier, reading_again; /* sets of those before it; of it and of those */
	int64_t reading_from_s, reading_to_s;  /* what all of them cover */
	struct moment reading_began, listing_began, listing_ended;
	struct moment last_ended; /* of any complete listing, the far ones too */
	bool reading_sound, reading_clock, listing_clock, have_listing;
	bool reading_ends;     /* the window under way is all read */
	bool reading_far;      /* a Date was a day off: the window that was listed is, too */
	bool ended_in_doubt;   /* of the clock, at listing_ended */
	int64_t page_newest_s; /* of the valid and running sets on pages since the last listing */
	int64_t offset_s;      /* our clock - true time, when a Date last agreed with it */
	size_t listings;       /* complete ones */
	int64_t started_s;     /* true time at which this run of the daemon began */
	int64_t judged_s, before_s; /* true time of the last two that were judged */
	uint64_t digest;            /* of the last listing that was judged */
	int64_t agreed_s;
	int64_t tolerance_s; /* of grace: what small steps of the clock may hide across restarts */
	int64_t lie_ended_s; /* true time at which invented sets were last gone */
	bool have_ended;     /* listing_ended is set, by this run of the daemon */

	struct oracle_trail *trails; /* by id */
	size_t trail_count, trail_capacity;
	size_t *followed; /* ids of sets that are not gone */
	size_t followed_count, followed_capacity;
	const struct policy *fresh_of; /* fresh_s is of this policy, and holds until then */
	int64_t fresh_until_s, fresh_s;
	int64_t stale_since_s; /* nobody is told since; 0 all is well */

	struct oracle_create *creates;
	size_t create_count, create_capacity;
	int64_t spare_creates; /* a person's, and one for each step of the clock or change of
				  schedule */
	int64_t called_wall_s; /* our clock at the last CreateBackup */

	struct oracle_pace pace;
	size_t outcomes_due_creates,
		outcomes_due_deletes; /* lines that must be on disk before the next call */
	bool paused;                  /* the cluster takes no changes, and the daemon was told */
	size_t raise_intents;         /* of those on disk, that a call was made for */
	int64_t days_told,            /* of the cloud's retention, when it was last read; 0 never */
		days_on_disk,         /* likewise, of what was written since */
		lowered_from;         /* before another hand lowered it; 0 nobody did */
	bool outcome_excused;         /* a crash or a failing disk stands between */
	size_t checks;
};

struct oracle_view { /* of the world, at the moment of a check */
	const struct policy *policy;
	struct cloud *cloud;
	const struct disk *disk;
	const struct ordered *ordered;
	int64_t true_s;
	struct moment now;
	int64_t log_days; /* as the cycle was told in this run; LOG_UNKNOWN: it was not */
};

void oracle_done(struct oracle *o);
__attribute__((format(printf, 3, 4))) void oracle_fail(
	struct oracle *o, const char *promise, const char *format, ...);

void oracle_restarted(struct oracle *o, const struct disk *d, int64_t true_s);
void oracle_asks_page(struct oracle *o, const struct oracle_view *v, const struct effect *e);
/* page NULL: none came. date_s: the Date header, 0 none. */
void oracle_page(
	struct oracle *o, const struct oracle_view *v, const struct page *page, int64_t date_s);
void oracle_reports(struct oracle *o, const struct report *r);
void oracle_recorded(struct oracle *o, const struct record *r); /* it is on disk */
void oracle_approved(struct oracle *o, const struct cycle_status *s);
void oracle_calls_create(struct oracle *o, const struct oracle_view *v);
void oracle_calls_change(struct oracle *o); /* anything */
/* ModifyBackupPolicy: S4, and the cloud's retention is never lowered. */
void oracle_calls_raise(
	struct oracle *o, const struct oracle_view *v, int64_t days, int64_t told_days);
/* The cycle was told how long the cloud keeps sets (L3). */
void oracle_told_retention(
	struct oracle *o, const struct oracle_view *v, int64_t days, const struct cycle_status *s);
void oracle_created(struct oracle *o, const struct oracle_view *v, const struct cloud_set *s);
void oracle_calls_delete(
	struct oracle *o, const struct oracle_view *v, const char *const *ids, size_t count);
/* What became of it: `certain_not` = certainly not carried out. */
void oracle_deleted(struct oracle *o, const struct oracle_view *v, const char *const *ids,
	size_t count, bool certain_not);
/* The cycle is told the end of a call: list, create or delete. */
void oracle_answered(struct oracle *o, const struct oracle_view *v, enum effect_kind kind,
	const struct answer *a);
void oracle_person(struct oracle *o); /* a command, an approval, a new policy: at once, then */
void oracle_at_end(struct oracle *o, const struct oracle_view *v, const struct cycle_status *s);
void oracle_looks(struct oracle *o, const struct oracle_view *v, const struct cycle_status *s);
