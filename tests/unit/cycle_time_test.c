/* Which clock is gone by, to the second (S6). Driven effect by effect. */
#include "cycle_drive.h"

/* An hourly schedule, and a set for its last slot: so the slot that comes next tells which time it
 * is for the cycle. Our clock begins 10 minutes after a slot. */
static void begin_hourly(struct rig *r, int64_t boot_s)
{
	begin(r, "last=20", 3);
	schedule_every(r->policy, HOUR_S);
	r->sets.sets[2].start_s = START_S;
	r->now = (struct moment){START_S + 600, boot_s};
	restart(r);
}

static void expect_asleep(struct rig *r)
{
	struct effect e = next_call(r);

	if (e.kind == EFFECT_RETENTION) {
		answer_days(r, 730);
		e = next_call(r);
	}
	assert_int_equal(e.kind, EFFECT_WAIT);
	assert_true(e.wait.for_s > 5);
}

static void before_any_answer_our_clock_is_gone_by(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin_hourly(&r, 5000);
	assert_int_equal(look(&r).next_backup_s, START_S + HOUR_S);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_int_equal(e.list.to_s, r.now.wall_s + DAY_S);
	assert_int_equal(e.list.from_s, r.now.wall_s - 800 * DAY_S);
	end(&r);
}

/* The machine may have been started this very second. */
static void once_both_clocks_agreed_a_step_of_ours_is_not_gone_by(void **state)
{
	static const struct {
		int64_t set_by_s;
		bool fresh;
	} rows[] = {{0, true}, {300, false}, {301, true}, {-300, true}, {5 * HOUR_S, true}};
	static const int64_t boots[] = {0, 1, 5000};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t b = 0; b < ARRAY_SIZE(boots); b++) {
			begin_hourly(&r, boots[b]);
			r.policy->safety.fresh_within_s = 3500;
			list(&r);
			expect_asleep(&r);    /* and does not list once more to be sure */
			pass(&r, 3300 - 600); /* the newest set is so old */
			r.now.wall_s += rows[i].set_by_s;
			assert_int_equal(look(&r).fresh, rows[i].fresh);
			assert_int_equal(look(&r).next_backup_s, START_S + HOUR_S);
			end(&r);
		}
}

static void once_both_clocks_agreed_a_service_that_steps_is_not_gone_by(void **state)
{
	static const int64_t boots[] = {0, 5000};
	struct rig r;

	(void)state;
	for (size_t b = 0; b < ARRAY_SIZE(boots); b++) {
		begin_hourly(&r, boots[b]);
		list(&r);
		expect_asleep(&r);
		r.server_ahead_s = 5 * HOUR_S;
		for (int i = 0; i < 3; i++)
			list_again(&r);
		assert_int_equal(look(&r).next_backup_s, START_S + HOUR_S);
		end(&r);
	}
}

static void clocks_five_minutes_apart_agree(void **state)
{
	static const struct {
		int64_t ahead_s;
		size_t doubts;
	} rows[] = {{0, 0}, {300, 0}, {-300, 0}, {301, 1}, {-301, 1}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(&r, "last=20", 3);
		r.server_ahead_s = rows[i].ahead_s;
		list(&r);
		(void)next_call(&r);
		assert_int_equal(r.reports[REPORT_CLOCK_DOUBT], rows[i].doubts);
		end(&r);
	}
}

/* Before they ever agreed the service is believed when it says the same twice. */
static void a_service_that_says_the_same_twice_is_gone_by(void **state)
{
	static const struct {
		int64_t first_s, then_s;
		bool settled;
	} rows[] = {
		{HOUR_S, HOUR_S, true},
		{HOUR_S, HOUR_S + 300, true},
		{HOUR_S, HOUR_S - 300, true},
		{HOUR_S, HOUR_S + 301, false},
		{HOUR_S, -HOUR_S, false},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_hourly(&r, 5000);
		r.policy->cloud_retention = CLOUD_RETENTION_IGNORE;
		r.server_ahead_s = rows[i].first_s;
		list(&r);
		expect_wait(&r, 5);
		pass(&r, 5);
		r.server_ahead_s = rows[i].then_s;
		list(&r);
		if (!rows[i].settled) {
			expect_wait(&r, 5);
		} else {
			expect(&r, EFFECT_CREATE); /* an hour has passed */
			assert_int_equal(
				look(&r).create.called_server_s, r.now.wall_s + rows[i].then_s);
		}
		end(&r);
	}
}

/* A service without a clock is no reason to take no backups. */
static void a_service_that_never_says_its_time_is_asked_six_times(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_every(r.policy, DAY_S);
	r.policy->cloud_retention = CLOUD_RETENTION_IGNORE;
	r.no_date = true;
	for (int listings = 1; listings <= 6; listings++) {
		list(&r);
		if (listings < 6) {
			expect_wait(&r, 5);
			pass(&r, 5);
		}
	}
	expect(&r, EFFECT_CREATE);
	assert_int_equal(r.reports[REPORT_CLOCK_DOUBT], 6);
	end(&r);
}

/* How far the service's clock is taken to be ahead, when each page says something else. */
static void the_distance_between_the_clocks_is_that_of_the_last_two_dates(void **state)
{
	static const struct {
		int64_t said_s[3], taken_s;
	} rows[] = {
		{{0, 0, 0}, 0},
		{{200, 200, 200}, 200},
		{{0, 0, 300}, 300},
		{{-100, -100, 300}, 300}, /* within five minutes at once ... */
		{{100, 100, -300}, -300},
		{{0, 0, HOUR_S}, 0}, /* ... further off only if said twice */
		{{0, HOUR_S, HOUR_S}, HOUR_S},
		{{0, HOUR_S, HOUR_S + 300}, HOUR_S + 300},
		{{0, HOUR_S, HOUR_S + 301}, 0},
		{{0, HOUR_S, -HOUR_S}, 0},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(&r, "last=20", 3);
		schedule_every(r.policy, DAY_S);
		for (int page = 0; page < 3; page++) {
			expect(&r, EFFECT_LIST);
			r.server_ahead_s = rows[i].said_s[page];
			answer_page(&r, page + 1, (size_t)page, 1, 3);
		}
		expect(&r, EFFECT_CREATE);
		assert_int_equal(look(&r).create.called_server_s - r.now.wall_s, rows[i].taken_s);
		end(&r);
	}
}

/* Both ours and the service's. */
static void a_step_of_more_than_five_minutes_since_the_last_listing_is_told(void **state)
{
	static const struct {
		int64_t set_by_s;
		size_t doubts;
	} rows[] = {{0, 0}, {300, 0}, {-300, 0}, {301, 1}, {-301, 1}};
	static const int64_t boots[] = {0, 1, 5000};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t b = 0; b < ARRAY_SIZE(boots); b++) {
			begin_hourly(&r, boots[b]);
			list(&r);
			expect_asleep(&r);
			pass(&r, 60);
			r.now.wall_s += rows[i].set_by_s;
			list_again(&r);
			expect_asleep(&r);
			assert_int_equal(r.reports[REPORT_CLOCK_DOUBT], rows[i].doubts);
			end(&r);
		}
}

/* By an earlier run; only the first listing can tell. */
static void a_clock_behind_the_last_listing_is_told_once(void **state)
{
	static const struct {
		int64_t ahead_s;
		size_t doubts;
	} rows[] = {{-HOUR_S, 0}, {0, 0}, {300, 0}, {301, 1}, {HOUR_S, 1}};
	static const int64_t boots[] = {0, 5000};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t b = 0; b < ARRAY_SIZE(boots); b++) {
			begin(&r, "last=20", 3);
			r.disk.ledger.listed_s = START_S + rows[i].ahead_s;
			r.now.boot_s = boots[b];
			restart(&r);
			list(&r);
			expect_asleep(&r);
			assert_int_equal(r.reports[REPORT_CLOCK_DOUBT], rows[i].doubts);
			list_again(&r);
			expect_asleep(&r);
			assert_int_equal(r.reports[REPORT_CLOCK_DOUBT], rows[i].doubts);
			end(&r);
		}
}

/* What grace is measured on. */
static void time_counts_between_listings_in_which_no_clock_was_in_doubt(void **state)
{
	static const int64_t boots[] = {0, 5000};
	struct rig r;

	(void)state;
	for (size_t b = 0; b < ARRAY_SIZE(boots); b++) {
		begin(&r, "last=20", 3);
		r.now.boot_s = boots[b];
		restart(&r);
		list(&r); /* the first ever */
		expect_asleep(&r);
		assert_int_equal(r.disk.ledger.agreed_s, 0);
		pass(&r, 1000);
		r.now.wall_s += 100; /* CLOCK_BOOTTIME counts */
		list_again(&r);
		expect_asleep(&r);
		assert_int_equal(r.disk.ledger.agreed_s, 1000);
		pass(&r, 500);
		r.server_ahead_s = HOUR_S;
		list_again(&r);
		expect_asleep(&r);
		assert_int_equal(r.disk.ledger.agreed_s, 1000);
		pass(&r, 500);
		r.server_ahead_s = 0;
		list_again(&r);
		expect_asleep(&r);
		assert_int_equal(r.disk.ledger.agreed_s, 1000);
		pass(&r, 500);
		list_again(&r);
		expect_asleep(&r);
		assert_int_equal(r.disk.ledger.agreed_s, 1500);
		end(&r);
	}
}

static void time_counts_through_a_restart(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	r.disk.ledger.listed_s = START_S - 1000;
	r.disk.ledger.agreed_s = 70;
	restart(&r);
	list(&r);
	expect_asleep(&r);
	assert_int_equal(r.disk.ledger.agreed_s, 1070);
	end(&r);
}

/* --once from cron: a run each day, in which the sets are listed more than once. */
static void s7_grace_goes_by_how_often_the_program_runs(void **state)
{
	static const struct {
		int64_t away_s[6]; /* before each further run; 0: none */
		int64_t agreed_s;  /* after the last of them, in hours; refresh is 1 h */
	} rows[] = {
		{{DAY_S}, 2},
		{{DAY_S, DAY_S}, 4},
		{{DAY_S, DAY_S, DAY_S}, 4 + 24},
		{{DAY_S, DAY_S, DAY_S, DAY_S}, 4 + 48},
		{{DAY_S, DAY_S, 10 * DAY_S}, 4 + 30}, /* as long as is usual, and a quarter more */
		{{DAY_S, DAY_S, 10 * DAY_S, DAY_S}, 4 + 30 + 24},
		{{60, 60, 10 * DAY_S}, 2}, /* a service that was restarted, and an outage */
		{{10 * DAY_S, 60, 10 * DAY_S}, 4},
		{{10 * DAY_S, 10 * DAY_S}, 4}, /* two outages are no rhythm yet */
		{{HOUR_S, HOUR_S, HOUR_S}, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig r;
		begin(&r, "last=20", 3);
		r.policy->refresh_s = HOUR_S;
		restart(&r);
		list(&r);
		expect_asleep(&r);
		for (size_t k = 0; k < 6 && rows[i].away_s[k]; k++) {
			pass(&r, rows[i].away_s[k]);
			restart(&r);
			list(&r);
			expect_asleep(&r);
			list_again(&r);
			expect_asleep(&r);
		}
		if (r.disk.ledger.agreed_s / HOUR_S != rows[i].agreed_s)
			fail_msg("row %zu: %d h", i, (int)(r.disk.ledger.agreed_s / HOUR_S));
		end(&r);
	}
}

/* Runs of a day each, then the service runs on: its outages are no rhythm of runs. */
static void s7_a_run_that_lasts_ends_the_rhythm(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	r.policy->refresh_s = HOUR_S;
	r.disk.ledger.listed_s = START_S - DAY_S;
	r.disk.ledger.apart_s[0] = r.disk.ledger.apart_s[1] = DAY_S;
	restart(&r);
	list(&r);
	expect_asleep(&r);
	assert_int_equal(r.disk.ledger.agreed_s, DAY_S);
	pass(&r, 900);
	list_again(&r);
	expect_asleep(&r);
	assert_int_equal(r.disk.ledger.apart_s[0], 0);
	pass(&r, 10 * DAY_S);
	restart(&r);
	list(&r);
	expect_asleep(&r);
	assert_int_equal(r.disk.ledger.agreed_s, DAY_S + 900 + 2 * HOUR_S);
	end(&r);
}

TEST_FILE(cycle_time_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_any_answer_our_clock_is_gone_by),
		cmocka_unit_test(once_both_clocks_agreed_a_step_of_ours_is_not_gone_by),
		cmocka_unit_test(once_both_clocks_agreed_a_service_that_steps_is_not_gone_by),
		cmocka_unit_test(clocks_five_minutes_apart_agree),
		cmocka_unit_test(a_service_that_says_the_same_twice_is_gone_by),
		cmocka_unit_test(a_service_that_never_says_its_time_is_asked_six_times),
		cmocka_unit_test(the_distance_between_the_clocks_is_that_of_the_last_two_dates),
		cmocka_unit_test(a_step_of_more_than_five_minutes_since_the_last_listing_is_told),
		cmocka_unit_test(a_clock_behind_the_last_listing_is_told_once),
		cmocka_unit_test(time_counts_between_listings_in_which_no_clock_was_in_doubt),
		cmocka_unit_test(time_counts_through_a_restart),
		cmocka_unit_test(s7_grace_goes_by_how_often_the_program_runs),
		cmocka_unit_test(s7_a_run_that_lasts_ends_the_rhythm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
