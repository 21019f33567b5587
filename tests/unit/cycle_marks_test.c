/* The cycle's memory of calls: what was asked for counts for nothing (S1), what was begun is known
 * again (S5), and what could not be written down is still to be done (L1). Driven effect by effect.
 */
#include "cycle_live.h"

/* The cloud accepts the deletes, and is slow. */
static void s1_what_was_asked_for_and_is_wanted_again_counts_for_nothing_for_a_day(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 10, -HOUR_S);
	run(&r, 60);
	assert_int_equal(r.ids, 9);
	reload(&r, fixture_policy("last=20"));
	run(&r, 23 * HOUR_S);
	assert_int_equal(look(&r).deleting, 9);
	assert_int_equal(look(&r).valid, 1);
	run(&r, 3 * HOUR_S); /* the day is over, and a listing more */
	assert_int_equal(look(&r).deleting, 0);
	assert_int_equal(look(&r).valid, 10);
	assert_int_equal(r.deletes, 1);
	end(&r);
}

/* Asked for to no effect, then kept by a new policy until the call can do nothing any more. */
static void s7_what_was_asked_for_and_is_wanted_again_waits_anew(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	run(&r, 0);
	assert_int_equal(r.deletes, 1);
	reload(&r, fixture_policy("last=2 percent=100 grace=1h"));
	pass(&r, DAY_S + 1);
	list_now(&r);
	put(&r, "103", DAY_S, SET_VALID, 600);
	list_now(&r);
	pass(&r, HOUR_S - 1);
	list_now(&r);
	assert_int_equal(r.deletes, 1);
	pass(&r, 1);
	list_now(&r);
	assert_int_equal(r.deletes, 2);
	end(&r);
}

/* The policy changes and changes back within the hour after which the call is made again. */
static void s7_what_a_policy_wanted_again_is_not_asked_for_at_once(void **state)
{
	static const struct {
		const char *words;
		bool approved, doubted, restarted;
		int more;
	} cases[] = {
		{"last=9", .more = 1},
		{"last=9 grace=1h", .more = 0},
		{"last=9 grace=1h", .restarted = true, .more = 0},
		{"last=9 grace=1h", .doubted = true, .more = 1},
		{"last=9 percent=9", .approved = true, .more = 0},
		{"last=9 percent=9", .approved = true, .restarted = true, .more = 0},
		{"last=9 percent=9", .approved = true, .doubted = true, .more = 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig r;
		int asked;
		begin_with(&r, cases[i].words, 10, -HOUR_S);
		run(&r, 0);
		if (cases[i].approved)
			approve(&r);
		pass(&r, HOUR_S);
		list_now(&r);
		asked = r.deletes;
		assert_int_not_equal(asked, 0);
		pass(&r, HOUR_S);
		r.no_date = cases[i].doubted;
		reload(&r, fixture_policy("last=10"));
		list_now(&r);
		r.no_date = false;
		if (cases[i].restarted)
			restart(&r);
		reload(&r, fixture_policy(cases[i].words));
		list_now(&r);
		assert_int_equal(r.deletes - asked, cases[i].more);
		end(&r);
	}
}

static void s1_what_was_asked_for_and_is_held_counts_for_nothing(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 10, -HOUR_S);
	run(&r, 60);
	assert_int_equal(r.ids, 9);
	reload(&r, fixture_policy("last=1 percent=50"));
	run(&r, 3 * HOUR_S); /* by now they might be asked for again, but for the approval */
	assert_int_equal(look(&r).deleting, 9);
	assert_int_equal(look(&r).valid, 1);
	assert_int_equal(r.deletes, 1);
	end(&r);
}

static void l1_a_set_that_stays_is_asked_for_again_after_an_hour(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 10, -HOUR_S);
	run(&r, HOUR_S - 60);
	assert_int_equal(r.deletes, 1);
	run(&r, 2 * HOUR_S);
	assert_in_range(r.deletes, 2, 3);
	end(&r);
}

/* The clock of grace goes on between listings that follow one another, however soon they do. */
static void s7_grace_is_counted_by_the_second(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1 grace=1min", 2, -HOUR_S);
	run(&r, 0);
	for (int s = 1; s < 60; s++) {
		pass(&r, 1);
		list_now(&r);
		assert_int_equal(r.deletes, 0);
	}
	pass(&r, 1);
	list_now(&r);
	assert_int_equal(r.deletes, 1);
	end(&r);
}

/* Of the time between two listings at most twice the refresh counts: two hours. */
static void s7_grace_stands_still_while_nothing_can_be_listed(void **state)
{
	static const struct {
		int64_t outage_s, counted_s;
	} cases[] = {{5400, 5400}, {7200, 7200}, {7201, 7200}, {9 * HOUR_S, 7200}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig r;
		begin_with(&r, "last=1 grace=10h", 2, -HOUR_S);
		run(&r, 0);
		r.list_reply.kind = ANSWER_UNSENT;
		run(&r, cases[i].outage_s);
		r.list_reply.kind = ANSWER_OK;
		list_now(&r);
		run(&r, 10 * HOUR_S - cases[i].counted_s - 1);
		list_now(&r);
		assert_int_equal(r.deletes, 0);
		pass(&r, 1);
		list_now(&r);
		assert_int_equal(r.deletes, 1);
		end(&r);
	}
}

/* Wherever in the listing it stands, and though a person approved it before the clock counted. */
static void s7_no_set_goes_by_the_listing_that_its_grace_begins_with(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		bool oldest_first = i % 2, approved = i / 2;
		struct rig r;
		begin_with(&r, "last=1", 0, 0);
		r.policy->safety.grace_s = 1;
		if (oldest_first)
			put(&r, "101", -DAY_S, SET_VALID, 600);
		put(&r, "102", -HOUR_S, SET_VALID, 600);
		if (!oldest_first)
			put(&r, "101", -DAY_S, SET_VALID, 600);
		if (approved) {
			r.no_date = true;
			run(&r, 60);
			approve(&r);
			r.no_date = false;
		}
		list_now(&r);
		assert_int_equal(r.deletes, 0);
		pass(&r, 1);
		list_now(&r);
		assert_int_equal(r.deletes, 1);
		end(&r);
	}
}

/* The answer of the cloud is about this set alone. */
static void a_set_that_was_refused_is_asked_for_again_after_a_day(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	r.delete_reply = (struct reply){.kind = ANSWER_REFUSED, .code = "BackupSet.Odd"};
	run(&r, DAY_S - 1);
	list_now(&r);
	assert_int_equal(r.deletes, 1);
	assert_string_equal(look(&r).trouble, "the cloud refuses to delete some sets");
	pass(&r, 1);
	assert_string_equal(look(&r).trouble, "");
	list_now(&r);
	assert_int_equal(r.deletes, 2);
	end(&r);
}

/* One set, and the cloud accepts to delete it each time, and does nothing. */
static void l1_a_set_that_stays_is_complained_of_an_hour_after_the_third_call(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	run(&r, 0);
	for (int calls = 1; calls <= 4; calls++) {
		assert_int_equal(r.deletes, calls);
		pass(&r, HOUR_S - 1);
		list_now(&r);
		assert_int_equal(r.deletes, calls);
		assert_int_equal(r.reports[REPORT_DELETE_STUCK], calls > 3);
		pass(&r, 1);
		list_now(&r);
		assert_int_equal(r.reports[REPORT_DELETE_STUCK], calls >= 3);
	}
	end(&r);
}

/* A call that may never have reached the cloud, by a run before this one. */
static void l1_a_lost_call_is_made_again_after_15_seconds(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	r.delete_reply.kind = ANSWER_AMBIGUOUS;
	run(&r, 0);
	assert_int_equal(r.deletes, 1);
	r.delete_reply.kind = ANSWER_OK;
	pass(&r, 14);
	restart(&r);
	run(&r, 0);
	assert_int_equal(r.deletes, 1);
	pass(&r, 1);
	list_now(&r);
	assert_int_equal(r.deletes, 2);
	end(&r);
}

/* ... and calls are counted from the first again, whichever run makes them. */
static void what_stayed_for_a_day_of_pause_is_as_any_other_set(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	run(&r, 3 * HOUR_S + 1800);
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 1);
	feed_pause(&r, "locked");
	run(&r, disk_mark(&r.disk, "101")->asked_s + DAY_S - 1 - r.now.wall_s);
	list_now(&r);
	assert_int_equal(look(&r).asked, 1);
	pass(&r, 1);
	list_now(&r);
	assert_int_equal(look(&r).asked, 0);
	assert_int_equal(disk_mark(&r.disk, "101")->asked_s, 0);
	list_now(&r);
	assert_int_equal(look(&r).valid, 2);
	assert_string_equal(look(&r).trouble, "");
	r.deletes = 0;
	feed_pause(&r, NULL);
	run(&r, 0);
	for (int calls = 1; calls <= 3; calls++) {
		assert_int_equal(r.deletes, calls);
		assert_int_equal(r.reports[REPORT_DELETE_STUCK], 1);
		pass(&r, HOUR_S);
		list_now(&r);
	}
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 2);
	end(&r);
}

static void what_expires_goes_along_with_what_is_asked_for_again(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -5 * HOUR_S);
	run(&r, 0);
	assert_int_equal(r.ids, 1);
	pass(&r, HOUR_S);
	put(&r, "103", -4 * HOUR_S, SET_VALID, 600);
	put(&r, "104", -3 * HOUR_S, SET_VALID, 600);
	list_now(&r);
	assert_int_equal(r.deletes, 2);
	assert_int_equal(r.ids, 1 + 3);
	end(&r);
}

/* The cloud based a backup on a set that it had yet to delete. */
static void s8_what_a_newer_set_depends_on_is_not_asked_for_again_alone(void **state)
{
	struct set child = {.start_s = START_S - 2 * HOUR_S,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = 600,
		.state = SET_VALID};
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	run(&r, 0);
	assert_int_equal(r.ids, 1);
	inventory_add(&r.sets, &child, "103", "101", NULL);
	run(&r, 23 * HOUR_S);
	assert_int_equal(r.ids, 1);
	run(&r, 3 * HOUR_S); /* then both are as any other */
	assert_int_equal(r.deletes, 2);
	assert_int_equal(r.ids, 1 + 2);
	end(&r);
}

/* Whichever record it is that fails, the slot stays due. */
static void l1_a_slot_whose_intent_could_not_be_written_stays_due(void **state)
{
	(void)state;
	for (int from = 0; from < 4; from++) {
		struct rig r;
		begin_with(&r, "last=100", 3, -DAY_S);
		schedule_every(r.policy, DAY_S);
		r.failing_from = from;
		r.failing_records = 3;
		run(&r, 600);
		assert_int_equal(r.creates, 1);
		end(&r);
	}
}

static void s5_a_set_of_the_same_minute_that_was_there_before_is_not_ours(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=100", 1, 0);
	schedule_every(r.policy, DAY_S);
	put(&r, "900", 5, SET_VALID, 600);
	run(&r, 10);
	assert_int_equal(r.creates, 0); /* these stand for the slot */
	feed(&r, EVENT_BACKUP);
	run(&r, 60);
	assert_int_equal(r.creates, 1);
	assert_int_equal(look(&r).create.state, CREATE_ACCEPTED);
	put(&r, "901", 0, SET_VALID, 600);
	run(&r, 300);
	assert_int_equal(look(&r).create.state, CREATE_DONE);
	assert_string_equal(look(&r).create.set, "901");
	end(&r);
}

/* A5 of daemon/DESIGN.md: two of the longest, and ten minutes. */
static void s5_a_lost_call_has_as_long_to_show_as_backups_take(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=100", 1, -2 * DAY_S);
	schedule_every(r.policy, DAY_S);
	put(&r, "900", -DAY_S, SET_VALID, 2 * 3600);
	put(&r, "901", -DAY_S + 60, SET_VALID, 60);
	r.create_reply.kind = ANSWER_AMBIGUOUS;
	run(&r, 4 * HOUR_S);
	assert_int_equal(r.creates, 1);
	assert_int_equal(look(&r).create.attempts, 1);
	run(&r, HOUR_S);
	assert_int_equal(r.creates, 2);
	end(&r);
}

TEST_FILE(cycle_marks_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			s1_what_was_asked_for_and_is_wanted_again_counts_for_nothing_for_a_day),
		cmocka_unit_test(s1_what_was_asked_for_and_is_held_counts_for_nothing),
		cmocka_unit_test(s7_what_was_asked_for_and_is_wanted_again_waits_anew),
		cmocka_unit_test(s7_what_a_policy_wanted_again_is_not_asked_for_at_once),
		cmocka_unit_test(l1_a_set_that_stays_is_asked_for_again_after_an_hour),
		cmocka_unit_test(s7_grace_is_counted_by_the_second),
		cmocka_unit_test(s7_grace_stands_still_while_nothing_can_be_listed),
		cmocka_unit_test(s7_no_set_goes_by_the_listing_that_its_grace_begins_with),
		cmocka_unit_test(a_set_that_was_refused_is_asked_for_again_after_a_day),
		cmocka_unit_test(l1_a_set_that_stays_is_complained_of_an_hour_after_the_third_call),
		cmocka_unit_test(l1_a_lost_call_is_made_again_after_15_seconds),
		cmocka_unit_test(what_stayed_for_a_day_of_pause_is_as_any_other_set),
		cmocka_unit_test(what_expires_goes_along_with_what_is_asked_for_again),
		cmocka_unit_test(s8_what_a_newer_set_depends_on_is_not_asked_for_again_alone),
		cmocka_unit_test(l1_a_slot_whose_intent_could_not_be_written_stays_due),
		cmocka_unit_test(s5_a_set_of_the_same_minute_that_was_there_before_is_not_ours),
		cmocka_unit_test(s5_a_lost_call_has_as_long_to_show_as_backups_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
