/* What holds for every calendar expression: next and previous are each other's inverse, and around
 * each change of the clocks the instants are those that a minute-by-minute reading gives. */
#include "policyfile/zonefile.h"
#include "time/calendar.h"
#include "zones.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../support/cmocka_all.h"

enum {
	DAY_S = 86400,
	INSTANTS = 400,
};

static const char *const zones[] = {"UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York",
	"Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "America/Nuuk",
	"Europe/Dublin", "Asia/Gaza", "America/Sao_Paulo", "Asia/Beirut", "Antarctica/Troll",
	"Pacific/Apia", "America/Caracas", "Asia/Pyongyang", "America/St_Johns"};

static const char *const expressions[] = {"minutely", "hourly", "daily", "weekly", "monthly",
	"quarterly", "yearly", "*-*-* 02:00", "*-*-* 02:30:15", "Mon..Fri 01:30", "*:0/7",
	"*-*-* 0/6:00", "*-*~1 23:59:59", "Sun *-*~07/1 02:15", "*-*-31", "*-02-29 02:30",
	"Mon *-1/3-1..7 00:00", "*:*:*", "*:*:0/13", "00:00,30", "23,0,1,2,3:05",
	"2026/3-*-15 12:00", "*-03,10-25..31 01..03:0/10", "*-*-* 00:00:00"};

static struct zone *load(const char *name)
{
	struct zone *z = NULL;
	struct error err = {0};

	if (zonefile_load(name, &z, &err) < 0)
		fail_msg("%s (this test needs tzdata)", err.text);
	return z;
}

static struct calendar *parse(const char *text)
{
	struct calendar *c = NULL;
	struct error err = {0};

	if (calendar_parse(text, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

/* Half of the instants lie near a change of the clocks. */
static int64_t random_instant(const struct zone *z, uint64_t *seed)
{
	int64_t s = random_between(seed, 86400, 4102444800), until_s;

	(void)zone_offset(z, s, &until_s);
	if (until_s < 4102444800 && random_next(seed) & 1)
		s = until_s + random_between(seed, -8000, 8000);
	return s;
}

static void check_inverse(
	const struct calendar *c, const struct zone *z, int64_t s, const char *text)
{
	int64_t next_s, back_s, again_s = 0;

	if (calendar_next(c, z, s, &next_s) < 0)
		return;
	if (next_s <= s)
		fail_msg("%s in %s: next(%lld) is %lld", text, zone_name(z), (long long)s,
			(long long)next_s);
	if (calendar_previous(c, z, next_s, &back_s) < 0 || back_s != next_s)
		fail_msg("%s in %s: previous(next(%lld)) is not the same", text, zone_name(z),
			(long long)s);
	/* Nothing lies between the two neighbours of an instant. */
	if (calendar_previous(c, z, next_s - 1, &back_s) < 0)
		return;
	if (back_s > s || calendar_next(c, z, back_s, &again_s) < 0 || again_s != next_s)
		fail_msg("%s in %s: around %lld: %lld, then %lld, then %lld", text, zone_name(z),
			(long long)s, (long long)back_s, (long long)next_s, (long long)again_s);
}

static void previous_of_next_is_next(void **state)
{
	uint64_t seed = random_seed();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		struct zone *z = load(zones[i]);

		for (size_t k = 0; k < ARRAY_SIZE(expressions); k++) {
			struct calendar *c = parse(expressions[k]);

			for (int n = 0; n < INSTANTS; n++)
				check_inverse(c, z, random_instant(z, &seed), expressions[k]);
			calendar_free(c);
		}
		zone_free(z);
	}
}

/* Expressions as functions of the minutes since midnight. */
static bool hourly(int64_t minute)
{
	return minute % 60 == 0;
}

static bool each_quarter(int64_t minute)
{
	return minute % 15 == 0;
}

static bool half_past_two(int64_t minute)
{
	return minute == 150;
}

static bool midnight(int64_t minute)
{
	return minute == 0;
}

static bool small_hours(int64_t minute)
{
	return minute < 240 && minute % 60 % 20 == 10;
}

static const struct reading {
	const char *expression;
	bool (*matches)(int64_t minute);
} readings[] = {
	{"hourly", hourly},
	{"*:0/15", each_quarter},
	{"02:30", half_past_two},
	{"daily", midnight},
	{"0..3:10/20", small_hours},
};

/* Follows the wall clock minute by minute. What it shows for the first time fires, and so does, at
 * once, what it jumps over. */
static void check_around(const struct zone *z, int64_t change_s, const struct reading *reading)
{
	struct calendar *c = parse(reading->expression);
	int64_t from_s = change_s - 2 * DAY_S, expected_s = -1;
	int64_t shown = zone_local(z, from_s) / 60; /* the latest minute so far */

	for (int64_t s = from_s + 60; s <= change_s + 2 * DAY_S; s += 60) {
		int64_t now = zone_local(z, s) / 60, next_s = -1;
		bool fires = false;

		for (; shown < now; shown++)
			fires = fires || reading->matches((shown + 1) % 1440);
		if (!fires)
			continue;
		expected_s = expected_s < 0 ? from_s : expected_s;
		assert_int_equal(calendar_next(c, z, expected_s, &next_s), 0);
		if (next_s != s)
			fail_msg("%s in %s after %lld: %lld, the wall clock says %lld",
				reading->expression, zone_name(z), (long long)expected_s,
				(long long)next_s, (long long)s);
		expected_s = s;
	}
	calendar_free(c);
}

static void changes_of_the_clocks_are_as_on_the_wall(void **state)
{
	size_t changes = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		struct zone *z = load(zones[i]);
		int64_t at = 978307200; /* 2001: offsets have whole minutes from here on */

		for (;;) {
			(void)zone_offset(z, at, &at);
			if (at > 1924992000) /* 2031 */
				break;
			for (size_t k = 0; k < ARRAY_SIZE(readings); k++)
				check_around(z, at, &readings[k]);
			changes++;
		}
		zone_free(z);
	}
	printf("%zu changes in %zu zones\n", changes, ARRAY_SIZE(zones));
	assert_true(changes > 300);
}

TEST_FILE(test_calendar_laws)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(previous_of_next_is_next),
		cmocka_unit_test(changes_of_the_clocks_are_as_on_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
