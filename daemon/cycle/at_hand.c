/* The last listing and its plan, packed while nobody looks at them. */
#include "cycle/at_hand.h"

#include "base/memory.h"

void at_hand_init(struct at_hand *h)
{
	inventory_init(&h->inv);
}

void at_hand_done(struct at_hand *h)
{
	if (h->planned)
		plan_done(&h->plan);
	free(h->views);
	inventory_done(&h->inv);
	pack_done(&h->packed);
}

struct counted at_hand_count(const struct at_hand *h)
{
	struct counted n = {0};

	if (!h->planned || h->resting)
		return h->counted;
	for (size_t i = 0; i < h->plan.count; i++) {
		int64_t size_bytes = h->inv.sets[i].size_bytes;
		n.by_verdict[h->plan.verdicts[i].kind]++;
		if (size_bytes > 0 && size_bytes < INT64_MAX - n.size_bytes)
			n.size_bytes += size_bytes;
	}
	return n;
}

void at_hand_rest(struct at_hand *h)
{
	free(h->views);
	h->views = NULL;
	if (!h->planned || h->resting)
		return;
	h->counted = at_hand_count(h);
	h->packed = pack_inventory(&h->inv);
	inventory_done(&h->inv);
	plan_forget_lists(&h->plan);
	h->resting = true;
}

bool at_hand_wake(struct at_hand *h, const struct marks *m, const struct policy *policy)
{
	struct plan_input *in = &h->input;
	struct plan before = h->plan;

	if (!h->resting)
		return false;
	h->resting = false;
	pack_open(&h->packed, &h->inv);
	pack_done(&h->packed);
	h->views = xreallocarray(NULL, h->inv.count, sizeof(*h->views));
	marks_view(m, &h->inv, h->planned_at, h->views);
	in->marks = h->views;
	in->policy = policy;
	/* The doubts may have changed since; the plan has their texts as they were. */
	in->listing_doubt = in->listing_doubt ? before.hold_detail[HOLD_INCOMPLETE] : NULL;
	in->clock_doubt = in->clock_doubt ? before.hold_detail[HOLD_CLOCK] : NULL;
	plan_make(in, &h->plan);
	in->listing_doubt = in->listing_doubt ? h->plan.hold_detail[HOLD_INCOMPLETE] : NULL;
	in->clock_doubt = in->clock_doubt ? h->plan.hold_detail[HOLD_CLOCK] : NULL;
	plan_done(&before);
	return true;
}
