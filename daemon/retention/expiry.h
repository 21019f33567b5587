/* Until when kept sets stay, and by which rule, if the schedule keeps running. Pure.
 *
 * A set expires at the backup after which no rule keeps it; the grace comes on top. Slots without
 * a backup, backups besides the schedule and changes of the policy make it another instant. */
#pragma once

#include "base/text.h"
#include "retention/policy.h"
#include "retention/set.h"

#define EXPIRY_HOLDS (RULE_COUNT + 2) /* the rules, the minimum, and a set that depends on it */
#define EXPIRY_HORIZON_S (20 * 366 * 86400L) /* not within this: counts as never */

struct expiry_phase {
	const char *hold; /* "last" .. "yearly", "minimum" or "parent" */
	int64_t until_s;  /* SET_NO_TIME: never */
};

struct expiry {
	int64_t expires_s; /* SET_NO_TIME: never, or not a set that the rules keep */
	bool by_cloud;     /* the cloud's own retention takes it then */
	uint8_t count;     /* phases: what holds it, the first to let go first */
	struct expiry_phase phases[EXPIRY_HOLDS];
};

/* Plays the schedule forward from now_s until all are known. By index of `inv`, owned by the
 * caller; NULL without a schedule. The cloud's retention is taken from the newest set that tells
 * it. */
struct expiry *expiry_new(const struct inventory *inv, const struct policy *p, int64_t now_s);

/* "daily until 2026-12-05, weekly until 2027-01-24"; "the cloud's own expiry" if that is what ends
 * it; "" if nothing is known. Dates are of the policy's zone. */
void expiry_describe(const struct expiry *e, const struct policy *p, struct text *out);
