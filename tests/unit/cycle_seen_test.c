/* What earlier listings showed: sets that show late (S16), and kept sets that vanish (L3). */
#include "cycle_live.h"

#define REFRESH_S HOUR_S

/* Three daily sets, 101 to 103, were listed. */
static void begin_listed(struct rig *r, const char *words)
{
	begin_with(r, words, 3, -2 * HOUR_S);
	r->policy->cloud_retention = CLOUD_RETENTION_IGNORE;
	run(r, 1);
}

/* Whoever alters the replies invents a later set for each of the three days. */
static void invent(struct rig *r)
{
	put(r, "201", -2 * DAY_S - HOUR_S, SET_VALID, 600);
	put(r, "202", -DAY_S - HOUR_S, SET_VALID, 600);
	put(r, "203", -HOUR_S, SET_VALID, 600);
	list_now(r);
}

static void s16_invented_sets_displace_nothing(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=3 grace=3h");
	invent(&r);
	assert_int_equal(look(&r).late, 3);
	assert_int_equal(look(&r).quarantined, 3);
	assert_int_equal(look(&r).kept, 3);
	assert_int_equal(look(&r).newest_valid_s, START_S - 2 * HOUR_S);
	assert_int_equal(r.reports[REPORT_LATE], 1);
	assert_int_equal(r.reports[REPORT_QUARANTINE], 0);
	assert_non_null(strstr(r.told[REPORT_LATE], "3 sets show for the first time"));
	assert_non_null(strstr(r.told[REPORT_LATE], ": 201, 202, 203."));
	assert_true(look(&r).holds & 1u << HOLD_APPROVAL);

	run(&r, 3 * HOUR_S - 1);
	assert_int_equal(look(&r).late, 3);
	run(&r, REFRESH_S); /* now they count, and the others have their grace */
	assert_int_equal(look(&r).late, 0);
	assert_int_equal(look(&r).expired, 3);
	assert_int_equal(r.deletes, 0);
	run(&r, 2 * HOUR_S - 1);
	assert_int_equal(r.deletes, 0);
	run(&r, 2 * REFRESH_S);
	assert_true(r.deletes > 0);
	assert_int_equal(r.reports[REPORT_LATE], 1);
	end(&r);
}

static void s16_a_set_is_late_if_it_should_have_shown_in_an_earlier_listing(void **state)
{
	/* A backup takes ten minutes here, so a set has half an hour to show, and five minutes are
	 * between the clocks. */
	static const struct {
		int64_t began_s; /* before the last listing */
		int32_t took_s;
		enum set_state state;
		bool late;
	} rows[] = {
		{-60, 600, SET_VALID, false}, /* since then */
		{1800 + 300 - 60, 600, SET_VALID, false},
		{1800 + 300 + 60, 600, SET_VALID, true},
		{1800 + 300 + 60, -1, SET_RUNNING, true},
		{1800 + 300 + 60, 600, SET_FAILED, true},
		/* One that took longer itself was the longest, and could not show before its end.
		 */
		{5 * HOUR_S, 3 * HOUR_S, SET_VALID, false},
		{20 * HOUR_S, 20 * HOUR_S, SET_VALID, false},
		/* But not longer than a day. */
		{30 * HOUR_S, 30 * HOUR_S, SET_VALID, true},
		{DAY_S, 600, SET_VALID, true},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_listed(&r, "daily=9 grace=1d");
		pass(&r, 120);
		put(&r, "204", -rows[i].began_s, rows[i].state, rows[i].took_s);
		list_now(&r);
		if (r.reports[REPORT_LATE] != rows[i].late)
			fail_msg("row %zu", i);
		end(&r);
	}
}

/* What was made while nothing could be listed is new. */
static void s16_after_an_outage_the_sets_of_that_time_are_new(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=9 grace=1d");
	restart(&r);
	pass(&r, 7 * DAY_S);
	for (int i = 0; i < 7; i++)
		put(&r, (const char *[]){"1", "2", "3", "4", "5", "6", "7"}[i], i * DAY_S + HOUR_S,
			SET_VALID, 600);
	run(&r, 1);
	assert_int_equal(look(&r).valid, 10);
	assert_int_equal(r.reports[REPORT_LATE], 0);
	end(&r);
}

static void s16_a_known_set_that_is_dated_anew_shows_for_the_first_time(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=3 grace=1d");
	pass(&r, 120);
	put(&r, "204", 0, SET_VALID, 600);
	list_now(&r);
	assert_int_equal(look(&r).late, 0);
	r.sets.sets[3].start_s -= DAY_S;
	list_now(&r);
	assert_int_equal(look(&r).late, 1);
	end(&r);
}

static void s16_a_person_lets_late_sets_count(void **state)
{
	struct rig r;
	char before[DIGEST_HEX_SIZE];

	(void)state;
	begin_listed(&r, "daily=3 grace=1d");
	memcpy(before, look(&r).plan->hash, sizeof(before));
	assert_int_equal(cycle_approve(r.cycle, before, r.now, NULL), -ENOENT);
	invent(&r);
	assert_int_equal(cycle_approve(r.cycle, before, r.now, NULL), -ESTALE);
	approve(&r);
	run(&r, 0);
	assert_int_equal(look(&r).late, 0);
	assert_int_equal(look(&r).expired, 3);
	restart(&r);
	run(&r, 0);
	assert_int_equal(look(&r).late, 0);
	end(&r);
}

/* With what earlier runs saw, and since when. */
static void s16_what_was_listed_survives_a_restart(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=3 grace=3h");
	assert_int_equal(r.reports[REPORT_NO_MEMORY], 1);
	restart(&r);
	invent(&r);
	assert_int_equal(look(&r).late, 3);
	run(&r, 2 * HOUR_S);
	restart(&r);
	list_now(&r);
	assert_int_equal(look(&r).late, 3);
	run(&r, 2 * HOUR_S);
	assert_int_equal(look(&r).late, 0);
	assert_int_equal(r.reports[REPORT_LATE], 1);
	assert_int_equal(r.reports[REPORT_NO_MEMORY], 1);
	end(&r);
}

static void s16_a_listing_that_could_not_be_written_is_remembered_all_the_same(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=9 grace=1d");
	pass(&r, 120);
	put(&r, "204", 0, SET_VALID, 600);
	r.failing_records = 1;
	list_now(&r);
	restart(&r); /* knows of the first listing alone */
	run(&r, 10);
	assert_int_equal(look(&r).valid, 4);
	assert_int_equal(r.reports[REPORT_LATE], 0);
	end(&r);
}

/* The window that was listed may have been another: it is compared with the one before. */
static void s16_a_listing_in_doubt_of_the_clock_is_not_what_others_are_compared_with(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=3 grace=1d");
	r.server_ahead_s = HOUR_S;
	invent(&r);
	assert_int_equal(r.reports[REPORT_LATE], 0);
	r.server_ahead_s = 0;
	list_now(&r);
	assert_int_equal(look(&r).late, 3);
	end(&r);
}

static void s16_without_memory_it_is_said(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "daily=3 grace=1d");
	assert_string_equal(r.told[REPORT_NO_MEMORY],
		"no earlier listing is remembered: 3 sets are taken for what they say");
	r.policy->remote = true; /* the copies in other regions are others */
	restart(&r);
	invent(&r);
	assert_int_equal(r.reports[REPORT_NO_MEMORY], 2);
	assert_int_equal(look(&r).late, 0);
	assert_int_equal(r.reports[REPORT_VANISHED], 0);
	end(&r);
}

/* --- kept sets that vanish --- */

static void forget_set(struct rig *r, size_t at)
{
	struct inventory left;

	inventory_init(&left);
	for (size_t i = 0; i < r->sets.count; i++)
		if (i != at)
			inventory_add(&left, &r->sets.sets[i], set_id(&r->sets, i), NULL, NULL);
	inventory_done(&r->sets);
	r->sets = left;
}

static void l3_kept_sets_that_another_hand_deletes_are_told(void **state)
{
	struct rig r;

	(void)state;
	for (int restarted = 0; restarted < 2; restarted++) {
		begin_with(&r, "last=30", 30, -2 * HOUR_S);
		for (size_t i = 0; i < 30; i++)
			r.sets.sets[i].expires_s = START_S + 700 * DAY_S;
		run(&r, 1);
		if (restarted)
			restart(&r);
		for (size_t i = 0; i < 25; i++)
			forget_set(&r, 0);
		list_now(&r);
		assert_int_equal(r.reports[REPORT_VANISHED], 1);
		assert_non_null(strstr(r.told[REPORT_VANISHED],
			"25 of 30 kept sets were deleted by another hand since "));
		assert_non_null(strstr(r.told[REPORT_VANISHED],
			": 101, 102, 103, 104, 105 and 20 more. "
			"ActionTrail"));
		assert_int_equal(look(&r).vanished, 25);
		assert_non_null(strstr(look(&r).trouble, "25 kept sets were deleted by another"));
		list_now(&r);
		assert_int_equal(r.reports[REPORT_VANISHED], 1);
		restart(&r);
		assert_non_null(strstr(look(&r).trouble, "25 kept sets were deleted by another"));
		end(&r);
	}
}

static void l3_what_has_a_reason_to_go_is_no_trouble(void **state)
{
	static const struct {
		const char *policy;
		int64_t expires_s; /* of the set that goes */
		enum set_state state;
		size_t vanished;
	} rows[] = {
		{"last=9", 700 * DAY_S, SET_VALID, 1}, {"last=9", DAY_S + 600, SET_VALID, 1},
		{"last=9", DAY_S - 600, SET_VALID, 0},          /* the cloud's own expiry */
		{"last=9", 700 * DAY_S, SET_FAILED, 0},         /* no restore point */
		{"last=2 grace=9d", 700 * DAY_S, SET_VALID, 0}, /* expired */
		{"last=2", 700 * DAY_S, SET_VALID, 0},          /* deleted by us */
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_with(&r, rows[i].policy, 3, -2 * HOUR_S);
		r.sets.sets[0].expires_s = START_S + rows[i].expires_s;
		r.sets.sets[0].state = (uint8_t)rows[i].state;
		run(&r, 1);
		forget_set(&r, 0);
		list_now(&r);
		if (look(&r).vanished != rows[i].vanished)
			fail_msg("row %zu: %zu", i, look(&r).vanished);
		end(&r);
	}
}

static void l3_vanished_sets_are_trouble_until_a_person_has_looked_or_a_week_has_passed(
	void **state)
{
	struct rig r;

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin_listed(&r, "last=9");
		forget_set(&r, 0);
		list_now(&r);
		assert_true(look(&r).trouble[0]);
		if (i == 0)
			approve(&r);
		else if (i == 1)
			put(&r, "101", -2 * DAY_S - 2 * HOUR_S, SET_VALID, 600); /* it is back */
		else
			run(&r, 7 * DAY_S - REFRESH_S);
		assert_int_equal(look(&r).vanished, i > 0);
		list_now(&r);
		run(&r, i == 2 ? 2 * REFRESH_S : 0);
		assert_int_equal(look(&r).vanished, 0);
		assert_string_equal(look(&r).trouble, "");
		assert_int_equal(look(&r).late, 0);
		assert_int_equal(r.reports[REPORT_LATE], 0);
		end(&r);
	}
}

/* The cloud shows how it goes, if another hand deletes it. */
static void l3_a_kept_set_that_is_being_deleted_has_vanished(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=9");
	r.sets.sets[0].state = SET_DELETING;
	list_now(&r);
	assert_int_equal(look(&r).vanished, 1);
	forget_set(&r, 0);
	list_now(&r);
	assert_int_equal(look(&r).vanished, 1);
	assert_int_equal(r.reports[REPORT_VANISHED], 1);
	end(&r);
}

TEST_FILE(cycle_seen_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s16_invented_sets_displace_nothing),
		cmocka_unit_test(s16_a_set_is_late_if_it_should_have_shown_in_an_earlier_listing),
		cmocka_unit_test(s16_after_an_outage_the_sets_of_that_time_are_new),
		cmocka_unit_test(s16_a_known_set_that_is_dated_anew_shows_for_the_first_time),
		cmocka_unit_test(s16_a_person_lets_late_sets_count),
		cmocka_unit_test(s16_what_was_listed_survives_a_restart),
		cmocka_unit_test(
			s16_a_listing_that_could_not_be_written_is_remembered_all_the_same),
		cmocka_unit_test(
			s16_a_listing_in_doubt_of_the_clock_is_not_what_others_are_compared_with),
		cmocka_unit_test(s16_without_memory_it_is_said),
		cmocka_unit_test(l3_kept_sets_that_another_hand_deletes_are_told),
		cmocka_unit_test(l3_what_has_a_reason_to_go_is_no_trouble),
		cmocka_unit_test(
			l3_vanished_sets_are_trouble_until_a_person_has_looked_or_a_week_has_passed),
		cmocka_unit_test(l3_a_kept_set_that_is_being_deleted_has_vanished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
