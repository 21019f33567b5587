/* What people are told of deletes, and how often; and what a look shows of them (L3). */
#include "cycle_rig.h"

static void pause(struct rig *r, const char *why)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PAUSE, .paused = why}, r->now);
	(void)rig_next(r);
}

/* One set more that is to go: another plan. */
static void add_old_set(struct rig *r, const char *id)
{
	struct set s = {.start_s = START_S - 1000 * DAY_S,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = 600,
		.state = SET_VALID};

	inventory_add(&r->sets, &s, id, NULL, NULL);
}

static void list_again(struct rig *r)
{
	pass(r, 3600);
	list_now(r);
	(void)rig_next(r);
}

static void fail_to_list(struct rig *r)
{
	pass(r, 3600);
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PRUNE}, r->now);
	assert_int_equal(rig_next(r), EFFECT_LIST);
	answer(r, ANSWER_UNSENT, "Connect", 0);
	(void)rig_next(r);
}

static void a_hold_is_told_once_and_so_is_its_end(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, rig_policy("last=3 grace=10d"), 10, BOOT_S);
	list_again(&r);
	assert_said(&r, ""); /* grace is as it should be */
	fail_to_list(&r);
	assert_said(&r, "incomplete");
	fail_to_list(&r);
	assert_said(&r, "");
	list_again(&r);
	assert_said(&r, "released");
	list_again(&r);
	assert_said(&r, "");
	fail_to_list(&r);
	assert_said(&r, "incomplete");
	rig_end(&r);
}

static void all_holds_are_told_when_one_comes_or_goes(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, rig_policy("last=3 percent=10"), 10, BOOT_S);
	list_again(&r);
	assert_said(&r, "approval");
	pause(&r, "the cluster is ClassChanging");
	assert_said(&r, "paused approval");
	list_again(&r);
	assert_said(&r, "");
	pause(&r, "");
	assert_said(&r, "approval");
	answer_listing(&r);
	(void)rig_next(&r);
	assert_said(&r, "");
	reload(&r, rig_policy("last=3 percent=100 grace=10d"));
	(void)rig_next(&r);
	assert_said(&r, "released");
	rig_end(&r);
}

static void another_plan_that_awaits_approval_is_told_of_anew(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, rig_policy("last=3 percent=10"), 10, BOOT_S);
	list_again(&r);
	assert_said(&r, "approval");
	list_again(&r);
	assert_said(&r, "");
	add_old_set(&r, "99");
	list_again(&r);
	assert_said(&r, "approval");
	list_again(&r);
	assert_said(&r, "");
	rig_end(&r);
}

/* Nobody has to do anything for each plan. */
static void other_holds_are_not_told_anew_for_another_plan(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, rig_policy("last=3"), 10, BOOT_S);
	pause(&r, "the cluster is ClassChanging");
	answer_listing(&r);
	(void)rig_next(&r);
	assert_said(&r, "paused");
	add_old_set(&r, "99");
	list_again(&r);
	assert_said(&r, "");
	assert_int_equal(look(&r).expired, 8);
	rig_end(&r);
}

static void where_nothing_is_to_go_no_hold_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_doomed(&r, 0);
	list_again(&r);
	fail_to_list(&r);
	pause(&r, "the cluster is ClassChanging");
	assert_said(&r, "");
	add_old_set(&r, "99");
	list_again(&r);
	assert_said(&r, "paused");
	rig_end(&r);
}

static void s11_quarantined_sets_are_told_when_there_are_others(void **state)
{
	struct rig r;

	(void)state;
	for (size_t at = 0; at < 3; at++) { /* wherever in the listing it is */
		rig_doomed(&r, 0);
		r.sets.sets[at].state = SET_UNKNOWN;
		list_again(&r);
		assert_said(&r, set_id(&r.sets, at));
		list_again(&r);
		assert_said(&r, "");
		rig_end(&r);
	}
	rig_doomed(&r, 0);
	r.sets.sets[0].state = SET_UNKNOWN;
	list_again(&r);
	assert_said(&r, "101");
	r.sets.sets[2].state = SET_UNKNOWN;
	list_again(&r);
	assert_said(&r, "101 103");
	r.sets.sets[0].state = SET_VALID;
	list_again(&r);
	assert_said(&r, "103");
	r.sets.sets[2].state = SET_VALID;
	list_again(&r);
	assert_said(&r, "");
	rig_end(&r);
}

static void each_delete_is_told_with_the_time_of_its_set(void **state)
{
	struct rig r;

	(void)state;
	rig_doomed(&r, 7);
	(void)until_delete(&r);
	assert_int_equal(r.told[REPORT_DELETING], 7);
	/* Ten sets, the newest at 22:00 of 2026-11-20. */
	assert_memory_equal(r.first, "deleting set 101 of 2026-11-11T22:00:00", 39);
	rig_end(&r);
}

static void a_look_counts_what_calls_have_named_as_asked_for_and_not_as_expired(void **state)
{
	struct cycle_status s;
	struct rig r;

	(void)state;
	rig_doomed(&r, 150);
	list(&r);
	s = look(&r);
	assert_int_equal(s.expired, 150);
	assert_int_equal(s.under_way, 150);
	assert_int_equal(until_delete(&r), 0);
	assert_int_equal(look(&r).expired, 50);
	answer(&r, ANSWER_OK, "", 0);
	assert_int_equal(look(&r).expired, 50);
	assert_int_equal(look(&r).asked, 100);
	assert_int_equal(rig_next(&r), EFFECT_DELETE);
	assert_int_equal(look(&r).expired, 0);
	assert_int_equal(look(&r).asked, 150);
	answer(&r, ANSWER_UNSENT, "Connect", 0); /* as if it had not been made */
	assert_int_equal(look(&r).expired, 50);
	assert_int_equal(look(&r).asked, 100);
	rig_end(&r);
}

/* The plan is made anew while the call is under way: then it has none of its sets. */
static void a_reload_during_a_call_that_fails_leaves_the_counts_right(void **state)
{
	struct rig r;

	(void)state;
	rig_doomed(&r, 7);
	(void)until_delete(&r);
	reload(&r, rig_policy("last=3"));
	assert_int_equal(look(&r).expired, 0);
	answer(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(look(&r).expired, 0);
	list(&r);
	assert_int_equal(look(&r).expired, 7);
	rig_end(&r);
}

static void a_cycle_whose_deletes_were_stopped_rests(void **state)
{
	struct rig r;

	(void)state;
	rig_doomed(&r, 7);
	(void)until_delete(&r);
	assert_non_null(look(&r).plan->verdicts);
	answer(&r, ANSWER_UNSENT, "Connect", 0);
	assert_int_equal(rig_next(&r), EFFECT_WAIT);
	assert_null(look(&r).plan->verdicts);
	rig_end(&r);
}

static void what_the_cloud_says_of_its_retention_is_known_to_the_next_plan(void **state)
{
	struct answer ok = {.kind = ANSWER_OK, .server_s = START_S};
	struct backup_policy own = {.days = 30};
	struct event e = {.kind = EVENT_ANSWER, .answer = &ok, .backup_policy = &own};
	struct rig r;

	(void)state;
	rig_doomed(&r, 0);
	r.policy->cloud_retention = CLOUD_RETENTION_CHECK;
	list(&r);
	assert_int_equal(rig_next(&r), EFFECT_RETENTION);
	cycle_feed(r.cycle, &e, r.now);
	list_now(&r);
	assert_int_equal(look(&r).input->cloud_s, 30 * DAY_S);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hold_is_told_once_and_so_is_its_end),
		cmocka_unit_test(all_holds_are_told_when_one_comes_or_goes),
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
