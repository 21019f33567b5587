/* The outlook as it was played with queues. */
#include "played/play_judge.h"

#include "base/memory.h"
#include "retention/lineage.h"
#include "retention/verdict.h"

static int by_vanish(const void *a, const void *b, void *data)
{
	const struct play_set *sets = data, *x = &sets[*(const uint32_t *)a],
			      *y = &sets[*(const uint32_t *)b];

	return (x->vanishes_s > y->vanishes_s) - (x->vanishes_s < y->vanishes_s);
}

static void sort_vanishing(struct play *p)
{
	p->by_vanish = xcalloc(p->count, sizeof(*p->by_vanish));
	for (size_t i = 0; i < p->count; i++)
		if (p->sets[i].vanishes_s != SET_NO_TIME)
			p->by_vanish[p->by_vanish_count++] = (uint32_t)i;
	qsort_r(p->by_vanish, p->by_vanish_count, sizeof(*p->by_vanish), by_vanish, p->sets);
	p->new_vanish_next = p->count;
}

/* A set that is there for longer than the cloud keeps sets was made when it kept them for longer.
 */
static int64_t vanishes(const struct play *p, const struct set *s, int64_t now_s)
{
	if (s->expires_s != SET_NO_TIME || p->cloud_s <= 0 || s->start_s == SET_NO_TIME)
		return s->expires_s;
	return s->start_s > now_s - p->cloud_s ? s->start_s + p->cloud_s : SET_NO_TIME;
}

static struct play_set given_set(
	const struct play *p, size_t index, const struct verdict *v, int64_t now_s)
{
	const struct set *s = &p->given->sets[index];

	return (struct play_set){
		.start_s = s->start_s,
		.vanishes_s = vanishes(p, s, now_s),
		.end_s = SET_NO_TIME,
		.source = (uint32_t)index,
		.parent = PARENT_NONE,
		.role = PLAY_OUTSIDE, /* until it is judged */
		.doubted = v->kind == VERDICT_QUARANTINE,
	};
}

/* All but those that are being deleted, oldest first. */
static void take_sets(struct play *p, int64_t now_s)
{
	const struct inventory *inv = p->given;
	_cleanup_free_ struct verdict *v = xcalloc(inv->count, sizeof(*v));
	_cleanup_free_ uint32_t *order = xcalloc(inv->count, sizeof(*order));
	_cleanup_free_ uint32_t *places = xcalloc(inv->count, sizeof(*places));
	_cleanup_free_ uint32_t *parents = lineage_new(inv);

	verdicts(inv, p->policy, now_s, v, order);
	p->sets = memory_grow(NULL, &p->capacity, inv->count, sizeof(*p->sets));
	for (size_t i = inv->count; i-- > 0;) {
		places[order[i]] = PARENT_NONE;
		if (v[order[i]].kind == VERDICT_DELETING)
			continue;
		places[order[i]] = (uint32_t)p->count;
		p->sets[p->count++] = given_set(p, order[i], &v[order[i]], now_s);
	}
	for (size_t i = 0; parents && i < p->count; i++) {
		uint32_t parent = parents[p->sets[i].source];
		if (!parent_is_listed(parent) || places[parent] == PARENT_NONE)
			continue;
		p->sets[i].parent = places[parent];
		p->sets[places[parent]].dependents++;
	}
}

void play_begin(struct play *ret, const struct policy *p, const struct inventory *given,
	int64_t cloud_s, int64_t now_s)
{
	*ret = (struct play){.policy = p,
		.given = given,
		.cloud_s = cloud_s,
		.newest_s = SET_NO_TIME,
		.failed_due_s = INT64_MAX};
	if (given)
		take_sets(ret, now_s);
	ret->given_count = ret->count;
	ret->let_go_s = xcalloc(ret->count, sizeof(*ret->let_go_s));
	for (size_t i = 0; i < ret->count; i++)
		for (unsigned hold = 0; hold < PLAY_HOLDS; hold++)
			ret->let_go_s[i][hold] = SET_NO_TIME;
	sort_vanishing(ret);
	play_judge(ret, now_s);
	ret->loose.count = 0;
}
