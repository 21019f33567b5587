/* Random calendar expressions against `systemd-analyze calendar`: what it refuses is refused here,
 * the normalized forms are equal, and so are the next instants. */
#include "systemd.h"

#include "base/text.h"
#include "policyfile/zonefile.h"
#include "time/calendar.h"
#include "zones.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

enum {
	EXPRESSIONS = 3000,
	MUTATIONS = 6000,
};

static uint64_t seed;

static int64_t pick(int64_t low, int64_t high)
{
	return random_between(&seed, low, high);
}

/* --- what we say -------------------------------------------------------------------------- */

/* Parses an expression and loads its zone, as the callers do. */
static int parse(
	const char *expression, struct calendar **ret, struct zone **ret_zone, struct error *err)
{
	struct calendar *c = NULL;
	int r = calendar_parse(expression, &c, err);

	if (r < 0)
		return r;
	if (calendar_zone_name(c))
		r = zonefile_load(calendar_zone_name(c), ret_zone, err);
	else
		*ret_zone = zone_utc();
	if (r < 0)
		calendar_free(c);
	else
		*ret = c;
	return r;
}

/* systemd before 254 may skip instants after a month that lacks a day, or after a step that leaves
 * its unit ("*-*-1,31", "*-*-1/23"). So where ours is earlier, ask whether it matches: a search
 * that begins there leaves no room for that. */
static bool systemd_confirms(const char *expression, int64_t instant_s, struct answer *ret)
{
	char *copy = xstrdup(expression);

	ask_systemd(instant_s, &copy, ret, 1);
	free(copy);
	return ret->lost || (ret->count > 0 && ret->next[0] == instant_s);
}

/* Instants that systemd skipped, and expressions in which it lost its way ("Resource deadlock
 * avoided", after the same steps that leave their unit). */
static size_t skipped, lost, compared, refused;

static void compare_instants(const struct calendar *c, const struct zone *z, int64_t base_s,
	const char *expression, struct answer a)
{
	int64_t at = base_s - 1;

	for (int i = 0, k = 0; i < ITERATIONS && k < ITERATIONS; i++, k++) {
		int64_t ours = INT64_MAX, theirs = k < a.count ? a.next[k] : INT64_MAX;
		char text[2][CIVIL_TEXT_SIZE] = {"never", "never"};

		if (a.lost) {
			lost++;
			return;
		}
		if (calendar_next(c, z, at, &at) == 0)
			civil_format_utc(ours = at, text[0]);
		if (theirs != INT64_MAX)
			civil_format_utc(theirs, text[1]);
		if (ours < theirs && systemd_confirms(expression, ours, &a)) {
			skipped++;
			k = 0;
		} else if (ours != theirs) {
			fail_msg("seed %llu: '%s' from %lld, iteration %d: systemd says %s, we %s",
				(unsigned long long)random_seed(), expression, (long long)base_s, i,
				text[1], text[0]);
		}
		if (ours == INT64_MAX)
			break;
	}
}

static void compare(int64_t base_s, const char *expression, const struct answer *a, bool instants)
{
	_cleanup_free_ char *normalized = NULL;
	struct calendar *c = NULL;
	struct zone *z = NULL;
	struct error err = {0};
	int r = parse(expression, &c, &z, &err);

	if ((r < 0) != a->refused)
		fail_msg("seed %llu: systemd %s '%s', we do not (%s)",
			(unsigned long long)random_seed(), a->refused ? "refuses" : "takes",
			expression, err.text);
	compared += r >= 0;
	refused += r < 0;
	if (r < 0)
		return;
	normalized = calendar_format(c);
	if (!a->lost && strcmp(normalized, a->normalized) != 0)
		fail_msg("seed %llu: '%s' is '%s' for systemd, '%s' for us",
			(unsigned long long)random_seed(), expression, a->normalized, normalized);
	if (instants)
		compare_instants(c, z, base_s, expression, *a);
	calendar_free(c);
	zone_free(z);
}

static struct answer answers[BATCH];

static void compare_all(int64_t base_s, char **expressions, size_t count, bool instants)
{
	ask_systemd(base_s, expressions, answers, count);
	for (size_t i = 0; i < count; i++) {
		compare(base_s, expressions[i], &answers[i], instants);
		free(expressions[i]);
	}
}

/* --- random expressions ------------------------------------------------------------------- */

static void add_weekdays(struct text *t)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
		"Monday", "tuesday", "WEDNESDAY", "Thursday", "friday", "saturday", "Sunday"};

	for (int64_t n = pick(1, 3); n > 0; n--) {
		int64_t first = pick(0, 6), last = pick(first, 6);

		text_add(t, names[first + 7 * (pick(0, 3) == 0)]);
		if (pick(0, 2) == 0)
			text_printf(t, "%s%s", pick(0, 3) ? ".." : "-",
				names[last + 7 * (pick(0, 3) == 0)]);
		if (n > 1 || pick(0, 9) == 0)
			text_add(t, ",");
	}
	text_add(t, pick(0, 9) ? " " : "  ");
}

static void add_number(struct text *t, int64_t value)
{
	text_printf(t, pick(0, 1) ? "%02lld" : "%lld", (long long)value);
}

static void add_part(struct text *t, int64_t low, int64_t high)
{
	int64_t start = pick(low, high), stop = pick(start, high);
	bool range = pick(0, 3) == 0;

	add_number(t, start);
	if (range) {
		text_add(t, "..");
		add_number(t, stop);
	}
	if (pick(0, 3) == 0) {
		text_add(t, "/");
		/* Mostly one that has room for a step. */
		int64_t room = (range ? stop : high) - start;
		add_number(t, pick(0, 9) == 0 || room < 1 ? pick(1, high) : pick(1, room));
	}
}

/* `star` in ten: *. Now and then a little out of range. */
static void add_list(struct text *t, int64_t low, int64_t high, int star)
{
	if (pick(0, 9) < star) {
		text_add(t, "*");
		return;
	}
	if (pick(0, 99) == 0)
		high++;
	for (int64_t n = pick(0, 2) ? 1 : pick(2, 4); n > 0; n--) {
		add_part(t, low, high);
		if (n > 1)
			text_add(t, ",");
	}
}

static void add_date(struct text *t)
{
	bool from_end = pick(0, 4) == 0;

	if (pick(0, 3) > 0) {
		if (pick(0, 19) == 0)
			add_list(t, 0, 99, 0);
		else
			add_list(t, 2020, 2199, 8);
		text_add(t, "-");
	}
	add_list(t, 1, 12, 6);
	text_add(t, from_end ? "~" : "-");
	if (from_end && pick(0, 1))
		text_printf(t, "%lld/%lld", (long long)pick(2, 28), (long long)pick(1, 5));
	else
		add_list(t, 1, from_end ? 28 : 31, 3);
}

/* Between `low` and `high` o'clock. */
static void add_time(struct text *t, int64_t low, int64_t high)
{
	add_list(t, low, high, low > 0 ? 0 : 3);
	text_add(t, ":");
	add_list(t, 0, 59, 2);
	if (pick(0, 1)) {
		text_add(t, ":");
		add_list(t, 0, 59, 1);
	}
}

static char *random_expression(int64_t low_hour, int64_t high_hour)
{
	static const char *const shorthands[] = {"minutely", "hourly", "daily", "weekly", "monthly",
		"quarterly", "semiannually", "yearly", "annually", "biannually", "bi-annually",
		"semi-annually", "Daily", "WEEKLY"};
	struct text t = TEXT_INIT(4000);
	bool date = pick(0, 9) > 1, time = low_hour > 0 || pick(0, 9) > 1;

	if (low_hour == 0 && pick(0, 29) == 0)
		text_add(&t, shorthands[pick(0, (int64_t)ARRAY_SIZE(shorthands) - 1)]);
	else if (low_hour == 0 && pick(0, 49) == 0)
		text_printf(&t, "%s@%lld", pick(0, 1) ? "Mon..Wed " : "",
			(long long)pick(0, 8000000000));
	else {
		if (pick(0, 2) == 0 || (!date && !time))
			add_weekdays(&t);
		if (date)
			add_date(&t);
		if (date && time)
			text_add(&t, " ");
		if (time)
			add_time(&t, low_hour, high_hour);
	}
	return text_take(&t);
}

static char *with_zone(char *expression, const char *zone)
{
	_cleanup_free_ char *old = expression;

	return xasprintf("%s %s", old, zone);
}

/* 1980 to 2100. */
static int64_t random_base(void)
{
	return pick(315532800, 4102444800);
}

/* --- tests ---------------------------------------------------------------------------------- */

static void random_expressions_in_utc_are_as_in_systemd(void **state)
{
	(void)state;
	for (int done = 0; done < EXPRESSIONS; done += BATCH) {
		char *expressions[BATCH];

		for (size_t i = 0; i < BATCH; i++) {
			expressions[i] = random_expression(0, 23);
			if (pick(0, 4) == 0)
				expressions[i] =
					with_zone(expressions[i], pick(0, 1) ? "UTC" : "utc");
		}
		compare_all(random_base(), expressions, BATCH, true);
	}
}

static void random_expressions_in_fixed_zones_are_as_in_systemd(void **state)
{
	static const char *const zones[] = {
		"Etc/GMT-8", "Etc/GMT+5", "Etc/GMT-14", "Etc/UTC", "Asia/Kolkata", "Asia/Shanghai"};

	(void)state;
	for (int done = 0; done < EXPRESSIONS / 2; done += BATCH) {
		char *expressions[BATCH];

		for (size_t i = 0; i < BATCH; i++)
			expressions[i] = with_zone(random_expression(0, 23),
				zones[pick(0, (int64_t)ARRAY_SIZE(zones) - 1)]);
		/* From 1992 on, when Shanghai's last summer time was over. */
		compare_all(pick(694224000, 4102444800), expressions, BATCH, true);
	}
}

/* Away from the hours that these zones skip or repeat, which is where we differ on purpose. */
static void random_expressions_in_other_zones_are_as_in_systemd(void **state)
{
	static const char *const zones[] = {
		"Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago"};

	(void)state;
	for (int done = 0; done < EXPRESSIONS / 2; done += BATCH) {
		char *expressions[BATCH];

		for (size_t i = 0; i < BATCH; i++)
			expressions[i] = with_zone(random_expression(4, 21),
				zones[pick(0, (int64_t)ARRAY_SIZE(zones) - 1)]);
		compare_all(pick(1262304000, 4102444800), expressions, BATCH, true);
	}
}

/* Any byte of a good expression replaced, put in, or taken out. */
static void changed_expressions_are_taken_or_refused_as_by_systemd(void **state)
{
	static const char alphabet[] = "0123456789*,-~:/. MonTueday@UTCx";

	(void)state;
	for (int done = 0; done < MUTATIONS; done += BATCH) {
		char *expressions[BATCH];

		for (size_t i = 0; i < BATCH;) {
			char *text = random_expression(0, 23), *new;
			int64_t at = pick(0, (int64_t)strlen(text)), skip = pick(0, 1);
			char put[2] = {0};

			if (!text[at])
				skip = 0;
			if (!skip || pick(0, 1))
				put[0] = alphabet[pick(0, (int64_t)sizeof(alphabet) - 2)];
			new = xasprintf("%.*s%s%s", (int)at, text, put, text + at + skip);
			free(text);
			/* strtoul() lets systemd take a sign or a space after @. */
			if (strchr(new, '@') || *new == '\0')
				free(new);
			else
				expressions[i++] = new;
		}
		ask_systemd(1795219200, expressions, answers, BATCH);
		for (size_t i = 0; i < BATCH; i++) {
			struct calendar *c = NULL;
			struct error err = {0};

			/* The stated difference: fractions of seconds. */
			if (!answers[i].refused && calendar_parse(expressions[i], &c, &err) < 0)
				if (!strstr(err.text, "fractions of a second"))
					fail_msg("seed %llu: systemd takes '%s': %s",
						(unsigned long long)random_seed(), expressions[i],
						err.text);
			if (answers[i].refused || c)
				compare(1795219200, expressions[i], &answers[i], true);
			calendar_free(c);
			free(expressions[i]);
		}
	}
}

static void what_systemd_refuses_is_refused(void **state)
{
	static const char *const cases[] = {"never", "daily ", " daily", "daily daily", "Mon daily",
		"daily Mon", "Mon Tue", "*-13-01", "*-00-01", "*-*-32", "*-*-00", "*-*~29",
		"*-*~00", "*-*~1/2", "1969-01-01", "2200-01-01", "24:00", "12:60", "12:00:60", "12",
		"12:", ":12", "*/2", "*:0/0", "*:0/60", "20..10:00", "1..:00", "..1:00", "1,:00",
		",1:00", "1,,2:00", "Mon,,Tue", "Fri..Mon", "Mon..", "Mon.Tue", "Mon..Tue..Wed",
		"Mondays", "Mo", "2020~01-01", "2020~01~01", "2020-01-01-01",
		"2020-01-01 12:00 13:00", "2020-01-01T12:00", "12:00 UTC UTC",
		"12:00 UTC Europe/Berlin", "12:00 Nowhere/Land", "12:00 ../etc/passwd",
		"99999999999999999999:00", "*-*-* 02:00 ", "*:*:5..5", "*:*:5..4", "5..4:00",
		"12:00:00:00", "**", "*-*-*-*", "1-1-1-1", "2020-01", "Mon 2020", "-1-1", "1/1/1",
		"01/02/2020", "12h", "12:00pm", "5min", "every day", "0 2 * * *", "@daily",
		"@reboot", "@", "UTC", " UTC", "\xff", "*-*-* 02:00\t", "Mon\t02:00", "02.00",
		"2:00:00..", "*:*:0/60", "*-1..13-1", "2020..2300-1-1"};
	const size_t count = ARRAY_SIZE(cases);

	(void)state;
	for (size_t from = 0; from < count; from += BATCH) {
		char *expressions[BATCH];
		size_t n = count - from < BATCH ? count - from : BATCH;

		for (size_t i = 0; i < n; i++)
			expressions[i] = xstrdup(cases[from + i]);
		ask_systemd(1795219200, expressions, answers, n);
		for (size_t i = 0; i < n; i++) {
			if (!answers[i].refused)
				fail_msg("systemd takes '%s'", expressions[i]);
			compare(1795219200, expressions[i], &answers[i], false);
			free(expressions[i]);
		}
	}
}

static void fractions_of_seconds_are_the_only_ones_refused_by_us_alone(void **state)
{
	char *expressions[] = {"*:*:0.5", "*:*:0/0.5", "*:*:1.25..3.5", "12:00:01.000001"};

	(void)state;
	ask_systemd(1795219200, expressions, answers, ARRAY_SIZE(expressions));
	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		struct calendar *c = NULL;
		struct error err = {0};

		assert_false(answers[i].refused);
		assert_int_equal(calendar_parse(expressions[i], &c, &err), -EINVAL);
		assert_non_null(strstr(err.text, "fractions of a second are not supported"));
	}
}

TEST_FILE(test_calendar_as_systemd)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_expressions_in_utc_are_as_in_systemd),
		cmocka_unit_test(random_expressions_in_fixed_zones_are_as_in_systemd),
		cmocka_unit_test(random_expressions_in_other_zones_are_as_in_systemd),
		cmocka_unit_test(changed_expressions_are_taken_or_refused_as_by_systemd),
		cmocka_unit_test(what_systemd_refuses_is_refused),
		cmocka_unit_test(fractions_of_seconds_are_the_only_ones_refused_by_us_alone),
	};

	int failed;

	seed = random_seed();
	/* Its times are to be in UTC and its words in English. */
	(void)setenv("TZ", "UTC", 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)setenv("SYSTEMD_COLORS", "0", 1);
	(void)setenv("SYSTEMD_LOG_LEVEL", "info", 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("seed %llu: %zu expressions are equal, %zu refused by both\n",
		(unsigned long long)random_seed(), compared - lost, refused);
	printf("systemd skipped %zu instants that it confirms, and lost its way %zu times\n",
		skipped, lost);
	return failed || lost > EXPRESSIONS / 100;
}
