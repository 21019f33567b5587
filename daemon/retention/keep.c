#include "retention/keep.h"

#define NO_BUCKET INT64_MIN

struct active_rule {
	enum rule rule;
	enum keep_kind kind;
	int64_t left;     /* KEEP_NUMBER */
	int64_t cutoff_s; /* KEEP_SPAN: keeps what is younger */
	int64_t last;     /* bucket of the set that it kept last */
};

struct walk {
	const struct zone *zone;
	int64_t offset_from_s; /* from here up to the set before, offset_s is known to hold */
	int32_t offset_s;
	int64_t day, month; /* month is that of day */
	struct active_rule rules[RULE_COUNT];
	size_t rule_count;
};

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Months since the year 0. Kept from one set to the next, since many are of the same day. */
static int64_t month_of(struct walk *w, int64_t day)
{
	int64_t year;
	int month, day_of_month;

	if (day != w->day) {
		civil_from_days(day, &year, &month, &day_of_month);
		w->day = day;
		w->month = year * 12 + month - 1;
	}
	return w->month;
}

/* Equal for instants of the same hour, day, ISO week ... of local time. */
static int64_t bucket_of(struct walk *w, enum rule rule, int64_t local_s)
{
	int64_t day = floor_divide(local_s, 86400);

	if (rule == RULE_HOURLY)
		return floor_divide(local_s, 3600);
	if (rule == RULE_DAILY)
		return day;
	if (rule == RULE_WEEKLY) /* day 0 was a Thursday, ISO weeks begin on Monday */
		return floor_divide(day + 3, 7);
	if (rule == RULE_MONTHLY)
		return month_of(w, day);
	return floor_divide(month_of(w, day), rule == RULE_QUARTERLY ? 3 : 12);
}

int64_t keep_bucket(const struct zone *z, enum rule rule, int64_t start_s)
{
	struct walk w = {.day = INT64_MIN};

	return bucket_of(&w, rule, zone_local(z, start_s));
}

void keep_buckets(const struct zone *z, int64_t start_s, int64_t ret[RULE_COUNT])
{
	struct walk w = {.day = INT64_MIN};
	int64_t local_s = zone_local(z, start_s);

	for (size_t i = 0; i < RULE_COUNT; i++)
		ret[i] = bucket_of(&w, (enum rule)i, local_s);
}

/* Offsets are known from an instant on, but the walk goes back in time: so asks a month early. */
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
	*w = (struct walk){.zone = p->zone, .offset_from_s = INT64_MAX, .day = INT64_MIN};
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &p->keep[rule];
		struct active_rule a = {
			.rule = rule, .kind = k->kind, .left = k->number, .last = NO_BUCKET};
		if (k->kind == KEEP_OFF)
			continue;
		if (k->kind == KEEP_SPAN)
			a.cutoff_s = duration_before(&k->span, newest_s, p->zone);
		w->rules[w->rule_count++] = a;
	}
}

static bool has_left(const struct active_rule *a, int64_t start_s)
{
	if (a->kind == KEEP_NUMBER)
		return a->left > 0;
	return a->kind == KEEP_ALL || start_s > a->cutoff_s;
}

/* What one rule says of the next set, as restic forget does: kept if its bucket is another than
 * that of the last set kept, or (the filler) if it is the oldest of all. */
static void ask_rule(struct active_rule *a, int64_t bucket, bool is_oldest, struct verdict *v)
{
	if (bucket == a->last && !is_oldest)
		return;
	v->kind = VERDICT_KEEP;
	v->why = WHY_RULES;
	v->rules |= (uint8_t)(1u << a->rule);
	if (bucket == a->last)
		v->oldest |= (uint8_t)(1u << a->rule);
	a->last = bucket;
	a->left--;
}

static void ask_rules(
	struct walk *w, int64_t nth, int64_t start_s, bool is_oldest, struct verdict *v)
{
	int64_t local_s = local_time(w, start_s);
	size_t still = 0;

	for (size_t i = 0; i < w->rule_count; i++) {
		struct active_rule *a = &w->rules[i];
		bool each = a->rule == RULE_LAST || a->rule == RULE_WITHIN;
		if (!has_left(a, start_s))
			continue;
		ask_rule(a, each ? nth : bucket_of(w, a->rule, local_s), is_oldest, v);
		w->rules[still++] = *a;
	}
	w->rule_count = still;
}

static bool is_walked(const struct verdict *v)
{
	return v->kind == VERDICT_DELETE && v->why == WHY_EXPIRED;
}

void keep_apply(const struct inventory *inv, const struct policy *p, const uint32_t *order,
	int64_t newest_s, struct verdict *verdicts)
{
	size_t end = inv->count;
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
