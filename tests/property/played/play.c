/* The outlook as it was played with queues. */
#include "played/play.h"

#include "base/memory.h"
#include "played/play_judge.h"
#include "retention/lineage.h"

static void push_index(struct play_indices *list, size_t index)
{
	list->at = memory_grow(list->at, &list->capacity, list->count + 1, sizeof(*list->at));
	list->at[list->count++] = (uint32_t)index;
}

void play_push(struct play *p, unsigned hold, size_t index)
{
	struct play_queue *q = &p->queues[hold];

	q->sets = memory_grow(q->sets, &q->capacity, q->end + 1, sizeof(*q->sets));
	q->sets[q->end++] = (uint32_t)index;
	p->sets[index].holds |= (uint16_t)(1u << hold);
	if (hold < RULE_COUNT)
		p->sets[index].queued |= (uint16_t)(1u << hold);
}

static bool is_empty(const struct play_queue *q)
{
	return q->begin == q->end;
}

static size_t front(const struct play_queue *q)
{
	return q->sets[q->begin];
}

void play_let_go(struct play *p, size_t index, unsigned holds, int64_t at_s)
{
	if (index >= p->given_count)
		return;
	for (unsigned hold = 0; hold < PLAY_HOLDS; hold++)
		if (holds & 1u << hold)
			p->let_go_s[index][hold] = at_s;
}

void play_lose(struct play *p, size_t index, unsigned holds, int64_t at_s)
{
	struct play_set *s = &p->sets[index];

	play_let_go(p, index, s->holds & holds, at_s);
	s->holds &= (uint16_t)~holds;
	s->queued &= (uint16_t)~holds;
	s->filler &= (uint16_t)~holds;
	if (s->holds == 0)
		push_index(&p->loose, index);
}

void play_bury(struct play *p, size_t index, enum play_fate fate, int64_t at_s)
{
	struct play_set *s = &p->sets[index];

	s->fate = (uint8_t)fate;
	s->end_s = at_s;
	p->live -= s->valid;
	p->given_held -= index < p->given_count && s->role == PLAY_WALKED;
	push_index(&p->gone, index);
	play_lose(p, index, s->holds, at_s);
	if (s->parent == PARENT_NONE)
		return;
	if (--p->sets[s->parent].dependents == 0)
		play_lose(p, s->parent, 1u << PLAY_PARENT, at_s);
}

/* The walked set that is the oldest of all, or p->count. */
static size_t oldest(struct play *p)
{
	while (p->oldest < p->count &&
		(p->sets[p->oldest].fate != PLAY_THERE || p->sets[p->oldest].role != PLAY_WALKED))
		p->oldest++;
	return p->oldest;
}

/* The cloud takes a set. True if the queues are in order afterwards. */
static bool vanish(struct play *p, size_t index)
{
	struct play_set *s = &p->sets[index];
	struct play_queue *minimum = &p->queues[PLAY_MINIMUM];
	bool simple = s->dependents == 0 && s->parent == PARENT_NONE &&
		(s->role != PLAY_WALKED || index == oldest(p)) &&
		(!(s->holds & 1u << PLAY_MINIMUM) || front(minimum) == index);

	for (unsigned hold = 0; simple && hold <= PLAY_MINIMUM; hold++)
		if (!is_empty(&p->queues[hold]) && front(&p->queues[hold]) == index)
			p->queues[hold].begin++;
	play_bury(p, index, PLAY_VANISHED, s->vanishes_s);
	return simple;
}

static bool vanish_if_due(struct play *p, size_t index, int64_t at_s, bool *simple)
{
	const struct play_set *s = &p->sets[index];

	if (s->vanishes_s > at_s)
		return false;
	if (s->fate == PLAY_THERE && !vanish(p, index))
		*simple = false;
	return true;
}

/* All that the cloud takes up to `at_s`. True if the queues are in order afterwards. */
static bool vanish_all(struct play *p, int64_t at_s)
{
	bool simple = true;

	while (p->by_vanish_next < p->by_vanish_count &&
		vanish_if_due(p, p->by_vanish[p->by_vanish_next], at_s, &simple))
		p->by_vanish_next++;
	while (p->cloud_s > 0 && p->new_vanish_next < p->count &&
		vanish_if_due(p, p->new_vanish_next, at_s, &simple))
		p->new_vanish_next++;
	return simple;
}

int64_t play_minimum(const struct policy *p)
{
	return p->safety.minimum > 0 ? p->safety.minimum : 1;
}

/* False if older sets than those in its queue come in for the minimum, with one new set. */
static bool minimum_suffices(const struct play *p)
{
	const struct play_queue *q = &p->queues[PLAY_MINIMUM];
	size_t count = q->end - q->begin;

	return count == p->live || (int64_t)count + 1 >= play_minimum(p->policy);
}

static void add_new(struct play *p, int64_t at_s)
{
	struct play_set s = {
		.start_s = at_s,
		.vanishes_s = p->cloud_s > 0 ? at_s + p->cloud_s : SET_NO_TIME,
		.end_s = SET_NO_TIME,
		.source = PLAY_NEW,
		.parent = PARENT_NONE,
		.role = policy_protects(p->policy, "", at_s, at_s) ? PLAY_PROTECTED : PLAY_WALKED,
		.valid = true,
	};

	p->sets = memory_grow(p->sets, &p->capacity, p->count + 1, sizeof(*p->sets));
	p->sets[p->count++] = s;
	p->live++;
	p->newest_s = at_s;
}

bool play_rule_is_active(const struct policy *p, enum rule rule)
{
	enum keep_kind kind = p->keep[rule].kind;

	return kind != KEEP_OFF && (rule != RULE_LAST || kind != KEEP_SPAN) &&
		(rule != RULE_WITHIN || kind == KEEP_SPAN);
}

/* It is measured from the newest set. False if it moved back, which lets sets in again. */
static bool move_window(struct play *p, enum rule rule)
{
	int64_t before_s = p->cutoff_s[rule];

	p->cutoff_s[rule] =
		duration_before(&p->policy->keep[rule].span, p->newest_s, p->policy->zone);
	return p->cutoff_s[rule] >= before_s;
}

/* Of the rules but last, which has none. */
static bool move_windows(struct play *p)
{
	bool forward = true;

	for (enum rule rule = RULE_WITHIN; rule < RULE_COUNT; rule++)
		if (p->policy->keep[rule].kind == KEEP_SPAN)
			forward = move_window(p, rule) && forward;
	return forward;
}

static bool is_over_full(const struct play *p, enum rule rule)
{
	const struct keep_rule *k = &p->policy->keep[rule];
	const struct play_queue *q = &p->queues[rule];

	if (is_empty(q))
		return false;
	if (k->kind == KEEP_SPAN)
		return p->sets[front(q)].start_s <= p->cutoff_s[rule];
	return k->kind == KEEP_NUMBER && (int64_t)(q->end - q->begin) > k->number;
}

/* The newest set replaces the one of the same bucket; what is too much falls out at the end. */
static void run_rule(struct play *p, enum rule rule, const int64_t *buckets, int64_t at_s)
{
	struct play_queue *q = &p->queues[rule];
	bool each = rule == RULE_LAST || rule == RULE_WITHIN;

	if (p->sets[p->count - 1].role == PLAY_WALKED) {
		if (!each && !is_empty(q) && buckets[rule] == p->last_bucket[rule])
			play_lose(p, q->sets[--q->end], 1u << rule, at_s);
		play_push(p, rule, p->count - 1);
		p->last_bucket[rule] = buckets[rule];
	}
	while (is_over_full(p, rule))
		play_lose(p, q->sets[q->begin++], 1u << rule, at_s);
}

static void run_minimum(struct play *p, int64_t at_s)
{
	struct play_queue *q = &p->queues[PLAY_MINIMUM];
	int64_t most = play_minimum(p->policy);

	play_push(p, PLAY_MINIMUM, p->count - 1);
	while ((int64_t)(q->end - q->begin) > most)
		play_lose(p, q->sets[q->begin++], 1u << PLAY_MINIMUM, at_s);
}

/* The oldest set of all is also kept by every rule of buckets that has count left. */
static void run_filler(struct play *p, int64_t at_s)
{
	size_t at = oldest(p);
	struct play_set *s = &p->sets[at];

	if (at == p->count)
		return;
	for (enum rule rule = RULE_HOURLY; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &p->policy->keep[rule];
		const struct play_queue *q = &p->queues[rule];
		bool left = k->kind == KEEP_ALL ||
			(k->kind == KEEP_NUMBER && (int64_t)(q->end - q->begin) < k->number) ||
			(k->kind == KEEP_SPAN && s->start_s > p->cutoff_s[rule]);
		if (s->queued & 1u << rule)
			continue;
		if (left) {
			s->filler |= (uint16_t)(1u << rule);
			s->holds |= (uint16_t)(1u << rule);
		} else if (s->filler & 1u << rule) {
			play_lose(p, at, 1u << rule, at_s);
		}
	}
}

static void let_loose_fall(struct play *p, int64_t at_s)
{
	for (size_t i = 0; i < p->loose.count; i++) {
		const struct play_set *s = &p->sets[p->loose.at[i]];
		if (s->fate == PLAY_THERE && s->role == PLAY_WALKED && s->holds == 0)
			play_bury(p, p->loose.at[i], PLAY_EXPIRED, at_s);
	}
	p->loose.count = 0;
}

bool play_backup(struct play *p, int64_t at_s)
{
	int64_t buckets[RULE_COUNT] = {0};
	bool simple;

	p->gone.count = 0;
	if (p->newest_s != SET_NO_TIME && p->newest_s >= at_s)
		return false;
	simple = vanish_all(p, at_s) && minimum_suffices(p);
	add_new(p, at_s);
	simple = move_windows(p) && simple && at_s < p->failed_due_s;
	if (!simple) {
		play_judge(p, at_s);
		p->loose.count = 0;
		return true;
	}
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (rule_rows[rule]->bucket)
			buckets[rule] = rule_bucket(rule, p->policy->zone, at_s);
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (play_rule_is_active(p->policy, rule))
			run_rule(p, rule, buckets, at_s);
	run_minimum(p, at_s);
	run_filler(p, at_s);
	let_loose_fall(p, at_s);
	return true;
}

void play_done(struct play *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->queues); i++)
		free(p->queues[i].sets);
	free(p->sets);
	free(p->let_go_s);
	free(p->gone.at);
	free(p->loose.at);
	free(p->by_vanish);
	*p = (struct play){0};
}
