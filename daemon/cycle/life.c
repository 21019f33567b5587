#include "cycle/state.h"

#include <stdio.h>
#include <string.h>

/* What the history tells of single sets besides their deletion: when one was first seen, when it
 * expired and what had kept it until then, that it is kept again, that it vanished without us.
 * Which rules kept it on each day in between is not stored: that would be a line a set and day, and
 * `plan` says it for today. */

#define MINUTE_S 60        /* the times of the cloud may be cut to it */
#define LINES_AT_ONCE 1000 /* more of a kind in one listing are told in one line */

void life_take_past(struct cycle *c)
{
	cycle_wake(c);
	c->have_past = c->have_listing && c->have_plan && c->plan.count == c->inv.count;
	c->past = c->inv;
	inventory_init(&c->inv);
	if (c->have_past)
		c->past_verdicts = xcalloc(c->past.count, sizeof(*c->past_verdicts));
	for (size_t i = 0; c->have_past && i < c->past.count; i++)
		c->past_verdicts[i] = c->plan.verdicts[i];
}

/* Index in the listing before of the set with this id; SIZE_MAX if it was not there. */
static size_t find_past(struct cycle *c, const char *id)
{
	if (!c->past_index)
		c->past_index = inventory_index_new(&c->past);
	return inventory_find(c->past_index, id);
}

void life_forget_past(struct cycle *c)
{
	inventory_index_free(c->past_index);
	free(c->past_verdicts);
	inventory_done(&c->past);
	c->past_index = NULL;
	c->past_verdicts = NULL;
	c->have_past = c->replanned = false;
}

/* Most listings are like the one before: then nothing is new and nothing vanished. */
static bool is_as_before(const struct cycle *c)
{
	if (!c->have_past || c->inv.count != c->past.count)
		return false;
	for (size_t i = 0; i < c->inv.count; i++)
		if (!text_equal(set_id(&c->inv, i), set_id(&c->past, i)))
			return false;
	return true;
}

struct lines {
	enum entry_kind kind;
	size_t count;
};

static void line(
	struct cycle *c, struct lines *l, const char *set, const char *reason, struct moment now)
{
	struct entry e = {.kind = l->kind, .at_s = now.wall_s, .set = set, .reason = reason};

	if (++l->count <= LINES_AT_ONCE)
		marks_entry(c, &e);
}

static void end_lines(struct cycle *c, const struct lines *l, struct moment now)
{
	struct entry e = {.kind = l->kind,
		.at_s = now.wall_s,
		.reason = "more in the same listing",
		.count = (int64_t)l->count - LINES_AT_ONCE};

	if (e.count > 0)
		marks_entry(c, &e);
}

static void tell_seen(struct cycle *c, struct moment now)
{
	struct lines l = {.kind = ENTRY_SEEN};
	struct entry first = {.kind = ENTRY_SEEN,
		.at_s = now.wall_s,
		.reason = "the first listing",
		.count = (int64_t)c->inv.count};

	if (!c->have_past && c->listed_s == 0) {
		marks_entry(c, &first);
		return;
	}
	/* After a restart there is nothing to compare with: then what began since is new. */
	for (size_t i = 0; i < c->inv.count; i++)
		if (c->have_past ? find_past(c, set_id(&c->inv, i)) == SIZE_MAX
				 : c->inv.sets[i].start_s + MINUTE_S > c->listed_s)
			line(c, &l, set_id(&c->inv, i), NULL, now);
	end_lines(c, &l, now);
}

static void tell_vanished(struct cycle *c, struct moment now)
{
	struct inventory_index *index = inventory_index_new(&c->inv);
	struct lines l = {.kind = ENTRY_VANISHED};

	for (size_t i = 0; i < c->past.count; i++) {
		const char *id = set_id(&c->past, i);
		const struct remembered *r = marks_find(c, id);
		if (inventory_find(index, id) == SIZE_MAX && !(r && r->m.asked_s))
			line(c, &l, id, "deleted, but not by retaind", now);
	}
	end_lines(c, &l, now);
	inventory_index_free(index);
}

void life_follow_listing(struct cycle *c, struct moment now)
{
	if (is_as_before(c))
		return;
	tell_seen(c, now);
	if (c->have_past && !c->clock_doubt[0]) /* else the window is in doubt, too */
		tell_vanished(c, now);
}

/* "no rule keeps it any more; until now daily, weekly" */
static void until_now(const struct verdict *v, struct text *out)
{
	const char *separator = "; until now ";

	if (v->kind == VERDICT_PROTECT)
		text_add(out, "; until now protected");
	if (v->kind != VERDICT_KEEP)
		return;
	if (v->why == WHY_MINIMUM)
		text_add(out, "; until now safety.minimum");
	else if (v->why == WHY_PARENT)
		text_add(out, "; until now another set depended on it");
	for (int rule = 0; rule < RULE_COUNT; rule++)
		if (v->rules & 1u << rule) {
			text_printf(out, "%s%s%s", separator, rule_rows[rule]->name,
				v->oldest & 1u << rule ? " (as the oldest)" : "");
			separator = ", ";
		}
}

static void last_reason(struct cycle *c, size_t index, struct text *out)
{
	size_t past = c->have_past ? find_past(c, set_id(&c->inv, index)) : SIZE_MAX;
	const struct verdict *v = past == SIZE_MAX ? NULL : &c->past_verdicts[past];

	if (c->plan.verdicts[index].why == WHY_FAILED_AGE) {
		text_add(out, "failed, and old enough");
		return;
	}
	text_add(out, "no rule keeps it any more");
	if (v && v->kind == VERDICT_DELETE && c->replanned)
		text_add(out, "; the policy was changed");
	else if (v)
		until_now(v, out);
}

void life_expired(struct cycle *c, const uint32_t *sets, size_t count, struct moment now)
{
	struct lines l = {.kind = ENTRY_EXPIRED};

	for (size_t i = 0; i < count; i++) {
		struct text reason = TEXT_INIT(400);
		last_reason(c, sets[i], &reason);
		line(c, &l, set_id(&c->inv, sets[i]), reason.s, now);
		text_done(&reason);
	}
	end_lines(c, &l, now);
}

void life_kept_again(struct cycle *c, const char *set, struct moment now)
{
	struct entry e = {.kind = ENTRY_KEPT_AGAIN, .at_s = now.wall_s, .set = set};

	marks_entry(c, &e);
}
