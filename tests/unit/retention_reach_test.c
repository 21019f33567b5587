/* How far back a policy reaches, and what the cloud is asked to keep for it. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"
#include "outlook/forecast.h"
#include "retention/reach.h"

#include <string.h>

#define DAY INT64_C(86400)
#define NOON "2026-11-18T12:00Z" /* a Wednesday */

/* `schedule` is a calendar expression, or "every SECONDS", or "none". */
static struct policy *policy_of(const char *words, const char *schedule)
{
	struct policy *p = fixture_policy(words);

	if (strncmp(schedule, "every ", 6) == 0) {
		p->schedule.kind = SCHEDULE_EVERY;
		p->schedule.every_s = atoll(schedule + 6);
	} else if (strcmp(schedule, "none") != 0) {
		p->schedule.kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(schedule, &p->schedule.calendar, NULL), 0);
	}
	return p;
}

struct row {
	const char *policy, *schedule, *at;
	int64_t days;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct policy *p = policy_of(row->policy, row->schedule);
		int64_t days = reach_days(p, fixture_time(row->at));
		if (days != row->days)
			fail_msg("%s, %s at %s: %lld days, not %lld", row->policy, row->schedule,
				row->at, (long long)days, (long long)row->days);
		policy_free(p);
	}
}

/* The oldest goes when the newest of its rule has come. */
static void a_count_of_sets_reaches_as_many_slots_back(void **state)
{
	static const struct row rows[] = {
		{"last=3", "*-*-* 02:00", NOON, 3},
		{"last=3", "*-*-* 02:00", "2026-11-18T02:00Z", 3},
		{"last=3", "*-*-* 02:00", "2026-11-18T01:59:59Z", 3},
		{"last=8", "every 21600", NOON, 2},
		{"last=9", "every 21600", NOON, 3}, /* 54 hours */
		{"last=4", "Sat *-*-* 02:00", NOON, 28},
		{"last=4", "Sat *-*-* 02:00", "2026-11-21T02:00Z", 28},
		/* The first of a month, four of them: July to November. */
		{"last=4", "*-*-01", NOON, 31 + 31 + 30 + 31},
		{"minimum=4", "Sat *-*-* 02:00", NOON, 28},
		/* The newest set is never deleted. */
		{"minimum=0", "Sat *-*-* 02:00", NOON, 7},
		{"last=1", "every 86400", NOON, 1},
		{"last=1", "every 86401", NOON, 2},
		/* No more than it has slots. */
		{"last=4", "2026-11-1,5,11 02:00", NOON, 10},
		{"last=4", "2026-11-1 02:00", NOON, 0},
		{"last=4", "2027-11-1 02:00", NOON, 0},
		{"last=4", "none", NOON, 0},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

/* Where it ends it is seen that the cloud's most is too little. */
static void slots_are_counted_to_the_first_beyond_the_clouds_most(void **state)
{
	static const struct row rows[] = {
		{"last=104", "Sat *-*-* 02:00", NOON, 728},
		{"last=105", "Sat *-*-* 02:00", NOON, 735},
		{"last=999", "Sat *-*-* 02:00", NOON, 735},
		{"last=730", "every 86400", NOON, 730},
		{"last=999", "every 86400", NOON, 731},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

/* A month is a twelfth of 365 days, 730 hours. */
static void buckets_and_spans_reach_as_long_as_they_are_rounded_up(void **state)
{
	static const struct row rows[] = {
		{"hourly=1", "none", NOON, 1},
		{"hourly=48", "none", NOON, 2},
		{"hourly=49", "none", NOON, 3},
		{"daily=14", "none", NOON, 14},
		{"weekly=24", "none", NOON, 168},
		{"monthly=1", "none", NOON, 31},
		{"monthly=24", "none", NOON, 730},
		{"quarterly=1", "none", NOON, 92},
		{"quarterly=4", "none", NOON, 365},
		{"yearly=2", "none", NOON, 730},
		{"within=10d", "none", NOON, 10},
		{"within=24h", "none", NOON, 1},
		{"within=86401s", "none", NOON, 2},
		{"within=1d12h", "none", NOON, 2},
		{"within=1mo", "none", NOON, 31},
		{"within=1mo14h", "none", NOON, 31},
		{"within=1mo15h", "none", NOON, 32},
		{"within=1y1mo", "none", NOON, 396},
		{"daily=2y", "none", NOON, 730},
		{"weekly=6w", "none", NOON, 42},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

static void the_rule_that_reaches_furthest_counts(void **state)
{
	static const struct row rows[] = {
		{"", "none", NOON, 0},
		{"", "*-*-* 02:00", NOON, 1},
		{"", "Mon..Fri *-*-* 02:00", NOON, 1},
		{"last=30 within=3d hourly=24 daily=7", "*-*-* 02:00", NOON, 30},
		{"last=3 within=30d hourly=24 daily=7", "*-*-* 02:00", NOON, 30},
		{"last=3 within=3d daily=30 weekly=4", "*-*-* 02:00", NOON, 30},
		{"last=3 daily=7 weekly=4 yearly=1", "*-*-* 02:00", NOON, 365},
		{"minimum=9 last=3 daily=7", "*-*-* 02:00", NOON, 9},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

static void what_is_kept_for_ever_has_no_reach(void **state)
{
	static const struct row rows[] = {
		{"last=all", "*-*-* 02:00", NOON, REACH_FOR_EVER},
		{"daily=7 yearly=all", "*-*-* 02:00", NOON, REACH_FOR_EVER},
		{"daily=999999", "none", NOON, 999999},
		{"daily=1000000", "none", NOON, REACH_FOR_EVER},
		{"last=1000000", "*-*-* 02:00", NOON, REACH_FOR_EVER},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

/* A day without a slot has no set that the rule could count. */
static void buckets_without_slots_do_not_count(void **state)
{
	static const struct row rows[] = {
		{"hourly=24", "*-*-* 02:00", NOON, 24},
		{"hourly=24", "*-*-* 02:00,30", NOON, 24},
		{"daily=7", "Sat *-*-* 02:00", NOON, 49},
		{"weekly=4", "*-*-01", NOON, 31 + 31 + 30 + 31},
		{"monthly=2", "*-01-01", NOON, 366 + 365},
		/* From a Tuesday to a Monday, and from a Monday to a Friday. */
		{"daily=14", "Mon..Fri *-*-* 02:00", "2026-11-16T12:00Z", 20},
		{"daily=14", "Mon..Fri *-*-* 02:00", "2026-11-20T12:00Z", 18},
		{"daily=14", "Mon..Fri *-*-* 23:59:59", "2026-11-16T23:59:59Z", 20},
		/* From 18:00 of the Wednesday before to 00:00, when this day's first came. */
		{"daily=5", "Mon..Fri *-*-* 00/6:00", NOON, 7},
		{"daily=5", "Mon..Fri *-*-* 00/6:00", "2026-11-18T23:00Z", 7},
		/* Two days a week, local time, four slots; from a Tuesday 23:00 to one at 00:00. */
		{"daily=6 zone=Asia/Shanghai", "Mon,Tue *-*-* 00,23:00", NOON, 21},
		/* The hour of autumn makes no day more. */
		{"daily=14 zone=America/New_York", "*-*-* 02:00", "2026-11-08T12:00Z", 14},
		/* The last day of a leap year. */
		{"yearly=1", "*-*-* 02:00", "2028-12-31T12:00Z", 365},
	};
	(void)state;

	check_rows(rows, ARRAY_SIZE(rows));
}

static int64_t oldest_in_three_years_s(const struct policy *p, int64_t from_s)
{
	struct forecast_input in = {
		.policy = p, .from_s = from_s, .to_s = from_s + 3 * 365 * DAY, .seed = 1};
	struct forecast f;
	int64_t oldest_s = 0;

	forecast_make(&in, &f);
	for (size_t i = 0; i < f.count; i++) {
		const struct forecast_set *s = &f.sets[i];
		int64_t age_s = (s->end_s == SET_NO_TIME ? f.to_s : s->end_s) - s->start_s;
		oldest_s = age_s > oldest_s ? age_s : oldest_s;
	}
	forecast_done(&f);
	return oldest_s;
}

static void no_set_becomes_older_than_a_policy_that_counts_reaches(void **state)
{
	static const char *const policies[] = {
		"last=5",
		"minimum=3",
		"hourly=30",
		"daily=14",
		"weekly=6",
		"monthly=5",
		"quarterly=2",
		"last=3 daily=7 weekly=4 monthly=3",
	};
	static const char *const schedules[] = {
		"every 21600", "every 86400", "Mon..Fri *-*-* 02,20:00", "Sun *-*-* 02:00"};
	int64_t from_s = fixture_time("2024-01-01");
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(policies) * ARRAY_SIZE(schedules); i++) {
		struct policy *p = policy_of(policies[i / 4], schedules[i % 4]);
		int64_t days = 0;
		for (int day = 730; day < 730 + 7; day++) {
			int64_t this = reach_days(p, from_s + day * DAY);
			days = this > days ? this : days;
		}
		if (oldest_in_three_years_s(p, from_s) > days * DAY)
			fail_msg("%s, %s: a set becomes %lld s old, more than %lld days",
				policies[i / 4], schedules[i % 4],
				(long long)oldest_in_three_years_s(p, from_s), (long long)days);
		policy_free(p);
	}
}

static void the_cloud_is_asked_for_what_it_takes(void **state)
{
	static const struct {
		int64_t reach, asked;
	} rows[] = {{0, 7}, {6, 7}, {7, 7}, {8, 8}, {729, 729}, {730, 730}, {731, 730},
		{REACH_FOR_EVER, 730}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(reach_cloud_days(rows[i].reach), rows[i].asked);
}

TEST_FILE(retention_reach_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_of_sets_reaches_as_many_slots_back),
		cmocka_unit_test(slots_are_counted_to_the_first_beyond_the_clouds_most),
		cmocka_unit_test(buckets_and_spans_reach_as_long_as_they_are_rounded_up),
		cmocka_unit_test(the_rule_that_reaches_furthest_counts),
		cmocka_unit_test(what_is_kept_for_ever_has_no_reach),
		cmocka_unit_test(buckets_without_slots_do_not_count),
		cmocka_unit_test(no_set_becomes_older_than_a_policy_that_counts_reaches),
		cmocka_unit_test(the_cloud_is_asked_for_what_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
