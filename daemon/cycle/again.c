#include "cycle/state.h"

#include <stdio.h>

#define ASK_AGAIN_UNANSWERED_S 15 /* the call may never have reached the cloud */
#define ASK_AGAIN_S 3600          /* the cloud needs 10 to 20 minutes: ask again after an hour */
#define COMPLAIN_AFTER 3          /* calls that named a set, to no effect */
#define GIVE_UP_S (24 * 3600)     /* what is still there then was certainly not deleted */

static int64_t age_s(const struct cycle *c, const struct remembered *r, struct moment now)
{
	return clock_now(c, now) - r->m.asked_s;
}

/* A set that a delete call named counts for nothing until it is gone, whatever the cloud says. */
void again_follow(struct cycle *c, struct remembered *r, struct set *s, struct moment now)
{
	r->listed_state = s->state;
	s->state = SET_DELETING;
	if (r->m.absent) {
		r->m.absent = 0;
		r->dirty = true;
	}
	if (age_s(c, r, now) >= ASK_AGAIN_S && r->m.asks >= COMPLAIN_AFTER && !r->stuck_told) {
		struct report_extra extra = {.set = r->m.id};
		r->stuck_told = true;
		report(c, REPORT_DELETE_STUCK, LEVEL_WARNING, &extra,
			"set %s is still there after %d delete calls", r->m.id, (int)r->m.asks);
	}
}

/* What the plan is tried with: the sets that may be asked for again look as the cloud lists them.
 */
static bool unmask(struct cycle *c, struct moment now, const struct inventory_index *index)
{
	bool any = false;

	for (size_t i = 0; i < c->mark_count; i++) {
		const struct remembered *r = &c->marks[i];
		int64_t wait_s = r->m.answered ? ASK_AGAIN_S : ASK_AGAIN_UNANSWERED_S;
		size_t at = r->m.asked_s && age_s(c, r, now) >= wait_s
			? inventory_find(index, r->m.id)
			: SIZE_MAX;
		if (at == SIZE_MAX || r->listed_state == SET_DELETING)
			continue;
		c->inv.sets[at].state = r->listed_state;
		any = true;
	}
	return any;
}

/* Other sets are judged as if those that were asked for were not there: the plan with them allows
 * no set that is not doomed without them, nor what it depends on. */
static void withhold(struct cycle *c, const bool *doomed, const struct inventory_index *index)
{
	_cleanup_free_ bool *out = xcalloc(c->inv.count, sizeof(*out));
	size_t kept = 0;

	for (size_t i = 0; i < c->plan.allowed_count; i++) {
		uint32_t at = c->plan.allowed[i];
		const struct remembered *r = marks_find(c, set_id(&c->inv, at));
		size_t parent = inventory_find(index, set_parent(&c->inv, at));
		if (!out[at] && (doomed[at] || (r && r->m.asked_s)))
			c->plan.allowed[kept++] = at;
		else if (parent != SIZE_MAX) /* comes later in this order */
			out[parent] = true;
	}
	c->plan.allowed_count = kept;
}

/* It was asked for, and the policy keeps it: if it falls out once more its grace begins anew. */
static void want_again(struct cycle *c, struct remembered *r, struct moment now)
{
	if (c->clock_doubt[0])
		return;
	if (r->m.expired_s)
		life_kept_again(c, r->m.id, now);
	r->dirty |= r->m.expired_s || r->m.approved;
	r->m.expired_s = 0;
	r->m.approved = false;
}

/* What is not asked for again now goes on counting for nothing; after a day it is as any other. */
static bool mask(struct cycle *c, struct moment now, const struct inventory_index *index)
{
	_cleanup_free_ bool *allowed = xcalloc(c->inv.count, sizeof(*allowed));
	bool masked = false;

	for (size_t i = 0; i < c->plan.allowed_count; i++)
		allowed[c->plan.allowed[i]] = true;
	for (size_t i = 0; i < c->mark_count; i++) {
		struct remembered *r = &c->marks[i];
		size_t at = r->m.asked_s ? inventory_find(index, r->m.id) : SIZE_MAX;
		if (at == SIZE_MAX || c->inv.sets[at].state == SET_DELETING || allowed[at])
			continue;
		c->inv.sets[at].state = SET_DELETING;
		masked = true;
		if (c->plan.verdicts[at].kind != VERDICT_DELETE)
			want_again(c, r, now);
		if (age_s(c, r, now) >= GIVE_UP_S) {
			r->m.asked_s = 0;
			r->m.asks = 0;
			r->stuck_told = false;
			r->dirty = true;
		}
	}
	return masked;
}

void again_plan(struct cycle *c, struct moment now)
{
	struct inventory_index *index;
	_cleanup_free_ bool *doomed = NULL;

	if (prune_deleting(c) == 0)
		return;
	index = inventory_index_new(&c->inv);
	doomed = xcalloc(c->inv.count, sizeof(*doomed));
	for (size_t i = 0; i < c->plan.doomed_count; i++)
		doomed[c->plan.doomed[i]] = true;
	if (unmask(c, now, index))
		do {
			prune_plan(c, now);
			withhold(c, doomed, index);
		} while (mask(c, now, index));
	inventory_index_free(index);
}
