/* What the history tells of single sets besides their deletion. */
#include "cycle/life.h"

#include "base/text.h"

#define MINUTE_S 60 /* the times of the cloud may be cut to it */

void life_take_past(struct life *l, struct inventory *inv, const struct plan *p)
{
	l->have_past = p && p->count == inv->count;
	l->past = *inv;
	inventory_init(inv);
	if (!l->have_past)
		return;
	l->past_verdicts = xcalloc(l->past.count, sizeof(*l->past_verdicts));
	for (size_t i = 0; i < l->past.count; i++)
		l->past_verdicts[i] = p->verdicts[i];
}

/* Index in the listing before of the set with this id; SIZE_MAX if it was not there. */
static size_t find_past(struct life *l, const char *id)
{
	if (!l->past_index)
		l->past_index = inventory_index_new(&l->past);
	return inventory_find(l->past_index, id);
}

void life_forget_past(struct life *l)
{
	inventory_index_free(l->past_index);
	free(l->past_verdicts);
	inventory_done(&l->past);
	l->past_index = NULL;
	l->past_verdicts = NULL;
	l->have_past = l->replanned = false;
}

/* Most listings are like the one before: then nothing is new and nothing vanished. */
static bool is_as_before(const struct life *l, const struct inventory *inv)
{
	if (!l->have_past || inv->count != l->past.count)
		return false;
	for (size_t i = 0; i < inv->count; i++)
		if (!text_equal(set_id(inv, i), set_id(&l->past, i)))
			return false;
	return true;
}

/* After a restart there is no listing to compare with: then a set is new if it began since the last
 * one of the run before. */
static bool is_new(struct life *l, const struct inventory *inv, size_t at, int64_t listed_s)
{
	return l->have_past ? find_past(l, set_id(inv, at)) == SIZE_MAX
			    : inv->sets[at].start_s + MINUTE_S > listed_s;
}

static void tell_seen(struct life *l, struct outbox *o, const struct inventory *inv,
	int64_t listed_s, struct moment now)
{
	struct lines lines = {o, ENTRY_SEEN, now.wall_s, 0};
	struct entry first = {.kind = ENTRY_SEEN,
		.at_s = now.wall_s,
		.reason = "the first listing",
		.count = (int64_t)inv->count};

	if (!l->have_past && listed_s == 0) {
		outbox_entry(o, &first);
		return;
	}
	for (size_t i = 0; i < inv->count; i++)
		if (is_new(l, inv, i, listed_s))
			lines_add(&lines, set_id(inv, i), NULL);
	lines_end(&lines);
}

void life_follow_listing(struct life *l, struct outbox *o, const struct inventory *inv,
	const struct marks *m, struct moment now)
{
	if (!is_as_before(l, inv))
		tell_seen(l, o, inv, m->listed_s, now);
}

/* "no rule keeps it any more; until now daily, weekly" */
static void add_until_now(const struct verdict *v, struct text *out)
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

static void add_reason(struct life *l, const char *id, const struct verdict *now, struct text *out)
{
	size_t past = l->have_past ? find_past(l, id) : SIZE_MAX;
	const struct verdict *before = past == SIZE_MAX ? NULL : &l->past_verdicts[past];

	if (now->why == WHY_FAILED_AGE) {
		text_add(out, "failed, and old enough");
		return;
	}
	text_add(out, "no rule keeps it any more");
	if (before && before->kind == VERDICT_DELETE && l->replanned)
		text_add(out, "; the policy was changed");
	else if (before)
		add_until_now(before, out);
}

void life_tell_expired(struct life *l, struct outbox *o, const struct inventory *inv,
	const struct plan *p, const uint32_t *sets, size_t count, struct moment now)
{
	struct lines lines = {o, ENTRY_EXPIRED, now.wall_s, 0};

	for (size_t i = 0; i < count; i++) {
		const char *id = set_id(inv, sets[i]);
		struct text reason = TEXT_INIT(400);
		add_reason(l, id, &p->verdicts[sets[i]], &reason);
		lines_add(&lines, id, reason.s);
		text_done(&reason);
	}
	lines_end(&lines);
}
