/* What comes next, and when: backups and deletes take turns, and what people ask for is heeded.
 * Driven effect by effect. */
#include "cycle_live.h"

static void begin_dry(struct rig *r)
{
	begin(r, "last=20", 3);
	r->dry_run = true;
	restart(r);
}

/* Listed, and nothing is to be done until the next refresh. */
static void begin_idle(struct rig *r, const char *words, int days)
{
	begin(r, words, days);
	expect(r, EFFECT_LIST);
	answer_list(r);
	expect(r, EFFECT_RETENTION);
	answer_days(r, 730);
	expect(r, EFFECT_WAIT);
}

static void while_a_call_is_under_way_there_is_nothing_to_do(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	expect(&r, EFFECT_LIST);
	for (int i = 0; i < 2; i++) {
		e = cycle_next(r.cycle, r.now);
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_true(e.wait.for_s == INT64_MAX);
	}
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	end(&r);
	cycle_free(NULL);
}

/* 247 sets are more than two calls can name. */
static void a_run_of_deletes_that_has_begun_goes_on_before_a_backup(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=3", 250);
	schedule_every(r.policy, HOUR_S);
	r.sets.sets[249].start_s = START_S; /* stands for the last slot */
	pass(&r, HOUR_S - 10);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	pass(&r, 20); /* a slot begins */
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_CREATE);
	end(&r);
}

/* Slots that follow each other closely. */
static void after_a_backup_deletes_have_one_turn(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	schedule_every(r.policy, 600);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE); /* first of all */
	answer(&r, ANSWER_OK, 0);
	put(&r, "200", r.now.wall_s - START_S, SET_VALID, 1);
	pass(&r, 600); /* the next one is due */
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_CREATE);
	answer(&r, ANSWER_REFUSED, 0);
	put(&r, "50", -100 * DAY_S, SET_VALID, 1); /* one more that is expired */
	pass(&r, 60);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE);
	end(&r);
}

static void a_pause_lists_when_it_ends_not_when_it_begins(void **state)
{
	struct rig r;

	(void)state;
	begin_idle(&r, "last=20", 3);
	pass(&r, 60);
	feed_pause(&r, "the cluster is Restoring");
	expect(&r, EFFECT_WAIT);
	pass(&r, 60);
	feed_pause(&r, "");
	expect(&r, EFFECT_LIST);
	end(&r);
}

static void a_person_who_asks_for_a_backup_gets_it_through_a_reload(void **state)
{
	struct rig r;

	(void)state;
	begin_idle(&r, "last=20", 3);
	feed(&r, EVENT_BACKUP);
	assert_true(look(&r).backup_wanted);
	reload(&r, fixture_policy("last=10"));
	assert_true(look(&r).backup_wanted);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE);
	end(&r);
}

/* There will be no second one, but the person sees at once what has become of the first. */
static void a_person_who_asks_for_a_backup_while_one_is_made_has_the_sets_listed(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_every(r.policy, DAY_S);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE);
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_RETENTION);
	answer_days(&r, 730);
	expect_wait(&r, 5);
	feed(&r, EVENT_BACKUP);
	assert_false(look(&r).backup_wanted);
	expect(&r, EFFECT_LIST);
	put(&r, "200", r.now.wall_s - START_S, SET_VALID, 1);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.reports[REPORT_BACKUP_DONE], 1);
	end(&r);
}

static void a_dry_run_says_once_an_hour_that_a_backup_is_due(void **state)
{
	struct rig r;

	(void)state;
	begin_dry(&r);
	schedule_every(r.policy, DAY_S);
	assert_int_equal(next_effect(&r).kind, EFFECT_LIST);
	answer_list(&r);
	assert_int_equal(next_effect(&r).kind, EFFECT_RETENTION); /* nothing is written down */
	answer_days(&r, 730);
	assert_int_equal(r.reports[REPORT_WOULD_CREATE], 1);
	run(&r, 10 * HOUR_S + 60);
	assert_int_equal(r.reports[REPORT_WOULD_CREATE], 11);
	assert_in_range(r.lists, 10, 31);
	end(&r);
}

static void a_dry_run_says_once_that_it_would_take_a_backup_for_a_person(void **state)
{
	struct rig r;

	(void)state;
	begin_dry(&r);
	run(&r, 60);
	feed(&r, EVENT_BACKUP);
	run(&r, 60);
	assert_int_equal(r.reports[REPORT_WOULD_CREATE], 1);
	assert_false(look(&r).backup_wanted);
	assert_true(look(&r).settled);
	run(&r, 6 * HOUR_S);
	assert_int_equal(r.reports[REPORT_WOULD_CREATE], 1);
	end(&r);
}

static int approve_by(struct rig *r, const char *hash)
{
	return cycle_approve(r->cycle, hash, r->now, NULL);
}

/* More of its sets are expired than may go without a person's word. */
static void begin_held(struct rig *r)
{
	begin_idle(r, "last=3 percent=10", 10);
	assert_true(look(r).holds & 1u << HOLD_APPROVAL);
}

static void nothing_is_approved_that_nobody_has_seen(void **state)
{
	static const char nothing[] = "000000000000";
	struct rig r;

	(void)state;
	begin(&r, "last=1 percent=10", 2);
	assert_int_equal(approve_by(&r, nothing), -ENOENT);
	expect(&r, EFFECT_LIST);
	assert_int_equal(approve_by(&r, nothing), -ENOENT);
	end(&r);
	begin_idle(&r, "last=2 percent=10", 2); /* nothing is expired */
	assert_int_equal(approve_by(&r, look(&r).plan->hash), -ENOENT);
	end(&r);
	begin_idle(&r, "last=1 grace=1d", 2); /* one is */
	assert_int_equal(approve_by(&r, look(&r).plan->hash), 0);
	end(&r);
}

static void a_plan_is_approved_by_twelve_digits_of_its_hash(void **state)
{
	static const struct {
		size_t digits, added;
		int result;
	} rows[] = {{0, 0, -ESTALE}, {11, 0, -ESTALE}, {12, 0, 0}, {13, 0, 0}, {64, 0, 0},
		{64, 1, -ESTALE}, {64, 2, -ESTALE}, {64, 300, -ESTALE}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char hash[400] = "";
		begin_held(&r);
		memcpy(hash, look(&r).plan->hash, rows[i].digits);
		memset(hash + rows[i].digits, '0', rows[i].added);
		assert_int_equal(approve_by(&r, hash), rows[i].result);
		expect(&r, rows[i].result == 0 ? EFFECT_LIST : EFFECT_WAIT);
		if (rows[i].result == 0) {
			answer_list(&r);
			expect(&r, EFFECT_DELETE);
		}
		end(&r);
	}
}

/* In force once it is on disk, which does not wait for the cloud. */
static void an_approval_is_written_down_before_the_sets_are_listed(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin_held(&r);
	assert_int_equal(approve_by(&r, look(&r).plan->hash), 0);
	e = next_effect(&r);
	assert_int_equal(e.kind, EFFECT_RECORD);
	assert_int_equal(e.record->entry_count, 1);
	assert_int_equal(e.record->entries[0].kind, ENTRY_APPROVED);
	assert_int_equal(e.record->put_count, 7);
	for (size_t i = 0; i < 7; i++)
		assert_true(e.record->put[i]->approved);
	rig_record(&r, e.record);
	assert_int_equal(next_effect(&r).kind, EFFECT_LIST);
	end(&r);
}

TEST_FILE(cycle_next_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(while_a_call_is_under_way_there_is_nothing_to_do),
		cmocka_unit_test(a_run_of_deletes_that_has_begun_goes_on_before_a_backup),
		cmocka_unit_test(after_a_backup_deletes_have_one_turn),
		cmocka_unit_test(a_pause_lists_when_it_ends_not_when_it_begins),
		cmocka_unit_test(a_person_who_asks_for_a_backup_gets_it_through_a_reload),
		cmocka_unit_test(
			a_person_who_asks_for_a_backup_while_one_is_made_has_the_sets_listed),
		cmocka_unit_test(a_dry_run_says_once_an_hour_that_a_backup_is_due),
		cmocka_unit_test(a_dry_run_says_once_that_it_would_take_a_backup_for_a_person),
		cmocka_unit_test(nothing_is_approved_that_nobody_has_seen),
		cmocka_unit_test(a_plan_is_approved_by_twelve_digits_of_its_hash),
		cmocka_unit_test(an_approval_is_written_down_before_the_sets_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
