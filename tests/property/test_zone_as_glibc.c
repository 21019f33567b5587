/* Every installed zone says what the C library says: at each change and one second around it, at
 * many instants from 1970 to 2100, and back from local time. */
#include "policyfile/zonefile.h"
#include "zones.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../support/cmocka_all.h"

enum {
	INSTANTS = 3000, /* random ones per zone */
	DAY_S = 86400,
};

#define BEGIN_S INT64_C(-4500000000) /* 1827: before the first zone had a change */
#define END_S INT64_C(4133980800)    /* 2101 */

static void use_zone_of_libc(const char *name)
{
	char tz[300];

	(void)snprintf(tz, sizeof(tz), ":" ZONE_DIRECTORY "/%s", name);
	assert_int_equal(setenv("TZ", tz, 1), 0);
	tzset();
}

static void compare_at(const struct zone *z, int64_t instant_s)
{
	time_t t = (time_t)instant_s;
	struct tm tm;

	localtime_r(&t, &tm);
	if (zone_offset(z, instant_s, NULL) != tm.tm_gmtoff)
		fail_msg("%s at %lld: offset %d, the C library says %ld", zone_name(z),
			(long long)instant_s, zone_offset(z, instant_s, NULL), tm.tm_gmtoff);
	if (strcmp(zone_abbreviation(z, instant_s), tm.tm_zone) != 0)
		fail_msg("%s at %lld: %s, the C library says %s", zone_name(z),
			(long long)instant_s, zone_abbreviation(z, instant_s), tm.tm_zone);
}

/* Local times before, inside and after what a change skips or repeats. */
static void compare_change(const struct zone *z, int64_t at)
{
	int32_t before = zone_offset(z, at - 1, NULL), after = zone_offset(z, at, NULL);
	int64_t low = at + (before < after ? before : after);
	int64_t high = at + (before < after ? after : before);
	const int64_t inside[] = {low, (low + high) / 2, high - 1};
	int64_t s;

	assert_int_equal(zone_instant(z, low - 1, &s), ZONE_UNIQUE);
	assert_int_equal(s, low - 1 - before);
	assert_int_equal(zone_instant(z, high, &s), ZONE_UNIQUE);
	assert_int_equal(s, high - after);
	for (size_t i = 0; low < high && i < ARRAY_SIZE(inside); i++) {
		enum zone_kind kind = zone_instant(z, inside[i], &s);

		assert_int_equal(kind, before < after ? ZONE_GAP : ZONE_REPEATED);
		assert_int_equal(s, before < after ? at : inside[i] - before);
	}
}

/* Returns how many changes there are. */
static size_t compare_changes(const struct zone *z)
{
	size_t count = 0;
	int64_t at = BEGIN_S, previous = BEGIN_S, next;

	for (;; previous = at, at = next, count++) {
		(void)zone_offset(z, at, &next);
		next = next < END_S ? next : END_S;
		compare_at(z, at - 1);
		compare_at(z, at);
		compare_at(z, at + 1);
		if (count > 0 && at - previous > 3 * DAY_S && next - at > 3 * DAY_S)
			compare_change(z, at);
		if (next == END_S)
			return count;
	}
}

/* mktime() may choose among several instants, so only a unique one has to be its choice. */
static void compare_local(const struct zone *z, int64_t local_s)
{
	struct civil c;
	struct tm tm = {.tm_isdst = -1};
	int64_t s, t;
	enum zone_kind kind = zone_instant(z, local_s, &s);

	if (kind != ZONE_GAP)
		assert_int_equal(zone_local(z, s), local_s);
	if (kind != ZONE_UNIQUE)
		return;
	civil_from_seconds(local_s, &c);
	tm.tm_year = (int)c.year - 1900;
	tm.tm_mon = c.month - 1;
	tm.tm_mday = c.day;
	tm.tm_hour = c.hour;
	tm.tm_min = c.minute;
	tm.tm_sec = c.second;
	t = mktime(&tm);
	if (t != s)
		fail_msg("%s, local %lld: %lld, mktime() says %lld", zone_name(z),
			(long long)local_s, (long long)s, (long long)t);
}

static void every_installed_zone_is_as_in_the_c_library(void **state)
{
	struct zone_files files = list_zone_files(ZONE_DIRECTORY,
		"copies of the zones above it; "
		"right/ counts leap seconds");
	uint64_t seed = random_seed();
	size_t changes = 0;

	(void)state;
	if (files.count < 300)
		fail_msg("only %zu zones in " ZONE_DIRECTORY ": this test needs tzdata",
			files.count);
	for (size_t i = 0; i < files.count; i++) {
		struct zone *z = NULL;
		struct error err = {0};

		if (zonefile_load(files.names[i], &z, &err) < 0)
			fail_msg("%s", err.text);
		use_zone_of_libc(files.names[i]);
		changes += compare_changes(z);
		for (int64_t s = 0; s < END_S; s += 40 * DAY_S + 12345)
			compare_at(z, s);
		for (int k = 0; k < INSTANTS; k++) {
			int64_t s = random_between(&seed, 0, END_S);
			compare_at(z, s);
			compare_local(z, s);
		}
		zone_free(z);
	}
	printf("compared: %zu zones, %zu changes, %d random instants each\n", files.count, changes,
		INSTANTS);
	free_zone_files(&files);
	unsetenv("TZ");
}

static void the_calendar_of_a_footer_repeats(void **state)
{
	const int64_t cycle_s = INT64_C(146097) * DAY_S;
	struct zone *z = NULL;
	uint64_t seed = random_seed();

	(void)state;
	assert_int_equal(zonefile_load("Europe/Berlin", &z, NULL), 0);
	use_zone_of_libc("Europe/Berlin");
	for (int i = 0; i < 20000; i++) {
		int64_t s = random_between(&seed, END_S, END_S + 20 * cycle_s);
		compare_at(z, s);
	}
	zone_free(z);
	unsetenv("TZ");
}

static void zones_that_count_leap_seconds_are_refused(void **state)
{
	struct zone_files files = list_zone_files(ZONE_DIRECTORY "/right", NULL);

	(void)state;
	for (size_t i = 0; i < files.count; i++) {
		struct zone *z = NULL;
		struct error err = {0};

		assert_int_equal(zonefile_load(files.names[i], &z, &err), -EINVAL);
		assert_non_null(strstr(err.text, "leap seconds"));
		assert_null(z);
	}
	printf("refused: %zu zones in right/\n", files.count);
	free_zone_files(&files);
}

TEST_FILE(test_zone_as_glibc)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_installed_zone_is_as_in_the_c_library),
		cmocka_unit_test(the_calendar_of_a_footer_repeats),
		cmocka_unit_test(zones_that_count_leap_seconds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
