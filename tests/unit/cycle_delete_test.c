/* Delete calls: refused, lost, without effect; and sets that are under way. */
#include "cycle_help.h"

#include <string.h>

static void a_call_refused_as_a_whole_is_split_until_the_culprit_stands_alone(void **state)
{
	struct world w;
	char culprit[CLOUD_ID_SIZE];

	(void)state;
	begin(&w, policy_eager(), 107);
	memcpy(culprit, w.cloud.sets[41].id, sizeof(culprit));
	memcpy(w.cloud.refuses, culprit, sizeof(culprit));
	run(&w, 300);
	assert_in_range(w.deletes, 8, 15);
	run(&w, HOUR_S);
	assert_true(in_cloud(&w, culprit));
	assert_int_equal(w.cloud.count, 8);
	assert_true(look(&w).trouble[0]);  /* L3 */
	assert_in_range(w.deletes, 8, 15); /* not asked again for a day */
	w.cloud.refuses[0] = '\0';
	run(&w, 26 * HOUR_S);
	assert_false(in_cloud(&w, culprit));
	world_done(&w);
}

static void a_refusal_of_everything_stops_the_run(void **state)
{
	static const char *const codes[] = {"Forbidden.RAM", "BackupSet.Odd"};
	static const size_t most[] = {40, 16 * 24};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct script s = {
			.kind = EFFECT_DELETE, .first = 1, .last = 1000000, .fate = FATE_REFUSED};
		struct world w;
		begin(&w, policy_eager(), 300);
		w.refusal = codes[i];
		follow(&w, &s);
		run(&w, DAY_S);
		assert_in_range(w.deletes, 20, most[i]);
		assert_true(look(&w).trouble[0]);
		s.last = 0;
		run(&w, 3 * DAY_S);
		assert_in_range(w.cloud.count, 7, 9);
		world_done(&w);
	}
}

static void throttled_deletes_wait_as_long_as_they_are_told(void **state)
{
	struct script s = {.kind = EFFECT_DELETE, .first = 1, .last = 1, .fate = FATE_THROTTLED};
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->refresh_s = 300; /* listings in between change nothing */
	begin(&w, p, 30);
	w.retry_after_ms = 1500 * 1000;
	follow(&w, &s);
	run(&w, 1495);
	assert_int_equal(w.deletes, 1);
	run(&w, 20);
	assert_int_equal(w.deletes, 2);
	world_done(&w);
}

static void l1_a_delete_without_effect_is_asked_for_again_and_complained_of(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.cloud.on.never_deleted_per_thousand = 1000;
	run(&w, 3500);
	assert_int_equal(w.deletes, 1);
	run(&w, 600);
	assert_int_equal(w.deletes, 2);
	assert_int_equal(w.reports[REPORT_DELETE_STUCK], 0);
	run(&w, 3 * HOUR_S);
	assert_int_equal(w.reports[REPORT_DELETE_STUCK], 23);
	assert_int_equal(look(&w).state, CYCLE_TROUBLE);
	w.cloud.on.never_deleted_per_thousand = 0;
	run(&w, 3 * HOUR_S);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

static void l1_deletes_are_looked_after_less_and_less_often(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->schedule.kind = SCHEDULE_NONE;
	begin(&w, p, 30);
	w.cloud.on.delete_least_s = w.cloud.on.delete_most_s = 3000;
	run(&w, HOUR_S);
	assert_in_range(w.lists, 10, 22);
	assert_int_equal(w.reports[REPORT_GONE], 23);
	world_done(&w);
}

/* One listing without it proves nothing, nor do two that are not in a row. */
static void l1_a_set_is_gone_when_two_complete_listings_lack_it(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 8);
	w.cloud.on.never_deleted_per_thousand = 1000;
	while (w.deletes == 0)
		run(&w, 1);
	for (int i = 0; i < 3; i++) {
		size_t lists = w.lists;
		w.cloud.sets[0].delete_at_s = 0;
		w.cloud.sets[0].end_s = INT64_MAX; /* not listed, as one that is not finished */
		w.cloud.on.visible_at_start = false;
		while (w.lists == lists)
			run(&w, 1);
		w.cloud.sets[0].end_s = w.cloud.sets[0].start_s;
		lists = w.lists;
		while (w.lists == lists)
			run(&w, 1);
	}
	run(&w, 600);
	assert_int_equal(w.reports[REPORT_GONE], 0);
	assert_int_equal(look(&w).deleting, 1);
	world_done(&w);
}

/* What was asked for counts for nothing, held or not; after a day it was certainly not deleted. */
static void s1_what_was_asked_for_counts_for_nothing_for_a_day(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.cloud.on.never_deleted_per_thousand = w.cloud.on.fail_per_thousand = 1000;
	run(&w, 22 * HOUR_S);
	assert_true(look(&w).holds & 1u << HOLD_FRESH);
	assert_int_equal(look(&w).deleting, 23);
	assert_int_equal(look(&w).valid, 7);
	run(&w, 26 * HOUR_S);
	assert_int_equal(look(&w).deleting, 0);
	assert_int_equal(look(&w).valid, 30);
	world_done(&w);
}

static void sets_that_the_cloud_says_it_deletes_are_not_asked_for_again(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->schedule.kind = SCHEDULE_NONE;
	begin(&w, p, 30);
	w.cloud.on.deleting_is_shown = true;
	w.cloud.on.delete_least_s = w.cloud.on.delete_most_s = 5 * HOUR_S;
	run(&w, 4 * HOUR_S);
	assert_int_equal(w.deletes, 1);
	world_done(&w);
}

static void sets_under_way_are_shown_as_such_while_nothing_can_be_listed(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 2, .last = 10000, .fate = FATE_UNSENT};
	struct cycle_status status;
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	follow(&w, &s);
	run(&w, HOUR_S);
	assert_int_equal(w.ids_asked, 23);
	status = look(&w);
	assert_int_equal(status.expired, 0);
	assert_int_equal(status.deleting, 23);
	assert_int_equal(status.plan->doomed_count, 0);
	world_done(&w);
}

/* A rule keeps the oldest set within its span. Old sets that were asked to be deleted, and stay,
 * make no other set the oldest but one, not even when they are asked for again. */
static void s7_what_is_asked_for_again_takes_no_other_set_along(void **state)
{
	struct policy *p = policy_eager();
	struct world w;
	char kept[CLOUD_ID_SIZE];

	(void)state;
	p->keep[RULE_DAILY].kind = KEEP_OFF;
	p->keep[RULE_MONTHLY] = (struct keep_rule){.kind = KEEP_SPAN, .span = {.days = 14}};
	p->refresh_s = 600;
	begin(&w, p, 30);
	memcpy(kept, w.cloud.sets[27].id, sizeof(kept));
	w.cloud.on.never_deleted_per_thousand = 1000;
	run(&w, 3 * DAY_S);
	assert_true(w.deletes > 20);
	w.cloud.on.never_deleted_per_thousand = 0;
	run(&w, DAY_S);
	assert_true(in_cloud(&w, kept));
	world_done(&w);
}

static void l1_a_lost_answer_to_a_delete_is_no_loss(void **state)
{
	static const enum fate fates[] = {
		FATE_LOST_AFTER, FATE_LOST_BEFORE, FATE_LATE, FATE_DUPLICATED, FATE_TRUNCATED};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++) {
		struct script s = {.kind = EFFECT_DELETE, .first = 1, .last = 3, .fate = fates[i]};
		struct world w;
		begin(&w, policy_eager(), 150);
		follow(&w, &s);
		run(&w, 10 * HOUR_S);
		assert_int_equal(w.cloud.count, 7);
		assert_string_equal(look(&w).trouble, "");
		world_done(&w);
	}
}

static void l1_a_due_backup_goes_before_deletes_begin(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.fresh_within_s = FRESH_OFF;
	begin(&w, p, 30);
	w.true_s += DAY_S; /* the slot of the night was missed */
	world_crash(&w);
	while (w.creates == 0)
		run(&w, 1);
	assert_int_equal(w.deletes, 0);
	run(&w, 280);
	assert_int_equal(w.deletes, 0); /* nor while it runs */
	run(&w, HOUR_S);
	assert_int_equal(w.deletes, 1);
	world_done(&w);
}

TEST_FILE(cycle_delete_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_refused_as_a_whole_is_split_until_the_culprit_stands_alone),
		cmocka_unit_test(a_refusal_of_everything_stops_the_run),
		cmocka_unit_test(throttled_deletes_wait_as_long_as_they_are_told),
		cmocka_unit_test(l1_a_delete_without_effect_is_asked_for_again_and_complained_of),
		cmocka_unit_test(l1_deletes_are_looked_after_less_and_less_often),
		cmocka_unit_test(l1_a_set_is_gone_when_two_complete_listings_lack_it),
		cmocka_unit_test(s1_what_was_asked_for_counts_for_nothing_for_a_day),
		cmocka_unit_test(sets_that_the_cloud_says_it_deletes_are_not_asked_for_again),
		cmocka_unit_test(sets_under_way_are_shown_as_such_while_nothing_can_be_listed),
		cmocka_unit_test(s7_what_is_asked_for_again_takes_no_other_set_along),
		cmocka_unit_test(l1_a_lost_answer_to_a_delete_is_no_loss),
		cmocka_unit_test(l1_a_due_backup_goes_before_deletes_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
