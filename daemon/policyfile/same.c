#include "policyfile/policyfile.h"

static bool same_zone(const struct zone *a, const struct zone *b)
{
	return (!a && !b) || (a && b && strcmp(zone_name(a), zone_name(b)) == 0);
}

static bool same_calendar(const struct calendar *a, const struct calendar *b)
{
	return a == b || (a && b && calendar_same(a, b));
}

static bool same_schedule(const struct schedule *a, const struct schedule *b)
{
	if (a->kind != b->kind || a->every_s != b->every_s || a->jitter_s != b->jitter_s ||
		a->catch_up != b->catch_up || a->blackout_count != b->blackout_count)
		return false;
	for (size_t i = 0; i < a->blackout_count; i++)
		if (a->blackouts[i].weekdays != b->blackouts[i].weekdays ||
			a->blackouts[i].start_s != b->blackouts[i].start_s ||
			a->blackouts[i].length_s != b->blackouts[i].length_s)
			return false;
	return same_zone(a->zone, b->zone) && same_calendar(a->calendar, b->calendar);
}

static bool same_rule(const struct keep_rule *a, const struct keep_rule *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == KEEP_NUMBER)
		return a->number == b->number;
	return a->kind != KEEP_SPAN ||
		(a->span.months == b->span.months && a->span.days == b->span.days &&
			a->span.seconds == b->span.seconds);
}

static bool same_protect(const struct policy *a, const struct policy *b)
{
	if (a->protected_id_count != b->protected_id_count ||
		a->protected_range_count != b->protected_range_count)
		return false;
	for (size_t i = 0; i < a->protected_id_count; i++)
		if (strcmp(a->protected_ids[i], b->protected_ids[i]) != 0)
			return false;
	for (size_t i = 0; i < a->protected_range_count; i++)
		if (a->protected_ranges[i].from_s != b->protected_ranges[i].from_s ||
			a->protected_ranges[i].to_s != b->protected_ranges[i].to_s)
			return false;
	return true;
}

bool policyfile_same(const struct policy *a, const struct policy *b)
{
	for (int rule = 0; rule < RULE_COUNT; rule++)
		if (!same_rule(&a->keep[rule], &b->keep[rule]))
			return false;
	return text_equal(a->cluster, b->cluster) && text_equal(a->name, b->name) &&
		text_equal(a->region, b->region) && same_zone(a->zone, b->zone) &&
		same_schedule(&a->schedule, &b->schedule) && same_protect(a, b) &&
		a->failed_sets_s == b->failed_sets_s && a->safety.minimum == b->safety.minimum &&
		a->safety.grace_s == b->safety.grace_s &&
		a->safety.max_delete_percent == b->safety.max_delete_percent &&
		a->safety.fresh_within_s == b->safety.fresh_within_s &&
		a->refresh_s == b->refresh_s;
}
