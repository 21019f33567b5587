/* When a cycle may not rest, whoever wants it to: what it let go of would still be needed. Driven
 * effect by effect. */
#include "cycle_drive.h"

static bool is_awake(struct rig *r)
{
	return look(r).plan->verdicts != NULL;
}

static void begin_listed(struct rig *r, const char *words)
{
	begin(r, words, 10);
	r->policy->cloud_retention = CLOUD_RETENTION_IGNORE;
	expect(r, EFFECT_LIST);
	answer_list(r);
}

static void it_rests_when_nothing_is_to_be_done(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=20");
	expect(&r, EFFECT_WAIT);
	assert_false(is_awake(&r));
	cycle_wake(r.cycle);
	assert_true(is_awake(&r));
	cycle_rest(r.cycle);
	assert_false(is_awake(&r));
	end(&r);
}

static void not_before_a_listing_is_written_down(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=20");
	cycle_rest(r.cycle);
	assert_true(is_awake(&r));
	end(&r);
}

static void not_while_a_record_is_written(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin_listed(&r, "last=3 percent=10");
	expect(&r, EFFECT_WAIT);
	approve(&r);
	e = next_effect(&r);
	assert_int_equal(e.kind, EFFECT_RECORD);
	cycle_rest(r.cycle);
	assert_true(is_awake(&r));
	assert_int_equal(e.record->put_count, 7);
	assert_string_equal(e.record->put[0]->id, "101"); /* is still there */
	rig_record(&r, e.record);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	end(&r);
}

static void not_while_deletes_wait_for_a_backup(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=3");
	schedule_every(r.policy, DAY_S);
	expect(&r, EFFECT_CREATE);
	answer(&r, ANSWER_OK, 0);
	expect_wait(&r, 5);
	cycle_rest(r.cycle);
	assert_true(is_awake(&r));
	assert_int_equal(look(&r).under_way, 7);
	end(&r);
}

static void what_is_yet_to_be_told_is_told(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=20");
	expect(&r, EFFECT_WAIT);
	feed_pause(&r, "the cluster is Restoring");
	cycle_rest(r.cycle);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.reports[REPORT_PAUSED], 1);
	assert_non_null(strstr(r.told[REPORT_PAUSED], "the cluster is Restoring"));
	end(&r);
}

static void a_ledger_that_is_done_with_is_empty(void **state)
{
	struct ledger l = {.listed_s = START_S, .agreed_s = 70, .mark_count = 3};

	(void)state;
	l.marks = xcalloc(l.mark_count, sizeof(*l.marks));
	for (size_t i = 0; i < l.mark_count; i++)
		l.marks[i].id = xstrdup("101");
	ledger_done(&l);
	assert_null(l.marks);
	assert_int_equal(l.mark_count, 0);
	assert_int_equal(l.listed_s, 0);
	assert_int_equal(l.agreed_s, 0);
}

TEST_FILE(cycle_awake_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_rests_when_nothing_is_to_be_done),
		cmocka_unit_test(not_before_a_listing_is_written_down),
		cmocka_unit_test(not_while_a_record_is_written),
		cmocka_unit_test(not_while_deletes_wait_for_a_backup),
		cmocka_unit_test(what_is_yet_to_be_told_is_told),
		cmocka_unit_test(a_ledger_that_is_done_with_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
