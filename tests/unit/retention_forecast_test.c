#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"
#include "retention/compare.h"
#include "retention/forecast.h"

#define FROM "2026-11-20T12:00Z"
#define DAY ((int64_t)86400)

struct played {
	struct policy *policy;
	struct inventory inv;
	struct forecast_input in;
	struct forecast f;
};

/* Slots at 00:00 UTC, for so many days. */
static void prepare(struct played *p, const char *policy, const char *sets, int64_t days)
{
	*p = (struct played){.policy = fixture_policy(policy)};
	p->policy->schedule.kind = SCHEDULE_EVERY;
	p->policy->schedule.every_s = DAY;
	inventory_init(&p->inv);
	fixture_sets(&p->inv, sets);
	p->in = (struct forecast_input){.policy = p->policy,
		.inv = &p->inv,
		.from_s = fixture_time(FROM),
		.to_s = fixture_time(FROM) + days * DAY,
		.cloud_s = 730 * DAY,
		.seed = 1};
}

static void play(struct played *p, const char *policy, const char *sets, int64_t days)
{
	prepare(p, policy, sets, days);
	forecast_make(&p->in, &p->f);
}

static void played_done(struct played *p)
{
	forecast_done(&p->f);
	inventory_done(&p->inv);
	policy_free(p->policy);
}

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

static void a_daily_schedule_has_gaps_of_a_day_and_thinned_ones_of_a_week(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "daily=7 weekly=8", "", 300);
	assert_int_equal(p.f.worst_gap_s[AGE_DAY], DAY);
	assert_int_equal(p.f.worst_gap_s[AGE_MONTH], 7 * DAY);
	assert_int_equal(p.f.worst_gap_s[AGE_OLDER], -1);
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

static void storage_is_counted_beside_a_flat_window_of_the_same_reach(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

	play(&p, "last=2", "", 10);
	/* Made at half past each day: two that live two days each, but for the last ones. */
	assert_int_equal(p.f.reach_s, DAY + DAY / 2);
	assert_int_equal(p.f.held_s, 8 * 2 * DAY + DAY + DAY / 2 + DAY / 2);
	assert_int_equal(p.f.flat_held_s, 9 * (DAY + DAY / 2) + DAY / 2);
	assert_int_equal(p.f.flat_sets, 2);
}

static void a_policy_that_cannot_be_filled_is_never_steady(void **state)
{
	_cleanup_(played_done) struct played p;
	(void)state;

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
	d = compare_policies(&p.inv, p.policy, shorter, fixture_time(FROM), counts);
	assert_int_equal(d[0], DIFFERENCE_KEEP);
	assert_int_equal(d[1], DIFFERENCE_NONE);
	assert_int_equal(d[2], DIFFERENCE_DELETE);
	assert_int_equal(d[3], DIFFERENCE_EARLIER);
	assert_int_equal(d[4], DIFFERENCE_EARLIER);
	shorter->schedule = (struct schedule){0};
	policy_free(shorter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_steady_state_a_policy_holds_what_theory_says),
		cmocka_unit_test(a_daily_schedule_has_gaps_of_a_day_and_thinned_ones_of_a_week),
		cmocka_unit_test(an_outage_is_made_up_once_and_shows_as_a_gap),
		cmocka_unit_test(missed_slots_are_the_same_for_the_same_seed),
		cmocka_unit_test(it_sets_out_from_the_sets_that_there_are),
		cmocka_unit_test(storage_is_counted_beside_a_flat_window_of_the_same_reach),
		cmocka_unit_test(a_policy_that_cannot_be_filled_is_never_steady),
		cmocka_unit_test(a_change_of_policy_says_what_it_does_to_each_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
