/* The schedule played forward. */
#include "outlook/projection.h"

#include "base/memory.h"

#define NEW_ID "~" /* of every set to come */

static void add_set(struct projection *p, const struct set *set, const char *id, const char *parent,
	uint32_t source)
{
	size_t at = p->there.count;

	inventory_add(&p->there, set, id, parent, NULL);
	p->which = memory_grow(p->which, &p->which_capacity, at + 1, sizeof(*p->which));
	p->which[at] = (uint32_t)p->count;
	if (set->expires_s != SET_NO_TIME && set->expires_s < p->next_expiry_s)
		p->next_expiry_s = set->expires_s;
	p->sets = memory_grow(p->sets, &p->capacity, p->count + 1, sizeof(*p->sets));
	p->sets[p->count++] = (struct projected_set){
		.start_s = set->start_s, .end_s = SET_NO_TIME, .source = source, .fate = FATE_KEPT};
}

/* Ends the set at an index of `there`. It stays in `there` until drop_gone(). */
static void end(struct projection *p, size_t index, enum forecast_fate fate, int64_t end_s)
{
	struct projected_set *s = &p->sets[p->which[index]];

	s->fate = (uint8_t)fate;
	s->end_s = end_s;
	p->gone = memory_grow(p->gone, &p->gone_capacity, p->gone_count + 1, sizeof(*p->gone));
	p->gone[p->gone_count++] = p->which[index];
}

static void drop_gone(struct projection *p)
{
	size_t left = 0;

	for (size_t i = 0; i < p->there.count; i++) {
		if (p->sets[p->which[i]].end_s != SET_NO_TIME)
			continue;
		p->there.sets[left] = p->there.sets[i];
		p->which[left++] = p->which[i];
	}
	p->there.count = left;
}

static void expire(struct projection *p, int64_t at_s)
{
	if (p->next_expiry_s > at_s)
		return;
	p->next_expiry_s = INT64_MAX;
	for (size_t i = 0; i < p->there.count; i++) {
		int64_t expires_s = p->there.sets[i].expires_s;
		if (expires_s == SET_NO_TIME)
			continue;
		if (expires_s <= at_s) {
			p->valid_count -= p->sets[p->which[i]].valid;
			end(p, i, FATE_EXPIRED, expires_s);
		} else if (expires_s < p->next_expiry_s) {
			p->next_expiry_s = expires_s;
		}
	}
	drop_gone(p);
}

static bool protections_end(const struct policy *p)
{
	for (size_t i = 0; i < p->protected_set_count; i++)
		if (p->protected_sets[i].until_s != PROTECT_NO_END)
			return true;
	return false;
}

/* What `keep_all` says. Where a failed set comes of age, a protection ends, or a set has a parent,
 * all is judged at each slot. */
static uint16_t find_keep_all(const struct projection *p)
{
	uint16_t rules = 0;

	if (protections_end(p->policy))
		return 0;
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (p->policy->keep[rule].kind == KEEP_ALL)
			rules |= (uint16_t)(1u << rule);
	for (size_t i = 0; i < p->there.count && rules; i++) {
		const struct projected_set *s = &p->sets[p->which[i]];
		if (p->verdicts[i].kind == VERDICT_FAILED || p->there.sets[i].parent)
			return 0;
		if (projection_walks(s))
			rules &= s->own;
	}
	return rules;
}

/* Judges all that is there, and drops what is to be deleted. */
static void judge(struct projection *p, int64_t at_s)
{
	size_t gone = p->gone_count;

	p->verdicts = memory_grow(
		p->verdicts, &p->verdict_capacity, p->there.count, sizeof(*p->verdicts));
	verdicts(&p->there, p->policy, p->log_days, at_s, p->verdicts, NULL);
	p->valid_count = 0;
	for (size_t i = 0; i < p->there.count; i++) {
		const struct verdict *v = &p->verdicts[i];
		struct projected_set *s = &p->sets[p->which[i]];
		s->valid = verdict_is_valid_set(&p->there.sets[i], v);
		s->protect = v->kind == VERDICT_PROTECT;
		s->rules = v->rules;
		s->own = v->rules & (uint16_t)~v->oldest;
		if (v->kind == VERDICT_DELETE)
			end(p, i, FATE_DELETED, at_s);
		else
			p->valid_count += s->valid;
	}
	p->keep_all = p->gone_count > gone ? 0 : find_keep_all(p);
	if (p->gone_count > gone)
		drop_gone(p);
}

/* What is assumed of a given set from now on. One that cannot be judged has no time, since a time
 * in the future would come after the slots. */
static struct set assume(
	const struct projection *p, const struct set *set, const struct verdict *v, int64_t now_s)
{
	struct set s = *set;

	if (s.state == SET_RUNNING)
		s.state = SET_VALID;
	if (s.expires_s == SET_NO_TIME && p->cloud_s > 0 && s.start_s != SET_NO_TIME &&
		s.start_s > now_s - p->cloud_s)
		s.expires_s = s.start_s + p->cloud_s;
	if (v->kind == VERDICT_QUARANTINE) {
		s.state = SET_UNKNOWN;
		s.doubt = (uint8_t)v->doubt;
		s.start_s = SET_NO_TIME;
	}
	return s;
}

/* Adds the given sets that can be judged, or those that cannot, oldest first. */
static void take_sets(struct projection *p, const struct inventory *given, int64_t now_s,
	const struct verdict *v, const uint32_t *newest_first, bool judged)
{
	for (size_t i = given->count; i-- > 0;) {
		uint32_t at = newest_first[i];
		struct set s = assume(p, &given->sets[at], &v[at], now_s);
		if (v[at].kind == VERDICT_DELETING || (v[at].kind != VERDICT_QUARANTINE) != judged)
			continue;
		add_set(p, &s, set_id(given, at), set_parent(given, at), at);
		p->sets[p->count - 1].start_s = given->sets[at].start_s;
	}
}

static void take_given(struct projection *p, const struct inventory *given, int64_t now_s)
{
	_cleanup_free_ struct verdict *v = xcalloc(given->count, sizeof(*v));
	_cleanup_free_ uint32_t *newest_first = xcalloc(given->count, sizeof(*newest_first));

	verdicts(given, p->policy, p->log_days, now_s, v, newest_first);
	take_sets(p, given, now_s, v, newest_first, false);
	take_sets(p, given, now_s, v, newest_first, true);
	p->given_count = p->count;
}

void projection_begin(struct projection *ret, const struct policy *p, const struct inventory *given,
	int64_t cloud_s, int64_t log_days, int64_t now_s)
{
	*ret = (struct projection){
		.policy = p, .cloud_s = cloud_s, .log_days = log_days, .next_expiry_s = INT64_MAX};
	inventory_init(&ret->there);
	if (given)
		take_given(ret, given, now_s);
	judge(ret, now_s);
}

void projection_done(struct projection *p)
{
	inventory_done(&p->there);
	free(p->sets);
	free(p->gone);
	free(p->which);
	free(p->verdicts);
	*p = (struct projection){0};
}

static bool is_satisfied(const struct projection *p, int64_t at_s)
{
	for (size_t i = p->there.count; i-- > 0;)
		if (p->sets[p->which[i]].valid)
			return p->there.sets[i].start_s >= at_s;
	return false;
}

/* Whether a new set opens a bucket of a rule that keeps all; only such rules go on to keep all. */
static bool all_stay(struct projection *p, int64_t at_s)
{
	size_t i = p->there.count;

	while (i > 0 && !projection_walks(&p->sets[p->which[i - 1]]))
		i--;
	for (enum rule rule = 0; rule < RULE_COUNT && i > 0; rule++)
		if (p->keep_all & 1u << rule && rule_rows[rule]->bucket &&
			rule_bucket(rule, p->policy->zone, p->there.sets[i - 1].start_s) ==
				rule_bucket(rule, p->policy->zone, at_s))
			p->keep_all &= (uint16_t) ~(1u << rule);
	return p->keep_all && !p->judge_always;
}

bool projection_slot(struct projection *p, int64_t at_s)
{
	struct set backup = {.start_s = at_s,
		.expires_s = p->cloud_s > 0 ? at_s + p->cloud_s : SET_NO_TIME,
		.state = SET_VALID};

	p->gone_count = 0;
	if (is_satisfied(p, at_s))
		return false;
	expire(p, at_s);
	p->stale = all_stay(p, at_s);
	add_set(p, &backup, NEW_ID, NULL, PROJECTION_NEW);
	if (p->stale) {
		p->sets[p->count - 1].valid = true;
		p->sets[p->count - 1].protect = policy_protects(p->policy, NEW_ID, at_s, at_s);
		p->valid_count++;
	} else {
		judge(p, at_s);
	}
	return true;
}

void projection_refresh(struct projection *p, int64_t at_s)
{
	if (p->stale)
		judge(p, at_s);
	p->stale = false;
}
