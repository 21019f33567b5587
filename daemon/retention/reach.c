#include "retention/reach.h"

#include "retention/slot.h"

#define DAY_S INT64_C(86400)

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How long it is to the slot that is `count` backups back; no further than the cloud keeps any. */
static int64_t slots_back_days(const struct policy *p, int64_t count, int64_t now_s)
{
	int64_t at_s = now_s, slot_s;

	if (p->schedule.kind == SCHEDULE_NONE)
		return 0;
	for (; count > 0 && now_s - at_s < CLOUD_DAYS_MOST * DAY_S; count--) {
		if (slot_previous(p, at_s, &slot_s) < 0)
			break;
		at_s = slot_s - 1;
	}
	return (now_s - at_s + DAY_S - 1) / DAY_S;
}

static int64_t rule_days(const struct policy *p, enum rule rule, int64_t now_s)
{
	static const int64_t bucket_hours[RULE_COUNT] = {
		[RULE_HOURLY] = 1,
		[RULE_DAILY] = 24,
		[RULE_WEEKLY] = 168,
		[RULE_MONTHLY] = 730,
		[RULE_QUARTERLY] = 2190,
		[RULE_YEARLY] = 8760,
	};
	const struct keep_rule *k = &p->keep[rule];
	const struct duration *span = &k->span;

	if (k->kind == KEEP_OFF)
		return 0;
	if (k->kind == KEEP_SPAN)
		return span->months * 365 / 12 + span->days + (span->seconds + DAY_S - 1) / DAY_S;
	if (k->kind == KEEP_ALL || k->number >= 1000000)
		return REACH_FOR_EVER;
	if (rule == RULE_LAST)
		return slots_back_days(p, k->number, now_s);
	return (k->number * bucket_hours[rule] + 23) / 24;
}

int64_t reach_days(const struct policy *p, int64_t now_s)
{
	int64_t days = slots_back_days(p, p->safety.minimum, now_s);

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
