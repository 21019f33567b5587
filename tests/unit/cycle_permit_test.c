/* Calls that wait for their permit: what was handed out is asked for again when it comes, or is not
 * made at all (S2, S5). Driven effect by effect. */
#include "cycle_drive.h"

static void s2_a_delete_that_waited_too_long_lists_again_first(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	pass(&r, 290);
	permit(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_DELETE); /* the same */
	assert_int_equal(e.delete.count, 7);
	pass(&r, 11);
	permit(&r);
	expect(&r, EFFECT_LIST);
	assert_string_equal(r.outcome, "unsent");
	answer_list(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_DELETE);
	assert_int_equal(e.delete.count, 7);
	end(&r);
}

static void s7_a_delete_that_waits_goes_by_the_policy_of_its_turn(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	reload(&r, fixture_policy("last=20"));
	permit(&r);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	end(&r);
}

static void s5_a_backup_that_waited_too_long_lists_again_first(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_every(r.policy, DAY_S);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE);
	pass(&r, 290);
	permit(&r);
	expect(&r, EFFECT_CREATE);
	pass(&r, 11);
	permit(&r);
	expect(&r, EFFECT_LIST);
	assert_string_equal(r.outcome, "unsent");
	r.sets.sets[2].start_s = r.now.wall_s - 100; /* another one took it meanwhile */
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	end(&r);
}

/* Else a listing that waited for minutes would be too old for deletes when it comes. */
static void s2_a_listing_is_as_old_as_its_turn(void **state)
{
	struct effect e;
	struct rig r;
	int64_t to_s;

	(void)state;
	begin(&r, "last=3", 10);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	to_s = e.list.to_s;
	pass(&r, 1000);
	permit(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_int_equal(e.list.to_s, to_s + 1000);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	end(&r);
}

/* Three readings, no more, however long each of them waited. */
static void s2_readings_that_wait_are_counted_as_others(void **state)
{
	struct effect e;
	struct rig r;
	int64_t to_s;

	(void)state;
	begin(&r, "last=3", 10);
	e = next_call(&r);
	to_s = e.list.to_s;
	for (int reading = 0; reading < 3; reading++) {
		assert_int_equal(e.kind, EFFECT_LIST);
		pass(&r, 100);
		permit(&r);
		e = next_call(&r);
		assert_int_equal(e.kind, EFFECT_LIST);
		assert_int_equal(e.list.page, 1);
		to_s += 100;
		assert_int_equal(e.list.to_s, to_s);
		answer_page(&r, 1, 0, 10, 9); /* one more than announced */
		e = next_call(&r);
		assert_int_equal(r.reports[REPORT_LISTING_DOUBT], reading == 2);
	}
	assert_int_equal(e.kind, EFFECT_WAIT);
	end(&r);
}

/* What was read already is not read again. */
static void a_listing_goes_on_with_the_page_that_waited(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	for (int doubts = 0; doubts < 3; doubts++) {
		begin(&r, "last=3", 10);
		expect(&r, EFFECT_LIST);
		for (int i = 0; i < doubts; i++) {
			answer_page(&r, 1, 0, 10, 9);
			expect(&r, EFFECT_LIST);
		}
		for (int64_t page = 2; page <= 3; page++) {
			answer_page(&r, page - 1, page == 2 ? 0 : 4, page == 2 ? 4 : 3, 10);
			e = next_call(&r);
			assert_int_equal(e.kind, EFFECT_LIST);
			assert_int_equal(e.list.page, page);
			pass(&r, 100);
			permit(&r);
			e = next_call(&r);
			assert_int_equal(e.kind, EFFECT_LIST);
			assert_int_equal(e.list.page, page);
		}
		answer_page(&r, 3, 7, 3, 10);
		expect(&r, EFFECT_DELETE);
		end(&r);
	}
}

/* As it is not due by itself. */
static void a_listing_for_a_person_that_waits_is_made_all_the_same(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	answer_days(&r, 730);
	expect(&r, EFFECT_WAIT);
	pass(&r, 60);
	feed(&r, EVENT_PRUNE);
	expect(&r, EFFECT_LIST);
	pass(&r, 60);
	permit(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_true(e.list.due);
	end(&r);
}

static void a_question_about_the_retention_that_waits_lets_a_listing_pass(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	list(&r);
	expect(&r, EFFECT_RETENTION);
	permit(&r);
	expect(&r, EFFECT_RETENTION);
	feed(&r, EVENT_PRUNE);
	permit(&r);
	expect(&r, EFFECT_LIST);
	end(&r);
}

static void listings_tell_what_waits_for_them(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_every(r.policy, DAY_S);
	e = next_call(&r); /* of the newest set nothing is known yet */
	assert_true(e.list.due);
	assert_true(e.list.newest_s == SET_NO_TIME);
	r.sets.sets[2].start_s = START_S + 60;
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	cycle_feed(r.cycle,
		&(struct event){.kind = EVENT_ANSWER,
			.answer = &(struct answer){.kind = ANSWER_OK},
			.backup_policy = &(struct backup_policy){.days = 730}},
		r.now);
	expect(&r, EFFECT_WAIT);
	pass(&r, 3 * 3600);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_false(e.list.due);
	cycle_feed(r.cycle, &(struct event){.kind = EVENT_PRUNE}, r.now);
	permit(&r);
	e = next_call(&r); /* a person waits */
	assert_true(e.list.due);
	assert_true(e.list.newest_s == SET_NO_TIME);
	answer_list(&r);
	pass(&r, DAY_S);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_true(e.list.due);
	assert_int_equal(e.list.newest_s, START_S + 60);
	cycle_feed(r.cycle, &(struct event){.kind = EVENT_BACKUP}, r.now);
	permit(&r);
	e = next_call(&r);
	assert_true(e.list.newest_s == SET_NO_TIME);
	end(&r);
}

/* Listed at once, the clusters of a fleet are listed again at instants of their own. */
static void refreshes_of_a_fleet_are_spread_and_stay_so(void **state)
{
	int within[10] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct answer ok = {.kind = ANSWER_OK};
		struct effect e;
		struct rig r;
		begin(&r, "last=20", 3);
		free(r.policy->cluster);
		r.policy->cluster = xasprintf("amv-%05d", i);
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION);
		cycle_feed(r.cycle,
			&(struct event){.kind = EVENT_ANSWER,
				.answer = &ok,
				.backup_policy = &(struct backup_policy){.days = 730}},
			r.now);
		e = next_call(&r);
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_in_range(e.wait.for_s, 1801, 3600);
		within[(e.wait.for_s - 1801) / 180]++;
		pass(&r, e.wait.for_s);
		expect(&r, EFFECT_LIST);
		pass(&r, 7);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION); /* with it */
		cycle_feed(r.cycle,
			&(struct event){.kind = EVENT_ANSWER,
				.answer = &ok,
				.backup_policy = &(struct backup_policy){.days = 730}},
			r.now);
		e = next_call(&r);
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_int_equal(e.wait.for_s, 3600 - 7);
		end(&r);
	}
	for (size_t i = 0; i < ARRAY_SIZE(within); i++)
		assert_in_range(within[i], 70, 130);
}

TEST_FILE(cycle_permit_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s2_a_delete_that_waited_too_long_lists_again_first),
		cmocka_unit_test(s7_a_delete_that_waits_goes_by_the_policy_of_its_turn),
		cmocka_unit_test(s5_a_backup_that_waited_too_long_lists_again_first),
		cmocka_unit_test(s2_a_listing_is_as_old_as_its_turn),
		cmocka_unit_test(s2_readings_that_wait_are_counted_as_others),
		cmocka_unit_test(a_listing_goes_on_with_the_page_that_waited),
		cmocka_unit_test(a_listing_for_a_person_that_waits_is_made_all_the_same),
		cmocka_unit_test(a_question_about_the_retention_that_waits_lets_a_listing_pass),
		cmocka_unit_test(listings_tell_what_waits_for_them),
		cmocka_unit_test(refreshes_of_a_fleet_are_spread_and_stay_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
