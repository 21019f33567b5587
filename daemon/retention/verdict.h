/* Verdicts: what becomes of every set, and why. A function of the sets and the policy; `now` only
 * says what is dated in the future, how old a failed set is (promise S12), and which protections
 * that were given an end have reached it. Pure. */
#pragma once

#include "retention/policy.h"
#include "retention/set.h"

enum verdict_kind {
	VERDICT_KEEP,
	VERDICT_DELETE,
	VERDICT_PROTECT,
	VERDICT_QUARANTINE,
	VERDICT_FAILED, /* failed, not old enough to go */
	VERDICT_DELETING,
};

enum verdict_why {
	WHY_RULES,      /* keep: by the rules in `rules` */
	WHY_RUNNING,    /* keep: not finished */
	WHY_MINIMUM,    /* keep: one of the newest max(1, safety.minimum) valid sets */
	WHY_PARENT,     /* keep: a kept set depends on it (S8) */
	WHY_EXPIRED,    /* delete: no rule keeps it */
	WHY_FAILED_AGE, /* delete: failed and older than failed_sets */
	WHY_PROTECTED,  /* protect: by id or range */
	WHY_OTHER,      /* the kind says it all, or `doubt` does */
};

struct verdict {
	uint8_t kind;    /* enum verdict_kind */
	uint8_t why;     /* enum verdict_why */
	uint16_t doubt;  /* enum set_doubt, with VERDICT_QUARANTINE */
	uint16_t rules;  /* a bit per enum rule: the rules that keep it */
	uint16_t oldest; /* those of them that keep it as the oldest set of all */
};
_Static_assert(RULE_COUNT <= 16, "a verdict has a bit for every rule");

#define FUTURE_SLACK_S 300 /* S11: dated later than now + this is quarantined */

/* Writes one verdict per set of `inv` (array of inv->count) and, if not NULL, the order newest
 * first (array of inv->count indices; sets without a time last, by id).
 *
 * Which sets the rules walk: valid (state VALID, not in the future, chain of parents valid) and not
 * protected, newest first by start, ties by id, larger first. Windows are measured from the newest
 * valid set (protected or not). Semantics: restic forget, see DESIGN.md section 4.
 *
 * `log_days`: how long the cloud keeps the log that a restore to the second needs; 0: there is
 * none, or it is not known. With safety.point_in_time: keep the full sets that this log needs stay.
 */
void verdicts(const struct inventory *inv, const struct policy *p, int64_t log_days, int64_t now_s,
	struct verdict *ret_verdicts, uint32_t *ret_order);

/* True if the set counts as valid for verdicts of these kinds: it is restorable. */
static inline bool verdict_is_valid_set(const struct set *s, const struct verdict *v)
{
	return s->state == SET_VALID && v->kind != VERDICT_QUARANTINE &&
		v->kind != VERDICT_DELETING;
}
