/* The keep rules at work: a walk over the sets, newest first, on which every rule says of each set
 * whether it keeps it. */
#include "retention/keep.h"

#define NO_BUCKET INT64_MIN

/* A rule that is on and may still keep sets. */
struct active_rule {
	enum rule rule;
	int64_t left;     /* of its count: how many more sets it keeps, however old */
	int64_t cutoff_s; /* of its span: it keeps sets younger than this, however many */
	int64_t last;     /* bucket of the set that it kept last; NO_BUCKET before the first */
};

struct walk {
	const struct zone *zone;
	int64_t offset_from_s; /* offset_s holds from this instant up to the set before */
	int32_t offset_s;
	struct rule_time time; /* of the set at hand */
	struct active_rule rules[RULE_KEYS];
	size_t rule_count;
};

/* A zone tells until when an offset holds, but this walk goes back in time: it asks for the offset
 * of a month earlier, and if that holds up to the set, no set of that month asks again. */
static int64_t local_time(struct walk *w, int64_t start_s)
{
	int64_t until_s;

	if (start_s < w->offset_from_s) {
		w->offset_from_s = start_s - 32 * 86400;
		w->offset_s = zone_offset(w->zone, w->offset_from_s, &until_s);
		if (until_s <= start_s) {
			w->offset_from_s = start_s;
			w->offset_s = zone_offset(w->zone, start_s, &until_s);
		}
	}
	return start_s + w->offset_s;
}

static void walk_begin(struct walk *w, const struct policy *p, int64_t newest_s)
{
	*w = (struct walk){.zone = p->zone, .offset_from_s = INT64_MAX, .time = RULE_TIME_NONE};
	for (enum rule rule = 0; rule < RULE_KEYS; rule++) {
		const struct keep_rule *k = &p->keep[rule];
		struct active_rule a = {.rule = rule, .cutoff_s = INT64_MAX, .last = NO_BUCKET};
		if (k->kind == KEEP_OFF)
			continue;
		if (k->kind == KEEP_NUMBER || k->kind == KEEP_FLOOR)
			a.left = k->number;
		if (k->kind == KEEP_SPAN || k->kind == KEEP_FLOOR)
			a.cutoff_s = duration_before(&k->span, newest_s, p->zone);
		else if (k->kind == KEEP_ALL)
			a.cutoff_s = INT64_MIN;
		w->rules[w->rule_count++] = a;
	}
}

/* Whether the rule may keep a set of this start. If not, it keeps no older set either. */
static bool has_left(const struct active_rule *a, int64_t start_s)
{
	return a->left > 0 || start_s > a->cutoff_s;
}

/* As `restic forget` does: a rule keeps a set if its bucket differs from that of the set which the
 * rule kept last, or if it is the oldest of all. */
static void ask_rule(struct active_rule *a, int64_t bucket, bool is_oldest, struct verdict *v)
{
	if (bucket == a->last && !is_oldest)
		return;
	v->kind = VERDICT_KEEP;
	v->why = WHY_RULES;
	v->rules |= (uint16_t)(1u << a->rule);
	if (bucket == a->last)
		v->oldest |= (uint16_t)(1u << a->rule);
	a->last = bucket;
	a->left--;
}

/* Without buckets, each set counts as one of its own. */
static int64_t bucket_of(struct walk *w, const struct active_rule *a, int64_t nth, int64_t start_s)
{
	const struct rule_row *row = rule_rows[a->rule];

	if (!row->bucket)
		return nth;
	rule_time_set(&w->time, local_time(w, start_s));
	return row->bucket(&w->time);
}

/* Asks every rule about the set at place `nth` of the walk, and drops the rules that keep no more.
 */
static void ask_rules(
	struct walk *w, int64_t nth, int64_t start_s, bool is_oldest, struct verdict *v)
{
	size_t i = 0;

	while (i < w->rule_count) {
		struct active_rule *a = &w->rules[i];
		if (!has_left(a, start_s)) {
			*a = w->rules[--w->rule_count];
			continue;
		}
		ask_rule(a, bucket_of(w, a, nth, start_s), is_oldest, v);
		i++;
	}
}

static bool is_walked(const struct verdict *v)
{
	return v->kind == VERDICT_DELETE && v->why == WHY_EXPIRED;
}

void keep_apply(const struct inventory *inv, const struct policy *p, const uint32_t *order,
	int64_t newest_s, struct verdict *verdicts)
{
	size_t end = inv->count; /* right after the oldest set that is walked */
	struct walk w;

	while (end > 0 && !is_walked(&verdicts[order[end - 1]]))
		end--;
	walk_begin(&w, p, newest_s);
	for (size_t i = 0; i < end && w.rule_count > 0; i++) {
		struct verdict *v = &verdicts[order[i]];
		if (is_walked(v))
			ask_rules(&w, (int64_t)i, inv->sets[order[i]].start_s, i + 1 == end, v);
	}
}

void keep_point_in_time(const struct inventory *inv, const struct policy *p, int64_t log_days,
	const uint32_t *order, int64_t newest_s, struct verdict *verdicts)
{
	const struct duration reach = {.days = log_days + 1};
	int64_t cutoff_s = duration_before(&reach, newest_s, p->zone), last = NO_BUCKET;

	for (size_t i = 0; i < inv->count && inv->sets[order[i]].start_s > cutoff_s; i++) {
		const struct set *s = &inv->sets[order[i]];
		struct verdict *v = &verdicts[order[i]];
		int64_t day;
		if (!verdict_is_valid_set(s, v) || s->parent)
			continue;
		day = rule_bucket(RULE_POINT_IN_TIME, p->zone, s->start_s);
		if (day == last)
			continue;
		last = day;
		if (v->kind == VERDICT_PROTECT)
			continue;
		v->kind = VERDICT_KEEP;
		v->why = WHY_RULES;
		v->rules |= (uint16_t)(1u << RULE_POINT_IN_TIME);
	}
}
