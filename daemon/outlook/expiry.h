/* Until when kept sets stay, and by which rule, if the schedule keeps running. Pure.
 *
 * A set expires at the backup after which no rule keeps it; the grace comes on top. Slots without
 * a backup, backups besides the schedule and changes of the policy make it another instant. */
#pragma once

#include "base/text.h"
#include "retention/verdict.h"

#define EXPIRY_PHASES (RULE_COUNT + 3)
/* What expires later counts as never. */
#define EXPIRY_HORIZON_S ((int64_t)20 * 366 * 86400)

struct expiry_phase {
	const char *hold; /* "last" .. "yearly", "point_in_time", "minimum", "parent" or "cloud" */
	int64_t until_s;  /* SET_NO_TIME: never */
};

struct expiry {
	bool known; /* false: it would have taken too long to find out, and the rest is void */
	int64_t expires_s; /* SET_NO_TIME: never, or not a set that the rules keep */
	/* What holds it, the first to let go first. At the end of a phase "cloud" the cloud's own
	 * retention takes it. */
	struct expiry_phase phases[EXPIRY_PHASES];
	uint8_t count;
};

/* Plays the schedule forward from now_s until all are known, or for 200,000 slots (twenty years of
 * hourly ones) or 100 million verdicts: a second or so, enough for 10,000 sets at 10,000 slots.
 * What is there longer is not known. By index of `inv`, owned by the caller; NULL without a
 * schedule. The cloud's retention is taken from the newest set that tells it; without one `cloud_s`
 * is, 0 if that is not known either. A set that is there for longer than that was made when it was
 * longer: it is not known of it. `log_days`: see verdicts(). */
struct expiry *expiry_new(const struct inventory *inv, const struct policy *p, int64_t cloud_s,
	int64_t log_days, int64_t now_s);

/* What is known of the set with verdict `v` (both by the same index): borrowed from `expiries`, as
 * expiry_new() gave them. NULL without a schedule, if the set is not kept, or if it is not known.
 */
const struct expiry *expiry_find(
	const struct expiry *expiries, size_t index, const struct verdict *v);

/* "daily, then weekly, then the cloud takes it"; nothing if nothing is known. */
void expiry_describe(const struct expiry *e, struct text *out);
