/* What people are told of deletes, and how often; and what a look shows of them (L3). */
#include "cycle_drive.h"

/* Since the last time: holds, what is quarantined, and that nothing is held any more. */
static char said[600];
static char first[80]; /* of what REPORT_DELETING said: its begin */

static void hear(const struct report *report)
{
	size_t used = strlen(said);
	const char *what = report->kind == REPORT_HELD ? report->reason
		: report->kind == REPORT_RELEASED      ? "released"
		: report->kind == REPORT_QUARANTINE    ? report->set
						       : NULL;

	if (what)
		(void)snprintf(said + used, sizeof(said) - used, "%s%s", used ? " " : "", what);
	if (report->kind == REPORT_DELETING && !first[0])
		(void)snprintf(first, sizeof(first), "%s", report->text);
}

static void begin_told(struct rig *r, const char *words, int days)
{
	begin_quiet(r, words, days);
	r->hear = hear;
	said[0] = first[0] = '\0';
}

static void assert_said(const char *words)
{
	assert_string_equal(said, words);
	said[0] = '\0';
}

static void pause(struct rig *r, const char *why)
{
	feed_pause(r, why);
	(void)next_call(r);
}

/* One set more that is to go: another plan. */
static void add_old_set(struct rig *r)
{
	put(r, "99", -1000 * DAY_S, SET_VALID, 600);
}

static void list_an_hour_later(struct rig *r)
{
	pass(r, 3600);
	list_again(r);
	(void)next_call(r);
}

static void fail_to_list(struct rig *r)
{
	pass(r, 3600);
	feed(r, EVENT_PRUNE);
	expect(r, EFFECT_LIST);
	answer_code(r, ANSWER_UNSENT, "Connect", 0);
	(void)next_call(r);
}

static void a_hold_is_told_once_and_so_is_its_end(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3 grace=10d", 10);
	list_an_hour_later(&r);
	assert_said(""); /* grace is as it should be */
	fail_to_list(&r);
	assert_said("incomplete");
	fail_to_list(&r);
	assert_said("");
	list_an_hour_later(&r);
	assert_said("released");
	list_an_hour_later(&r);
	assert_said("");
	fail_to_list(&r);
	assert_said("incomplete");
	end(&r);
}

static void nobody_says_that_nothing_holds_deletes_while_grace_does(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3 grace=10d", 10);
	list_an_hour_later(&r);
	fail_to_list(&r);
	list_an_hour_later(&r);
	assert_non_null(strstr(r.told[REPORT_RELEASED], "only grace still holds deletes: 7 of 7"));
	end(&r);
}

static void a_hold_that_comes_is_told_alone_and_one_that_goes_with_those_left(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3 percent=10", 10);
	list_an_hour_later(&r);
	assert_said("approval");
	pause(&r, "the cluster is ClassChanging");
	assert_said("paused");
	list_an_hour_later(&r);
	assert_said("");
	pause(&r, "");
	assert_said("approval");
	answer_list(&r);
	(void)next_call(&r);
	assert_said("");
	reload(&r, quiet_policy("last=3 percent=100 grace=10d"));
	(void)next_call(&r);
	assert_said("released");
	end(&r);
}

static void another_plan_that_awaits_approval_is_told_of_anew(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3 percent=10", 10);
	list_an_hour_later(&r);
	assert_said("approval");
	list_an_hour_later(&r);
	assert_said("");
	add_old_set(&r);
	list_an_hour_later(&r);
	assert_said("approval");
	list_an_hour_later(&r);
	assert_said("");
	end(&r);
}

/* Nobody has to do anything for each plan. */
static void other_holds_are_not_told_anew_for_another_plan(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3", 10);
	pause(&r, "the cluster is ClassChanging");
	answer_list(&r);
	(void)next_call(&r);
	assert_said("paused");
	add_old_set(&r);
	list_an_hour_later(&r);
	assert_said("");
	assert_int_equal(look(&r).expired, 8);
	end(&r);
}

static void where_nothing_is_to_go_no_hold_is_told(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3", 3);
	list_an_hour_later(&r);
	fail_to_list(&r);
	pause(&r, "the cluster is ClassChanging");
	assert_said("");
	add_old_set(&r);
	list_an_hour_later(&r);
	assert_said("paused");
	end(&r);
}

static void s11_quarantined_sets_are_told_when_there_are_others(void **state)
{
	struct rig r;

	(void)state;
	for (size_t at = 0; at < 3; at++) { /* wherever in the listing it is */
		begin_told(&r, "last=3", 3);
		r.sets.sets[at].state = SET_UNKNOWN;
		list_an_hour_later(&r);
		assert_said(set_id(&r.sets, at));
		list_an_hour_later(&r);
		assert_said("");
		end(&r);
	}
	begin_told(&r, "last=3", 3);
	r.sets.sets[0].state = SET_UNKNOWN;
	list_an_hour_later(&r);
	assert_said("101");
	r.sets.sets[2].state = SET_UNKNOWN;
	list_an_hour_later(&r);
	assert_said("101 103");
	r.sets.sets[0].state = SET_VALID;
	list_an_hour_later(&r);
	assert_said("103");
	r.sets.sets[2].state = SET_VALID;
	list_an_hour_later(&r);
	assert_said("");
	end(&r);
}

static void each_delete_is_told_with_the_time_of_its_set(void **state)
{
	struct rig r;

	(void)state;
	begin_told(&r, "last=3", 10);
	(void)until_call(&r, EFFECT_DELETE);
	assert_int_equal(r.reports[REPORT_DELETING], 7);
	/* Ten sets, the newest at 22:00 of 2026-11-20. */
	assert_memory_equal(first, "deleting set 101 of 2026-11-11T22:00:00", 39);
	end(&r);
}

static void a_look_counts_what_calls_have_named_as_asked_for_and_not_as_expired(void **state)
{
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin_doomed(&r, 150);
	list(&r);
	s = look(&r);
	assert_int_equal(s.expired, 150);
	assert_int_equal(s.under_way, 150);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	assert_int_equal(look(&r).expired, 50);
	answer(&r, ANSWER_OK, 0);
	assert_int_equal(look(&r).expired, 50);
	assert_int_equal(look(&r).asked, 100);
	expect(&r, EFFECT_DELETE);
	assert_int_equal(look(&r).expired, 0);
	assert_int_equal(look(&r).asked, 150);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0); /* as if it had not been made */
	assert_int_equal(look(&r).expired, 50);
	assert_int_equal(look(&r).asked, 100);
	end(&r);
}

/* The plan is made anew while the call is under way: then it has none of its sets. */
static void a_reload_during_a_call_that_fails_leaves_the_counts_right(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	reload(&r, quiet_policy("last=3"));
	assert_int_equal(look(&r).expired, 0);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(look(&r).expired, 0);
	list(&r);
	assert_int_equal(look(&r).expired, 7);
	end(&r);
}

static void a_cycle_whose_deletes_were_stopped_rests(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 7);
	(void)until_call(&r, EFFECT_DELETE);
	assert_non_null(look(&r).plan->verdicts);
	answer_code(&r, ANSWER_UNSENT, "Connect", 0);
	expect(&r, EFFECT_WAIT);
	assert_null(look(&r).plan->verdicts);
	end(&r);
}

static void what_the_cloud_says_of_its_retention_is_known_to_the_next_plan(void **state)
{
	struct rig r;

	(void)state;
	begin_doomed(&r, 0);
	r.policy->cloud_retention = CLOUD_RETENTION_CHECK;
	list(&r);
	expect(&r, EFFECT_RETENTION);
	answer_days(&r, 30);
	list_again(&r);
	assert_int_equal(look(&r).input->cloud_s, 30 * DAY_S);
	end(&r);
}

TEST_FILE(cycle_delete_told_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hold_is_told_once_and_so_is_its_end),
		cmocka_unit_test(nobody_says_that_nothing_holds_deletes_while_grace_does),
		cmocka_unit_test(a_hold_that_comes_is_told_alone_and_one_that_goes_with_those_left),
		cmocka_unit_test(another_plan_that_awaits_approval_is_told_of_anew),
		cmocka_unit_test(other_holds_are_not_told_anew_for_another_plan),
		cmocka_unit_test(where_nothing_is_to_go_no_hold_is_told),
		cmocka_unit_test(s11_quarantined_sets_are_told_when_there_are_others),
		cmocka_unit_test(each_delete_is_told_with_the_time_of_its_set),
		cmocka_unit_test(
			a_look_counts_what_calls_have_named_as_asked_for_and_not_as_expired),
		cmocka_unit_test(a_reload_during_a_call_that_fails_leaves_the_counts_right),
		cmocka_unit_test(a_cycle_whose_deletes_were_stopped_rests),
		cmocka_unit_test(what_the_cloud_says_of_its_retention_is_known_to_the_next_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
