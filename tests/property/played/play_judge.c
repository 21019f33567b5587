/* The outlook as it was played with queues. */
#include "played/play_judge.h"

#include "base/memory.h"
#include "retention/lineage.h"
#include "retention/verdict.h"

#include <stdio.h>

/* The sets that are there, as an inventory, and what the verdicts are on them. */
struct judgement {
	struct inventory inv;
	uint32_t *sets; /* by inventory index: index in the play */
	struct verdict *verdicts;
	uint32_t *newest_first;
};

static void judgement_done(struct judgement *j)
{
	inventory_done(&j->inv);
	free(j->sets);
	free(j->verdicts);
	free(j->newest_first);
}

static void add_given(const struct play *p, const struct play_set *s, struct inventory *to)
{
	struct set set = p->given->sets[s->source];

	if (s->doubted) {
		set.state = SET_UNKNOWN;
		set.doubt = set.doubt ? set.doubt : DOUBT_STATUS;
	} else if (set.state == SET_RUNNING) {
		set.state = SET_VALID;
	}
	inventory_add(to, &set, set_id(p->given, s->source), set_parent(p->given, s->source), NULL);
}

/* With no more than verdicts() looks at. */
static void add_new(const struct play_set *s, size_t index, struct inventory *to)
{
	struct set set = {.start_s = s->start_s, .state = SET_VALID};
	char id[32];

	(void)snprintf(id, sizeof(id), "~%zu", index);
	inventory_add(to, &set, id, NULL, NULL);
}

static void judge(const struct play *p, int64_t at_s, struct judgement *ret)
{
	inventory_init(&ret->inv);
	ret->sets = xcalloc(p->count, sizeof(*ret->sets));
	for (size_t i = 0; i < p->count; i++) {
		const struct play_set *s = &p->sets[i];
		if (s->fate != PLAY_THERE)
			continue;
		ret->sets[ret->inv.count] = (uint32_t)i;
		if (s->source == PLAY_NEW)
			add_new(s, i, &ret->inv);
		else
			add_given(p, s, &ret->inv);
	}
	ret->verdicts = xcalloc(ret->inv.count, sizeof(*ret->verdicts));
	ret->newest_first = xcalloc(ret->inv.count, sizeof(*ret->newest_first));
	verdicts(&ret->inv, p->policy, at_s, ret->verdicts, ret->newest_first);
}

static void set_role(struct play *p, size_t index, const struct set *set, const struct verdict *v)
{
	struct play_set *s = &p->sets[index];
	bool valid = verdict_is_valid_set(set, v);
	enum play_role role = !valid         ? PLAY_OUTSIDE
		: v->kind == VERDICT_PROTECT ? PLAY_PROTECTED
					     : PLAY_WALKED;

	p->live -= s->valid;
	p->live += valid;
	if (index < p->given_count) {
		p->given_held -= s->role == PLAY_WALKED;
		p->given_held += role == PLAY_WALKED;
	}
	s->valid = valid;
	s->role = (uint8_t)role;
}

/* Puts a set that stays into the queues; what held it before and does no more has let it go. */
static void hold(
	struct play *p, size_t index, const struct verdict *v, bool is_minimum, int64_t at_s)
{
	struct play_set *s = &p->sets[index];
	unsigned before = s->holds;

	s->holds = (uint16_t)(v->rules | (s->dependents ? 1u << PLAY_PARENT : 0));
	s->queued = 0;
	s->filler = v->oldest;
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		if (v->rules & ~v->oldest & 1u << rule)
			play_push(p, rule, index);
	if (is_minimum)
		play_push(p, PLAY_MINIMUM, index);
	play_let_go(p, index, before & ~(unsigned)s->holds, at_s);
}

/* The newest valid set, and where among the sets, newest first, the minimum ends. */
static size_t find_minimum(struct play *p, const struct judgement *j)
{
	int64_t left = play_minimum(p->policy);
	size_t i;

	p->newest_s = SET_NO_TIME;
	for (i = 0; i < j->inv.count && left > 0; i++) {
		const struct play_set *s = &p->sets[j->sets[j->newest_first[i]]];
		if (!s->valid)
			continue;
		if (p->newest_s == SET_NO_TIME)
			p->newest_s = s->start_s;
		left--;
	}
	return i;
}

/* What failed comes of age at some time, and then frees what it depends on. */
static void find_failed(struct play *p, const struct judgement *j)
{
	p->failed_due_s = INT64_MAX;
	for (size_t i = 0; i < j->inv.count; i++) {
		int64_t due_s = j->inv.sets[i].start_s + p->policy->failed_sets_s;
		if (j->verdicts[i].kind == VERDICT_FAILED &&
			p->policy->failed_sets_s != FAILED_KEEP && due_s < p->failed_due_s)
			p->failed_due_s = due_s;
	}
}

static void set_windows(struct play *p)
{
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &p->policy->keep[rule];
		const struct play_queue *q = &p->queues[rule];
		if (k->kind == KEEP_SPAN)
			p->cutoff_s[rule] = p->newest_s == SET_NO_TIME
				? SET_NO_TIME
				: duration_before(&k->span, p->newest_s, p->policy->zone);
		if (q->begin != q->end && rule_rows[rule]->bucket)
			p->last_bucket[rule] = rule_bucket(
				rule, p->policy->zone, p->sets[q->sets[q->end - 1]].start_s);
	}
}

void play_judge(struct play *p, int64_t at_s)
{
	_cleanup_(judgement_done) struct judgement j = {0};
	size_t minimum;

	judge(p, at_s, &j);
	for (size_t i = 0; i < j.inv.count; i++)
		set_role(p, j.sets[i], &j.inv.sets[i], &j.verdicts[i]);
	for (size_t i = 0; i < j.inv.count; i++)
		if (j.verdicts[i].kind == VERDICT_DELETE)
			play_bury(p, j.sets[i], PLAY_EXPIRED, at_s);
	minimum = find_minimum(p, &j);
	for (size_t i = 0; i < ARRAY_SIZE(p->queues); i++)
		p->queues[i].begin = p->queues[i].end = 0;
	for (size_t i = j.inv.count; i-- > 0;) {
		uint32_t at = j.newest_first[i];
		if (p->sets[j.sets[at]].fate == PLAY_THERE)
			hold(p, j.sets[at], &j.verdicts[at],
				i < minimum && p->sets[j.sets[at]].valid, at_s);
	}
	p->oldest = 0;
	find_failed(p, &j);
	set_windows(p);
}
