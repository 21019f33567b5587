/* Civil dates against the C library, and RFC 3339 by table. */
#include "base/memory.h"
#include "time/civil.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../support/cmocka_all.h"

enum {
	DAY_S = 86400,
};

static void dates_agree_with_gmtime_and_timegm(void **state)
{
	(void)state;
	for (int64_t days = civil_to_days(-1000, 1, 1); days <= civil_to_days(9999, 12, 31);
		days++) {
		time_t t = (time_t)(days * DAY_S);
		int64_t year;
		int month, day;
		struct tm tm;

		gmtime_r(&t, &tm);
		civil_from_days(days, &year, &month, &day);
		assert_int_equal(year, tm.tm_year + 1900);
		assert_int_equal(month, tm.tm_mon + 1);
		assert_int_equal(day, tm.tm_mday);
		assert_int_equal(civil_weekday(days), (tm.tm_wday + 6) % 7);
		assert_int_equal(civil_to_days(year, month, day), days);
		if (day == 1) {
			tm.tm_mon++;
			assert_int_equal(
				civil_month_length(year, month), (timegm(&tm) - t) / DAY_S);
		}
	}
}

static void seconds_agree_with_gmtime(void **state)
{
	(void)state;
	for (int64_t s = civil_to_days(-1000, 1, 1) * DAY_S; s < civil_to_days(10000, 1, 1) * DAY_S;
		s += 400009) {
		time_t t = (time_t)s;
		struct civil c;
		struct tm tm;

		gmtime_r(&t, &tm);
		civil_from_seconds(s, &c);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(civil_to_seconds(&c), s);
	}
}

static void iso_weeks_agree_with_strftime(void **state)
{
	(void)state;
	for (int64_t days = civil_to_days(-1000, 1, 1); days <= civil_to_days(9999, 12, 31);
		days++) {
		time_t t = (time_t)(days * DAY_S);
		long long expected_year;
		int64_t year;
		int expected_week, week;
		char text[32];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(text, sizeof(text), "%G %V", &tm);
		assert_int_equal(sscanf(text, "%lld %d", &expected_year, &expected_week), 2);
		civil_iso_week(days, &year, &week);
		assert_int_equal(year, expected_year);
		assert_int_equal(week, expected_week);
	}
}

static void iso_weeks_at_new_year(void **state)
{
	static const struct {
		int year, month, day, iso_year, week;
	} cases[] = {
		{2021, 1, 3, 2020, 53},
		{2021, 1, 4, 2021, 1},
		{2024, 12, 29, 2024, 52},
		{2024, 12, 30, 2025, 1},
		{2027, 1, 1, 2026, 53},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t year;
		int week;

		civil_iso_week(
			civil_to_days(cases[i].year, cases[i].month, cases[i].day), &year, &week);
		assert_int_equal(year, cases[i].iso_year);
		assert_int_equal(week, cases[i].week);
	}
}

static void instants_are_parsed(void **state)
{
	static const struct {
		const char *text;
		int64_t instant_s;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:59:59Z", -1},
		{"2026-11-21T08:00:00+08:00", 1795219200},
		{"2026-11-21T00:00:00Z", 1795219200},
		{"2026-11-21t00:00:00z", 1795219200},
		{"2026-11-21T00:00Z", 1795219200},
		{"2026-11-21T08:00+08:00", 1795219200},
		{"2026-11-20T18:30:00-05:30", 1795219200},
		{"2026-11-21T00:00:00.999999999Z", 1795219200},
		{"2026-11-21T00:00:00.1+00:00", 1795219200},
		{"2026-11-21T00:00:00-00:00", 1795219200},
		{"2024-02-29T23:59:59Z", 1709251199},
		{"2000-02-29T00:00:00Z", 951782400},
		{"0000-01-01T00:00:00Z", -62167219200},
		{"9999-12-31T23:59:59Z", 253402300799},
		{"9999-12-31T23:59:59-23:59", 253402387139},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t s = 7;

		if (!civil_parse_instant(cases[i].text, false, &s) || s != cases[i].instant_s)
			fail_msg("%s gave %lld", cases[i].text, (long long)s);
	}
}

static void bad_instants_are_refused(void **state)
{
	static const char *const cases[] = {"", "2026", "2026-11-21", "2026-11-21T",
		"2026-11-21T00", "2026-11-21T00:00", "2026-11-21T00:00:00", "2026-11-21T00:00:00ZZ",
		"2026-11-21T00:00:00Z ", " 2026-11-21T00:00:00Z", "2026-11-21 00:00:00Z",
		"2026-11-21T00:00:60Z", "2026-11-21T00:60:00Z", "2026-11-21T24:00:00Z",
		"2026-13-21T00:00:00Z", "2026-00-21T00:00:00Z", "2026-11-31T00:00:00Z",
		"2026-11-00T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-11-21T00:00:00.Z", "2026-11-21T00:00.5Z", "2026-11-21T00:00:00+8:00",
		"2026-11-21T00:00:00+0800", "2026-11-21T00:00:00+08", "2026-11-21T00:00:00+24:00",
		"2026-11-21T00:00:00+08:60", "2026-11-21T00:00:00 08:00", "+2026-11-21T00:00:00Z",
		"-2026-11-21T00:00:00Z", "12026-11-21T00:00:00Z", "2026-1-21T00:00:00Z",
		"2026-11-21T0:00:00Z", "20261121T000000Z", "2026-W47-6T00:00:00Z", "now", "null",
		"2026/11/21T00:00:00Z", "2026-11-21T00:00:00,5Z", "2026-11-21T-1:00:00Z"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t s = 7;

		if (civil_parse_instant(cases[i], false, &s) || s != 7)
			fail_msg("'%s' gave %lld", cases[i], (long long)s);
	}
}

static void every_prefix_of_an_instant_is_refused(void **state)
{
	static const char whole[] = "2026-11-21T08:00:00.25+08:00";
	char text[sizeof(whole)];

	(void)state;
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		int64_t s = 7;

		memcpy(text, whole, length);
		text[length] = '\0';
		assert_false(civil_parse_instant(text, false, &s));
		assert_int_equal(s, 7);
	}
}

static void a_bare_date_is_midnight_utc_where_allowed(void **state)
{
	int64_t s = 7;

	(void)state;
	assert_true(civil_parse_instant("2026-11-21", true, &s));
	assert_int_equal(s, 1795219200);
	assert_false(civil_parse_instant("2026-11-21 ", true, &s));
	assert_false(civil_parse_instant("2026-02-29", true, &s));
	assert_false(civil_parse_instant("2026-11-21T", true, &s));
	assert_true(civil_parse_instant("2026-11-21T00:00:01Z", true, &s));
	assert_int_equal(s, 1795219201);
}

static void instants_are_formatted_and_parse_back(void **state)
{
	char text[CIVIL_TEXT_SIZE];
	int64_t back;

	(void)state;
	civil_format_utc(1795219200, text);
	assert_string_equal(text, "2026-11-21T00:00:00Z");
	civil_format_utc(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	for (int64_t s = civil_to_days(0, 1, 1) * DAY_S; s < civil_to_days(10000, 1, 1) * DAY_S;
		s += 4000037) {
		civil_format_utc(s, text);
		assert_true(civil_parse_instant(text, false, &back));
		assert_int_equal(back, s);
	}
	/* As long as it can get. */
	civil_format_utc(-(INT64_C(1) << 60), text);
	assert_true(strlen(text) < CIVIL_TEXT_SIZE - 1);
}

TEST_FILE(test_civil)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_agree_with_gmtime_and_timegm),
		cmocka_unit_test(seconds_agree_with_gmtime),
		cmocka_unit_test(iso_weeks_agree_with_strftime),
		cmocka_unit_test(iso_weeks_at_new_year),
		cmocka_unit_test(instants_are_parsed),
		cmocka_unit_test(bad_instants_are_refused),
		cmocka_unit_test(every_prefix_of_an_instant_is_refused),
		cmocka_unit_test(a_bare_date_is_midnight_utc_where_allowed),
		cmocka_unit_test(instants_are_formatted_and_parse_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
