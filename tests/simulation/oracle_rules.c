/* The keep rules once more, written naively. */
#include "simulation/oracle_rules.h"

#include "base/text.h"

#include <stdio.h>
#include <time.h>

struct rules {
	const struct oracle_set *sets;
	size_t count;
	const struct policy *p;
	const struct ordered *ordered;
	int64_t now_s;
	const bool *skip;
	bool *valid;
	size_t *order; /* of valid sets, newest first */
	size_t valid_count;
	enum opinion *out;
};

static size_t find(const struct rules *r, const char *id)
{
	size_t number = (size_t)strtoul(id, NULL, 10);

	for (size_t i = 0; i < r->count; i++)
		if (r->sets[i].number == number)
			return i;
	return SIZE_MAX;
}

static bool looks_valid(const struct rules *r, size_t i)
{
	return !r->skip[i] && r->sets[i].state == SET_VALID && r->sets[i].start_s != SET_NO_TIME &&
		r->sets[i].start_s <= r->now_s + 300;
}

static bool chain_is_valid(const struct rules *r, size_t i)
{
	for (size_t steps = 0; steps <= r->count; steps++) {
		if (i == SIZE_MAX || !looks_valid(r, i))
			return false;
		if (!*r->sets[i].parent)
			return true;
		i = find(r, r->sets[i].parent);
	}
	return false;
}

static bool is_newer(const struct oracle_set *a, const struct oracle_set *b)
{
	if (a->start_s != b->start_s)
		return a->start_s > b->start_s;
	if (strlen(a->id) != strlen(b->id))
		return strlen(a->id) > strlen(b->id);
	return strcmp(a->id, b->id) > 0;
}

static void sort_valid(struct rules *r)
{
	for (size_t i = 0; i < r->count; i++) {
		size_t at = r->valid_count;
		r->valid[i] = chain_is_valid(r, i);
		if (!r->valid[i])
			continue;
		while (at > 0 && is_newer(&r->sets[i], &r->sets[r->order[at - 1]])) {
			r->order[at] = r->order[at - 1];
			at--;
		}
		r->order[at] = i;
		r->valid_count++;
	}
}

static bool is_protected(const struct rules *r, const struct oracle_set *s)
{
	const struct policy *p = r->p;

	if (ordered_protects(r->ordered, s->id, r->now_s))
		return true;
	for (size_t i = 0; i < p->protected_set_count; i++)
		if (strcmp(p->protected_sets[i].id, s->id) == 0)
			return true;
	for (size_t i = 0; i < p->protected_range_count; i++)
		if (s->start_s >= p->protected_ranges[i].from_s &&
			s->start_s <= p->protected_ranges[i].to_s)
			return true;
	return false;
}

static void bucket(const struct rules *r, enum rule rule, size_t nth, int64_t start_s, char ret[48])
{
	time_t local = (time_t)(start_s + zone_offset(r->p->zone, start_s, NULL));
	struct tm tm;

	(void)gmtime_r(&local, &tm);
	if (rule == RULE_HOURLY)
		(void)strftime(ret, 48, "%Y-%m-%d %H", &tm);
	else if (rule == RULE_DAILY)
		(void)strftime(ret, 48, "%Y-%m-%d", &tm);
	else if (rule == RULE_WEEKLY)
		(void)strftime(ret, 48, "%G-W%V", &tm);
	else if (rule == RULE_MONTHLY)
		(void)strftime(ret, 48, "%Y-%m", &tm);
	else if (rule == RULE_QUARTERLY)
		(void)snprintf(ret, 48, "%d-Q%d", tm.tm_year, tm.tm_mon / 3);
	else if (rule == RULE_YEARLY)
		(void)strftime(ret, 48, "%Y", &tm);
	else
		(void)snprintf(ret, 48, "%zu", nth);
}

static void apply_half(struct rules *r, enum rule rule, const struct keep_rule *k)
{
	int64_t left = k->number, cutoff_s = INT64_MIN;
	char last[48] = "", next[48];
	size_t oldest = SIZE_MAX;

	if (k->kind == KEEP_OFF || r->valid_count == 0)
		return;
	if (k->kind == KEEP_SPAN)
		cutoff_s = duration_before(&k->span, r->sets[r->order[0]].start_s, r->p->zone);
	for (size_t n = 0; n < r->valid_count; n++)
		if (!is_protected(r, &r->sets[r->order[n]]))
			oldest = n;
	for (size_t n = 0; n < r->valid_count; n++) {
		const struct oracle_set *s = &r->sets[r->order[n]];
		if (is_protected(r, s))
			continue;
		if ((k->kind == KEEP_NUMBER && left <= 0) || s->start_s <= cutoff_s)
			return;
		bucket(r, rule, n, s->start_s, next);
		if (strcmp(next, last) == 0 && n != oldest)
			continue;
		memcpy(last, next, sizeof(last));
		r->out[r->order[n]] = OPINION_KEPT;
		left--;
	}
}

/* A floor is two rules: one that counts, and one with a span. */
static void apply(struct rules *r, enum rule rule)
{
	struct keep_rule half = r->p->keep[rule];
	bool floor = half.kind == KEEP_FLOOR;

	if (floor)
		half.kind = KEEP_NUMBER;
	apply_half(r, rule, &half);
	if (!floor)
		return;
	half.kind = KEEP_SPAN;
	apply_half(r, rule, &half);
}

/* S14, from the other end: of every full set within the log's reach, and a day, that no newer full
 * set of its day follows. */
static void keep_seconds(struct rules *r, int64_t log_days)
{
	const struct duration reach = {.days = log_days + 1};
	int64_t cutoff_s;

	if (r->valid_count == 0)
		return;
	cutoff_s = duration_before(&reach, r->sets[r->order[0]].start_s, r->p->zone);
	for (size_t n = 0; n < r->valid_count; n++) {
		const struct oracle_set *s = &r->sets[r->order[n]];
		char day[48], other[48];
		bool followed = false;
		bucket(r, RULE_DAILY, 0, s->start_s, day);
		for (size_t m = 0; m < n && !followed; m++) {
			bucket(r, RULE_DAILY, 0, r->sets[r->order[m]].start_s, other);
			followed = strcmp(day, other) == 0 && !*r->sets[r->order[m]].parent;
		}
		if (!*s->parent && s->start_s > cutoff_s && !followed)
			r->out[r->order[n]] = OPINION_KEPT;
	}
}

static void keep_parents(struct rules *r)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < r->count; i++) {
			size_t at = *r->sets[i].parent && !r->skip[i] &&
					r->out[i] != OPINION_EXPIRED &&
					r->sets[i].state != SET_DELETING
				? find(r, r->sets[i].parent)
				: SIZE_MAX;
			if (at == SIZE_MAX || r->out[at] != OPINION_EXPIRED)
				continue;
			r->out[at] = OPINION_KEPT;
			changed = true;
		}
	}
}

static enum opinion alone(const struct rules *r, size_t i)
{
	const struct oracle_set *s = &r->sets[i];

	if (r->valid[i])
		return is_protected(r, s) ? OPINION_KEPT : OPINION_EXPIRED;
	if (!r->skip[i] && s->state == SET_FAILED && s->start_s != SET_NO_TIME &&
		r->p->failed_sets_s != FAILED_KEEP && !is_protected(r, s) &&
		s->start_s + r->p->failed_sets_s <= r->now_s)
		return OPINION_EXPIRED;
	return OPINION_NONE;
}

enum opinion *oracle_opinions(const struct oracle_set *sets, size_t count, const bool *skip,
	const struct policy *p, const struct ordered *ordered, int64_t log_days, int64_t now_s)
{
	struct rules r = {.sets = sets,
		.count = count,
		.p = p,
		.ordered = ordered,
		.now_s = now_s,
		.skip = skip};
	int64_t least = p->safety.minimum > 1 ? p->safety.minimum : 1;

	r.valid = xcalloc(count + 1, sizeof(*r.valid));
	r.order = xcalloc(count + 1, sizeof(*r.order));
	r.out = xcalloc(count + 1, sizeof(*r.out));
	sort_valid(&r);
	for (size_t i = 0; i < count; i++)
		r.out[i] = alone(&r, i);
	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		apply(&r, rule);
	if (log_days > 0 && p->safety.point_in_time == POINT_IN_TIME_KEEP)
		keep_seconds(&r, log_days);
	for (size_t n = 0; n < r.valid_count && (int64_t)n < least; n++)
		r.out[r.order[n]] = OPINION_KEPT;
	keep_parents(&r);
	free(r.valid);
	free(r.order);
	return r.out;
}
