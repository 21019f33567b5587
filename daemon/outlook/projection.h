/* The schedule played forward: a backup and a prune at each slot. verdicts() judges the sets that
 * are there, so that what is foreseen is what the daemon would do. Pure; inside of outlook/ only.
 *
 * A slot takes time that grows with the sets that are there: few under most policies, and 17,520 at
 * most where backups come hourly and the cloud keeps each for 730 days. */
#pragma once

#include "outlook/forecast.h"
#include "retention/verdict.h"

#define PROJECTION_NEW UINT32_MAX

struct projected_set {
	int64_t start_s;
	int64_t end_s;   /* when it met its fate; SET_NO_TIME while it is there */
	uint32_t source; /* its index in the inventory that was given, or PROJECTION_NEW */
	uint8_t fate;    /* enum forecast_fate */
	/* By the last verdict while it was there. */
	bool valid, protect;
	uint16_t rules; /* a bit per enum rule: those that keep it */
	uint16_t own;   /* those of them that keep it for its own sake, not as the oldest set */
};

/* True if it is the rules' to judge: valid and not protected. */
static inline bool projection_walks(const struct projected_set *s)
{
	return s->valid && !s->protect;
}

struct projection {
	const struct policy *policy; /* borrowed */
	int64_t cloud_s;             /* the cloud keeps a new set this long; 0: for ever */
	int64_t log_days;            /* see verdicts() */
	struct projected_set *sets;  /* oldest first; those that are gone, too */
	size_t count, capacity;
	size_t given_count; /* the first so many are given ones */
	size_t valid_count; /* valid sets that are there */
	uint32_t *gone;     /* indices of the sets that went in the last step */
	size_t gone_count, gone_capacity;

	struct inventory there; /* the sets that are there, oldest first */
	uint32_t *which;        /* by index of `there`: the index of the set */
	size_t which_capacity;
	struct verdict *verdicts; /* room for the verdicts on `there` */
	size_t verdict_capacity;
	int64_t next_expiry_s; /* when the cloud takes the next of them; INT64_MAX never */
	/* Rules without a limit that keep every set there for its own sake: a bit each. While each
	 * backup opens a new bucket of one of them nothing can fall out, and nothing is judged. */
	uint16_t keep_all;
	bool judge_always; /* to be set by a caller who reads `rules` and `own` after each slot */
	bool stale;        /* the last slot was not judged: they are those of an earlier one */
};

/* Sets out from the sets of `given` (NULL: none) as they are at `now_s`, but for those that are
 * being deleted. Running ones count as done; what cannot be judged then never will be. What is
 * expired goes at once. A given set of which the cloud does not say when it expires goes at the age
 * of `cloud_s`, or never if it is older: it was made when the cloud kept sets for longer. */
void projection_begin(struct projection *ret, const struct policy *p, const struct inventory *given,
	int64_t cloud_s, int64_t log_days, int64_t now_s);
void projection_done(struct projection *p);

/* The slot at `at_s`, which must lie after all before it: the cloud takes what expires up to then,
 * a backup is made, and what the policy does not keep goes. False, and nothing happens, if a valid
 * set of this or a later start is there: it satisfies the slot. */
bool projection_slot(struct projection *p, int64_t at_s);

/* Brings `rules` and `own` of the sets that are there up to date with the slot at `at_s`, the last
 * one. */
void projection_refresh(struct projection *p, int64_t at_s);
