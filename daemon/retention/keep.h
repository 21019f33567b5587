/* The keep rules at work: which of the sets that they walk each rule keeps. Pure; inside of
 * retention/ only. */
#pragma once

#include "retention/verdict.h"

/* Walks the sets whose verdict is DELETE/WHY_EXPIRED, in the order given (newest first, as
 * order_newest_first() writes it), and turns those that a rule keeps into KEEP/WHY_RULES. Spans are
 * measured back from `newest_s`, the start of the newest valid set. The semantics are those of
 * `restic forget`, as DESIGN.md states them in section 4. */
void keep_apply(const struct inventory *inv, const struct policy *p, const uint32_t *order,
	int64_t newest_s, struct verdict *verdicts);

/* S14, after keep_apply(): RULE_POINT_IN_TIME keeps the newest valid full set of each local day
 * that is younger than the newest valid set less `log_days` and a day, whatever the other rules
 * say. A set that is protected stands for its day, too. */
void keep_point_in_time(const struct inventory *inv, const struct policy *p, int64_t log_days,
	const uint32_t *order, int64_t newest_s, struct verdict *verdicts);
