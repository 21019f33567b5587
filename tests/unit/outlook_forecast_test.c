/* How many sets a schedule and a policy come to in years, with and without outages. */
#include "outlook_forecast_help.h"

#include "outlook/compare.h"
#include "outlook/cost.h"

#include <math.h>

/* In steady state a count holds so many sets, and one more between a backup and its prune. */
static void in_steady_state_a_policy_holds_what_theory_says(void **state)
{
	static const struct {
		const char *policy;
		int64_t days;
		size_t kept;
		int64_t most, steady_day;
	} cases[] = {
		{"last=5", 100, 5, 6, 5},
		{"daily=14", 100, 14, 15, 14},
		{"daily=14d", 100, 14, 15, 15},
		{"within=10d", 100, 10, 11, 11},
		/* The newest is of both rules, then three more days of this week. */
		{"last=1 yearly=1", 30, 1, 2, 1},
		/* 730 sets are younger than 730 days; the one of that age goes with the backup. */
		{"daily=all", 1000, 730, 730, 731},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(played_done) struct played p;
		play(&p, cases[i].policy, "", cases[i].days);
		assert_int_equal(p.f.backups, cases[i].days);
		assert_int_equal(p.f.kept, cases[i].kept);
		assert_int_equal(p.f.most_sets, cases[i].most);
		assert_int_equal(p.f.backups, p.f.deletes + p.f.expired + (int64_t)p.f.kept);
		assert_int_equal((p.f.steady_s - p.f.from_s) / DAY + 1, cases[i].steady_day);
	}
}

static void an_outage_is_made_up_once_and_shows_as_a_gap(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	prepare(&p, "daily=30", "", 30);
	p.in.down_from_s = fixture_time("2026-11-25T06:00Z");
	p.in.down_to_s = fixture_time("2026-12-01T06:00Z");
	forecast_make(&p.in, &p.f);
	assert_int_equal(p.f.missed, 6);
	assert_int_equal(p.f.backups, 30 - 6 + 1);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], 6 * DAY + DAY / 4);
	forecast_done(&p.f);
	p.policy->schedule.catch_up = false;
	forecast_make(&p.in, &p.f);
	assert_int_equal(p.f.backups, 30 - 6);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], 7 * DAY);
}

/* Of 30 slots, the first on 2026-11-21 and the last on 2026-12-20. */
static void a_slot_is_made_up_only_if_no_other_comes_first(void **state)
{
	static const struct {
		const char *name, *from, *to;
		int miss_permille;
		int64_t missed, backups;
	} cases[] = {
		{"no outage", "2026-11-25", "2026-11-25", 0, 0, 30},
		{"between two slots", "2026-11-25T06:00Z", "2026-11-25T18:00Z", 0, 0, 30},
		{"until a slot", "2026-11-25", "2026-11-28", 0, 3, 27},
		{"until a slot that is missed", "2026-11-25", "2026-11-28", 1000, 30, 0},
		{"until some time between slots that are missed", "2026-11-25", "2026-11-28T06:00Z",
			1000, 30, 1},
		{"until the end", "2026-12-20", "2026-12-20T12:00Z", 0, 1, 30},
		{"for longer", "2026-12-20", "2026-12-20T12:00:01Z", 0, 1, 29},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(played_done) struct played p;
		print_message("  %s\n", cases[i].name);
		prepare(&p, "daily=30", "", 30);
		p.in.down_from_s = fixture_time(cases[i].from);
		p.in.down_to_s = fixture_time(cases[i].to);
		p.in.miss_permille = cases[i].miss_permille;
		forecast_make(&p.in, &p.f);
		assert_int_equal(p.f.missed, cases[i].missed);
		assert_int_equal(p.f.backups, cases[i].backups);
	}
}

/* The numbers are those of splitmix64, one for each slot: the same with every version. */
static void which_slots_are_missed_is_known_of_every_seed(void **state)
{
	static const struct {
		int permille;
		uint64_t seed;
	} cases[] = {{0, 1}, {1, 1}, {100, 1}, {100, 7}, {500, 2}, {1000, 1}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(played_done) struct played p;
		struct dice dice = {cases[i].seed};
		int64_t missed = 0;
		prepare(&p, "last=1", "", 5000);
		p.in.miss_permille = cases[i].permille;
		p.in.seed = cases[i].seed;
		forecast_make(&p.in, &p.f);
		for (int slot = 0; slot < 5000; slot++)
			missed += dice_roll(&dice) % 1000 < (uint64_t)cases[i].permille;
		assert_int_equal(p.f.missed, missed);
		assert_int_equal(p.f.backups, 5000 - missed);
	}
}

static void missed_slots_are_the_same_for_the_same_seed(void **state)
{
	int64_t missed[3];
	(void)state;

	for (int i = 0; i < 3; i++) {
		_cleanup_(played_done) struct played p;
		prepare(&p, "daily=30", "", 1000);
		p.in.miss_permille = 100;
		p.in.seed = i == 2 ? 7 : 1;
		forecast_make(&p.in, &p.f);
		missed[i] = p.f.missed;
		assert_int_equal(p.f.missed + p.f.backups, 1000);
		assert_in_range(p.f.missed, 60, 140);
	}
	assert_int_equal(missed[0], missed[1]);
	assert_int_not_equal(missed[0], missed[2]);
}

static void it_sets_out_from_the_sets_that_there_are(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=2",
		"1@2026-11-17 2@2026-11-18 3@2026-11-19 4@2026-11-20 5@2026-11-20T01:00Z,failed",
		1);
	assert_int_equal(p.f.backups, 1);
	assert_int_equal(p.f.deletes, 3);
	assert_int_equal(p.f.most_sets, 4);
	assert_int_equal(p.f.kept, 2);
	assert_int_equal(p.f.count, 5);
}

static void each_set_says_what_became_of_it_and_why(void **state)
{
	_cleanup_(played_done) struct played p;
	const struct forecast_set *s;
	(void)state;

	prepare(&p, "last=2 protect=1 protect=2026-11-21/2026-11-21T12:00Z",
		"1@2026-11-17 2@2026-11-18 3@2026-11-19T06:00Z,expires=2026-11-21T18:00Z "
		"4@2026-11-20,failed",
		2);
	forecast_make(&p.in, &p.f);
	s = p.f.sets;
	assert_int_equal(p.f.count, 5);
	assert_int_equal(p.f.kept, 4);
	assert_int_equal(p.f.expired, 1);
	assert_int_equal(p.f.deletes, 0);
	assert_true(s[0].given && s[0].protect && s[0].fate == FATE_KEPT && s[0].rules == 0);
	assert_true(s[1].given && !s[1].protect && s[1].fate == FATE_KEPT);
	assert_int_equal(s[1].rules, 1u << RULE_LAST);
	assert_true(s[2].given && !s[2].protect && s[2].fate == FATE_EXPIRED && s[2].rules == 0);
	assert_int_equal(s[2].end_s, fixture_time("2026-11-21T18:00Z"));
	assert_true(!s[3].given && s[3].protect && s[3].fate == FATE_KEPT);
	assert_int_equal(s[3].start_s, fixture_time("2026-11-21"));
	assert_true(!s[4].given && !s[4].protect && s[4].fate == FATE_KEPT);
	assert_int_equal(s[4].rules, 1u << RULE_LAST);
	assert_int_equal(s[4].end_s, SET_NO_TIME);
}

/* It comes of age at the second of three slots. */
static void a_failed_set_that_goes_is_none_of_the_deletes(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=all failed=7d", "1@2026-11-14T06:00Z,failed 2@2026-11-20", 3);
	assert_int_equal(p.f.deletes, 0);
	assert_int_equal(p.f.kept, 4);
	assert_int_equal(p.f.count, 4);
	assert_int_equal(p.f.most_sets, 4);
	assert_int_equal(p.f.most_at_s, fixture_time("2026-11-23"));
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], DAY);
}

static void a_set_dated_a_little_ahead_satisfies_its_slots(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	prepare(&p, "last=all", "1@2026-11-20T12:03Z", 0);
	p.policy->schedule.every_s = 60;
	p.in.to_s = p.in.from_s + 300;
	forecast_make(&p.in, &p.f);
	assert_int_equal(p.f.backups, 2);
	assert_int_equal(p.f.kept, 3);
	assert_int_equal(p.f.missed, 0);
}

/* How long each set was there, added up. */
static int64_t held_s(const struct played *p, bool flat)
{
	struct cost c = cost_of_forecast(p->policy, &p->f, 0, flat);

	return llround(c.average_sets * (double)(p->f.to_s - p->f.from_s));
}

static void without_valid_sets_there_is_nothing_to_tell(void **state)
{
	static const char *const sets[] = {"", "1@2026-11-20,failed"};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		_cleanup_(played_done) struct played p;
		play(&p, "last=1", sets[i], 0);
		assert_int_equal(p.f.count, 0);
		assert_int_equal(p.f.most_sets, 0);
		assert_int_equal(p.f.most_at_s, SET_NO_TIME);
		assert_int_equal(p.f.reach_s, 0);
		assert_int_equal(held_s(&p, false), 0);
		assert_int_equal(p.f.flat_sets, 0);
		for (enum forecast_age age = 0; age < AGE_COUNT; age++)
			assert_int_equal(p.f.worst_gap_s[age], -1);
	}
}

/* All slots but the first and the two-millionth are missed. */
static void a_forecast_ends_after_two_million_slots(void **state)
{
	_cleanup_(played_done) struct played p;
	int64_t last_s;
	(void)state;

	prepare(&p, "last=1", "", 0);
	p.policy->schedule.every_s = 1;
	last_s = p.in.from_s + 2000000;
	p.in.down_from_s = p.in.from_s + 2;
	p.in.down_to_s = last_s;
	p.in.to_s = last_s;
	forecast_make(&p.in, &p.f);
	assert_false(p.f.cut);
	forecast_done(&p.f);
	p.in.to_s = last_s + 1;
	forecast_make(&p.in, &p.f);
	assert_true(p.f.cut);
	assert_int_equal(p.f.to_s, last_s);
	assert_int_equal(p.f.backups, 2);
	assert_int_equal(p.f.missed, 1999998);
}

static void storage_is_counted_beside_a_flat_window_of_the_same_reach(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=2", "", 10);
	/* Made at half past each day: two that live two days each, but for the last ones. */
	assert_int_equal(p.f.reach_s, DAY + DAY / 2);
	assert_int_equal(held_s(&p, false), 8 * 2 * DAY + DAY + DAY / 2 + DAY / 2);
	assert_int_equal(held_s(&p, true), 9 * (DAY + DAY / 2) + DAY / 2);
	assert_int_equal(p.f.flat_sets, 2);
}

/* Two days to 2026-11-22T12:00Z; of the old sets one falls at each slot. */
static void storage_is_counted_from_the_start_of_the_forecast(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=2", "1@2026-11-18 2@2026-11-19", 2);
	assert_int_equal(held_s(&p, false), DAY / 2 + 3 * DAY / 2 + 3 * DAY / 2 + DAY / 2);
	assert_int_equal(p.f.reach_s, 3 * DAY / 2);
	assert_int_equal(held_s(&p, true), 3 * DAY / 2 + DAY / 2);
	assert_int_equal(p.f.flat_sets, 2);
}

/* Three slots, the last on 2026-11-23, half a day before the end. */
static void the_reach_is_the_age_of_the_oldest_set_that_is_left(void **state)
{
	static const struct {
		const char *policy, *sets;
		int64_t half_days;
	} cases[] = {{"last=1", "", 1}, {"last=2", "", 3}, {"last=all", "", 5},
		{"last=all", "1@2026-11-20", 7},
		{"last=1 protect=1", "1@2026-11-10 2@2026-11-15", 27}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(played_done) struct played p;
		play(&p, cases[i].policy, cases[i].sets, 3);
		assert_int_equal(p.f.reach_s, cases[i].half_days * DAY / 2);
	}
}

static void a_forecast_that_is_done_with_is_empty(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=2", "", 3);
	forecast_done(&p.f);
	assert_null(p.f.sets);
	assert_int_equal(p.f.count, 0);
	assert_int_equal(p.f.from_s, 0);
}

static void a_policy_that_cannot_be_filled_is_never_steady(void **state)
{
	_cleanup_(played_done) struct played p, all;
	(void)state;

	prepare(&all, "last=2 yearly=all", "", 300);
	all.in.cloud_s = 0;
	forecast_make(&all.in, &all.f);
	assert_int_equal(all.f.steady_s, SET_NO_TIME);

	play(&p, "daily=7 yearly=10", "", 300);
	assert_int_equal(p.f.steady_s, SET_NO_TIME);
}

static void a_change_of_policy_says_what_it_does_to_each_set(void **state)
{
	_cleanup_(played_done) struct played p;
	_cleanup_free_ uint8_t *d = NULL;
	struct policy *shorter = fixture_policy("last=2 monthly=3");
	size_t counts[DIFFERENCE_COUNT];
	(void)state;

	prepare(&p, "last=3",
		"1@2026-10-01 2@2026-11-17 3@2026-11-18 4@2026-11-19 5@2026-11-20T01:00Z", 1);
	shorter->schedule = p.policy->schedule;
	d = compare_policies(&p.inv, p.policy, shorter, 0, fixture_time(FROM), counts);
	assert_int_equal(d[0], DIFFERENCE_KEEP);
	assert_int_equal(d[1], DIFFERENCE_NONE);
	assert_int_equal(d[2], DIFFERENCE_DELETE);
	assert_int_equal(d[3], DIFFERENCE_EARLIER);
	assert_int_equal(d[4], DIFFERENCE_EARLIER);
	shorter->schedule = (struct schedule){0};
	policy_free(shorter);
}

TEST_FILE(outlook_forecast_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_steady_state_a_policy_holds_what_theory_says),
		cmocka_unit_test(an_outage_is_made_up_once_and_shows_as_a_gap),
		cmocka_unit_test(a_slot_is_made_up_only_if_no_other_comes_first),
		cmocka_unit_test(which_slots_are_missed_is_known_of_every_seed),
		cmocka_unit_test(missed_slots_are_the_same_for_the_same_seed),
		cmocka_unit_test(it_sets_out_from_the_sets_that_there_are),
		cmocka_unit_test(each_set_says_what_became_of_it_and_why),
		cmocka_unit_test(a_failed_set_that_goes_is_none_of_the_deletes),
		cmocka_unit_test(a_set_dated_a_little_ahead_satisfies_its_slots),
		cmocka_unit_test(without_valid_sets_there_is_nothing_to_tell),
		cmocka_unit_test(a_forecast_ends_after_two_million_slots),
		cmocka_unit_test(storage_is_counted_beside_a_flat_window_of_the_same_reach),
		cmocka_unit_test(storage_is_counted_from_the_start_of_the_forecast),
		cmocka_unit_test(the_reach_is_the_age_of_the_oldest_set_that_is_left),
		cmocka_unit_test(a_forecast_that_is_done_with_is_empty),
		cmocka_unit_test(a_policy_that_cannot_be_filled_is_never_steady),
		cmocka_unit_test(a_change_of_policy_says_what_it_does_to_each_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
