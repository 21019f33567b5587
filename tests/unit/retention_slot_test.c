/* Slots: instants of a schedule, with jitter and blackouts. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/digest.h"
#include "base/memory.h"
#include "retention/slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600
#define DAY (24 * HOUR)

/* `schedule` is a calendar expression, or "every SECONDS", or "none"; `windows` ends in NULL. */
static struct policy *policy_of(const char *words, const char *schedule, const char *const *windows)
{
	struct policy *p = fixture_policy(words);
	struct schedule *s = &p->schedule;

	if (strncmp(schedule, "every ", 6) == 0) {
		s->kind = SCHEDULE_EVERY;
		s->every_s = atoll(schedule + 6);
	} else if (strcmp(schedule, "none") != 0) {
		s->kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(schedule, &s->calendar, NULL), 0);
	}
	for (; windows && *windows; windows++) {
		s->blackouts =
			xreallocarray(s->blackouts, s->blackout_count + 1, sizeof(*s->blackouts));
		assert_int_equal(
			window_parse(*windows, &s->blackouts[s->blackout_count++], NULL), 0);
	}
	return p;
}

struct row {
	const char *name, *policy, *schedule;
	const char *windows[4];
	const char *at;
	const char *previous, *next; /* NULL: none */
};

static const struct row rows[] = {
	{"daily", "", "*-*-* 02:00", {NULL}, "2026-11-21T01:59:59Z", "2026-11-20T02:00Z",
		"2026-11-21T02:00Z"},
	{"at a slot", "", "*-*-* 02:00", {NULL}, "2026-11-21T02:00Z", "2026-11-21T02:00Z",
		"2026-11-22T02:00Z"},
	{"in the policy's zone", "zone=Asia/Shanghai", "*-*-* 02:00", {NULL}, "2026-11-21T00:00Z",
		"2026-11-20T18:00Z", "2026-11-21T18:00Z"},
	{"every six hours since the epoch", "zone=Asia/Shanghai", "every 21600", {NULL},
		"2026-11-21T07:00Z", "2026-11-21T06:00Z", "2026-11-21T12:00Z"},
	{"before the epoch", "", "every 21600", {NULL}, "1969-12-31T23:00Z", "1969-12-31T18:00Z",
		"1970-01-01"},
	{"none", "", "none", {NULL}, "2026-11-21", NULL, NULL},
	{"a slot in a blackout waits for its end", "", "*-*-* 10:00", {"09:00-19:00", NULL},
		"2026-11-21T12:00Z", "2026-11-20T19:00Z", "2026-11-21T19:00Z"},
	{"at the end of the blackout", "", "*-*-* 10:00", {"09:00-19:00", NULL},
		"2026-11-21T19:00Z", "2026-11-21T19:00Z", "2026-11-22T19:00Z"},
	{"a slot at the end is outside", "", "*-*-* 19:00", {"09:00-19:00", NULL},
		"2026-11-21T19:00Z", "2026-11-21T19:00Z", "2026-11-22T19:00Z"},
	{"a slot at the start is inside", "", "*-*-* 09:00", {"09:00-19:00", NULL},
		"2026-11-21T09:00Z", "2026-11-20T19:00Z", "2026-11-21T19:00Z"},
	{"a slot in the second before a blackout", "", "*-*-* 08:59:59", {"09:00-19:00", NULL},
		"2026-11-21T12:00Z", "2026-11-21T08:59:59Z", "2026-11-22T08:59:59Z"},
	{"hours of a blackout collapse to its end", "", "every 3600", {"09:00-19:30", NULL},
		"2026-11-21T12:00Z", "2026-11-21T08:00Z", "2026-11-21T19:30Z"},
	{"and go on after it", "", "every 3600", {"09:00-19:30", NULL}, "2026-11-21T19:30Z",
		"2026-11-21T19:30Z", "2026-11-21T20:00Z"},
	{"blackouts that touch are one", "", "*-*-* 10:00",
		{"09:00-12:00", "12:00-14:00", "13:00-15:00", NULL}, "2026-11-21T11:00Z",
		"2026-11-20T15:00Z", "2026-11-21T15:00Z"},
	{"over midnight and the week's end", "", "every 3600",
		{"Fri..Sun 00:00-24:00", "Thu 20:00-02:00", NULL}, "2026-11-21T12:00Z",
		"2026-11-19T19:00Z", "2026-11-23T00:00Z"},
	{"blackouts are of the policy's zone", "zone=Asia/Shanghai", "every 3600",
		{"Mon..Fri 09:00-19:00", NULL}, "2026-11-20T02:00Z", "2026-11-20T00:00Z",
		"2026-11-20T11:00Z"},
	{"blackouts leave no time", "", "every 3600", {"00:00-12:00", "12:00-24:00", NULL},
		"2026-11-21T12:00Z", NULL, NULL},
	{"before the only slot", "", "2026-11-21 02:00", {NULL}, "2026-11-21T01:00Z", NULL,
		"2026-11-21T02:00Z"},
	{"after the only slot", "", "2026-11-21 02:00", {NULL}, "2026-11-21T03:00Z",
		"2026-11-21T02:00Z", NULL},
	{"spring forward: the first instant after the gap", "zone=America/New_York", "*-*-* 02:30",
		{NULL}, "2026-03-08T05:00Z", "2026-03-07T07:30Z", "2026-03-08T07:00Z"},
	{"spring forward skips the only hour that blackouts leave", "zone=America/New_York",
		"every 3600", {"Sun 03:00-24:00", "Mon..Sat 00:00-24:00", "Sun 00:00-02:00", NULL},
		"2026-03-01T08:00Z", "2026-03-01T07:00Z", "2026-03-15T06:00Z"},
	{"and so it is later", "zone=America/New_York", "every 3600",
		{"Sun 03:00-24:00", "Mon..Sat 00:00-24:00", "Sun 00:00-02:00", NULL},
		"2026-03-14T12:00Z", "2026-03-01T07:00Z", "2026-03-15T06:00Z"},
	{"the repeated hour fires once", "zone=America/New_York", "*-*-* 01:30", {NULL},
		"2026-11-01T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"},
};

static void check_instant(const char *name, int r, int64_t got_s, const char *want)
{
	char text[CIVIL_TEXT_SIZE] = "none";

	if (r == 0)
		civil_format_utc(got_s, text);
	if (r != (want ? 0 : -ENOENT) || (want && got_s != fixture_time(want)))
		fail_msg("%s: %d %s, not %s", name, r, text, want ? want : "none");
}

static void slots_are_instants_moved_out_of_blackouts(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct policy *p = policy_of(row->policy, row->schedule, row->windows);
		int64_t at_s = fixture_time(row->at), s = 0;
		int r = slot_previous(p, at_s, &s);
		check_instant(row->name, r, s, row->previous);
		r = slot_next(p, at_s, &s);
		check_instant(row->name, r, s, row->next);
		policy_free(p);
	}
}

static void jitter_is_stable_and_each_clusters_own(void **state)
{
	struct policy *p = policy_of("", "*-*-* 02:00", NULL);
	int64_t jitter_s, s = 0;
	(void)state;

	assert_int_equal(slot_jitter(p), 0);
	p->schedule.jitter_s = 600;
	jitter_s = slot_jitter(p);
	assert_int_equal(jitter_s, digest_fnv1a("amv-1") % 600);
	assert_true(jitter_s > 0);
	assert_int_equal(slot_next(p, fixture_time("2026-11-21T02:00Z"), &s), 0);
	assert_int_equal(s, fixture_time("2026-11-21T02:00Z") + jitter_s);
	assert_int_equal(slot_previous(p, s - 1, &s), 0);
	assert_int_equal(s, fixture_time("2026-11-20T02:00Z") + jitter_s);
	policy_free(p);
}

static void a_slot_that_jitter_moves_into_a_blackout_waits(void **state)
{
	struct policy *p =
		policy_of("", "*-*-* 08:59:59", (const char *const[]){"09:00-19:00", NULL});
	int64_t s = 0;
	(void)state;

	p->schedule.jitter_s = 600;
	assert_int_equal(slot_next(p, fixture_time("2026-11-21T08:00Z"), &s), 0);
	assert_int_equal(s, fixture_time("2026-11-21T19:00Z"));
	policy_free(p);
}

static void jittered_slots_collapse_to_the_end_of_a_blackout(void **state)
{
	struct policy *p = policy_of("", "every 600", (const char *const[]){"09:00-10:00", NULL});
	int64_t s = 0;
	(void)state;

	p->schedule.jitter_s = DAY;
	assert_int_equal(slot_jitter(p), 54373); /* 15:06:13 */
	assert_int_equal(slot_next(p, fixture_time("2026-11-21T09:59Z"), &s), 0);
	assert_int_equal(s, fixture_time("2026-11-21T10:00Z"));
	assert_int_equal(slot_next(p, s, &s), 0);
	assert_int_equal(s, fixture_time("2026-11-21T10:06:13Z"));
	assert_int_equal(slot_previous(p, fixture_time("2026-11-21T09:59Z"), &s), 0);
	assert_int_equal(s, fixture_time("2026-11-21T08:56:13Z"));
	policy_free(p);
}

static void the_years_1_to_9999_have_slots(void **state)
{
	struct policy *p = policy_of("", "every 3600", NULL);
	int64_t earliest_s = fixture_time("0001-01-01"),
		latest_s = fixture_time("9999-12-31T23:59:59Z"), s = 0;
	(void)state;

	assert_int_equal(slot_previous(p, earliest_s, &s), 0);
	assert_int_equal(s, earliest_s);
	assert_int_equal(slot_next(p, earliest_s, &s), 0);
	assert_int_equal(s, earliest_s + 3600);
	assert_int_equal(slot_previous(p, latest_s, &s), 0);
	assert_int_equal(s, latest_s - 3599);
	assert_int_equal(slot_previous(p, earliest_s - 1, &s), -ENOENT);
	assert_int_equal(slot_next(p, earliest_s - 1, &s), -ENOENT);
	p->schedule.jitter_s = 600;
	assert_int_equal(slot_previous(p, latest_s + 1, &s), -ENOENT);
	assert_int_equal(slot_next(p, latest_s + 1, &s), -ENOENT);
	assert_int_equal(slot_longest_gap(p, latest_s + 1, &s), -ENOENT);
	policy_free(p);
}

static void absurd_instants_have_no_slots(void **state)
{
	struct policy *p = policy_of("", "every 3600", NULL);
	int64_t s;
	(void)state;

	p->schedule.jitter_s = 600;
	assert_int_equal(slot_next(p, INT64_MAX, &s), -ENOENT);
	assert_int_equal(slot_next(p, INT64_MIN, &s), -ENOENT);
	assert_int_equal(slot_previous(p, INT64_MAX, &s), -ENOENT);
	assert_int_equal(slot_previous(p, INT64_MIN, &s), -ENOENT);
	assert_int_equal(slot_longest_gap(p, INT64_MAX, &s), -ENOENT);
	policy_free(p);
}

static void walking_forth_and_back_meets_the_same_slots(void **state)
{
	static const char *const windows[] = {"Mon..Fri 09:00-19:00", "Sat 22:00-04:00", NULL};
	static const char *const schedules[] = {
		"every 3600", "every 7000", "*-*-* 02,10,18:30", "Sat *-*-* 23:00"};
	static const char *const zones[] = {
		"", "zone=America/New_York", "zone=Australia/Lord_Howe"};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(schedules) * ARRAY_SIZE(zones); i++) {
		struct policy *p = policy_of(zones[i % 3], schedules[i / 3], windows);
		int64_t at_s = fixture_time("2026-09-01"), end_s = fixture_time("2027-05-01"),
			s = 0, back = 0;
		p->schedule.jitter_s = 1000;
		while (at_s < end_s) {
			assert_int_equal(slot_next(p, at_s, &s), 0);
			assert_true(s > at_s);
			assert_int_equal(slot_previous(p, s, &back), 0);
			assert_int_equal(back, s);
			if (slot_previous(p, s - 1, &back) == 0) {
				assert_true(back < s);
				assert_true(back == at_s || at_s == fixture_time("2026-09-01"));
			}
			at_s = s;
		}
		policy_free(p);
	}
}

static void s5_a_set_stands_for_its_slot_if_it_may_be_the_slots_own(void **state)
{
	static const struct {
		const char *sets, *newest; /* NULL: none */
	} cases[] = {
		{"1@2026-11-19", "2026-11-19"},
		{"1@2026-11-19 2@2026-11-20,running", "2026-11-20"},
		{"1@2026-11-19 2@2026-11-20,late", "2026-11-20"},
		{"1@2026-11-19 2@2026-11-20,unknown", "2026-11-19"},
		{"1@2026-11-19 2@2026-11-20,failed", "2026-11-19"},
		{"1@2026-11-19 2@2026-11-20,deleting", "2026-11-19"},
		{"1@2026-11-19 2@2026-11-21T01:00Z", "2026-11-19"}, /* in an hour */
		{"1@2026-11-19,failed", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(inventory_done) struct inventory inv;
		int64_t newest_s;
		inventory_init(&inv);
		fixture_sets(&inv, cases[i].sets);
		newest_s = slot_newest_start(&inv, fixture_time("2026-11-21T00:00Z"));
		if (newest_s != (cases[i].newest ? fixture_time(cases[i].newest) : SET_NO_TIME))
			fail_msg("case %zu", i);
	}
}

static void freshness_comes_from_the_schedule(void **state)
{
	static const struct {
		const char *policy, *schedule, *windows[3];
		int64_t jitter_s, gap_s, fresh_s;
	} cases[] = {
		{"fresh=auto", "*-*-* 02:00", {NULL}, 0, DAY, DAY + DAY / 4},
		{"fresh=auto", "*-*-* 02:00", {NULL}, 600, DAY, (DAY + 600) + (DAY + 600) / 4},
		{"fresh=auto", "Mon..Fri *-*-* 02:00", {NULL}, 0, 3 * DAY, 3 * DAY + 3 * DAY / 4},
		{"fresh=auto", "every 21600", {"09:00-19:00", NULL}, 0, 10 * HOUR + 3 * HOUR,
			(23 * HOUR) + (23 * HOUR) / 4},
		{"fresh=auto", "*-01-01", {NULL}, 0, 365 * DAY, 365 * DAY + 365 * DAY / 4},
		{"fresh=auto", "*-02-29", {NULL}, 0, 1461 * DAY, 1461 * DAY + 1461 * DAY / 4},
		{"fresh=auto", "every 21600", {"09:00-10:00", "12:00-19:00", NULL}, 0, 13 * HOUR,
			25 * HOUR},
		{"fresh=auto zone=America/New_York", "*-*-* 02:00", {NULL}, 0, 25 * HOUR,
			25 * HOUR + 25 * HOUR / 4},
		{"fresh=36h", "*-*-* 02:00", {NULL}, 0, DAY, 36 * HOUR},
		{"fresh=1s", "*-*-* 02:00", {NULL}, 0, DAY, 1},
		{"fresh=off", "*-*-* 02:00", {NULL}, 0, DAY, FRESH_OFF},
		{"fresh=auto", "none", {NULL}, 0, -1, FRESH_OFF},
		{"fresh=auto", "2026-11-22", {NULL}, 0, -1, FRESH_OFF},
		{"fresh=auto", "2027-*-01", {NULL}, 0, 31 * DAY, 31 * DAY + 31 * DAY / 4},
		{"fresh=auto", "minutely", {NULL}, 0, 60, 75},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct policy *p = policy_of(cases[i].policy, cases[i].schedule, cases[i].windows);
		int64_t now_s = fixture_time("2026-11-21"), gap_s = -1;
		p->schedule.jitter_s = cases[i].jitter_s;
		assert_int_equal(
			slot_longest_gap(p, now_s, &gap_s), cases[i].gap_s < 0 ? -ENOENT : 0);
		print_message("  %s\n", cases[i].schedule);
		assert_int_equal(gap_s, cases[i].gap_s);
		assert_int_equal(slot_fresh_within(p, -1, now_s), cases[i].fresh_s);
		policy_free(p);
	}
}

/* A set counts when it is finished, and is dated when it began. */
static void a_set_is_fresh_for_as_long_as_the_next_may_take(void **state)
{
	static const struct {
		const char *policy, *schedule;
		int64_t longest_s, fresh_s;
	} cases[] = {
		{"fresh=auto", "every 21600", -1, 6 * HOUR * 5 / 4},
		{"fresh=auto", "every 21600", 0, 6 * HOUR * 5 / 4},
		{"fresh=auto", "every 21600", 2 * HOUR, 6 * HOUR * 5 / 4 + 2 * HOUR},
		{"fresh=auto", "every 21600", DAY + 1, 6 * HOUR * 5 / 4 + DAY},
		{"fresh=7h", "every 21600", 2 * HOUR, 7 * HOUR},
		{"fresh=off", "every 21600", 2 * HOUR, FRESH_OFF},
		{"fresh=auto", "none", 2 * HOUR, FRESH_OFF},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *windows[3] = {NULL};
		struct policy *p = policy_of(cases[i].policy, cases[i].schedule, windows);
		assert_int_equal(
			slot_fresh_within(p, cases[i].longest_s, fixture_time("2026-11-21")),
			cases[i].fresh_s);
		policy_free(p);
	}
}

static void the_longest_gap_is_of_a_leap_year_or_10000_slots(void **state)
{
	static const struct {
		const char *schedule, *window, *from;
		int64_t gap_s;
	} cases[] = {
		/* 1 January 2028, when the year of 366 days begins, is 366 days after. */
		{"*-01-01", NULL, "2026-12-31", 366 * DAY},
		{"*-01-01", NULL, "2026-12-30T23:59:59Z", 365 * DAY},
		/* 9,999 minutes before 11:59 on Monday the 23rd, and one more. */
		{"every 60", "Mon 12:00-13:00", "2026-11-16T13:20Z", 61 * 60},
		{"every 60", "Mon 12:00-13:00", "2026-11-16T13:19Z", 60},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct policy *p = policy_of(
			"", cases[i].schedule, (const char *const[]){cases[i].window, NULL});
		int64_t gap_s = -1;
		print_message("  from %s\n", cases[i].from);
		assert_int_equal(slot_longest_gap(p, fixture_time(cases[i].from), &gap_s), 0);
		assert_int_equal(gap_s, cases[i].gap_s);
		policy_free(p);
	}
}

TEST_FILE(retention_slot_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_instants_moved_out_of_blackouts),
		cmocka_unit_test(jitter_is_stable_and_each_clusters_own),
		cmocka_unit_test(a_slot_that_jitter_moves_into_a_blackout_waits),
		cmocka_unit_test(jittered_slots_collapse_to_the_end_of_a_blackout),
		cmocka_unit_test(the_years_1_to_9999_have_slots),
		cmocka_unit_test(absurd_instants_have_no_slots),
		cmocka_unit_test(walking_forth_and_back_meets_the_same_slots),
		cmocka_unit_test(s5_a_set_stands_for_its_slot_if_it_may_be_the_slots_own),
		cmocka_unit_test(freshness_comes_from_the_schedule),
		cmocka_unit_test(a_set_is_fresh_for_as_long_as_the_next_may_take),
		cmocka_unit_test(the_longest_gap_is_of_a_leap_year_or_10000_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
