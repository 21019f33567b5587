/* After a call: how long its set is looked for, and which set is taken for it (S5; A5 of
 * daemon/DESIGN.md). */
#include "cycle_live.h"

#include <string.h>

#define SLOT "*-*-* 02:00:37"
#define CALL_S (BASE_S + 37) /* a call in the middle of a minute */

static void s5_the_sets_are_listed_less_and_less_often(void **state)
{
	static const int64_t at_s[] = {0, 5, 15, 35, 75, 155, 275, 395, 515}; /* 2 minutes apart */
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	run_until(&r, 515);
	assert_int_equal(r.lists, ARRAY_SIZE(at_s));
	for (size_t i = 0; i < ARRAY_SIZE(at_s); i++)
		assert_int_equal(r.pages[i].boot_s, at_s[i]);
	end(&r);
}

static void s5_a_set_has_twice_the_longest_backup_and_ten_minutes_to_show(void **state)
{
	static const struct {
		int32_t longest_s; /* -1: unknown */
		int64_t settle_s;
	} cases[] = {
		{-1, 7200},
		{0, 900},
		{150, 900},
		{151, 902},
		{3000, 6600},
		{10499, 21598},
		{10500, 21600},
		{10501, 21600},
		{86400, 21600},
	};
	static const enum answer_kind kinds[] = {ANSWER_AMBIGUOUS, ANSWER_OK};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			struct rig r;
			begin_slots(&r, SLOT, CALL_S);
			r.create_reply.kind = kinds[k];
			put(&r, "1", -DAY_S, SET_VALID, cases[i].longest_s);
			put(&r, "2", -DAY_S, SET_VALID, -1);
			put(&r, "3", -DAY_S, SET_FAILED, 90000);
			list_at(&r, cases[i].settle_s - 1);
			assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
			list_at(&r, cases[i].settle_s);
			assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
			assert_non_null(
				strstr(r.told[REPORT_BACKUP_FAILED], k == 0 ? "lost" : "accepted"));
			assert_int_equal(r.creates, 1);
			run_until(&r, cases[i].settle_s + 60);
			assert_int_equal(r.creates, 2);
			end(&r);
		}
}

/* The machine slept between the intent and the call, or the answer took its time. */
static void s5_the_time_to_show_begins_with_the_answer(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	r.create_reply.kind = ANSWER_AMBIGUOUS;
	expect(&r, EFFECT_LIST);
	reply(&r);
	expect(&r, EFFECT_CREATE);
	pass(&r, 3 * HOUR_S);
	reply(&r);
	list_at(&r, 3 * HOUR_S + 7199);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
	list_at(&r, 3 * HOUR_S + 7200);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
	end(&r);
}

/* That run may have been stopped between its intent and the first byte: the service takes what it
 * signed for 15 minutes more. */
static void s5_the_call_of_an_earlier_run_has_the_life_of_its_signature_more(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	r.create_reply.kind = ANSWER_AMBIGUOUS;
	run_until(&r, 0);
	restart(&r);
	list_at(&r, 7200 + 899);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
	list_at(&r, 7200 + 900);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
	end(&r);
}

/* After an outage the first listing may be too early: the cloud, too, has just come back. */
static void s5_the_second_listing_may_give_a_call_up(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	run_until(&r, 0);
	r.list_reply.kind = ANSWER_UNSENT;
	run_until(&r, 5 * HOUR_S);
	r.list_reply.kind = ANSWER_OK;
	list_at(&r, 5 * HOUR_S + 1);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
	list_at(&r, 5 * HOUR_S + 2);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
	end(&r);
}

static void l1_a_backup_may_run_for_a_day(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	run_until(&r, 0);
	put(&r, "1", 0, SET_RUNNING, -1);
	list_at(&r, DAY_S);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
	assert_int_equal(look(&r).create.state, CREATE_ACCEPTED);
	list_at(&r, DAY_S + 1);
	assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
	end(&r);
}

static bool is_taken(struct rig *r, const char *id)
{
	return text_equal(look(r).create.set, id);
}

/* Called at 02:00:37, listed 200 seconds later. */
static void s5_a_set_of_the_time_since_the_call_is_ours(void **state)
{
	static const struct {
		enum set_state state;
		int64_t from_s, to_s; /* ours; a second further on either side it is not */
	} cases[] = {
		{SET_VALID, -37, 500}, /* 5 minutes ahead of now: its clock may be */
		{SET_RUNNING, -37, 500}, {SET_UNKNOWN, -37, 500},
		{SET_FAILED, -37, 180}, /* later, it is that of another backup */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const int64_t at_s[] = {
			cases[i].from_s - 1, cases[i].from_s, cases[i].to_s, cases[i].to_s + 1};
		for (size_t k = 0; k < ARRAY_SIZE(at_s); k++) {
			struct rig r;
			begin_slots(&r, SLOT, CALL_S);
			run_until(&r, 199);
			put(&r, "1", at_s[k], cases[i].state, 10);
			list_at(&r, 200);
			assert_int_equal(is_taken(&r, "1"), k == 1 || k == 2);
			end(&r);
		}
	}
}

static void s5_a_call_at_a_whole_minute_has_no_set_before_it(void **state)
{
	(void)state;
	for (int64_t at_s = -1; at_s <= 0; at_s++) {
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		run_until(&r, 0);
		put(&r, "1", at_s, SET_RUNNING, -1);
		run_until(&r, 5);
		assert_int_equal(is_taken(&r, "1"), at_s == 0);
		end(&r);
	}
}

static void s5_a_set_that_is_deleted_is_not_ours(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, SLOT, CALL_S);
	run_until(&r, 0);
	put(&r, "1", 0, SET_DELETING, 10);
	run_until(&r, 5);
	assert_string_equal(look(&r).create.set, "");
	end(&r);
}

/* Somebody else takes a backup at that time, too. */
static void s5_of_several_sets_the_soundest_is_ours(void **state)
{
	static const enum set_state from_best[] = {
		SET_VALID, SET_RUNNING, SET_UNKNOWN, SET_FAILED, SET_DELETING};

	(void)state;
	for (size_t better = 0; better < ARRAY_SIZE(from_best); better++)
		for (size_t worse = better + 1; worse < ARRAY_SIZE(from_best); worse++)
			for (int first = 0; first < 2; first++) {
				struct rig r;
				begin_slots(&r, SLOT, CALL_S);
				run_until(&r, 0);
				put(&r, "1", 0, from_best[first ? better : worse], 10);
				put(&r, "2", 0, from_best[first ? worse : better], 10);
				run_until(&r, 5);
				assert_true(is_taken(&r, first ? "1" : "2"));
				end(&r);
			}
}

/* The sets are dated by either clock. */
static void s5_sets_of_the_minute_before_the_call_are_not_ours(void **state)
{
	static const int64_t offsets_s[] = {0, -200, 200};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(offsets_s); i++) {
		struct rig r;
		begin_slots(&r, NULL, CALL_S);
		r.server_ahead_s = offsets_s[i];
		put(&r, "1", -10, SET_FAILED, 5);
		put(&r, "2", offsets_s[i] - 10, SET_FAILED, 5);
		put(&r, "3", offsets_s[i] - 5, SET_FAILED, 5);
		run_until(&r, 0);
		feed(&r, EVENT_BACKUP);
		run_until(&r, 30);
		assert_int_equal(r.creates, 1);
		assert_string_equal(look(&r).create.set, "");
		put(&r, "4", offsets_s[i] + 20, SET_RUNNING, -1);
		list_at(&r, 31);
		assert_true(is_taken(&r, "4"));
		end(&r);
	}
}

/* The service's Date is a minute ahead of the times of its sets; these go by our clock. */
static void s5_our_clock_tells_too_unless_it_was_set_since_the_call(void **state)
{
	static const struct {
		int64_t step_s;
		bool taken;
	} cases[] = {{0, true}, {300, true}, {301, false}, {-300, true}, {-301, false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int64_t up_s = 0; up_s <= HOUR_S; up_s += HOUR_S) {
			struct rig r;
			begin_slots(&r, "*-*-* 02:00", BASE_S - up_s);
			r.server_ahead_s = 61;
			put(&r, "1", -HOUR_S, SET_VALID, 600);
			run_until(&r, up_s);
			assert_int_equal(r.creates, 1);
			put(&r, "2", up_s + 2, SET_RUNNING, -1);
			r.now.wall_s += cases[i].step_s;
			r.server_ahead_s -= cases[i].step_s;
			run_until(&r, up_s + 5);
			assert_int_equal(is_taken(&r, "2"), cases[i].taken);
			end(&r);
		}
}

/* After a restart nobody knows whether our clock was set, nor what was there before the call. */
static void s5_after_a_restart_only_the_services_clock_tells(void **state)
{
	static const struct {
		int64_t at_s;
		enum set_state state;
		bool taken;
	} cases[] = {
		{0, SET_RUNNING, false},
		{59, SET_RUNNING, false},
		{60, SET_RUNNING, true},
		{60, SET_FAILED, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct create_record create = {.state = CREATE_ACCEPTED,
			.slot_s = BASE_S,
			.called_s = BASE_S,
			.called_server_s = BASE_S + 61,
			.attempts = 1};
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		r.server_ahead_s = 61;
		put(&r, "1", cases[i].at_s, cases[i].state, -1);
		r.disk.ledger.create = create;
		restart(&r);
		run_until(&r, 0);
		assert_int_equal(is_taken(&r, "1"), cases[i].taken);
		end(&r);
	}
}

/* Of two clocks, the more careful; but no longer than the new run lasts. */
static void s5_after_a_restart_a_call_has_its_time_by_both_clocks(void **state)
{
	static const struct {
		int64_t ours_s, theirs_s; /* the age of the call at the start, by either clock */
		int64_t wait_s;
	} cases[] = {
		{7000, 7000, 1100},
		{7000, 7300, 1100},
		{7300, 7000, 1100},
		{-DAY_S, 7000, 8100},
		{7000, -DAY_S, 8100},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct create_record create = {.state = CREATE_INTENT,
			.slot_s = BASE_S,
			.called_s = BASE_S + 12 * HOUR_S - cases[i].ours_s,
			.called_server_s = BASE_S + 12 * HOUR_S + 100 - cases[i].theirs_s,
			.attempts = 1};
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S + 12 * HOUR_S);
		r.server_ahead_s = 100;
		r.disk.ledger.create = create;
		restart(&r);
		list_at(&r, cases[i].wait_s - 1);
		assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 0);
		list_at(&r, cases[i].wait_s);
		assert_int_equal(r.reports[REPORT_BACKUP_FAILED], 1);
		end(&r);
	}
}

TEST_FILE(cycle_showing_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s5_the_sets_are_listed_less_and_less_often),
		cmocka_unit_test(s5_a_set_has_twice_the_longest_backup_and_ten_minutes_to_show),
		cmocka_unit_test(s5_the_time_to_show_begins_with_the_answer),
		cmocka_unit_test(s5_the_call_of_an_earlier_run_has_the_life_of_its_signature_more),
		cmocka_unit_test(s5_the_second_listing_may_give_a_call_up),
		cmocka_unit_test(l1_a_backup_may_run_for_a_day),
		cmocka_unit_test(s5_a_set_of_the_time_since_the_call_is_ours),
		cmocka_unit_test(s5_a_call_at_a_whole_minute_has_no_set_before_it),
		cmocka_unit_test(s5_a_set_that_is_deleted_is_not_ours),
		cmocka_unit_test(s5_of_several_sets_the_soundest_is_ours),
		cmocka_unit_test(s5_sets_of_the_minute_before_the_call_are_not_ours),
		cmocka_unit_test(s5_our_clock_tells_too_unless_it_was_set_since_the_call),
		cmocka_unit_test(s5_after_a_restart_only_the_services_clock_tells),
		cmocka_unit_test(s5_after_a_restart_a_call_has_its_time_by_both_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
