/* A forecast: backups on the schedule and prunes by the policy, played forward for years. Pure.
 *
 * Each slot gives a backup at once, and the prune follows at once: there is no grace, no hold and
 * no backup that takes its time. Slots of an outage are made up by one backup at its end, if the
 * policy catches up. */
#pragma once

#include "retention/policy.h"
#include "retention/set.h"

#define FORECAST_BACKUPS_MAX 2000000 /* a forecast ends there */

struct forecast_input {
	const struct policy *policy;
	const struct inventory *inv;    /* sets to set out from; NULL: none */
	int64_t from_s, to_s;           /* slots after from_s, up to and with to_s */
	int64_t cloud_s;                /* the cloud takes a set at this age; 0: never */
	int64_t log_days;               /* see verdicts() */
	int miss_permille;              /* so many of 1000 slots give no backup, at random ... */
	uint64_t seed;                  /* ... which is the same for the same seed */
	int64_t down_from_s, down_to_s; /* an outage: from <= slot < to; equal for none */
};

enum forecast_age {
	AGE_DAY,
	AGE_WEEK,
	AGE_MONTH,   /* 31 days */
	AGE_QUARTER, /* 92 */
	AGE_YEAR,    /* 366 */
	AGE_OLDER,
	AGE_COUNT,
};
extern const char *const forecast_age_names[AGE_COUNT]; /* "day" .. "older" */

enum forecast_fate {
	FATE_KEPT,
	FATE_DELETED, /* by the policy */
	FATE_EXPIRED, /* by the cloud */
};

struct forecast_set {
	int64_t start_s, end_s; /* SET_NO_TIME: kept to the end */
	uint16_t rules;         /* a bit per enum rule: those that keep it at the end */
	uint8_t fate;           /* enum forecast_fate */
	bool protect;           /* protected */
	bool given;             /* one of the sets to set out from */
};
_Static_assert(RULE_COUNT <= 16, "a set has a bit for every rule");

struct forecast {
	int64_t from_s, to_s;
	bool cut;                 /* it ended at FORECAST_BACKUPS_MAX */
	int64_t backups, missed;  /* slots with a backup, and without */
	int64_t deletes, expired; /* sets deleted by the policy, taken by the cloud */
	int64_t most_sets;        /* valid sets at once: after a backup, before its prune */
	int64_t most_at_s;        /* when that was first; SET_NO_TIME never */
	/* The longest way from a set to the one before it, while the newer one was of this age,
	 * right after any prune; -1: there were no two. */
	int64_t worst_gap_s[AGE_COUNT];
	/* From when on the past makes no difference: every rule is full (or the cloud takes what
	 * the rules would keep for ever). SET_NO_TIME: not within the forecast. */
	int64_t steady_s;
	int64_t reach_s;           /* age of the oldest set in the end; 0 without sets */
	int64_t flat_sets;         /* sets in the end, if every one were kept for reach_s */
	struct forecast_set *sets; /* valid ones, oldest first */
	size_t count;
	size_t kept; /* of them there in the end */
};

void forecast_make(const struct forecast_input *in, struct forecast *ret);
void forecast_done(struct forecast *f);
