/* Calendar expressions by name and by table. tests/property compares them with systemd's. */
#include "../tzif.h"

#include "base/memory.h"
#include "time/calendar.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../support/cmocka_all.h"

static int64_t instant(const char *text)
{
	int64_t s;

	assert_true(civil_parse_instant(text, true, &s));
	return s;
}

static struct calendar *parse(const char *text)
{
	struct calendar *c = NULL;
	struct error err = {0};

	if (calendar_parse(text, &c, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return c;
}

static void expressions_are_normalized(void **state)
{
	static const struct {
		const char *text, *normalized;
	} cases[] = {
		{"minutely", "*-*-* *:*:00"},
		{"hourly", "*-*-* *:00:00"},
		{"daily", "*-*-* 00:00:00"},
		{"weekly", "Mon *-*-* 00:00:00"},
		{"monthly", "*-*-01 00:00:00"},
		{"quarterly", "*-01,04,07,10-01 00:00:00"},
		{"semiannually", "*-01,07-01 00:00:00"},
		{"semi-annually", "*-01,07-01 00:00:00"},
		{"biannually", "*-01,07-01 00:00:00"},
		{"bi-annually", "*-01,07-01 00:00:00"},
		{"yearly", "*-01-01 00:00:00"},
		{"annually", "*-01-01 00:00:00"},
		{"DAILY utc", "*-*-* 00:00:00 UTC"},
		{"weekly Asia/Shanghai", "Mon *-*-* 00:00:00 Asia/Shanghai"},
		{"02:00", "*-*-* 02:00:00"},
		{"2:0", "*-*-* 02:00:00"},
		{"*-*-* 02:00", "*-*-* 02:00:00"},
		{"Sat,Thu,Mon..Wed,Sat..Sun", "Mon..Thu,Sat,Sun *-*-* 00:00:00"},
		{"Mon,Sun 12-*-* 2,1:23", "Mon,Sun 2012-*-* 01,02:23:00"},
		{"Wed *-1", "Wed *-*-01 00:00:00"},
		{"Wed..Wed,Wed *-1", "Wed *-*-01 00:00:00"},
		{"Wed, 17:48", "Wed *-*-* 17:48:00"},
		{"Wed..Sat,Tue 12-10-15 1:2:3", "Tue..Sat 2012-10-15 01:02:03"},
		{"*-*-7 0:0:0", "*-*-07 00:00:00"},
		{"10-15", "*-10-15 00:00:00"},
		{"Mon..Sun 12:00", "*-*-* 12:00:00"},
		{"monday *-12-* 17:00", "Mon *-12-* 17:00:00"},
		{"12,14,13,12:20,10,30", "*-*-* 12,13,14:10,20,30:00"},
		{"12..14:10,20,30", "*-*-* 12..14:10,20,30:00"},
		{"mon,fri *-1/2-1,3 *:30:45", "Mon,Fri *-01/2-01,03 *:30:45"},
		{"03-05 08:05:40", "*-03-05 08:05:40"},
		{"08:05:40", "*-*-* 08:05:40"},
		{"05:40", "*-*-* 05:40:00"},
		{"Sat,Sun 12-05 08:05", "Sat,Sun *-12-05 08:05:00"},
		{"2003-03-05 05:40", "2003-03-05 05:40:00"},
		{"70-03-05", "1970-03-05 00:00:00"},
		{"*-*~3", "*-*~03 00:00:00"},
		{"*-02~03", "*-02~03 00:00:00"},
		{"*-*~07/1", "*-*~07/1 00:00:00"},
		{"*~*", "*-*-* 00:00:00"},
		{"*-*-* 0/6:0", "*-*-* 00/6:00:00"},
		{"8..18/4:00", "*-*-* 08..16/4:00:00"},
		{"*:*:0..20", "*-*-* *:*:00..20"},
		{"*:*:*", "*-*-* *:*:*"},
		{"*:*:0/1", "*-*-* *:*:*"},
		{"5..5:00", "*-*-* 05:00:00"},
		{"5..6/2:00", "*-*-* 05:00:00"},
		{"@0", "1970-01-01 00:00:00 UTC"},
		{"@1395716396 Asia/Shanghai", "2014-03-25 02:59:56 UTC"},
		{"Mon   *-*-01   12:00  ", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL, *again = NULL;
		struct calendar *c = NULL, *back;

		if (!cases[i].normalized) {
			assert_int_equal(calendar_parse(cases[i].text, &c, NULL), -EINVAL);
			continue;
		}
		c = parse(cases[i].text);
		text = calendar_format(c);
		assert_string_equal(text, cases[i].normalized);
		back = parse(text);
		again = calendar_format(back);
		assert_string_equal(again, text);
		assert_true(calendar_same(c, back));
		calendar_free(back);
		calendar_free(c);
	}
}

static void only_equal_expressions_are_the_same(void **state)
{
	static const char *const cases[] = {"02:00", "02:00:30", "02:01", "02,03:00", "02..03:00",
		"02/3:00", "Mon 02:00", "02:00 UTC", "*-*-01 02:00", "*-*~01 02:00",
		"2026-*-* 02:00", "02:00:*", "02:00:0/2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
			struct calendar *a = parse(cases[i]), *b = parse(cases[j]);

			assert_int_equal(calendar_same(a, b), i == j);
			calendar_free(a);
			calendar_free(b);
		}
}

static void bad_expressions_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{"", "is empty"},
		{" UTC", "is empty"},
		{"never", "column 1"},
		{"daily ", "column 1"},
		{"*-13-01", "column 3: months run from 1 to 12"},
		{"*-*-32", "column 5: days run from 1 to 31"},
		{"*-*~29", "days from the end of the month run from 1 to 28"},
		{"*-*~1/2", "step"},
		{"1969-01-01", "years run from 1970 to 2199"},
		{"2200-01-01", "years run from"},
		{"24:00", "column 1: hours run from 0 to 23"},
		{"12:60", "column 4: minutes run"},
		{"12:00:60", "column 7: seconds run"},
		{"12:00:00.5", "column 9: fractions of a second are not supported"},
		{"*:*:0/0.5", "fractions"},
		{"12", "hour:minute"},
		{"12:", "column 4"},
		{"*/2", "column 2"},
		{"*:0/0", "column 5: a step of 0"},
		{"*:0/60", "step"},
		{"20..10:00", "backwards"},
		{"0..23/24:00", NULL},
		{"1..:00", "column 4"},
		{"1,:00", "column 3"},
		{"1,,2:00", "column 3"},
		{"Mon,,Tue", "weekday"},
		{"Fri..Mon", "backwards"},
		{"Mon..", "no end"},
		{"Mon.Tue", "weekdays"},
		{"Mondays", "weekdays"},
		{"2020~01-01", "~"},
		{"2020-01-01-01", "column 11"},
		{"2020-01-01 12:00 13:00", "column 17"},
		{"2020-01-01T12:00", "column 11"},
		{"12:00 Asia/Shang hai", "column 6"},
		{"12:00 Asia/Shängh", "time zone"},
		{"12:00 UTC UTC", "column 6"},
		{"@", "column 2"},
		{"@-1", "column 2"},
		{"@99999999999", "column 1"},
		{"@5 12:00", "column 3"},
		{"99999999999999999999:00", "column 1: the number is too large"},
		{"\xff\xfe", "column 1"},
		{"*-*-* 02:00\n", "column 12"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct calendar *c = NULL;
		struct error err = {0};
		int r = calendar_parse(cases[i].text, &c, &err);

		if (!cases[i].complaint) {
			assert_int_equal(r, 0);
			calendar_free(c);
			continue;
		}
		if (r != -EINVAL)
			fail_msg("'%s' was taken", cases[i].text);
		assert_null(c);
		if (!strstr(err.text, cases[i].complaint))
			fail_msg("'%s': %s", cases[i].text, err.text);
		assert_null(strchr(err.text, '\n'));
		assert_int_equal(calendar_parse(cases[i].text, &c, NULL), -EINVAL);
	}
}

static void the_zone_at_the_end_is_handed_to_the_caller(void **state)
{
	static const struct {
		const char *text, *zone;
	} cases[] = {
		{"daily", NULL},
		{"Mon..Fri", NULL},
		{"Mon..Fri 02:00 Europe/Berlin", "Europe/Berlin"},
		{"Mon America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"02:00 Etc/GMT+8", "Etc/GMT+8"},
		{"02:00 utc", "UTC"},
		{"@0", "UTC"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct calendar *c = parse(cases[i].text);

		if (cases[i].zone)
			assert_string_equal(calendar_zone_name(c), cases[i].zone);
		else
			assert_null(calendar_zone_name(c));
		calendar_free(c);
	}
}

struct run {
	const char *expression, *rule, *after;
	const char *next[8]; /* ends with NULL; full, more may follow; otherwise none does */
};

static void assert_runs(const struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct zone *z = tzif_zone("test", runs[i].rule);
		struct calendar *c = parse(runs[i].expression);
		int64_t at = instant(runs[i].after), before;

		for (size_t k = 0; k < ARRAY_SIZE(runs[i].next); k++) {
			const char *expected = runs[i].next[k];
			char text[CIVIL_TEXT_SIZE] = "nothing";
			int64_t previous_s = at;
			int r = calendar_next(c, z, at, &at);

			if (r < 0)
				assert_int_equal(r, -ENOENT);
			else
				zone_format(z, at, text);
			if (r < 0 ? expected && strcmp(expected, "...") != 0
				  : !expected ||
						(strcmp(expected, "...") != 0 &&
							instant(expected) != at))
				fail_msg("%s (%zu): %s, expected %s", runs[i].expression, k, text,
					expected ? expected : "nothing");
			if (r < 0 || strcmp(expected, "...") == 0)
				break;
			assert_int_equal(calendar_previous(c, z, at, &before), 0);
			assert_int_equal(before, at);
			if (calendar_previous(c, z, at - 1, &before) == 0)
				assert_true(before <= previous_s);
		}
		calendar_free(c);
		zone_free(z);
	}
}

static void a_skipped_local_time_fires_at_the_first_instant_after_the_gap(void **state)
{
	static const struct run runs[] = {
		{"02:30", BERLIN, "2026-03-28T01:30:00Z",
			{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00", "..."}},
		{"02:00", BERLIN, "2026-03-28T12:00:00Z",
			{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "..."}},
		{"Sun *-03-29 02:59:59", BERLIN, "2026-03-28T12:00:00Z",
			{"2026-03-29T03:00:00+02:00", "2037-03-29T03:00:00+02:00", "..."}},
		/* Several skipped times and the one after are one. */
		{"*:0/15", BERLIN, "2026-03-29T00:40:00Z",
			{"2026-03-29T01:45:00+01:00", "2026-03-29T03:00:00+02:00",
				"2026-03-29T03:15:00+02:00", "..."}},
		{"2,3:00", BERLIN, "2026-03-29T00:00:00Z",
			{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "..."}},
		{"00:00", HAVANA, "2026-03-07T12:00:00Z",
			{"2026-03-08T01:00:00-04:00", "2026-03-09T00:00:00-04:00", "..."}},
		{"02:15", LORD_HOWE, "2026-10-03T00:00:00Z",
			{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void a_repeated_local_time_fires_once_the_first_time(void **state)
{
	static const struct run runs[] = {
		{"02:30", BERLIN, "2026-10-24T12:00:00Z",
			{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "..."}},
		{"02:30", BERLIN, "2026-10-25T01:00:00Z", {"2026-10-26T02:30:00+01:00", "..."}},
		{"02:30", BERLIN, "2026-10-25T01:45:00Z", {"2026-10-26T02:30:00+01:00", "..."}},
		{"hourly", BERLIN, "2026-10-24T22:30:00Z",
			{"2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00",
				"2026-10-25T03:00:00+01:00", "2026-10-25T04:00:00+01:00", "..."}},
		{"*:0/20", BERLIN, "2026-10-25T00:30:00Z",
			{"2026-10-25T02:40:00+02:00", "2026-10-25T03:00:00+01:00", "..."}},
		/* From within the second pass. */
		{"*:0/20", BERLIN, "2026-10-25T01:10:00Z", {"2026-10-25T03:00:00+01:00", "..."}},
		{"01:30", NEW_YORK, "2026-10-31T12:00:00Z",
			{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00", "..."}},
		{"00:30", HAVANA, "2026-10-31T12:00:00Z",
			{"2026-11-01T00:30:00-04:00", "2026-11-02T00:30:00-05:00", "..."}},
		{"01:45", LORD_HOWE, "2026-04-04T00:00:00Z",
			{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void the_last_instant_before_a_repetition_is_found_from_inside_it(void **state)
{
	struct zone *z = tzif_zone("test", BERLIN);
	struct calendar *c = parse("*:0/20");
	int64_t s;

	(void)state;
	/* 02:10 the second time: the last that fired is 02:40 the first time. */
	assert_int_equal(calendar_previous(c, z, instant("2026-10-25T01:10:00Z"), &s), 0);
	assert_int_equal(s, instant("2026-10-25T02:40:00+02:00"));
	calendar_free(c);
	zone_free(z);
}

static void dates_that_not_every_month_or_year_has(void **state)
{
	static const struct run runs[] = {
		{"*-02-29", "UTC0", "2026-01-01",
			{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z",
				"..."}},
		{"*-02-29", "UTC0", "2096-03-01", {"2104-02-29T00:00:00Z", "..."}},
		{"Mon *-02-29", "UTC0", "2026-01-01",
			{"2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "..."}},
		{"*-*-31", "UTC0", "2026-01-31",
			{"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z",
				"2026-08-31T00:00:00Z", "2026-10-31T00:00:00Z",
				"2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "..."}},
		{"*-*-30,31", "UTC0", "2026-01-31",
			{"2026-03-30T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z",
				"..."}},
		{"*-*-27/2", "UTC0", "2026-02-01",
			{"2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z", "2026-03-29T00:00:00Z",
				"2026-03-31T00:00:00Z", "2026-04-27T00:00:00Z", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void days_are_counted_from_the_end_of_the_month(void **state)
{
	static const struct run runs[] = {
		{"*-*~1", "UTC0", "2024-01-31",
			{"2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z", "2024-04-30T00:00:00Z",
				"..."}},
		{"*-02~01", "UTC0", "2026-01-01",
			{"2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z",
				"..."}},
		{"*-02~28", "UTC0", "2026-01-01",
			{"2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z", "2028-02-02T00:00:00Z",
				"..."}},
		/* The last Monday of May. */
		{"Mon *-05~07/1", "UTC0", "2026-01-01",
			{"2026-05-25T00:00:00Z", "2027-05-31T00:00:00Z", "..."}},
		{"*-*~1..3", "UTC0", "2026-02-01",
			{"2026-02-26T00:00:00Z", "2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z",
				"2026-03-29T00:00:00Z", "..."}},
		{"*-02~7/3", "UTC0", "2026-02-01",
			{"2026-02-22T00:00:00Z", "2026-02-25T00:00:00Z", "2026-02-28T00:00:00Z",
				"2027-02-22T00:00:00Z", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void the_turn_of_the_year(void **state)
{
	static const struct run runs[] = {
		{"*-12-31 23:59:59", "UTC0", "2026-12-31T23:59:58Z",
			{"2026-12-31T23:59:59Z", "2027-12-31T23:59:59Z", "..."}},
		{"*:*:*", "UTC0", "2026-12-31T23:59:58Z",
			{"2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:01Z",
				"..."}},
		{"yearly", "CST-8", "2026-12-31T15:59:59Z",
			{"2027-01-01T00:00:00+08:00", "2028-01-01T00:00:00+08:00", "..."}},
		{"Fri *-*-1..7 18:00", "UTC0", "2026-12-04T18:00:00Z",
			{"2027-01-01T18:00:00Z", "2027-02-05T18:00:00Z", "..."}},
		{"2026/2-12-31", "UTC0", "2026-12-31", {"2028-12-31T00:00:00Z", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void an_expression_that_ends_ends(void **state)
{
	static const struct run runs[] = {
		{"2026-11-21,22 12:00", "UTC0", "2026-01-01",
			{"2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z", NULL}},
		{"2020-01-01", "UTC0", "2026-01-01", {NULL}},
		{"2199-12-31 23:59:59", "UTC0", "2026-01-01", {"2199-12-31T23:59:59Z", NULL}},
		{"daily", "UTC0", "2199-12-31", {NULL}},
		{"daily", "UTC0", "2300-01-01", {NULL}},
		{"daily", "UTC0", "1000-01-01", {"1970-01-01T00:00:00Z", "..."}},
		{"daily", BERLIN, "1000-01-01", {"1970-01-01T00:00:00+01:00", "..."}},
	};

	(void)state;
	assert_runs(runs, ARRAY_SIZE(runs));
}

static void nothing_comes_before_the_first_instant(void **state)
{
	struct zone *z = zone_utc();
	struct calendar *c = parse("2026-11-21 12:00"), *d = parse("daily");
	int64_t s = 7;

	(void)state;
	assert_int_equal(calendar_previous(c, z, instant("2026-11-21T11:59:59Z"), &s), -ENOENT);
	assert_int_equal(calendar_previous(d, z, -1, &s), -ENOENT);
	assert_int_equal(calendar_previous(d, z, INT64_MIN, &s), -ENOENT);
	assert_int_equal(calendar_next(d, z, INT64_MAX, &s), -ENOENT);
	assert_int_equal(s, 7);
	assert_int_equal(calendar_previous(d, z, INT64_MAX, &s), 0);
	assert_int_equal(s, instant("2199-12-31"));
	assert_int_equal(calendar_next(d, z, INT64_MIN, &s), 0);
	assert_int_equal(s, 0);
	calendar_free(c);
	calendar_free(d);
	zone_free(z);
}

/* Expressions that never match make the search look at every year; still it is bounded. */
/* Each search by seconds would take minutes: the test would not end before it is stopped. */
static void what_never_comes_is_known_at_once(void **state)
{
	static const char *const cases[] = {"2020-02-30", "*-02-31", "*-02-30", "*-2,4,6,9,11-31",
		"Mon 2026-11-21", "Mon @0", "2027/4-02-29", "Mon *-02-30..31 *:*:*", "2100-02-29"};
	struct zone *z = tzif_zone("test", BERLIN);
	const int rounds = 1000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct calendar *c = parse(cases[i]);
		int64_t s = 7;

		for (int k = 0; k < rounds; k++) {
			assert_int_equal(calendar_next(c, z, 1795219200, &s), -ENOENT);
			assert_int_equal(calendar_previous(c, z, 1795219200, &s), -ENOENT);
		}
		assert_int_equal(s, 7);
		calendar_free(c);
	}
	zone_free(z);
}

static void a_list_may_not_be_longer_than_systemd_takes(void **state)
{
	struct calendar *c = NULL;
	char text[1024] = "0";

	(void)state;
	for (int i = 1; i < 241; i++)
		strcat(text, ",0");
	strcat(text, ":00");
	c = parse(text);
	calendar_free(c);
	c = NULL;
	strcpy(text + strlen(text) - 3, ",0:00");
	assert_int_equal(calendar_parse(text, &c, NULL), -EINVAL);
	assert_null(c);
}

TEST_FILE(test_calendar)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_are_normalized),
		cmocka_unit_test(only_equal_expressions_are_the_same),
		cmocka_unit_test(bad_expressions_are_refused_with_the_place),
		cmocka_unit_test(the_zone_at_the_end_is_handed_to_the_caller),
		cmocka_unit_test(a_skipped_local_time_fires_at_the_first_instant_after_the_gap),
		cmocka_unit_test(a_repeated_local_time_fires_once_the_first_time),
		cmocka_unit_test(the_last_instant_before_a_repetition_is_found_from_inside_it),
		cmocka_unit_test(dates_that_not_every_month_or_year_has),
		cmocka_unit_test(days_are_counted_from_the_end_of_the_month),
		cmocka_unit_test(the_turn_of_the_year),
		cmocka_unit_test(an_expression_that_ends_ends),
		cmocka_unit_test(nothing_comes_before_the_first_instant),
		cmocka_unit_test(what_never_comes_is_known_at_once),
		cmocka_unit_test(a_list_may_not_be_longer_than_systemd_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
