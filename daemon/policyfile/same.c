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

static bool same_safety(const struct policy *a, const struct policy *b)
{
	return a->failed_sets_s == b->failed_sets_s && a->safety.minimum == b->safety.minimum &&
		a->safety.grace_s == b->safety.grace_s &&
		a->safety.max_delete_percent == b->safety.max_delete_percent &&
		a->safety.fresh_within_s == b->safety.fresh_within_s;
}

static bool same_place(const struct policy *a, const struct policy *b)
{
	return text_equal(a->cluster, b->cluster) && text_equal(a->name, b->name) &&
		text_equal(a->region, b->region) && text_equal(a->account, b->account) &&
		a->edition == b->edition && a->remote == b->remote;
}

bool policyfile_same(const struct policy *a, const struct policy *b)
{
	for (int rule = 0; rule < RULE_COUNT; rule++)
		if (!same_rule(&a->keep[rule], &b->keep[rule]))
			return false;
	return same_place(a, b) && same_zone(a->zone, b->zone) &&
		same_schedule(&a->schedule, &b->schedule) && same_protect(a, b) &&
		same_safety(a, b) && a->cloud_retention == b->cloud_retention &&
		a->refresh_s == b->refresh_s;
}

static bool same_tags(const struct discovery *a, const struct discovery *b)
{
	if (a->tag_count != b->tag_count)
		return false;
	for (size_t i = 0; i < a->tag_count; i++)
		if (strcmp(a->tags[i].key, b->tags[i].key) != 0 ||
			strcmp(a->tags[i].value, b->tags[i].value) != 0)
			return false;
	return true;
}

static bool same_exclude(const struct discovery *a, const struct discovery *b)
{
	if (a->exclude_count != b->exclude_count)
		return false;
	for (size_t i = 0; i < a->exclude_count; i++)
		if (strcmp(a->exclude[i], b->exclude[i]) != 0)
			return false;
	return true;
}

bool policyfile_same_discovery(const struct discovery *a, const struct discovery *b)
{
	return text_equal(a->region, b->region) && text_equal(a->account, b->account) &&
		text_equal(a->name_pattern, b->name_pattern) && same_tags(a, b) &&
		same_exclude(a, b) && a->every_s == b->every_s &&
		a->forget_after_s == b->forget_after_s && policyfile_same(a->template, b->template);
}
