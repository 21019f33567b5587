/* What people order by command: holds, and protected sets. */
#include "cycle_help.h"

#define FOREVER INT64_MAX

static void s7_a_hold_stops_deletes_and_no_backups(void **state)
{
	struct world w;

	(void)state;
	for (int scope = 0; scope < HOLD_SCOPE_COUNT; scope++) {
		begin(&w, policy_eager(), 30);
		world_hold(&w, (enum hold_scope)scope, FOREVER);
		run(&w, 3 * DAY_S);
		assert_int_equal(w.deletes, 0);
		assert_int_equal(w.creates, 3);
		assert_int_equal(look(&w).state, CYCLE_HELD);
		assert_true(look(&w).holds & 1u << HOLD_OPERATOR);
		assert_string_equal(look(&w).held, "held by a person");
		assert_string_equal(look(&w).plan->hold_detail[HOLD_OPERATOR], "held by a person");
		world_hold(&w, (enum hold_scope)scope, 0);
		run(&w, HOUR_S);
		assert_true(w.deletes > 0);
		assert_string_equal(look(&w).held, "");
		world_done(&w);
	}
}

static void a_hold_shows_even_if_nothing_is_to_be_deleted(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 3);
	run(&w, HOUR_S);
	assert_int_equal(look(&w).state, CYCLE_WELL);
	world_hold(&w, HOLD_SCOPE_CLUSTER, FOREVER);
	assert_int_equal(look(&w).state, CYCLE_HELD);
	assert_false(look(&w).unwell);
	world_done(&w);
}

static void s7_a_hold_between_intent_and_call_is_heeded(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	while (w.disk.entries[ENTRY_DELETE_INTENT] == 0)
		(void)world_step(&w, INT64_MAX);
	assert_int_equal(w.deletes, 0);
	world_hold(&w, HOLD_SCOPE_ALL, FOREVER);
	run(&w, DAY_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(look(&w).asked, 0); /* nothing counts as asked for */
	world_hold(&w, HOLD_SCOPE_ALL, 0);
	run(&w, HOUR_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static bool hold_once(struct world *w, void *data)
{
	bool *held = data;

	if (*held || w->disk.entries[ENTRY_DELETE_INTENT] == 0)
		return false;
	*held = true;
	world_hold(w, HOLD_SCOPE_CLUSTER, FOREVER);
	return true;
}

static void s7_a_hold_while_a_call_waits_for_its_permit_is_heeded(void **state)
{
	bool held = false;
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.hooks = (struct hooks){.orders = hold_once, .data = &held};
	run(&w, DAY_S);
	assert_true(held);
	assert_int_equal(w.deletes, 0);
	world_done(&w);
}

static void s7_a_hold_stops_a_run_of_deletes_before_its_next_call(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 500);
	while (w.deletes == 0)
		(void)world_step(&w, INT64_MAX);
	world_hold(&w, HOLD_SCOPE_CLUSTER, FOREVER);
	run(&w, DAY_S);
	assert_int_equal(w.deletes, 1);
	world_done(&w);
}

/* No listing is waited for: what is held by time goes on when the time has come. */
static void l1_a_hold_ends_by_itself(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.policy->refresh_s = 7 * DAY_S;
	world_crash(&w);
	world_hold(&w, HOLD_SCOPE_CLUSTER, w.true_s + 5 * HOUR_S);
	run(&w, 5 * HOUR_S - 60);
	assert_int_equal(w.deletes, 0);
	run(&w, 180);
	assert_true(w.deletes > 0);
	assert_string_equal(look(&w).held, "");
	world_done(&w);
}

static void neither_hold_ends_the_other(void **state)
{
	struct world w;

	(void)state;
	for (int first = 0; first < HOLD_SCOPE_COUNT; first++) {
		begin(&w, policy_eager(), 30);
		world_hold(&w, HOLD_SCOPE_CLUSTER, FOREVER);
		world_hold(&w, HOLD_SCOPE_ALL, FOREVER);
		run(&w, HOUR_S);
		assert_string_equal(look(&w).plan->hold_detail[HOLD_OPERATOR],
			"held by a person; held by a person");
		world_hold(&w, (enum hold_scope)first, 0);
		run(&w, DAY_S);
		assert_int_equal(w.deletes, 0);
		world_hold(&w, (enum hold_scope)(1 - first), 0);
		run(&w, HOUR_S);
		assert_true(w.deletes > 0);
		world_done(&w);
	}
}

static void l3_a_second_hold_does_not_tell_the_first_again(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.max_delete_percent = 10;
	begin(&w, p, 30);
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_HELD], 1); /* approval is awaited */
	world_hold(&w, HOLD_SCOPE_CLUSTER, FOREVER);
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_HELD], 2);
	world_hold(&w, HOLD_SCOPE_CLUSTER, 0);
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_HELD], 3); /* says what still holds */
	assert_int_equal(w.reports[REPORT_RELEASED], 0);
	world_done(&w);
}

/* Our clock runs ahead for a day, and is set right. */
static void s7_a_hold_ends_by_the_clock_that_is_gone_by(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	world_hold(&w, HOLD_SCOPE_CLUSTER, w.true_s + 10 * DAY_S);
	run(&w, HOUR_S);
	w.wall_offset_s = 20 * DAY_S;
	run(&w, DAY_S);
	w.wall_offset_s = 0;
	run(&w, 8 * DAY_S);
	assert_int_equal(w.deletes, 0);
	run(&w, 2 * DAY_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static bool is_there(struct world *w, const char *id)
{
	return cloud_find(&w->cloud, id);
}

static void s7_a_protected_set_stays_as_long_as_it_was_said(void **state)
{
	char id[CLOUD_ID_SIZE];
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	memcpy(id, w.cloud.sets[5].id, sizeof(id));
	world_protect(&w, id, w.true_s + 3 * DAY_S);
	run(&w, 3 * DAY_S - HOUR_S);
	assert_true(w.deletes > 0);
	assert_true(is_there(&w, id));
	/* A day before it was told, and once. */
	assert_int_equal(w.reports[REPORT_PROTECTION], 1);
	run(&w, 3 * HOUR_S);
	assert_false(is_there(&w, id));
	assert_int_equal(w.reports[REPORT_PROTECTION], 2);
	run(&w, 3 * DAY_S);
	assert_int_equal(w.reports[REPORT_PROTECTION], 2);
	world_done(&w);
}

static void s7_a_set_is_protected_between_intent_and_call(void **state)
{
	char id[CLOUD_ID_SIZE];
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	memcpy(id, w.cloud.sets[5].id, sizeof(id));
	while (w.disk.entries[ENTRY_DELETE_INTENT] == 0)
		(void)world_step(&w, INT64_MAX);
	assert_true(disk_intends(&w.disk, id));
	world_protect(&w, id, FOREVER);
	run(&w, DAY_S);
	assert_true(w.deletes > 0);
	assert_true(is_there(&w, id));
	world_done(&w);
}

static void s15_orders_survive_a_restart(void **state)
{
	char id[CLOUD_ID_SIZE];
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	memcpy(id, w.cloud.sets[5].id, sizeof(id));
	world_protect(&w, id, FOREVER);
	world_hold(&w, HOLD_SCOPE_ALL, FOREVER);
	world_crash(&w);
	run(&w, DAY_S);
	assert_int_equal(w.deletes, 0);
	world_hold(&w, HOLD_SCOPE_ALL, 0);
	world_crash(&w);
	run(&w, DAY_S);
	assert_true(w.deletes > 0);
	assert_true(is_there(&w, id));
	world_done(&w);
}

static void a_set_that_no_listing_shows_is_told_once(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 3);
	world_protect(&w, "999", FOREVER);
	run(&w, 3 * DAY_S);
	assert_int_equal(w.reports[REPORT_PROTECTION], 1);
	world_unprotect(&w, 0);
	run(&w, DAY_S);
	assert_int_equal(w.reports[REPORT_PROTECTION], 1);
	world_done(&w);
}

TEST_FILE(cycle_hold_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s7_a_hold_stops_deletes_and_no_backups),
		cmocka_unit_test(a_hold_shows_even_if_nothing_is_to_be_deleted),
		cmocka_unit_test(s7_a_hold_between_intent_and_call_is_heeded),
		cmocka_unit_test(s7_a_hold_while_a_call_waits_for_its_permit_is_heeded),
		cmocka_unit_test(s7_a_hold_stops_a_run_of_deletes_before_its_next_call),
		cmocka_unit_test(l1_a_hold_ends_by_itself),
		cmocka_unit_test(neither_hold_ends_the_other),
		cmocka_unit_test(l3_a_second_hold_does_not_tell_the_first_again),
		cmocka_unit_test(s7_a_hold_ends_by_the_clock_that_is_gone_by),
		cmocka_unit_test(s7_a_protected_set_stays_as_long_as_it_was_said),
		cmocka_unit_test(s7_a_set_is_protected_between_intent_and_call),
		cmocka_unit_test(s15_orders_survive_a_restart),
		cmocka_unit_test(a_set_that_no_listing_shows_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
