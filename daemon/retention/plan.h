/* The plan: what may be deleted now, and what stops the rest. The one place that decides; it
 * decides on values: a listing, the policy, now, and what the cycle remembers of each set. Pure. */
#pragma once

#include "base/digest.h"
#include "retention/listing.h"
#include "retention/verdict.h"

enum hold {
	HOLD_INCOMPLETE, /* S2: no complete listing, or older than 5 minutes */
	HOLD_CLOCK,      /* S6 */
	HOLD_OPERATOR,   /* a person holds the deletes, by command */
	HOLD_PAUSED,     /* the cluster is not Running, or is not found any more */
	HOLD_FRESH,      /* no valid set younger than safety.fresh_within */
	HOLD_MINIMUM,  /* S1: deleting more would leave too few valid sets that outlive the call */
	HOLD_APPROVAL, /* S7: larger than safety.max_delete_percent */
	HOLD_POINT_IN_TIME, /* S14: how long the cloud keeps the log is not known yet */
	HOLD_GRACE,         /* S7: some expired sets still wait */
	HOLD_COUNT,
};
extern const char *const hold_names[HOLD_COUNT + 1]; /* "incomplete" .. "grace", NULL */

/* What the cycle remembers of a set; all zero for a set that it never saw expired. */
struct mark_view {
	int64_t waited_s; /* how long listings have agreed that it is expired */
	bool approved;
	bool refused; /* the cloud refused to delete this very set: it is left out for now */
};

struct plan_input {
	const struct policy *policy;
	const struct inventory
		*inv; /* of the listing; sets being deleted already have SET_DELETING */
	bool listing_complete;
	const char *listing_doubt; /* why not, for people; may be NULL */
	const char *clock_doubt;   /* why the clock is in doubt (S6); NULL: it is not */
	int64_t fresh_within_s;    /* what slot_fresh_within() says; 0: plan_make() asks it */
	const char *paused;        /* why the cluster takes no changes now; NULL: it does */
	const char
		*operator_hold; /* a person holds the deletes: who, until when, why; NULL: nobody */
	int64_t cloud_s;  /* how long the cloud keeps the sets of which it does not say; 0: unknown.
			   * For people: nothing is decided on it. */
	int64_t log_days; /* how long the cloud keeps the log that a restore to the second needs; 0:
			   * it keeps none; LOG_UNKNOWN */
	int64_t now_s;
	const struct mark_view
		*marks; /* inv->count, or NULL: nothing remembered (nothing has waited) */
};

#define LOG_UNKNOWN (-1)

#define PLAN_BATCH 100 /* S3: most ids of one DeleteBackups call (adb-api: documented limit) */
#define OUTLIVE_S \
	86400 /* S1: a set that the cloud expires within this does not count as remaining */

struct plan {
	size_t count;             /* sets in the inventory */
	struct verdict *verdicts; /* by inventory index */
	uint32_t *newest_first;   /* inventory indices */
	uint32_t *doomed; /* all with VERDICT_DELETE: oldest first, dependents before parents */
	size_t doomed_count;
	uint32_t *allowed; /* the part of doomed that may be deleted now, same order */
	size_t allowed_count;
	unsigned holds;                      /* bit per enum hold */
	const char *hold_detail[HOLD_COUNT]; /* "" for what does not hold; else owned */
	char hash[DIGEST_HEX_SIZE]; /* SHA-256 over cluster, doomed ids and those that showed late:
				       the name of this plan for approve */
	size_t valid_count;         /* valid sets, for status */
	size_t late_count;          /* S16: sets that showed late, and count for nothing yet */
	int64_t newest_valid_s;     /* SET_NO_TIME if none */
	/* S14: since when any second can be restored: the start of the oldest valid full set that
	 * is younger than the log; and since when, if all doomed sets were gone. SET_NO_TIME: no
	 * second can. */
	int64_t second_since_s, second_after_s;
	int64_t ripe_in_s; /* least wait until some set in grace ripens, if listings go on; -1 none
			    */
};

/* `ret` is owned by the caller; nothing of `in` is kept in it. */
void plan_make(const struct plan_input *in, struct plan *ret);
void plan_done(struct plan *p);
/* Frees the lists (they are NULL then); the numbers, holds and the hash stay. */
void plan_forget_lists(struct plan *p);

/* The last check of a batch, right before the call. True if it may go:
 *
 *	S1	at least max(1, minimum) valid sets that outlive the call remain when all of the
 *		plan is carried out, and the newest valid set is not in the batch, nor the newest
 *		of those that outlive the call
 *	S2, S6	the listing is complete, the clock is in no doubt, and nothing holds every delete
 *	S3	1 to 100 sets, each listed, allowed by the plan, expired by its verdict, and named
 *		once
 *	S7, S11	each is a valid set or a failed one, and neither the policy nor a person protects it
 *	S8	no set that stays depends on a member
 *	S14	of each day of the log's reach whose newest full set is a member, another one stays
 *	S16	no set in doubt is a member, and none counts as remaining or as the newest; one that
 *		showed late is in doubt
 *
 * It judges by the listing's own states, doubts, times and parents. Of the plan it takes for
 *granted which sets are allowed, and in which order: a child that comes before its parent there
 *counts as gone. Of the input it takes for granted which sets showed late, what the policy
 *protects, and how long the cloud keeps the log. It shares with plan_make() the index of ids and
 *the order of ids, policy_protects(), duration_before() and the zones, and no other code. */
bool plan_batch_is_safe(const struct plan_input *in, const struct plan *p, const uint32_t *batch,
	size_t count, struct error *err);

/* S16: each member of the batch is expired, too, as if the sets that showed late were not there.
 * They are quarantined, so that this is so already; it is asked again with them as good as gone.
 * This check is not independent: it asks verdicts(), as plan_make() does. */
bool plan_batch_stands_alone(
	const struct plan_input *in, const uint32_t *batch, size_t count, struct error *err);
