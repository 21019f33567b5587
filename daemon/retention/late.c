/* The last check of a batch once more, where sets showed late: see plan_batch_stands_alone(). */
#include "base/memory.h"
#include "base/text.h"
#include "retention/plan.h"

#include <errno.h>

static bool any_is_late(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].doubt == DOUBT_LATE)
			return true;
	return false;
}

bool plan_batch_stands_alone(
	const struct plan_input *in, const uint32_t *batch, size_t count, struct error *err)
{
	_cleanup_(inventory_done) struct inventory rest = {0};
	_cleanup_free_ struct verdict *alone = NULL;
	char id[64];

	if (!any_is_late(in->inv))
		return true;
	inventory_copy(&rest, in->inv);
	for (size_t i = 0; i < rest.count; i++)
		if (rest.sets[i].doubt == DOUBT_LATE)
			rest.sets[i].state = SET_DELETING;
	alone = xcalloc(rest.count, sizeof(*alone));
	verdicts(&rest, in->policy, in->log_days, in->now_s, alone, NULL);
	for (size_t i = 0; i < count; i++) {
		if (batch[i] < rest.count && alone[batch[i]].kind == VERDICT_DELETE)
			continue;
		text_copy_printable(
			id, sizeof(id), batch[i] < rest.count ? set_id(&rest, batch[i]) : "?");
		(void)error_set(err, EPERM,
			"set %s must not be deleted: without sets that showed late it is kept", id);
		return false;
	}
	return true;
}
