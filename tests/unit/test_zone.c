/* Zones made of known rules, and time zone files that are broken. */
#include "../tzif.h"

#include "base/memory.h"

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

/* A local time written as if it were UTC. */
static int64_t local(const char *text)
{
	return instant(text);
}

static void utc_has_one_offset_for_ever(void **state)
{
	struct zone *z = zone_utc();
	int64_t until_s, s;

	(void)state;
	assert_string_equal(zone_name(z), "UTC");
	assert_int_equal(zone_offset(z, 0, &until_s), 0);
	assert_int_equal(until_s, INT64_MAX);
	assert_string_equal(zone_abbreviation(z, 0), "UTC");
	assert_int_equal(zone_instant(z, 1234, &s), ZONE_UNIQUE);
	assert_int_equal(s, 1234);
	zone_free(z);
	zone_free(NULL);
}

static void a_fixed_zone_is_east_by_its_offset(void **state)
{
	struct zone *z = zone_fixed("+08", 8 * 3600);
	char text[CIVIL_TEXT_SIZE];
	int64_t s;

	(void)state;
	assert_int_equal(zone_local(z, 0), 8 * 3600);
	assert_int_equal(zone_instant(z, 8 * 3600, &s), ZONE_UNIQUE);
	assert_int_equal(s, 0);
	zone_format(z, instant("2026-12-04T18:00:00Z"), text);
	assert_string_equal(text, "2026-12-05T02:00:00+08:00");
	zone_free(z);
}

static void local_times_become_instants(void **state)
{
	static const struct {
		const char *rule, *local;
		enum zone_kind kind;
		const char *instant;
	} cases[] = {
		{BERLIN, "2026-03-29T01:59:59Z", ZONE_UNIQUE, "2026-03-29T01:59:59+01:00"},
		{BERLIN, "2026-03-29T02:00:00Z", ZONE_GAP, "2026-03-29T03:00:00+02:00"},
		{BERLIN, "2026-03-29T02:30:00Z", ZONE_GAP, "2026-03-29T03:00:00+02:00"},
		{BERLIN, "2026-03-29T02:59:59Z", ZONE_GAP, "2026-03-29T03:00:00+02:00"},
		{BERLIN, "2026-03-29T03:00:00Z", ZONE_UNIQUE, "2026-03-29T03:00:00+02:00"},
		{BERLIN, "2026-10-25T01:59:59Z", ZONE_UNIQUE, "2026-10-25T01:59:59+02:00"},
		{BERLIN, "2026-10-25T02:00:00Z", ZONE_REPEATED, "2026-10-25T02:00:00+02:00"},
		{BERLIN, "2026-10-25T02:59:59Z", ZONE_REPEATED, "2026-10-25T02:59:59+02:00"},
		{BERLIN, "2026-10-25T03:00:00Z", ZONE_UNIQUE, "2026-10-25T03:00:00+01:00"},
		{NEW_YORK, "2026-03-08T02:30:00Z", ZONE_GAP, "2026-03-08T03:00:00-04:00"},
		{NEW_YORK, "2026-11-01T01:30:00Z", ZONE_REPEATED, "2026-11-01T01:30:00-04:00"},
		{NEW_YORK, "2026-07-04T12:00:00Z", ZONE_UNIQUE, "2026-07-04T12:00:00-04:00"},
		{SYDNEY, "2026-10-04T02:30:00Z", ZONE_GAP, "2026-10-04T03:00:00+11:00"},
		{SYDNEY, "2026-04-05T02:30:00Z", ZONE_REPEATED, "2026-04-05T02:30:00+11:00"},
		{LORD_HOWE, "2026-10-04T02:15:00Z", ZONE_GAP, "2026-10-04T02:30:00+11:00"},
		{LORD_HOWE, "2026-10-04T02:30:00Z", ZONE_UNIQUE, "2026-10-04T02:30:00+11:00"},
		{LORD_HOWE, "2026-04-05T01:29:59Z", ZONE_UNIQUE, "2026-04-05T01:29:59+11:00"},
		{LORD_HOWE, "2026-04-05T01:30:00Z", ZONE_REPEATED, "2026-04-05T01:30:00+11:00"},
		{HAVANA, "2026-03-08T00:30:00Z", ZONE_GAP, "2026-03-08T01:00:00-04:00"},
		{HAVANA, "2026-11-01T00:30:00Z", ZONE_REPEATED, "2026-11-01T00:30:00-04:00"},
		/* Far ahead: the calendar repeats every 400 years. */
		{BERLIN, "9999-03-28T02:30:00Z", ZONE_GAP, "9999-03-28T03:00:00+02:00"},
		{BERLIN, "2826-03-29T02:30:00Z", ZONE_GAP, "2826-03-29T03:00:00+02:00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = tzif_zone("test", cases[i].rule);
		int64_t s;

		if (zone_instant(z, local(cases[i].local), &s) != cases[i].kind ||
			s != instant(cases[i].instant)) {
			char text[CIVIL_TEXT_SIZE];
			zone_format(z, s, text);
			fail_msg("%s %s gave %s", cases[i].rule, cases[i].local, text);
		}
		zone_free(z);
	}
}

static void a_period_ends_where_the_next_begins(void **state)
{
	struct zone *z = tzif_zone("Europe/Berlin", BERLIN);
	int64_t until_s;

	(void)state;
	assert_int_equal(zone_offset(z, instant("2026-01-01T00:00:00Z"), &until_s), 3600);
	assert_int_equal(until_s, instant("2026-03-29T01:00:00Z"));
	assert_int_equal(zone_offset(z, until_s - 1, NULL), 3600);
	assert_int_equal(zone_offset(z, until_s, &until_s), 7200);
	assert_int_equal(until_s, instant("2026-10-25T01:00:00Z"));
	assert_string_equal(zone_abbreviation(z, until_s - 1), "CEST");
	assert_string_equal(zone_abbreviation(z, until_s), "CET");
	assert_int_equal(zone_offset(z, instant("6026-05-01T00:00:00Z"), &until_s), 7200);
	assert_int_equal(until_s, instant("6026-10-25T01:00:00Z"));
	zone_free(z);
}

static void footer_rules_are_as_in_posix(void **state)
{
	static const struct {
		const char *rule, *instant;
		int32_t offset_s;
		const char *abbreviation;
	} cases[] = {
		{"UTC0", "2026-01-01", 0, "UTC"},
		{"<-03>3", "2026-01-01", -10800, "-03"},
		{"<+0545>-5:45", "2026-01-01", 20700, "+0545"},
		{"LMT-0:53:28", "2026-01-01", 3208, "LMT"},
		{"EST+5", "2026-01-01", -18000, "EST"},
		/* Dublin: what it calls standard time is summer's, and its winter is earlier. */
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01", 0, "GMT"},
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01", 3600, "IST"},
		/* Greenland: the day before, since the change is at 01:00 UTC everywhere in Europe.
		 */
		{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200, "-02"},
		{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600, "-01"},
		/* Daylight saving time all year (RFC 9636 section 3.3.1). */
		{"XXX3EDT4,0/0,J365/23", "2026-01-01", -14400, "EDT"},
		{"XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14400, "EDT"},
		{"XXX3EDT4,0/0,J365/23", "2024-12-31", -14400, "EDT"},
		/* Days of the year, with and without 29 February. */
		{"AAA0BBB-1,J60/0,J300/0", "2024-02-29T23:59:59Z", 0, "AAA"},
		{"AAA0BBB-1,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,J60/0,J300/0", "2026-03-01T00:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,J59/0,J300/0", "2024-02-27T23:59:59Z", 0, "AAA"},
		{"AAA0BBB-1,J59/0,J300/0", "2024-02-28T00:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,59/0,J300/0", "2024-02-28T23:59:59Z", 0, "AAA"},
		{"AAA0BBB-1,59/0,J300/0", "2024-02-29T00:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,59/0,J300/0", "2026-02-28T23:59:59Z", 0, "AAA"},
		{"AAA0BBB-1,59/0,J300/0", "2026-03-01T00:00:00Z", 3600, "BBB"},
		/* The fifth of a weekday is the last; hours go up to a week (RFC 9636). */
		{"AAA0BBB-1,M2.5.0/0,M9.1.1/0", "2026-02-22T00:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,M2.4.0/167,M9.1.1/0", "2026-02-28T22:59:59Z", 0, "AAA"},
		{"AAA0BBB-1,M2.4.0/167,M9.1.1/0", "2026-02-28T23:00:00Z", 3600, "BBB"},
		{"AAA0BBB-1,M3.1.0/-167:59:59,M9.1.1/0", "2026-02-22T00:00:00Z", 0, "AAA"},
		{"AAA0BBB-1,M3.1.0/-167:59:59,M9.1.1/0", "2026-02-22T00:00:01Z", 3600, "BBB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = tzif_zone("test", cases[i].rule);
		int64_t s = instant(cases[i].instant);

		if (zone_offset(z, s, NULL) != cases[i].offset_s)
			fail_msg("%s %s: %d", cases[i].rule, cases[i].instant,
				zone_offset(z, s, NULL));
		assert_string_equal(zone_abbreviation(z, s), cases[i].abbreviation);
		zone_free(z);
	}
}

static void bad_footers_are_refused(void **state)
{
	static const char *const cases[] = {"E5", "EST", "EST5EDT", "EST5EDT4", "EST25", "EST5:60",
		"EST5:00:60", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,", "EST5EDT,M3.2.0,M11.1.0,",
		"EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J10",
		"EST5EDT,J366,J10", "EST5EDT,366,10", "EST5EDT,M3.2.0/168,M11.1.0",
		"EST5EDT,M3.2.0/-168,M11.1.0", "<EST5", "<E>5", "<>5", "E+T5", "EST5 ", " EST5",
		"5", "<+03", ":EST5", "EST--5", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA5",
		"EST5EDT,M3.2.0/2:,M11.1.0", "EST0005"};
	static const int32_t offset = 0;
	unsigned char data[TZIF_SIZE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t size = tzif_build(data, '2', NULL, 0, &offset, 1, cases[i]);
		struct error err = {0};
		struct zone *z = NULL;

		if (zone_parse("test", data, size, &z, &err) != -EINVAL)
			fail_msg("'%s' was taken", cases[i]);
		assert_null(z);
		assert_non_null(strstr(err.text, "POSIX"));
	}
}

static const int64_t times[] = {-1000, 1000, 2000, 3000};
static const int32_t offsets[] = {-600, 0, 7200, 3600, -36000};

static void transitions_are_read(void **state)
{
	unsigned char data[TZIF_SIZE_MAX];
	size_t size = tzif_build(data, '2', times, 4, offsets, 5, "");
	struct zone *z = NULL;
	int64_t until_s;

	(void)state;
	assert_int_equal(zone_parse("test", data, size, &z, NULL), 0);
	assert_int_equal(zone_offset(z, -(INT64_C(1) << 40), &until_s), -600);
	assert_int_equal(until_s, -1000);
	assert_int_equal(zone_offset(z, -1001, NULL), -600);
	assert_int_equal(zone_offset(z, -1000, NULL), 0);
	assert_int_equal(zone_offset(z, 1999, NULL), 7200);
	assert_int_equal(zone_offset(z, 2000, NULL), 3600);
	assert_int_equal(zone_offset(z, INT64_C(1) << 40, &until_s), -36000);
	assert_int_equal(until_s, INT64_MAX);
	assert_string_equal(zone_abbreviation(z, 0), "BBB");
	zone_free(z);
}

/* Changes that follow each other faster than their own size: a local time may occur three times. */
static void an_instant_is_the_first_to_show_a_local_time_or_a_later_one(void **state)
{
	unsigned char data[TZIF_SIZE_MAX];
	size_t size = tzif_build(data, '2', times, 4, offsets, 5, "");
	struct zone *z = NULL;

	(void)state;
	assert_int_equal(zone_parse("test", data, size, &z, NULL), 0);
	for (int64_t l = -50000; l < 50000; l += 131) {
		enum zone_kind kind;
		int64_t s, count = 0, first = INT64_MIN;

		for (int64_t t = l + 36000; t >= l - 7200; t--) {
			count += zone_local(z, t) == l;
			if (zone_local(z, t) == l)
				first = t;
		}
		kind = zone_instant(z, l, &s);
		if (kind == ZONE_GAP) {
			/* A jump over it may come before the first time it is shown. */
			assert_true(count == 0 || s < first);
			assert_true(zone_local(z, s) > l && zone_local(z, s - 1) < l);
		} else {
			assert_int_equal(kind, count > 1 ? ZONE_REPEATED : ZONE_UNIQUE);
			assert_int_equal(s, first);
		}
	}
	zone_free(z);
}

static void local_times_are_formatted_with_their_offset(void **state)
{
	static const struct {
		const char *rule, *instant, *text;
	} cases[] = {
		{"UTC0", "2026-12-05T02:00:00Z", "2026-12-05T02:00:00Z"},
		{"GMT0", "2026-12-05T02:00:00Z", "2026-12-05T02:00:00+00:00"},
		{"CST-8", "2026-12-04T18:00:00Z", "2026-12-05T02:00:00+08:00"},
		{NEW_YORK, "2026-07-01T00:00:00Z", "2026-06-30T20:00:00-04:00"},
		{"<+0545>-5:45", "2026-01-01T00:00:00Z", "2026-01-01T05:45:00+05:45"},
		{"<-0330>3:30", "2026-01-01T00:00:00Z", "2025-12-31T20:30:00-03:30"},
		/* RFC 3339 has no seconds in offsets; the text still names the same instant. */
		{"LMT-8:05:43", "2026-01-01T00:00:00Z", "2026-01-01T08:05:00+08:05"},
		{"LMT0:01:15", "2026-01-01T00:00:00Z", "2025-12-31T23:59:00-00:01"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = tzif_zone("test", cases[i].rule);
		char text[CIVIL_TEXT_SIZE];

		zone_format(z, instant(cases[i].instant), text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(instant(text), instant(cases[i].instant));
		zone_free(z);
	}
}

static void assert_refused(const unsigned char *data, size_t size, const char *complaint)
{
	unsigned char *exact = malloc(size ? size : 1); /* so that a read past its end is seen */
	struct error err = {0};
	struct zone *z = NULL;

	memcpy(exact, data, size);
	if (zone_parse("test", exact, size, &z, &err) != -EINVAL)
		fail_msg("taken, though it should be refused: %s", complaint);
	assert_null(z);
	if (!strstr(err.text, complaint))
		fail_msg("expected '%s', got '%s'", complaint, err.text);
	free(exact);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	unsigned char data[TZIF_SIZE_MAX];
	size_t size = tzif_build(data, '2', times, 4, offsets, 5, BERLIN);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_refused(data, cut, "");
	data[size] = 'x';
	assert_refused(data, size + 1, "footer");
}

static void broken_files_are_refused(void **state)
{
	enum {
		V2 = TZIF_V1_SIZE,
		TIMES = V2 + TZIF_HEADER_SIZE,
		INDICES = TIMES + 4 * 8,
		TYPES = INDICES + 4,
		CHARS = TYPES + 5 * 6,
	};
	static const struct {
		size_t at, bytes;
		uint64_t value;
		const char *complaint;
	} cases[] = {
		{0, 1, 'X', "not a time zone file"},
		{4, 1, 0, "version"},
		{4, 1, '5', "version"},
		{V2 + 3, 1, 'F', "not a time zone file"},
		{V2 + 4, 1, '3', "different versions"},
		{20, 4, UINT32_MAX, "cut short"},
		{28, 4, UINT32_MAX, "cut short"},
		{32, 4, UINT32_MAX, "cut short"},
		{36, 4, UINT32_MAX, "cut short"},
		{40, 4, UINT32_MAX, "cut short"},
		{V2 + 20, 4, UINT32_MAX, "impossible counts"},
		{V2 + 24, 4, 1, "impossible counts"},
		{V2 + 28, 4, 27, "leap seconds"},
		{V2 + 32, 4, UINT32_MAX, "cut short"},
		{V2 + 36, 4, 0, "impossible counts"},
		{V2 + 36, 4, UINT32_MAX, "impossible counts"},
		{V2 + 40, 4, 0, "impossible counts"},
		{V2 + 40, 4, UINT32_MAX, "cut short"},
		{V2 + 40, 4, 19, "the last abbreviation"},
		{TIMES, 8, UINT64_C(1) << 63, "out of range"},
		{TIMES + 24, 8, INT64_MAX, "out of range"},
		{TIMES, 8, 1000, "not in order"},
		{TIMES + 24, 8, 0, "not in order"},
		{INDICES + 1, 1, 5, "has no type"},
		{TYPES, 4, 93600, "local time is invalid"},
		{TYPES, 4, (uint64_t)-90000, "local time is invalid"},
		{TYPES + 4, 1, 2, "local time is invalid"},
		{TYPES + 5, 1, 20, "local time is invalid"},
		{CHARS + 19, 1, 'X', "the last abbreviation"},
		{CHARS + 20, 1, 'X', "footer"},
		{CHARS + 22, 1, 0, "POSIX"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned char data[TZIF_SIZE_MAX];
		size_t size = tzif_build(data, '2', times, 4, offsets, 5, BERLIN);

		tzif_put(data + cases[i].at, cases[i].value, cases[i].bytes);
		assert_refused(data, size, cases[i].complaint);
	}
}

TEST_FILE(test_zone)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utc_has_one_offset_for_ever),
		cmocka_unit_test(a_fixed_zone_is_east_by_its_offset),
		cmocka_unit_test(local_times_become_instants),
		cmocka_unit_test(a_period_ends_where_the_next_begins),
		cmocka_unit_test(footer_rules_are_as_in_posix),
		cmocka_unit_test(bad_footers_are_refused),
		cmocka_unit_test(transitions_are_read),
		cmocka_unit_test(an_instant_is_the_first_to_show_a_local_time_or_a_later_one),
		cmocka_unit_test(local_times_are_formatted_with_their_offset),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(broken_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
