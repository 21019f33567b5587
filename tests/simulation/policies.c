/* Policies for lives and tests: a few fixed ones, and any at random. */
#include "simulation/policies.h"

#include "base/text.h"
#include "policyfile/zonefile.h"

#include <stdio.h>

#define CLUSTER "amv-simulated"

void policy_schedule(struct policy *p, const char *expression)
{
	calendar_free(p->schedule.calendar);
	p->schedule.calendar = NULL;
	if (calendar_parse(expression, &p->schedule.calendar, NULL) < 0)
		abort();
	p->schedule.kind = SCHEDULE_CALENDAR;
}

struct policy *policy_plain(void)
{
	struct policy *p = policy_new(CLUSTER);

	policy_schedule(p, "*-*-* 02:00");
	p->keep[RULE_LAST] = (struct keep_rule){.kind = KEEP_NUMBER, .number = 3};
	p->keep[RULE_DAILY] = (struct keep_rule){.kind = KEEP_NUMBER, .number = 7};
	p->safety.point_in_time = POINT_IN_TIME_IGNORE; /* tests of S14 say otherwise */
	return p;
}

static void draw_zone(struct policy *p, struct random *r)
{
	static const char *const zones[] = {"UTC", "Asia/Shanghai", "Europe/Berlin",
		"America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca",
		"Asia/Kathmandu", "Pacific/Apia"};
	struct zone *zone;

	if (zonefile_load(zones[random_below(r, ARRAY_SIZE(zones))], &zone, NULL) < 0)
		return;
	zone_free(p->zone);
	p->zone = zone;
}

static void draw_schedule(struct policy *p, struct random *r)
{
	static const char *const expressions[] = {"*-*-* 02:00", "*-*-* 02:30", "*-*-* 00:00:37",
		"Mon..Fri 01:00", "Sat 03:00", "*-*~1 04:00", "*-*-* 0/6:15", "*-*-* 0/12:45",
		"*-*-* 9..17:00", "hourly", "*-*-* *:0/30"};
	static const int64_t every[] = {4 * 3600, 6 * 3600, 86400, 2 * 86400, 3600, 900, 40};
	static const char *const windows[] = {"Mon..Fri 09:00-19:00", "00:00-04:00", "23:30-01:30"};
	int64_t kind = random_below(r, 10);

	if (kind == 0)
		return;
	if (kind < 7) {
		policy_schedule(p, expressions[random_below(r, random_chance(r, 800) ? 8 : 11)]);
	} else {
		p->schedule.kind = SCHEDULE_EVERY;
		p->schedule.every_s = every[random_below(r, random_chance(r, 800) ? 4 : 7)];
	}
	if (random_chance(r, 300))
		p->schedule.jitter_s = random_between(r, 60, 1800);
	if (random_chance(r, 200)) {
		p->schedule.blackouts = xcalloc(1, sizeof(*p->schedule.blackouts));
		p->schedule.blackout_count =
			window_parse(windows[random_below(r, 3)], p->schedule.blackouts, NULL) == 0;
	}
	p->schedule.catch_up = random_chance(r, 800);
}

static void draw_keep(struct policy *p, struct random *r)
{
	for (enum rule rule = 0; rule < RULE_KEYS; rule++) {
		struct keep_rule *k = &p->keep[rule];
		if (!random_chance(r, 400))
			continue;
		k->kind = KEEP_NUMBER;
		k->number = random_between(r, 1, 12);
		if (rule == RULE_WITHIN || (rule != RULE_LAST && random_chance(r, 200))) {
			k->kind = rule != RULE_WITHIN && random_chance(r, 400) ? KEEP_FLOOR
									       : KEEP_SPAN;
			k->span.days = random_between(r, 1, 20);
			k->span.months = random_chance(r, 200) ? random_between(r, 1, 3) : 0;
			k->span.seconds = random_chance(r, 500) ? random_between(r, 1, 86400) : 0;
		} else if (random_chance(r, 20)) {
			k->kind = KEEP_ALL;
		}
	}
	if (random_chance(r, 500))
		p->keep[RULE_LAST] =
			(struct keep_rule){.kind = KEEP_NUMBER, .number = random_between(r, 1, 9)};
}

struct policy *policy_random(struct random *r)
{
	static const int64_t graces[] = {0, 600, 3600, 86400, 3 * 86400};
	static const int percents[] = {0, 10, 50, 50, 100, 100};
	static const int64_t refreshes[] = {600, 3600, 3600, 6 * 3600, 86400};
	struct policy *p = policy_new(CLUSTER);

	draw_zone(p, r);
	draw_schedule(p, r);
	draw_keep(p, r);
	p->failed_sets_s = random_chance(r, 200) ? FAILED_KEEP : random_between(r, 0, 4) * 43200;
	p->safety.minimum = random_below(r, 5);
	p->safety.grace_s = graces[random_below(r, ARRAY_SIZE(graces))];
	p->safety.max_delete_percent = percents[random_below(r, ARRAY_SIZE(percents))];
	if (random_chance(r, 300))
		p->safety.fresh_within_s =
			random_chance(r, 500) ? FRESH_OFF : random_between(r, 1, 72) * 3600;
	p->cloud_retention = random_chance(r, 500) ? CLOUD_RETENTION_ENSURE : CLOUD_RETENTION_CHECK;
	p->refresh_s = refreshes[random_below(r, ARRAY_SIZE(refreshes))];
	if (random_chance(r, 300))
		p->safety.point_in_time =
			random_chance(r, 500) ? POINT_IN_TIME_WARN : POINT_IN_TIME_IGNORE;
	if (random_chance(r, 200)) {
		_cleanup_free_ char *id = xasprintf("%d", (int)random_between(r, 1000, 1100));
		policy_protect_more(
			p, &(struct protected_set){.id = id, .until_s = PROTECT_NO_END}, 1);
	}
	return p;
}
