/* What a change of policy does to the sets that are there, and to those to come. Pure. */
#pragma once

#include "retention/policy.h"
#include "retention/set.h"

enum difference {
	DIFFERENCE_NONE,
	DIFFERENCE_DELETE,  /* the new policy deletes it, the old one did not */
	DIFFERENCE_KEEP,    /* the old policy would delete it, the new one does not */
	DIFFERENCE_EARLIER, /* both keep it; it expires earlier than by the old policy */
	DIFFERENCE_LATER,
	DIFFERENCE_COUNT,
};

/* By index of `inv`, owned by the caller. `log_days`: see verdicts(). `ret_counts` gets how many
 * there are of each. EARLIER and LATER take a schedule in both policies. */
uint8_t *compare_policies(const struct inventory *inv, const struct policy *old,
	const struct policy *changed, int64_t log_days, int64_t now_s,
	size_t ret_counts[DIFFERENCE_COUNT]);

/* True if a backup comes at once when `changed` comes into force: for its latest slot, unless a set
 * stands for that. `inv` NULL: the sets are not known; then it is taken that the last backup began
 * at the old policy's latest slot (`old` NULL: that there was none). Without catch_up it comes only
 * where the service was running at the slot. */
bool compare_due(const struct policy *old, const struct policy *changed,
	const struct inventory *inv, int64_t now_s, int64_t *ret_slot_s);
