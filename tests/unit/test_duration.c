/* Durations: what they read, what they refuse, and calendar arithmetic as in restic and Go. */
#include "../tzif.h"

#include "base/memory.h"
#include "time/duration.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

static void durations_are_parsed_and_formatted(void **state)
{
	static const struct {
		const char *text;
		struct duration d;
		const char *formatted;
	} cases[] = {
		{"0", {0, 0, 0}, "0"},
		{"0s", {0, 0, 0}, "0"},
		{"1s", {0, 0, 1}, "1s"},
		{"90s", {0, 0, 90}, "1min30s"},
		{"1min", {0, 0, 60}, "1min"},
		{"90min", {0, 0, 5400}, "1h30min"},
		{"6h", {0, 0, 21600}, "6h"},
		{"48h", {0, 0, 172800}, "48h"},
		{"1d", {0, 1, 0}, "1d"},
		{"14d", {0, 14, 0}, "14d"},
		{"2w", {0, 14, 0}, "14d"},
		{"1w1d", {0, 8, 0}, "8d"},
		{"1mo", {1, 0, 0}, "1mo"},
		{"1y", {12, 0, 0}, "1y"},
		{"1y2mo", {14, 0, 0}, "1y2mo"},
		{"18mo", {18, 0, 0}, "1y6mo"},
		{"2mo1y", {14, 0, 0}, "1y2mo"},
		{"5s1d", {0, 1, 5}, "1d5s"},
		{"1y2mo3w4d5h6min7s", {14, 25, 18367}, "1y2mo25d5h6min7s"},
		{"007d", {0, 7, 0}, "7d"},
		{"10000y", {120000, 0, 0}, "10000y"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct duration d = {9, 9, 9};
		struct error err = {0};
		char text[DURATION_TEXT_SIZE];

		if (duration_parse(cases[i].text, &d, &err) != 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(d.months, cases[i].d.months);
		assert_int_equal(d.days, cases[i].d.days);
		assert_int_equal(d.seconds, cases[i].d.seconds);
		duration_format(&d, text);
		assert_string_equal(text, cases[i].formatted);
	}
}

static void what_is_formatted_parses_back(void **state)
{
	static const int64_t months[] = {0, 1, 11, 12, 13, 1200, 99999};
	static const int64_t days[] = {0, 1, 6, 7, 30, 3000000};
	static const int64_t seconds[] = {0, 1, 59, 60, 61, 3599, 3600, 86399, 86400, 31556952};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(months); i++)
		for (size_t j = 0; j < ARRAY_SIZE(days); j++)
			for (size_t k = 0; k < ARRAY_SIZE(seconds); k++) {
				struct duration d = {months[i], days[j], seconds[k]}, back;
				char text[DURATION_TEXT_SIZE];

				if (i == 6 && j == 5)
					continue; /* past the limit */
				duration_format(&d, text);
				assert_int_equal(duration_parse(text, &back, NULL), 0);
				assert_memory_equal(&d, &back, sizeof(d));
			}
}

static void a_lone_m_is_refused_with_both_meanings(void **state)
{
	static const char *const cases[] = {"1m", "30m", "1y2m", "2m1d"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct duration d = {9, 9, 9};
		struct error err = {0};

		assert_int_equal(duration_parse(cases[i], &d, &err), -EINVAL);
		assert_int_equal(d.months, 9);
		assert_non_null(strstr(err.text, cases[i]));
		assert_non_null(strstr(err.text, "write min or mo"));
	}
}

static void bad_durations_are_refused(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{"", "not a duration"},
		{"d", "not a duration"},
		{"-1d", "not a duration"},
		{"+1d", "not a duration"},
		{" 1d", "not a duration"},
		{"1d ", "unknown unit"},
		{"1 d", "unknown unit"},
		{"1d 2h", "unknown unit"},
		{"7", "without a unit"},
		{"00", "without a unit"},
		{"1d7", "without a unit"},
		{"1D", "unknown unit"},
		{"1M", "unknown unit"},
		{"1days", "unknown unit"},
		{"1.5h", "numbers are whole"},
		{"1e3s", "unknown unit"},
		{"1ms", "unknown unit"},
		{"1d1d", "twice"},
		{"1d2h1d", "twice"},
		{"10001y", "10000 years"},
		{"10000y1s", "10000 years"},
		{"5000y60001mo", "10000 years"},
		{"99999999999999999999s", "10000 years"},
		{"9223372036854775807w", "10000 years"},
		{"521776w", "10000 years"},
		{"1d\n", "unknown unit"},
		{"forever", "not a duration"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct duration d = {9, 9, 9};
		struct error err = {0};

		if (duration_parse(cases[i].text, &d, &err) != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		if (!strstr(err.text, cases[i].complaint))
			fail_msg("'%s': %s", cases[i].text, err.text);
		assert_int_equal(d.days, 9);
		assert_null(strchr(err.text, '\n'));
	}
}

static void months_have_no_fixed_length(void **state)
{
	struct duration d = {0, 14, 3600};
	struct error err = {0};
	int64_t s = 7;

	(void)state;
	assert_int_equal(duration_to_seconds(&d, &s, &err), 0);
	assert_int_equal(s, 14 * 86400 + 3600);
	d.months = 1;
	s = 7;
	assert_int_equal(duration_to_seconds(&d, &s, &err), -EINVAL);
	assert_int_equal(s, 7);
	assert_non_null(strstr(err.text, "1mo14d1h"));
}

static int64_t instant(const char *text)
{
	int64_t s;

	assert_true(civil_parse_instant(text, true, &s));
	return s;
}

/* Worked out by the rule of Go's Time.AddDate(), which restic's --keep-within uses: the fields are
 * added, and a day that its month does not have overflows into the next. */
static void calendar_arithmetic_is_as_in_restic(void **state)
{
	static const struct {
		const char *from, *duration, *before, *after;
	} cases[] = {
		{"2026-03-31T12:00:00Z", "1mo", "2026-03-03T12:00:00Z", "2026-05-01T12:00:00Z"},
		{"2024-03-31T12:00:00Z", "1mo", "2024-03-02T12:00:00Z", "2024-05-01T12:00:00Z"},
		{"2026-05-31T00:00:00Z", "1mo", "2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z"},
		{"2026-01-31T00:00:00Z", "1mo", "2025-12-31T00:00:00Z", "2026-03-03T00:00:00Z"},
		{"2024-01-31T00:00:00Z", "1mo", "2023-12-31T00:00:00Z", "2024-03-02T00:00:00Z"},
		{"2024-02-29T06:07:08Z", "1y", "2023-03-01T06:07:08Z", "2025-03-01T06:07:08Z"},
		{"2024-02-29T06:07:08Z", "4y", "2020-02-29T06:07:08Z", "2028-02-29T06:07:08Z"},
		{"2026-01-15T00:00:00Z", "1mo", "2025-12-15T00:00:00Z", "2026-02-15T00:00:00Z"},
		{"2026-01-15T00:00:00Z", "25mo", "2023-12-15T00:00:00Z", "2028-02-15T00:00:00Z"},
		/* The month overflows before the days are taken: 31 February is 3 March. */
		{"2026-03-31T00:00:00Z", "1mo1d", "2026-03-02T00:00:00Z", "2026-05-02T00:00:00Z"},
		{"2026-03-01T00:00:00Z", "1d", "2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z"},
		{"2026-11-21T18:00:00Z", "2w", "2026-11-07T18:00:00Z", "2026-12-05T18:00:00Z"},
		{"2026-11-21T18:00:00Z", "1y2mo3d4h", "2025-09-18T14:00:00Z",
			"2028-01-24T22:00:00Z"},
		{"2026-01-01T00:00:00Z", "1s", "2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z"},
		{"0001-01-31T00:00:00Z", "1y", "0000-01-31T00:00:00Z", "0002-01-31T00:00:00Z"},
	};
	struct zone *utc = zone_utc();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t from_s = instant(cases[i].from);
		char text[CIVIL_TEXT_SIZE];
		struct duration d;

		assert_int_equal(duration_parse(cases[i].duration, &d, NULL), 0);
		civil_format_utc(duration_before(&d, from_s, utc), text);
		assert_string_equal(text, cases[i].before);
		civil_format_utc(duration_after(&d, from_s, utc), text);
		assert_string_equal(text, cases[i].after);
	}
	zone_free(utc);
}

static void months_reach_before_the_year_0(void **state)
{
	struct duration month = {.months = 1}, year = {.months = 12};
	struct zone *utc = zone_utc();
	int64_t from_s = instant("0000-01-15");

	(void)state;
	assert_int_equal(duration_before(&month, from_s, utc), from_s - 31 * 86400);
	assert_int_equal(duration_before(&year, from_s, utc), from_s - 365 * 86400);
	zone_free(utc);
}

/* The zone's day decides: 31 March 04:00 in Shanghai is 30 March in UTC. */
static void months_are_those_of_the_zone(void **state)
{
	struct zone *z = zone_fixed("CST", 8 * 3600);
	struct duration month = {.months = 1};

	(void)state;
	assert_int_equal(duration_before(&month, instant("2026-03-31T04:00:00+08:00"), z),
		instant("2026-03-03T04:00:00+08:00"));
	zone_free(z);
}

static void days_keep_the_wall_time_and_hours_do_not(void **state)
{
	static const struct {
		const char *from, *duration, *before;
	} cases[] = {
		{"2026-03-29T12:00:00+02:00", "1d", "2026-03-28T12:00:00+01:00"},
		{"2026-03-29T12:00:00+02:00", "24h", "2026-03-28T11:00:00+01:00"},
		{"2026-10-25T12:00:00+01:00", "1d", "2026-10-24T12:00:00+02:00"},
		{"2026-07-15T02:30:00+02:00", "6mo", "2026-01-15T02:30:00+01:00"},
		/* A wall time that was skipped: the first instant after the gap. */
		{"2026-03-30T02:30:00+02:00", "1d", "2026-03-29T03:00:00+02:00"},
		/* One that was repeated: the first. */
		{"2026-10-26T02:30:00+01:00", "1d", "2026-10-25T02:30:00+02:00"},
		/* Seconds alone never pass through the wall clock. */
		{"2026-10-25T02:30:00+01:00", "1s", "2026-10-25T02:29:59+01:00"},
		{"2026-10-25T02:30:00+01:00", "1h", "2026-10-25T02:30:00+02:00"},
		/* The calendar first, then the clock. */
		{"2026-03-30T03:00:00+02:00", "1d1h", "2026-03-29T01:00:00+01:00"},
	};
	struct zone *z = tzif_zone("Europe/Berlin", BERLIN);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[CIVIL_TEXT_SIZE];
		struct duration d;

		assert_int_equal(duration_parse(cases[i].duration, &d, NULL), 0);
		zone_format(z, duration_before(&d, instant(cases[i].from), z), text);
		assert_string_equal(text, cases[i].before);
	}
	zone_free(z);
}

static void seconds_are_formatted_for_people(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{5, "5 s"},
		{59, "59 s"},
		{60, "1 min"},
		{61, "1 min 1 s"},
		{1020, "17 min"},
		{3599, "59 min 59 s"},
		{3600, "1 h"},
		{3661, "1 h 1 min"},
		{86400, "1 d"},
		{86460, "1 d"},
		{273600, "3 d 4 h"},
		{63072000, "730 d"},
		{-3660, "-1 h 1 min"},
		{INT64_MIN, "-106751991167300 d 15 h"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[DURATION_TEXT_SIZE];

		duration_format_seconds(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
	}
}

TEST_FILE(test_duration)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_parsed_and_formatted),
		cmocka_unit_test(what_is_formatted_parses_back),
		cmocka_unit_test(a_lone_m_is_refused_with_both_meanings),
		cmocka_unit_test(bad_durations_are_refused),
		cmocka_unit_test(months_have_no_fixed_length),
		cmocka_unit_test(calendar_arithmetic_is_as_in_restic),
		cmocka_unit_test(months_reach_before_the_year_0),
		cmocka_unit_test(months_are_those_of_the_zone),
		cmocka_unit_test(days_keep_the_wall_time_and_hours_do_not),
		cmocka_unit_test(seconds_are_formatted_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
