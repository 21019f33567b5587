/* Weekly windows: grammar, midnight, days on which the clocks change. */
#include "../tzif.h"

#include "base/memory.h"
#include "time/window.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

static int64_t instant(const char *text)
{
	int64_t s;

	assert_true(civil_parse_instant(text, true, &s));
	return s;
}

static void windows_are_parsed_and_formatted(void **state)
{
	static const struct {
		const char *text;
		struct window w;
		const char *formatted;
	} cases[] = {
		{"09:00-19:00", {0x7f, 32400, 36000}, "09:00-19:00"},
		{"Mon..Fri 09:00-19:00", {0x1f, 32400, 36000}, "Mon..Fri 09:00-19:00"},
		{"Mon-Fri 09:00-19:00", {0x1f, 32400, 36000}, "Mon..Fri 09:00-19:00"},
		{"monday,WED..fri  09:00-19:00", {0x1d, 32400, 36000}, "Mon,Wed..Fri 09:00-19:00"},
		{"Sat,Sun 22:00-06:00", {0x60, 79200, 28800}, "Sat,Sun 22:00-06:00"},
		{"Mon..Sun 00:00-24:00", {0x7f, 0, 86400}, "00:00-24:00"},
		{"00:00-00:00", {0x7f, 0, 86400}, "00:00-24:00"},
		{"12:30-12:30", {0x7f, 45000, 86400}, "12:30-12:30"},
		{"20:00-24:00", {0x7f, 72000, 14400}, "20:00-24:00"},
		{"20:00-00:00", {0x7f, 72000, 14400}, "20:00-24:00"},
		{"23:59-00:01", {0x7f, 86340, 120}, "23:59-00:01"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct window w, back;
		struct error err = {0};
		char text[WINDOW_TEXT_SIZE];

		if (window_parse(cases[i].text, &w, &err) != 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_memory_equal(&w, &cases[i].w, sizeof(w));
		window_format(&w, text);
		assert_string_equal(text, cases[i].formatted);
		assert_int_equal(window_parse(text, &back, NULL), 0);
		assert_memory_equal(&w, &back, sizeof(w));
	}
}

static void bad_windows_are_refused(void **state)
{
	static const char *const cases[] = {"", "Mon", "Mon ", "09:00", "09:00-", "-19:00",
		"9:00-19:00", "09:00-19", "09-19", "24:00-01:00", "09:00-24:01", "09:60-10:00",
		"25:00-26:00", "09:00 - 19:00", "09:00-19:00 ", " 09:00-19:00", "Mon..Fri",
		"Fri..Mon 09:00-19:00", "Mon.Fri 09:00-19:00", "Mon.. 09:00-19:00",
		"Mon,,Tue 09:00-19:00", "Noday 09:00-19:00", "Mon..Fri09:00-19:00",
		"Mondays 09:00-19:00", "09:00-19:00 UTC", "09:00:00-19:00:00",
		"Mon..Wed..Fri 09:00-19:00"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct window w = {.weekdays = 9};
		struct error err = {0};

		if (window_parse(cases[i], &w, &err) != -EINVAL)
			fail_msg("'%s' was taken", cases[i]);
		assert_int_equal(w.weekdays, 9);
		assert_non_null(strstr(err.text, cases[i]));
		assert_int_equal(window_parse(cases[i], &w, NULL), -EINVAL);
	}
}

static void a_window_contains_its_start_and_not_its_end(void **state)
{
	static const struct {
		const char *rule, *window, *instant, *end; /* no end: outside */
	} cases[] = {
		/* 2026-11-21 is a Saturday. */
		{"UTC0", "09:00-19:00", "2026-11-21T08:59:59Z", NULL},
		{"UTC0", "09:00-19:00", "2026-11-21T09:00:00Z", "2026-11-21T19:00:00Z"},
		{"UTC0", "09:00-19:00", "2026-11-21T18:59:59Z", "2026-11-21T19:00:00Z"},
		{"UTC0", "09:00-19:00", "2026-11-21T19:00:00Z", NULL},
		{"UTC0", "Mon..Fri 09:00-19:00", "2026-11-21T12:00:00Z", NULL},
		{"UTC0", "Mon..Fri 09:00-19:00", "2026-11-20T12:00:00Z", "2026-11-20T19:00:00Z"},
		{"UTC0", "Mon,Wed,Sat 09:00-19:00", "2026-11-21T12:00:00Z", "2026-11-21T19:00:00Z"},
		/* Over midnight: the weekday is the one on which it starts. */
		{"UTC0", "Fri 22:00-06:00", "2026-11-20T21:59:59Z", NULL},
		{"UTC0", "Fri 22:00-06:00", "2026-11-20T23:00:00Z", "2026-11-21T06:00:00Z"},
		{"UTC0", "Fri 22:00-06:00", "2026-11-21T00:00:00Z", "2026-11-21T06:00:00Z"},
		{"UTC0", "Fri 22:00-06:00", "2026-11-21T05:59:59Z", "2026-11-21T06:00:00Z"},
		{"UTC0", "Fri 22:00-06:00", "2026-11-21T06:00:00Z", NULL},
		{"UTC0", "Fri 22:00-06:00", "2026-11-21T23:00:00Z", NULL},
		{"UTC0", "Sun 22:00-06:00", "2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z"},
		{"UTC0", "00:00-24:00", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"},
		{"UTC0", "12:00-12:00", "2026-11-21T11:59:59Z", "2026-11-21T12:00:00Z"},
		{"UTC0", "12:00-12:00", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"},
		/* Before 1970. */
		{"UTC0", "Wed 22:00-06:00", "1969-12-31T23:00:00Z", "1970-01-01T06:00:00Z"},
		/* Local time decides. */
		{"CST-8", "Sat 00:00-01:00", "2026-11-20T16:30:00Z", "2026-11-20T17:00:00Z"},
		{"CST-8", "Fri 00:00-01:00", "2026-11-20T16:30:00Z", NULL},
		/* The day of the gap is an hour shorter, that of the repetition an hour longer. */
		{BERLIN, "00:00-06:00", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"},
		{BERLIN, "00:00-06:00", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z"},
		/* An end in the gap is its end; a window wholly inside it does not open. */
		{BERLIN, "01:00-02:30", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"},
		{BERLIN, "01:00-02:30", "2026-03-29T01:00:00Z", NULL},
		{BERLIN, "02:10-02:50", "2026-03-29T01:00:00Z", NULL},
		{BERLIN, "02:30-04:00", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
		{BERLIN, "02:30-04:00", "2026-03-29T00:59:59Z", NULL},
		/* What ends in the repeated hour ends the first time, and does not open again. */
		{BERLIN, "02:10-02:50", "2026-10-25T00:30:00Z", "2026-10-25T00:50:00Z"},
		{BERLIN, "02:10-02:50", "2026-10-25T01:30:00Z", NULL},
		{BERLIN, "02:30-04:00", "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"},
		{BERLIN, "02:30-04:00", "2026-10-25T01:15:00Z", "2026-10-25T03:00:00Z"},
		/* Midnight repeated: the clock goes from 01:00 on Sunday back to 00:00. */
		{HAVANA, "Sun 00:30-02:00", "2026-11-01T04:30:00Z", "2026-11-01T07:00:00Z"},
		{HAVANA, "Sun 00:30-02:00", "2026-11-01T05:10:00Z", "2026-11-01T07:00:00Z"},
		/* And from 00:01 on Sunday back to Saturday 23:01: Sunday has begun before. */
		{"NST3:30NDT,M4.1.0/0:01,M10.5.0/0:01", "Sun 00:00-02:00", "2026-10-25T03:00:00Z",
			"2026-10-25T05:30:00Z"},
		{"NST3:30NDT,M4.1.0/0:01,M10.5.0/0:01", "Sun 00:00-02:00", "2026-10-25T02:29:59Z",
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = tzif_zone("test", cases[i].rule);
		int64_t end_s = 7;
		struct window w;
		bool inside;

		assert_int_equal(window_parse(cases[i].window, &w, NULL), 0);
		inside = window_contains(&w, z, instant(cases[i].instant), &end_s);
		if (inside != (cases[i].end != NULL))
			fail_msg("%s: %s is %s", cases[i].window, cases[i].instant,
				inside ? "inside" : "outside");
		if (end_s != (inside ? instant(cases[i].end) : 7))
			fail_msg("%s %s: ends %lld", cases[i].window, cases[i].instant,
				(long long)end_s);
		zone_free(z);
	}
}

/* Minute by minute through a year with both changes, against a reading of the wall clock. */
static void windows_agree_with_the_wall_clock(void **state)
{
	struct zone *z = tzif_zone("Europe/Berlin", BERLIN);
	int64_t from = instant("2026-01-01T00:00:00Z"), last_local = INT64_MIN;
	struct window w;

	(void)state;
	assert_int_equal(window_parse("Mon,Thu..Sun 21:15-03:45", &w, NULL), 0);
	for (int64_t s = from; s < from + 366 * 86400; s += 60) {
		int64_t local_s = zone_local(z, s), day, second, end_s;
		bool expected;

		/* The repeated hour shows what was shown before: the clock stands still for it. */
		last_local = local_s > last_local ? local_s : last_local;
		day = last_local / 86400;
		second = last_local % 86400;
		expected = (second >= 76500 && w.weekdays & 1u << civil_weekday(day)) ||
			(second < 13500 && w.weekdays & 1u << civil_weekday(day - 1));
		if (window_contains(&w, z, s, &end_s) != expected)
			fail_msg("at %lld", (long long)s);
		if (expected)
			assert_true(end_s > s && zone_local(z, end_s) % 86400 == 13500);
	}
	zone_free(z);
}

TEST_FILE(test_window)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_parsed_and_formatted),
		cmocka_unit_test(bad_windows_are_refused),
		cmocka_unit_test(a_window_contains_its_start_and_not_its_end),
		cmocka_unit_test(windows_agree_with_the_wall_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
