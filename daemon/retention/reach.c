/* How far back a policy reaches. */
#include "retention/reach.h"

#include "retention/slot.h"

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)
#define MONTH_S (730 * HOUR_S)
#define BUCKET_MOST_S (400 * DAY_S) /* longer than any bucket */

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The last slot before the bucket of `slot_s`; for `last` each slot is a bucket of its own. */
static int previous_bucket(const struct policy *p, enum rule rule, int64_t slot_s, int64_t *ret_s)
{
	bool has_buckets = rule_rows[rule]->bucket;
	int64_t outside_s = slot_s - BUCKET_MOST_S, inside_s = slot_s;
	int64_t own = has_buckets ? rule_bucket(rule, p->zone, slot_s) : 0;

	while (has_buckets && inside_s - outside_s > 1) {
		int64_t middle_s = outside_s + (inside_s - outside_s) / 2;
		if (rule_bucket(rule, p->zone, middle_s) == own)
			inside_s = middle_s;
		else
			outside_s = middle_s;
	}
	return slot_previous(p, inside_s - 1, ret_s);
}

/* How old the last set of the bucket `count` back became, up to the first of the latest bucket.
 * Buckets without a slot do not count. A little further than the cloud keeps any is enough. */
static int64_t count_days(const struct policy *p, enum rule rule, int64_t count, int64_t now_s)
{
	int64_t at_s = now_s, until_s = now_s, days;

	(void)slot_previous(p, now_s, &at_s);
	if (previous_bucket(p, rule, at_s, &at_s) < 0)
		return 0;
	(void)slot_next(p, at_s, &until_s); /* there is: the one at or before `now_s` */
	/* In local time: the day on which clocks go back is no longer than others. */
	until_s = zone_local(p->zone, until_s);
	do
		days = (until_s - zone_local(p->zone, at_s) + DAY_S - 1) / DAY_S;
	while (--count > 0 && days <= CLOUD_DAYS_MOST &&
		previous_bucket(p, rule, at_s, &at_s) == 0);
	return days;
}

static int64_t span_days(const struct duration *d)
{
	return (d->months * MONTH_S + d->days * DAY_S + d->seconds + DAY_S - 1) / DAY_S;
}

static int64_t rule_days(const struct policy *p, enum rule rule, int64_t now_s)
{
	const struct keep_rule *k = &p->keep[rule];
	int64_t days = 0;

	if (k->kind == KEEP_OFF)
		return 0;
	if (k->kind == KEEP_SPAN || k->kind == KEEP_FLOOR)
		days = span_days(&k->span);
	if (k->kind == KEEP_SPAN)
		return days;
	if (k->kind == KEEP_ALL || k->number >= 1000000)
		return REACH_FOR_EVER;
	days = longer(days, (k->number * rule_rows[rule]->mean_s + DAY_S - 1) / DAY_S);
	return longer(days, count_days(p, rule, k->number, now_s));
}

int64_t reach_days(const struct policy *p, int64_t now_s)
{
	int64_t days = count_days(p, RULE_LAST, p->safety.minimum, now_s);

	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		days = longer(days, rule_days(p, rule, now_s));
	return days;
}

int64_t reach_cloud_days(int64_t days)
{
	if (days < CLOUD_DAYS_LEAST)
		return CLOUD_DAYS_LEAST;
	return days > CLOUD_DAYS_MOST ? CLOUD_DAYS_MOST : days;
}
