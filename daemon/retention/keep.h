/* The keep rules: which of the sets that they walk each rule keeps. Pure; inside of retention/
 * only. */
#pragma once

#include "retention/verdict.h"

/* Walks the sets whose verdict is DELETE/WHY_EXPIRED, in the order given (newest first), and turns
 * those that a rule keeps into KEEP/WHY_RULES. Windows are measured from `newest_s`. */
void keep_apply(const struct inventory *inv, const struct policy *p, const uint32_t *order,
	int64_t newest_s, struct verdict *verdicts);

/* By bucket rule, the number of the bucket that a set of this start falls into: equal for sets of
 * the same hour, day, ISO week ... of the zone's time. It says nothing for last and within. */
void keep_buckets(const struct zone *z, int64_t start_s, int64_t ret[RULE_COUNT]);
/* The same for one rule. */
int64_t keep_bucket(const struct zone *z, enum rule rule, int64_t start_s);
