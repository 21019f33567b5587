/* Compares what two policies do to the same sets, now and later. */
#include "outlook/compare.h"

#include "base/memory.h"
#include "outlook/expiry.h"
#include "retention/slot.h"
#include "retention/verdict.h"

static enum difference compare_expiry(const struct expiry *old, const struct expiry *changed)
{
	int64_t a_s = old ? old->expires_s : 0, b_s = changed ? changed->expires_s : 0;

	if (!old || !changed || a_s == b_s)
		return DIFFERENCE_NONE;
	if (a_s == SET_NO_TIME || (b_s != SET_NO_TIME && b_s < a_s))
		return DIFFERENCE_EARLIER;
	return DIFFERENCE_LATER;
}

uint8_t *compare_policies(const struct inventory *inv, const struct policy *old,
	const struct policy *changed, int64_t log_days, int64_t now_s,
	size_t ret_counts[DIFFERENCE_COUNT])
{
	_cleanup_free_ struct verdict *before = xcalloc(inv->count, sizeof(*before));
	_cleanup_free_ struct verdict *after = xcalloc(inv->count, sizeof(*after));
	_cleanup_free_ struct expiry *old_expiry = expiry_new(inv, old, 0, log_days, now_s);
	_cleanup_free_ struct expiry *new_expiry = expiry_new(inv, changed, 0, log_days, now_s);
	uint8_t *differences = xcalloc(inv->count, 1);

	for (int i = 0; i < DIFFERENCE_COUNT; i++)
		ret_counts[i] = 0;
	verdicts(inv, old, log_days, now_s, before, NULL);
	verdicts(inv, changed, log_days, now_s, after, NULL);
	for (size_t i = 0; i < inv->count; i++) {
		enum difference d = DIFFERENCE_NONE;
		bool went = before[i].kind == VERDICT_DELETE,
		     goes = after[i].kind == VERDICT_DELETE;
		if (went != goes)
			d = goes ? DIFFERENCE_DELETE : DIFFERENCE_KEEP;
		else
			d = compare_expiry(expiry_find(old_expiry, i, &before[i]),
				expiry_find(new_expiry, i, &after[i]));
		differences[i] = (uint8_t)d;
		ret_counts[d]++;
	}
	return differences;
}

bool compare_due(const struct policy *old, const struct policy *changed,
	const struct inventory *inv, int64_t now_s, int64_t *ret_slot_s)
{
	int64_t slot_s, newest_s = SET_NO_TIME;

	if (policy_refuses_backup(changed) || slot_previous(changed, now_s, &slot_s) < 0)
		return false;
	if (inv)
		newest_s = slot_newest_start(inv, now_s);
	else if (old)
		(void)slot_previous(old, now_s, &newest_s);
	if (newest_s >= slot_counts_from(changed, slot_s))
		return false;
	*ret_slot_s = slot_s;
	return true;
}
