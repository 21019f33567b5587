/* L1: when deletes that failed are tried again, and when it is looked whether sets are gone. */
#include "cycle_drive.h"

static void l1_deletes_that_fail_are_tried_less_and_less_often(void **state)
{
	static const int waits[] = {30, 60, 120, 240, 480, 960, 1920, 3600, 3600};
	struct rig r;

	(void)state;
	begin_doomed(&r, 150);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		answer_code(&r, ANSWER_UNSENT, "Connect", 0);
		assert_int_equal(until_call(&r, EFFECT_DELETE), waits[i]);
	}
	/* One that goes well makes good for them. */
	answer(&r, ANSWER_OK, 0);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 30);
	end(&r);
}

/* A throttled call waits as long as it is told, be it less than we would. Others wait no less than
 * they would by themselves. The clock is read in whole seconds: one is added. */
static void what_the_service_says_to_wait_is_heeded(void **state)
{
	static const struct {
		struct reply reply;
		int64_t waits_s;
	} cases[] = {
		{{ANSWER_THROTTLED, "Throttling.User", 0, ABOUT_SETS, false}, 30},
		{{ANSWER_THROTTLED, "Throttling.User", 1, ABOUT_SETS, false}, 2},
		{{ANSWER_THROTTLED, "Throttling.User", 5000, ABOUT_SETS, false}, 6},
		{{ANSWER_THROTTLED, "Throttling.User", 100000, ABOUT_SETS, false}, 101},
		{{ANSWER_UNSENT, "Connect", 5000, ABOUT_SETS, false}, 30},
		{{ANSWER_UNSENT, "Connect", 100000, ABOUT_SETS, false}, 101},
		{{ANSWER_AMBIGUOUS, "Timeout", 5000, ABOUT_SETS, false}, 30},
		{{ANSWER_AMBIGUOUS, "Timeout", 100000, ABOUT_SETS, false}, 101},
		{{ANSWER_REFUSED, "Forbidden.RAM", 0, ABOUT_CALLER, false}, 30},
		{{ANSWER_REFUSED, "Forbidden.RAM", 100000, ABOUT_CALLER, false}, 101},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_doomed(&r, 7);
		(void)until_call(&r, EFFECT_DELETE);
		answer_as(&r, &cases[i].reply);
		assert_true(look(&r).trouble[0]);
		assert_int_equal(until_call(&r, EFFECT_DELETE), cases[i].waits_s);
		end(&r);
	}
}

/* The sets that only the log kept are found expired by a listing before they go, like all others.
 */
static void s14_what_a_shorter_log_lets_go_is_listed_first(void **state)
{
	static const struct backup_policy before = {.days = 730, .log = true, .log_days = 30};
	static const struct {
		struct backup_policy now;
		size_t deletes;
	} rows[] = {{{.days = 730, .log = true, .log_days = 7}, 2}, {{.days = 730}, 7}};
	static const char words[] = "last=3 seconds=keep";
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(&r, words, 10);
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION);
		answer_policy(&r, &before);
		expect(&r, EFFECT_WAIT);
		reload(&r, fixture_policy(words)); /* has it read again, right after a listing */
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION);
		answer_policy(&r, &rows[i].now);
		assert_in_range(until_call(&r, EFFECT_LIST), 1, DAY_S);
		answer_list(&r);
		expect(&r, EFFECT_DELETE);
		assert_int_equal(r.effect.delete.count, rows[i].deletes);
		end(&r);
	}
}

static void a_single_set_is_tried_again_too(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 1);
	(void)until_call(&r, EFFECT_DELETE);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(wait_over(&r), 30);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	assert_true(look(&r).trouble[0]); /* until a call goes well, or is no longer needed */
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(wait_over(&r), 60);
	nothing_listed(&r);
	list(&r);
	expect_refresh(&r);
	assert_null(strstr(look(&r).trouble, "Connect")); /* but kept sets vanished */
	end(&r);
}

static void deletes_that_may_not_go_by_now_ask_for_no_listing(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	reload(&r, quiet_policy("last=3 percent=10"));
	list(&r);
	expect_refresh(&r);
	assert_true(look(&r).holds & 1u << HOLD_APPROVAL);
	assert_true(look(&r).trouble[0]); /* they are still wanted */
	end(&r);
}

/* The clock is looked at again at the refresh; nothing may go before. */
static void s6_deletes_in_doubt_of_the_clock_ask_for_no_listing(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	r.server_ahead_s = HOUR_S;
	answer(&r, ANSWER_THROTTLED, 60000);
	expect_refresh(&r);
	end(&r);
}

/* By then the listing is too old for the halves. */
static void a_refusal_that_took_long_lists_again_at_once(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	pass(&r, 301);
	answer(&r, ANSWER_REFUSED, 0);
	list(&r);
	expect(&r, EFFECT_DELETE);
	assert_int_equal(r.effect.delete.count, 7);
	end(&r);
}

/* 20 looks, which is for more than an hour. The cloud says that it deletes, so that nothing is
 * asked for again. */
static void it_is_looked_whether_sets_are_gone_less_and_less_often(void **state)
{
	struct rig r;

	(void)state;
	for (int doomed = 1; doomed <= 7; doomed += 6) {
		int64_t expected = 5;
		begin_doomed(&r, doomed);
		(void)until_call(&r, EFFECT_DELETE);
		answer(&r, ANSWER_OK, 0);
		for (int i = 0; i < doomed; i++)
			r.sets.sets[i].state = SET_DELETING;
		for (int looks = 0; looks < 20; looks++) {
			assert_int_equal(wait_over(&r), expected);
			list(&r);
			expected = expected * 2 < 300 ? expected * 2 : 300;
		}
		expect_refresh(&r);
		assert_int_equal(look(&r).asked, doomed);
		end(&r);
	}
}

/* Many pages are dear: ten in a second at most. */
static void it_is_looked_less_often_where_that_takes_many_pages(void **state)
{
	static const struct {
		int pages;
		int64_t waits[3];
	} cases[] = {{40, {5, 10, 20}}, {60, {6, 10, 20}}, {99, {9, 10, 20}}, {120, {12, 12, 20}}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char words[32];
		(void)snprintf(words, sizeof(words), "last=%d", cases[i].pages - 1);
		begin_quiet(&r, words, cases[i].pages);
		r.page_size = 1;
		(void)until_call(&r, EFFECT_DELETE);
		assert_int_equal(r.effect.delete.count, 1);
		answer(&r, ANSWER_OK, 0);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].waits); k++) {
			assert_int_equal(wait_over(&r), cases[i].waits[k]);
			list(&r);
		}
		end(&r);
	}
}

static void what_a_lost_call_named_is_asked_for_again_soon(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	answer_code(&r, ANSWER_AMBIGUOUS, "Timeout", 0);
	assert_int_equal(wait_over(&r), 5); /* it may have been carried out */
	assert_int_equal(look(&r).asked, 7);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 25);
	assert_int_equal(r.effect.delete.count, 7);
	end(&r);
}

/* At the first look that is an hour after the call. */
static void what_was_accepted_is_asked_for_again_after_an_hour(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	assert_in_range(until_call(&r, EFFECT_DELETE), 3600, 3600 + 300);
	end(&r);
}

/* What was refused may have been put right: a person who asks need not wait for the next try. */
static void l4_a_person_who_prunes_has_what_was_refused_tried_at_once(void **state)
{
	struct rig r;

	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		begin_doomed(&r, 7);
		for (int refusals = 0; refusals < 3; refusals++) {
			(void)until_call(&r, EFFECT_DELETE);
			answer_as(&r,
				&(struct reply){
					ANSWER_REFUSED, "NoPermission", 0, ABOUT_CALLER, false});
		}
		if (asked)
			feed(&r, EVENT_PRUNE);
		assert_int_equal(asked, until_call(&r, EFFECT_DELETE) < 60);
		end(&r);
	}
}

static void it_is_complained_of_what_three_calls_did_not_delete(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	for (int call = 1; call <= 3; call++) {
		(void)until_call(&r, EFFECT_DELETE);
		answer(&r, ANSWER_OK, 0);
	}
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 0);
	(void)until_call(&r, EFFECT_DELETE); /* an hour later */
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 7);
	end(&r);
}

static void a_call_that_was_lost_is_none_of_the_three(void **state)
{
	static const enum answer_kind kinds[] = {ANSWER_OK, ANSWER_AMBIGUOUS, ANSWER_OK, ANSWER_OK};
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		(void)until_call(&r, EFFECT_DELETE);
		answer_code(&r, kinds[i], "", 0);
	}
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 0);
	(void)until_call(&r, EFFECT_DELETE);
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 7);
	end(&r);
}

static void s1_what_was_accepted_stays_so_through_a_restart(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	assert_int_equal(wait_over(&r), 5);
	pass(&r, 60);
	restart(&r);
	assert_int_equal(look(&r).asked, 7);
	assert_in_range(until_call(&r, EFFECT_DELETE), 3600 - 65, 3600 - 65 + 300);
	end(&r);
}

/* It counts as what it is at once, and not only after the day that a call may take. */
static void what_was_not_carried_out_is_forgotten_through_a_restart(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(wait_over(&r), 30);
	restart(&r);
	assert_int_equal(look(&r).asked, 0);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	end(&r);
}

static void s7_deletes_go_when_their_grace_is_over(void **state)
{
	static const int64_t graces[] = {1, 600};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(graces); i++) {
		begin_quiet(&r, "last=3", 10);
		r.policy->safety.grace_s = graces[i];
		list(&r);
		assert_int_equal(until_call(&r, EFFECT_DELETE), graces[i]);
		end(&r);
	}
}

static void s7_the_end_of_grace_is_measured_from_the_listing(void **state)
{
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=3 grace=10min", 10);
	list(&r);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.effect.wait.for_s, 600);
	pass(&r, 100);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.effect.wait.for_s, 500);
	end(&r);
}

static void s7_the_end_of_grace_is_of_no_interest_while_an_approval_is_awaited(void **state)
{
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=3 grace=10min percent=10", 10);
	list(&r);
	expect_refresh(&r);
	end(&r);
}

static void a_dry_run_asks_for_no_listing_for_deletes(void **state)
{
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=3 grace=10min", 10);
	r.dry_run = true;
	restart(&r);
	list(&r);
	expect_refresh(&r);
	end(&r);
}

/* A set of the minimum will be gone by itself within a day, as it turns out before the call. */
static void s1_a_batch_that_its_last_check_stops_waits_for_an_hour(void **state)
{
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=3 minimum=3", 10);
	r.sets.sets[8].expires_s = START_S + DAY_S + 10;
	list(&r);
	pass(&r, 20);
	assert_int_equal(wait_over(&r), 3600);
	assert_int_equal(r.reports[REPORT_HELD], 1);
	assert_int_equal(r.reports[REPORT_DELETING], 0);
	assert_true(look(&r).trouble[0]);
	list(&r);
	assert_true(look(&r).holds & 1u << HOLD_MINIMUM);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	assert_int_equal(r.effect.delete.count, 6); /* another one stays instead */
	end(&r);
}

/* Daily, but for a year without any that begins on 2027-12-31. A year of slots is looked at, and
 * that is dear. */
static void the_longest_gap_between_slots_is_found_anew_once_a_week(void **state)
{
	int64_t day_s = DAY_S + DAY_S / 4, year_s = 367 * DAY_S + 367 * DAY_S / 4;
	struct schedule *s;
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=3 fresh=auto", 0);
	s = &r.policy->schedule;
	assert_int_equal(calendar_parse("2026,2027,2029-*-* 02:00", &s->calendar, NULL), 0);
	s->kind = SCHEDULE_CALENDAR;
	r.now.wall_s = fixture_time("2026-12-24");
	restart(&r);
	assert_int_equal(look(&r).fresh_within_s, day_s);
	pass(&r, 7 * DAY_S - 1);
	assert_int_equal(look(&r).fresh_within_s, day_s);
	pass(&r, 1);
	assert_int_equal(look(&r).fresh_within_s, year_s);
	end(&r);
}

TEST_FILE(cycle_delete_when_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l1_deletes_that_fail_are_tried_less_and_less_often),
		cmocka_unit_test(what_the_service_says_to_wait_is_heeded),
		cmocka_unit_test(s14_what_a_shorter_log_lets_go_is_listed_first),
		cmocka_unit_test(a_single_set_is_tried_again_too),
		cmocka_unit_test(deletes_that_may_not_go_by_now_ask_for_no_listing),
		cmocka_unit_test(s6_deletes_in_doubt_of_the_clock_ask_for_no_listing),
		cmocka_unit_test(a_refusal_that_took_long_lists_again_at_once),
		cmocka_unit_test(it_is_looked_whether_sets_are_gone_less_and_less_often),
		cmocka_unit_test(it_is_looked_less_often_where_that_takes_many_pages),
		cmocka_unit_test(what_a_lost_call_named_is_asked_for_again_soon),
		cmocka_unit_test(what_was_accepted_is_asked_for_again_after_an_hour),
		cmocka_unit_test(l4_a_person_who_prunes_has_what_was_refused_tried_at_once),
		cmocka_unit_test(it_is_complained_of_what_three_calls_did_not_delete),
		cmocka_unit_test(a_call_that_was_lost_is_none_of_the_three),
		cmocka_unit_test(s1_what_was_accepted_stays_so_through_a_restart),
		cmocka_unit_test(what_was_not_carried_out_is_forgotten_through_a_restart),
		cmocka_unit_test(s7_deletes_go_when_their_grace_is_over),
		cmocka_unit_test(s7_the_end_of_grace_is_measured_from_the_listing),
		cmocka_unit_test(
			s7_the_end_of_grace_is_of_no_interest_while_an_approval_is_awaited),
		cmocka_unit_test(a_dry_run_asks_for_no_listing_for_deletes),
		cmocka_unit_test(s1_a_batch_that_its_last_check_stops_waits_for_an_hour),
		cmocka_unit_test(the_longest_gap_between_slots_is_found_anew_once_a_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
