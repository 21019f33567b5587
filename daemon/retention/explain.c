/* Why each set has its verdict, in words. */
#include "retention/explain.h"

#include "base/memory.h"
#include "retention/lineage.h"

#include <inttypes.h>
#include <stdio.h>

#define SHOWN 96 /* bytes of a text from outside that a line for people shows */

struct explanation {
	const struct plan_input *in; /* borrowed, as is the plan */
	const struct plan *p;
	uint32_t (*slots)[RULE_COUNT]; /* by index: which of the sets that the rule keeps, from 1 on
					*/
	uint32_t *dependents; /* by index, where there is one: a set that stays and depends on it */
};

const char *verdict_name(const struct verdict *v)
{
	static const char *const names[] = {
		[VERDICT_KEEP] = "keep",
		[VERDICT_DELETE] = "delete",
		[VERDICT_PROTECT] = "protect",
		[VERDICT_QUARANTINE] = "quarantine",
		[VERDICT_FAILED] = "failed",
		[VERDICT_DELETING] = "deleting",
	};

	return names[v->kind];
}

static void find_dependents(struct explanation *e)
{
	const struct plan *p = e->p;
	_cleanup_free_ uint32_t *parents = lineage_new(e->in->inv);

	for (size_t i = p->count; parents && i-- > 0;) {
		uint32_t at = p->newest_first[i];
		bool stays = p->verdicts[at].kind != VERDICT_DELETE &&
			p->verdicts[at].kind != VERDICT_DELETING;
		if (stays && parent_is_listed(parents[at]))
			e->dependents[parents[at]] = at;
	}
}

struct explanation *explanation_new(const struct plan_input *in, const struct plan *p)
{
	struct explanation *e = xmalloc(sizeof(*e));
	uint32_t kept[RULE_COUNT] = {0};

	*e = (struct explanation){
		.in = in,
		.p = p,
		.slots = xcalloc(p->count, sizeof(*e->slots)),
		.dependents = xcalloc(p->count, sizeof(*e->dependents)),
	};
	for (size_t i = 0; i < p->count; i++) {
		uint32_t at = p->newest_first[i];
		for (enum rule rule = 0; rule < RULE_COUNT; rule++)
			if (p->verdicts[at].rules & 1u << rule)
				e->slots[at][rule] = ++kept[rule];
	}
	find_dependents(e);
	return e;
}

void explanation_free(struct explanation *e)
{
	if (!e)
		return;
	free(e->slots);
	free(e->dependents);
	free(e);
}

uint32_t explanation_number(const struct explanation *e, size_t index, enum rule rule)
{
	return e->slots[index][rule];
}

/* "daily 3 within 14d (2026-11-19) as the oldest set" */
static void add_rule_reason(
	const struct explanation *e, size_t index, enum rule rule, struct text *out)
{
	const struct keep_rule *k = &e->in->policy->keep[rule];
	const char *name = rule_rows[rule]->name;
	char bucket[RULE_BUCKET_TEXT_SIZE], span[DURATION_TEXT_SIZE];
	uint32_t slot = e->slots[index][rule];

	if (rule == RULE_POINT_IN_TIME) {
		rule_bucket_text(
			rule, e->in->policy->zone, e->in->inv->sets[index].start_s, bucket);
		text_printf(out, "%s (%s): a restore to the second needs it", name, bucket);
		return;
	}
	duration_format(&k->span, span);
	if (!rule_counts(rule)) {
		text_printf(out, "%s %s of the newest set", name, span);
		return;
	}
	if (k->kind == KEEP_SPAN || (k->kind == KEEP_FLOOR && slot > k->number))
		text_printf(out, "%s %" PRIu32 " within %s", name, slot, span);
	else if (k->kind == KEEP_ALL)
		text_printf(out, "%s %" PRIu32 " of all", name, slot);
	else
		text_printf(out, "%s %" PRIu32 " of %" PRId64, name, slot, k->number);
	rule_bucket_text(rule, e->in->policy->zone, e->in->inv->sets[index].start_s, bucket);
	if (bucket[0])
		text_printf(out, " (%s)", bucket);
	if (e->p->verdicts[index].oldest & 1u << rule)
		text_add(out, " as the oldest set");
}

static void add_rules_reason(const struct explanation *e, size_t index, struct text *out)
{
	bool more = false;

	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		if (!(e->p->verdicts[index].rules & 1u << rule))
			continue;
		if (more)
			text_add(out, "; ");
		add_rule_reason(e, index, rule, out);
		more = true;
	}
}

/* "protected by root since 2026-11-30T22:15:00Z until 2027-01-01T00:00:00Z: the audit" */
static void add_protection(
	const struct policy *policy, const struct protected_set *s, struct text *out)
{
	char at[CIVIL_TEXT_SIZE];

	text_add(out, s->by ? "protected" : "protected: by its id");
	if (s->by) {
		zone_format(policy->zone, s->at_s, at);
		text_printf(out, " by %s since %s", s->by, at);
	}
	if (s->until_s != PROTECT_NO_END) {
		zone_format(policy->zone, s->until_s, at);
		text_printf(out, " until %s", at);
	}
	if (s->reason)
		text_printf(out, "%s %s", s->by ? ":" : ",", s->reason);
}

static void add_protect_reason(const struct explanation *e, size_t index, struct text *out)
{
	const struct policy *policy = e->in->policy;
	int64_t start_s = e->in->inv->sets[index].start_s;
	char from[CIVIL_TEXT_SIZE], to[CIVIL_TEXT_SIZE];

	for (size_t i = 0; i < policy->protected_range_count; i++) {
		const struct protected_range *r = &policy->protected_ranges[i];
		if (start_s < r->from_s || start_s > r->to_s)
			continue;
		zone_format(policy->zone, r->from_s, from);
		zone_format(policy->zone, r->to_s, to);
		text_printf(out, "protected: from %s to %s", from, to);
		return;
	}
	add_protection(
		policy, policy_protection(policy, set_id(e->in->inv, index), e->in->now_s), out);
}

static void add_doubt_reason(const struct explanation *e, size_t index, struct text *out)
{
	const struct set *s = &e->in->inv->sets[index];
	char note[SHOWN], parent[SHOWN], time[CIVIL_TEXT_SIZE];

	text_copy_printable(note, sizeof(note), set_note(e->in->inv, index));
	text_copy_printable(parent, sizeof(parent), set_parent(e->in->inv, index));
	switch ((enum set_doubt)e->p->verdicts[index].doubt) {
	case DOUBT_TIME:
		text_printf(out, "time '%s' does not read", note);
		break;
	case DOUBT_REGION:
		text_printf(out, "a copy in another region, '%s'", note);
		break;
	case DOUBT_FUTURE:
		zone_format(e->in->policy->zone, s->start_s, time);
		text_printf(out, "dated in the future: %s", time);
		break;
	case DOUBT_PARENT:
		text_printf(out, "set %s, which it depends on, is not there and valid", parent);
		break;
	case DOUBT_LATE:
		zone_format(e->in->policy->zone, s->start_s, time);
		text_printf(out,
			"an earlier listing should have had it, dated %s: it counts for nothing "
			"until it is approved, or safety.grace has passed",
			time);
		break;
	case DOUBT_STATUS:
	case DOUBT_NONE:
		text_printf(out, "status '%s' is not known", note);
		break;
	}
}

static void add_kept_reason(const struct explanation *e, size_t index, struct text *out)
{
	int64_t minimum = e->in->policy->safety.minimum;
	char id[SHOWN];

	switch ((enum verdict_why)e->p->verdicts[index].why) {
	case WHY_RUNNING:
		text_add(out, "not finished");
		return;
	case WHY_MINIMUM:
		if (minimum > 1)
			text_printf(out, "one of the newest %" PRId64 " valid sets", minimum);
		else
			text_add(out, "the newest valid set");
		return;
	case WHY_PARENT:
		text_copy_printable(id, sizeof(id), set_id(e->in->inv, e->dependents[index]));
		text_printf(out, "set %s depends on it", id);
		return;
	case WHY_RULES:
	case WHY_EXPIRED:
	case WHY_FAILED_AGE:
	case WHY_PROTECTED:
	case WHY_OTHER:
		add_rules_reason(e, index, out);
		return;
	}
}

static void add_failed_reason(const struct explanation *e, size_t index, struct text *out)
{
	int64_t age_s = e->in->policy->failed_sets_s;
	char age[DURATION_TEXT_SIZE];

	if (age_s == FAILED_KEEP) {
		text_add(out, "failed; failed sets are kept");
		return;
	}
	duration_format_seconds(age_s, age);
	text_printf(out,
		e->p->verdicts[index].kind == VERDICT_DELETE ? "failed, and older than %s"
							     : "failed, and not yet %s old",
		age);
}

void explanation_reason(const struct explanation *e, size_t index, struct text *out)
{
	const struct verdict *v = &e->p->verdicts[index];

	switch ((enum verdict_kind)v->kind) {
	case VERDICT_KEEP:
		add_kept_reason(e, index, out);
		break;
	case VERDICT_DELETE:
		if (v->why == WHY_FAILED_AGE)
			add_failed_reason(e, index, out);
		else
			text_add(out, "expired: no rule keeps it");
		break;
	case VERDICT_PROTECT:
		add_protect_reason(e, index, out);
		break;
	case VERDICT_QUARANTINE:
		add_doubt_reason(e, index, out);
		break;
	case VERDICT_FAILED:
		add_failed_reason(e, index, out);
		break;
	case VERDICT_DELETING:
		text_add(out, "being deleted");
		break;
	}
}
