/* When the sets are listed, for which window, and how old a listing may be. */
#include "cycle_live.h"

static void a_listing_that_fails_is_made_again_within_ten_minutes(void **state)
{
	static const int64_t at_s[] = {0, 5, 15, 35, 75, 155, 315, 635, 1235, 1835};
	struct rig r;

	(void)state;
	begin_with(&r, "last=9", 5, -HOUR_S);
	for (int round = 0; round < 3; round++) { /* the first time there is no listing yet */
		int64_t began_s = r.now.boot_s;
		r.list_reply = (struct reply){.kind = ANSWER_UNSENT, .code = "Connect"};
		r.page_count = 0;
		list_now(&r);
		run(&r, 1900);
		assert_int_equal(r.page_count, ARRAY_SIZE(at_s));
		for (size_t i = 0; i < ARRAY_SIZE(at_s); i++)
			assert_int_equal(r.pages[i].boot_s - began_s, at_s[i]);
		r.list_reply.kind = ANSWER_OK;
		list_now(&r);
		assert_string_equal(look(&r).trouble, "");
	}
	end(&r);
}

/* Whenever it is asked what is to be done. */
static void a_listing_is_made_not_a_second_too_early(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=9", 5, -HOUR_S);
	r.list_reply.kind = ANSWER_UNSENT;
	for (int s = 0; s < 5; s++) {
		run(&r, 0);
		assert_int_equal(r.lists, 1);
		pass(&r, 1);
	}
	run(&r, 0);
	assert_int_equal(r.lists, 2);
	end(&r);
}

/* A second more than told, since the time is cut to seconds. */
static void a_throttled_call_waits_as_long_as_it_is_told(void **state)
{
	static const struct {
		int64_t told_ms, list_s, delete_s;
	} cases[] = {{1, 5, 2}, {999, 5, 2}, {1000, 5, 2}, {1001, 5, 3}, {9000, 10, 10},
		{9001, 11, 11}, {10000, 11, 11}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reply throttled = {
			.kind = ANSWER_THROTTLED, .retry_after_ms = cases[i].told_ms};
		struct rig r;
		begin_with(&r, "last=1", 5, -HOUR_S);
		r.list_reply = throttled;
		run(&r, cases[i].list_s - 1);
		assert_int_equal(r.lists, 1);
		r.list_reply.kind = ANSWER_OK;
		r.delete_reply = throttled;
		run(&r, 0);
		assert_int_equal(r.lists, 1);
		pass(&r, 1);
		run(&r, 0);
		assert_int_equal(r.lists, 2);
		assert_int_equal(r.deletes, 1);
		r.delete_reply.kind = ANSWER_OK;
		pass(&r, cases[i].delete_s - 1);
		run(&r, 0);
		assert_int_equal(r.deletes, 1);
		pass(&r, 1);
		run(&r, 0);
		assert_int_equal(r.deletes, 2);
		end(&r);
	}
}

static void a_refresh_of_a_second_lists_every_second(void **state)
{
	(void)state;
	for (char last = '1'; last <= '4'; last++) { /* clusters with instants of their own */
		struct rig r;
		begin_with(&r, "last=9", 5, -HOUR_S);
		r.policy->cluster[4] = last;
		r.policy->refresh_s = 1;
		restart(&r);
		run(&r, 10);
		assert_in_range(r.lists, 10, 11);
		end(&r);
	}
}

/* A count that does not fit, a page that does not read: it may be right the next time. */
static void s2_doubtful_pages_are_read_three_times_at_once(void **state)
{
	static const struct reply replies[] = {{.kind = ANSWER_OK},
		{.kind = ANSWER_AMBIGUOUS, .unreadable = true},
		{.kind = ANSWER_AMBIGUOUS, .code = "Timeout"}};
	static const int lists[] = {3, 3, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		struct rig r;
		begin_with(&r, "last=9", 5, -HOUR_S);
		r.list_reply = replies[i];
		r.miscounted = -1;
		run(&r, 4);
		assert_int_equal(r.lists, lists[i]);
		assert_true(look(&r).trouble[0]);
		r.miscounted = 0;
		run(&r, 0);
		assert_int_equal(r.lists, lists[i]);
		end(&r);
	}
}

/* Holding is for deletes: pages that do not fit stop no backup, no pages at all do. */
static void s6_backups_go_on_while_pages_are_in_doubt(void **state)
{
	static const struct reply replies[] = {{.kind = ANSWER_OK},
		{.kind = ANSWER_AMBIGUOUS, .unreadable = true},
		{.kind = ANSWER_AMBIGUOUS, .code = "Timeout"},
		{.kind = ANSWER_UNSENT, .code = "Connect"}};
	static const int creates[] = {1, 1, 0, 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		struct rig r;
		begin_with(&r, "last=100", 2, -DAY_S);
		schedule_every(r.policy, DAY_S);
		r.list_reply = replies[i];
		r.miscounted = -1;
		run(&r, 60);
		assert_int_equal(r.creates, creates[i]);
		end(&r);
	}
}

/* A set on any page, the first or not, of a listing that is in doubt as a whole. */
static void s5_what_any_page_shows_counts_against_taking_a_backup_twice(void **state)
{
	static const struct {
		enum set_state state;
		int64_t start_s; /* the slot and now are at 0 */
		int creates;
	} cases[] = {{SET_VALID, 0, 0}, {SET_RUNNING, 0, 0}, {SET_FAILED, 0, 1},
		{SET_DELETING, 0, 1}, {SET_UNKNOWN, 0, 1}, {SET_VALID, -1, 1}, {SET_VALID, 300, 0},
		{SET_VALID, 301, 1}, {SET_RUNNING, 300, 0}, {SET_RUNNING, 301, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t place = 0; place < 3; place++) {
			struct rig r;
			begin_with(&r, "last=100", 3, -DAY_S);
			schedule_every(r.policy, DAY_S);
			r.sets.sets[place].start_s = START_S + cases[i].start_s;
			r.sets.sets[place].state = (uint8_t)cases[i].state;
			r.miscounted = -1;
			run(&r, 0);
			assert_int_equal(r.creates, cases[i].creates);
			end(&r);
		}
}

/* Until it is known which clock to go by; a service that never says its time is no help. */
static void the_clocks_are_compared_again_after_five_seconds(void **state)
{
	static const size_t least[] = {2, 6}, most[] = {2, 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(least); i++) {
		struct rig r;
		begin_with(&r, "last=9", 5, -HOUR_S);
		r.server_ahead_s = HOUR_S;
		r.no_date = i == 1;
		run(&r, 600);
		assert_in_range(r.page_count, least[i], most[i]);
		for (size_t k = 0; k < r.page_count; k++)
			assert_int_equal(r.pages[k].boot_s, BOOT_S + 5 * (int64_t)k);
		end(&r);
	}
}

/* 800 days back from the earliest time that it may be, to a day ahead of the latest. */
static void the_window_is_drawn_around_any_time_that_it_may_be(void **state)
{
	static const struct {
		int64_t stepped_s, skew_s; /* our clock; the service's to what ours was */
		int64_t earliest_s, latest_s;
	} cases[] = {{0, 0, 0, 0}, {0, 200, 0, 200}, {0, -200, -200, 0},
		{2 * DAY_S, 200, 0, 2 * DAY_S}, {-2 * DAY_S, 200, -2 * DAY_S, 200},
		{2 * DAY_S, -200, -200, 2 * DAY_S}, {-2 * DAY_S, -200, -2 * DAY_S, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct page_asked *last;
		struct rig r;
		begin_with(&r, "last=9", 5, -HOUR_S);
		r.server_ahead_s = cases[i].skew_s;
		run(&r, 0);
		r.now.wall_s += cases[i].stepped_s;
		r.server_ahead_s -= cases[i].stepped_s;
		list_now(&r);
		assert_int_equal(r.lists, 2);
		last = &r.pages[1];
		assert_int_equal(last->from_s - START_S, cases[i].earliest_s - 800 * DAY_S);
		assert_int_equal(last->to_s - START_S, cases[i].latest_s + DAY_S);
		end(&r);
	}
}

/* The Date of the answer says that the window was drawn around a wrong time. */
static void a_window_that_was_off_by_a_day_is_drawn_anew(void **state)
{
	static const int64_t skews_s[] = {
		DAY_S, DAY_S + 1, 3 * DAY_S, -DAY_S, -DAY_S - 1, -3 * DAY_S};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(skews_s); i++)
		for (int known = 0; known < 2; known++) { /* whether the clocks agreed before */
			int64_t skew_s = skews_s[i];
			bool off = skew_s > DAY_S || skew_s < -DAY_S;
			struct rig r;
			begin_with(&r, "last=9", 5, -HOUR_S);
			if (known)
				run(&r, 0);
			r.server_ahead_s = skew_s;
			r.page_count = 0;
			list_now(&r);
			assert_int_equal(r.page_count, off ? 2 : 1);
			assert_true(look(&r).complete);
			if (off) {
				assert_int_equal(r.pages[1].from_s - START_S,
					(skew_s < 0 ? skew_s : 0) - 800 * DAY_S);
				assert_int_equal(r.pages[1].to_s - START_S,
					(skew_s > 0 ? skew_s : 0) + DAY_S);
			}
			end(&r);
		}
}

static void a_person_waits_for_one_listing_whether_it_fails_or_not(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=9", 5, -HOUR_S);
	run(&r, 0);
	assert_false(r.pages[0].due);
	list_now(&r);
	assert_true(r.pages[1].due);
	r.list_reply.kind = ANSWER_UNSENT;
	list_now(&r);
	assert_true(r.pages[2].due);
	run(&r, 10);
	assert_int_equal(r.page_count, 4);
	assert_false(r.pages[3].due);
	end(&r);
}

/* The first call waits so long for its turn, while our clock is set by so much, and is asked for
 * again. */
static void wait_for_turn(struct rig *r, enum effect_kind call, int64_t late_s, int64_t step_s)
{
	expect(r, EFFECT_LIST);
	reply(r);
	expect(r, call);
	pass(r, late_s);
	r->now.wall_s += step_s;
	permit(r);
	while (next_call(r).kind == EFFECT_LIST)
		reply(r);
	assert_int_equal(r->effect.kind, call);
}

/* Of a call that waits for its turn the listing may be five minutes old. */
static void s2_a_call_goes_on_a_listing_of_five_minutes_and_no_older_one(void **state)
{
	(void)state;
	for (int late_s = 299; late_s <= 302; late_s++)
		for (int deletes = 0; deletes < 2; deletes++) {
			struct rig r;
			begin_with(&r, deletes ? "last=1" : "last=100", 2, -DAY_S);
			if (!deletes)
				schedule_every(r.policy, DAY_S);
			wait_for_turn(&r, deletes ? EFFECT_DELETE : EFFECT_CREATE, late_s, 0);
			assert_int_equal(r.lists, late_s <= 300 ? 1 : 2);
			reply(&r);
			run(&r, 0);
			assert_int_equal(r.deletes, deletes);
			assert_int_equal(r.creates, !deletes);
			end(&r);
		}
}

/* ... by either clock. */
static void s2_a_delete_goes_by_the_older_of_two_ages(void **state)
{
	(void)state;
	for (int64_t step_s = -1; step_s <= 1; step_s++) {
		struct rig r;
		begin_with(&r, "last=1", 2, -DAY_S);
		wait_for_turn(&r, EFFECT_DELETE, 300, step_s);
		assert_int_equal(r.lists, step_s > 0 ? 2 : 1);
		end(&r);
	}
}

/* The service asked to be left alone for longer than it is to the next slots. */
static void a_slot_that_has_to_wait_asks_for_no_listing_before(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=100", 2, -DAY_S);
	schedule_every(r.policy, 600);
	r.create_reply = (struct reply){.kind = ANSWER_THROTTLED, .retry_after_ms = 1500 * 1000};
	run(&r, 1500);
	assert_int_equal(r.creates, 1);
	assert_in_range(r.lists, 1, 3); /* one a slot */
	run(&r, 2);
	assert_int_equal(r.creates, 2);
	end(&r);
}

/* The call of the slot before waited for its turn until this one came. */
static void a_refused_call_does_not_hold_up_the_next_slot(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=100", 2, -DAY_S);
	schedule_every(r.policy, 200);
	r.create_reply = (struct reply){.kind = ANSWER_REFUSED, .code = "OperationDenied.Odd"};
	wait_for_turn(&r, EFFECT_CREATE, 200, 0);
	reply(&r);
	run(&r, 0);
	assert_int_equal(r.creates, 2);
	end(&r);
}

TEST_FILE(cycle_listing_when_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_that_fails_is_made_again_within_ten_minutes),
		cmocka_unit_test(a_listing_is_made_not_a_second_too_early),
		cmocka_unit_test(a_throttled_call_waits_as_long_as_it_is_told),
		cmocka_unit_test(a_refresh_of_a_second_lists_every_second),
		cmocka_unit_test(s2_doubtful_pages_are_read_three_times_at_once),
		cmocka_unit_test(s6_backups_go_on_while_pages_are_in_doubt),
		cmocka_unit_test(s5_what_any_page_shows_counts_against_taking_a_backup_twice),
		cmocka_unit_test(the_clocks_are_compared_again_after_five_seconds),
		cmocka_unit_test(the_window_is_drawn_around_any_time_that_it_may_be),
		cmocka_unit_test(a_window_that_was_off_by_a_day_is_drawn_anew),
		cmocka_unit_test(a_person_waits_for_one_listing_whether_it_fails_or_not),
		cmocka_unit_test(s2_a_call_goes_on_a_listing_of_five_minutes_and_no_older_one),
		cmocka_unit_test(s2_a_delete_goes_by_the_older_of_two_ages),
		cmocka_unit_test(a_slot_that_has_to_wait_asks_for_no_listing_before),
		cmocka_unit_test(a_refused_call_does_not_hold_up_the_next_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
