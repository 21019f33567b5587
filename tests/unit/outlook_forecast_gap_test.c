/* The gaps between restore points that a forecast counts. */
#include "outlook_forecast_help.h"

static void a_daily_schedule_has_gaps_of_a_day_and_thinned_ones_of_a_week(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "daily=7 weekly=8", "", 300);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], DAY);
	assert_int_equal(p.f.worst_gap_s[AGE_MONTH], 7 * DAY);
	assert_int_equal(p.f.worst_gap_s[AGE_OLDER], -1);
}

/* Gaps of five days behind a set whose age is just below and just at the border of two ages. */
static void a_gap_counts_for_the_age_of_the_newer_set(void **state)
{
	static const int border_days[] = {0, 1, 7, 31, 92, 366, 10000};
	(void)state;

	for (int age = 0; age < AGE_COUNT; age++)
		for (int last = 0; last < 2; last++) {
			_cleanup_(played_done) struct played p;
			struct set s = {.expires_s = SET_NO_TIME};
			prepare(&p, "last=all", "", 0);
			s.start_s = p.in.from_s -
				(last ? border_days[age + 1] * DAY - 1 : border_days[age] * DAY);
			inventory_add(&p.inv, &s, "2", NULL, NULL);
			s.start_s -= 5 * DAY;
			inventory_add(&p.inv, &s, "1", NULL, NULL);
			forecast_make(&p.in, &p.f);
			for (int i = 0; i < AGE_COUNT; i++)
				assert_int_equal(p.f.worst_gap_s[i], i == age ? 5 * DAY : -1);
		}
}

/* With last=3 a set has one before it until it is a day old, with last=9 until it is seven. */
static void a_gap_counts_as_long_as_both_sets_are_there(void **state)
{
	static const struct {
		const char *policy;
		enum forecast_age oldest;
	} cases[] = {{"last=2", AGE_DAY}, {"last=3", AGE_WEEK}, {"last=8", AGE_WEEK},
		{"last=9", AGE_MONTH}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(played_done) struct played p;
		play(&p, cases[i].policy, "", 30);
		for (enum forecast_age age = 0; age < AGE_COUNT; age++)
			assert_int_equal(p.f.worst_gap_s[age], age <= cases[i].oldest ? DAY : -1);
	}
}

static void what_falls_at_the_very_start_leaves_no_gap(void **state)
{
	_cleanup_(played_done) struct played p, between;
	(void)state;

	play(&p, "last=1", "1@2026-10-01 2@2026-11-20", 0);
	assert_int_equal(p.f.deletes, 1);
	assert_int_equal(p.f.kept, 1);
	assert_int_equal(p.f.most_sets, 2);
	assert_int_equal(p.f.most_at_s, p.f.from_s);
	for (enum forecast_age age = 0; age < AGE_COUNT; age++)
		assert_int_equal(p.f.worst_gap_s[age], -1);

	play(&between, "last=1 protect=1", "1@2026-11-10 2@2026-11-16 3@2026-11-20", 0);
	assert_int_equal(between.f.worst_gap_s[AGE_DAY], 10 * DAY);
	assert_int_equal(between.f.worst_gap_s[AGE_WEEK], -1);
}

/* 2 and 3 fall at the first slot, when the window moves to 2026-11-11. */
static void neighbours_that_fall_together_leave_no_gap_of_the_second(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "within=10d protect=1",
		"1@2026-11-01 2@2026-11-10T06:00Z 3@2026-11-10T12:00Z 4@2026-11-20", 1);
	assert_int_equal(p.f.deletes, 2);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], 9 * DAY + DAY / 2);   /* 3 to 4, at the start */
	assert_int_equal(p.f.worst_gap_s[AGE_WEEK], 19 * DAY);           /* 1 to 4, at the slot */
	assert_int_equal(p.f.worst_gap_s[AGE_MONTH], 9 * DAY + DAY / 4); /* 1 to 2 */
}

/* 2 falls at the first slot; the cloud takes 1 before the second. */
static void a_gap_ends_when_its_older_set_is_taken(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=1 protect=1 protect=3",
		"1@2026-11-01,expires=2026-11-21T06:00Z 2@2026-11-10 3@2026-11-20", 10);
	assert_int_equal(p.f.expired, 1);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], 10 * DAY);  /* 2 to 3, at the start */
	assert_int_equal(p.f.worst_gap_s[AGE_WEEK], 19 * DAY); /* 1 to 3, at the first slot */
	assert_int_equal(p.f.worst_gap_s[AGE_MONTH], 9 * DAY); /* 1 to 2, at the start */
}

TEST_FILE(outlook_forecast_gap_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daily_schedule_has_gaps_of_a_day_and_thinned_ones_of_a_week),
		cmocka_unit_test(a_gap_counts_for_the_age_of_the_newer_set),
		cmocka_unit_test(a_gap_counts_as_long_as_both_sets_are_there),
		cmocka_unit_test(what_falls_at_the_very_start_leaves_no_gap),
		cmocka_unit_test(neighbours_that_fall_together_leave_no_gap_of_the_second),
		cmocka_unit_test(a_gap_ends_when_its_older_set_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
