#include "cycle/state.h"

/* Between two listings nobody looks at the sets of most clusters: then the inventory is packed, and
 * the lists of the plan are let go. What people ask for at any time (counts, holds, the plan's
 * hash) stays; the rest is made again, from the same values, when it is needed. */

static void count(const struct cycle *c, struct counted *ret)
{
	struct counted n = {0};

	for (size_t i = 0; i < c->plan.count; i++) {
		n.by_verdict[c->plan.verdicts[i].kind]++;
		if (c->inv.sets[i].size_bytes > 0 &&
			c->inv.sets[i].size_bytes < INT64_MAX - n.size_bytes)
			n.size_bytes += c->inv.sets[i].size_bytes;
	}
	*ret = n;
}

struct counted rest_count(const struct cycle *c)
{
	struct counted n = c->counted;

	if (c->have_plan && !c->resting)
		count(c, &n);
	return n;
}

#define LET_GO(p) (free(p), (p) = NULL)

/* Scratch memory: each is made anew by whoever needs it. */
static void drop_scratch(struct cycle *c)
{
	LET_GO(c->views);
	LET_GO(c->ids);
	LET_GO(c->batch);
	LET_GO(c->before);
	LET_GO(c->splits);
	LET_GO(c->split_sets);
	LET_GO(c->put);
	LET_GO(c->drop);
	c->split_capacity = c->batch_count = 0;
	if (c->entry_count == 0) {
		LET_GO(c->entries);
		c->entry_capacity = 0;
	}
	if (c->report_count == 0) {
		LET_GO(c->reports);
		c->report_capacity = 0;
	}
}

void cycle_rest(struct cycle *c)
{
	bool idle = c->phase == PHASE_IDLE || c->phase == PHASE_RETENTION;

	if (c->resting || c->in_flight || !idle || prune_has_more(c))
		return;
	drop_scratch(c);
	if (!c->have_plan)
		return;
	count(c, &c->counted);
	c->packed = pack_inventory(&c->inv, c->pool);
	inventory_done(&c->inv);
	plan_forget_lists(&c->plan);
	c->resting = true;
}

void cycle_wake(struct cycle *c)
{
	struct plan before = c->plan;

	if (!c->resting)
		return;
	c->resting = false;
	pack_open(&c->packed, &c->inv);
	pack_done(&c->packed, c->pool);
	c->views = xreallocarray(NULL, c->inv.count, sizeof(*c->views));
	marks_view(c, c->planned_at, c->views);
	c->input.marks = c->views;
	c->input.policy = c->policy;
	/* The remarks may have changed since; the plan has them as they were. */
	c->input.listing_doubt =
		c->input.listing_doubt ? before.hold_detail[HOLD_INCOMPLETE] : NULL;
	c->input.clock_doubt = c->input.clock_doubt ? before.hold_detail[HOLD_CLOCK] : NULL;
	plan_make(&c->input, &c->plan);
	c->input.listing_doubt =
		c->input.listing_doubt ? c->plan.hold_detail[HOLD_INCOMPLETE] : NULL;
	c->input.clock_doubt = c->input.clock_doubt ? c->plan.hold_detail[HOLD_CLOCK] : NULL;
	plan_done(&before);
	c->next_allowed = c->plan.allowed_count; /* all of them were named, or none may be */
}

void cycle_use_pool(struct cycle *c, struct pool *pool)
{
	cycle_wake(c);
	c->pool = pool;
}

void rest_done(struct cycle *c)
{
	pack_done(&c->packed, c->pool);
}
