/* What people see of a cycle, step by step: its state, counts, and what is settled. Driven effect
 * by effect. */
#include "cycle_live.h"

/* Ten daily sets, 101 to 110, and no question of how long the cloud keeps them. */
static void begin_look(struct rig *r, const char *words)
{
	begin(r, words, 10);
	r->policy->cloud_retention = CLOUD_RETENTION_IGNORE;
}

static void begin_listed(struct rig *r, const char *words)
{
	begin_look(r, words);
	expect(r, EFFECT_LIST);
	answer_list(r);
}

static void nothing_is_known_before_the_first_listing(void **state)
{
	struct policy *other = fixture_policy("last=3");
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	for (int i = 0; i < 2; i++) {
		s = look(&r);
		assert_int_equal(s.state, CYCLE_NEW);
		assert_null(s.plan);
		assert_int_equal(s.sets + s.valid + s.kept + s.expired + s.deleting, 0);
		assert_int_equal(s.under_way, 0);
		assert_false(s.complete);
		assert_false(s.settled);
		assert_false(s.unwell);
		assert_int_equal(s.listed_s, 0);
		assert_true(s.newest_valid_s == SET_NO_TIME);
		assert_true(s.next_backup_s == SET_NO_TIME);
		assert_int_equal(cycle_compare(r.cycle, other, r.now), 0);
		expect(&r, i ? EFFECT_WAIT : EFFECT_LIST);
	}
	end(&r);
	policy_free(other);
}

static void sets_are_counted_by_what_is_said_of_them(void **state)
{
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin_look(&r, "last=2 protect=101 grace=1d failed=30d");
	r.sets.sets[9].state = SET_FAILED;   /* 110 */
	r.sets.sets[8].state = SET_UNKNOWN;  /* 109 */
	r.sets.sets[7].state = SET_DELETING; /* 108, not by us */
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	s = look(&r);
	assert_int_equal(s.sets, 10);
	assert_int_equal(s.valid, 7);
	assert_int_equal(s.kept, 3);    /* 101, 106, 107 */
	assert_int_equal(s.expired, 4); /* 102 to 105 */
	assert_int_equal(s.failed, 1);
	assert_int_equal(s.quarantined, 1);
	assert_int_equal(s.deleting, 1);
	assert_int_equal(s.under_way, 0);
	assert_int_equal(s.newest_valid_s, r.sets.sets[6].start_s);
	assert_int_equal(s.listed_s, r.now.wall_s);
	assert_true(s.complete);
	end(&r);
}

static void after_a_restart_people_see_what_was_last_known(void **state)
{
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin_look(&r, "last=2 grace=1d failed=30d");
	r.sets.sets[9].state = SET_FAILED; /* 110 */
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	restart(&r);
	s = look(&r);
	assert_int_equal(s.state, CYCLE_NEW);
	assert_null(s.plan);
	assert_false(s.complete);
	assert_int_equal(s.sets, 10);
	assert_int_equal(s.valid, 9);
	assert_int_equal(s.kept, 2);
	assert_int_equal(s.expired, 7);
	assert_int_equal(s.failed, 1);
	assert_int_equal(s.newest_valid_s, r.sets.sets[8].start_s);
	assert_true(s.listed_s > 0);
	end(&r);
}

static void sizes_are_added_as_far_as_they_are_known(void **state)
{
	static const struct {
		int64_t bytes[3], sum;
	} rows[] = {
		{{-1, -1, -1}, 0},
		{{0, 0, 0}, 0},
		{{1, 5, -1}, 6},
		{{1, 2, 3}, 6},
		{{INT64_MAX - 10, 9, -1}, INT64_MAX - 1},
		{{INT64_MAX - 10, 10, -1}, INT64_MAX - 10}, /* more does not fit */
		{{INT64_MAX - 10, 20, 9}, INT64_MAX - 1},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_look(&r, "last=20");
		for (size_t k = 0; k < 3; k++)
			r.sets.sets[k].size_bytes = rows[i].bytes[k];
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		assert_true(look(&r).size_bytes == rows[i].sum); /* awake */
		expect(&r, EFFECT_WAIT);
		assert_true(look(&r).size_bytes == rows[i].sum); /* and at rest */
		end(&r);
	}
}

/* 247 sets in calls of 100. */
static void deletes_show_as_they_are_called_for(void **state)
{
	static const struct {
		size_t expired, deleting, asked, under_way;
	} rows[] = {{147, 100, 100, 247}, {47, 200, 200, 247}, {0, 247, 247, 247}};
	struct cycle_status s;
	struct rig r;

	(void)state;
	begin(&r, "last=3", 250);
	r.policy->cloud_retention = CLOUD_RETENTION_IGNORE;
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	s = look(&r);
	assert_int_equal(s.expired, 247);
	assert_int_equal(s.under_way, 247);
	assert_int_equal(s.asked, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		expect(&r, EFFECT_DELETE);
		s = look(&r);
		assert_int_equal(s.expired, rows[i].expired);
		assert_int_equal(s.deleting, rows[i].deleting);
		assert_int_equal(s.asked, rows[i].asked);
		assert_int_equal(s.under_way, rows[i].under_way);
		assert_int_equal(s.state, CYCLE_PRUNING);
		assert_false(s.settled);
		answer(&r, ANSWER_OK, 0);
	}
	expect(&r, EFFECT_WAIT);
	assert_int_equal(look(&r).state, CYCLE_PRUNING);
	assert_true(look(&r).settled);
	assert_false(look(&r).unwell);
	end(&r);
}

static void one_set_under_way_is_pruning(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=9");
	assert_int_equal(look(&r).state, CYCLE_WELL);
	expect(&r, EFFECT_DELETE);
	assert_int_equal(look(&r).state, CYCLE_PRUNING);
	end(&r);
}

/* Reading it took longer than it is good for. */
static void list_slowly(struct rig *r)
{
	expect(r, EFFECT_LIST);
	answer_page(r, 1, 0, 5, 10);
	pass(r, 301);
	expect(r, EFFECT_LIST);
	answer_page(r, 2, 5, 5, 10);
}

static void only_what_holds_expired_sets_is_a_hold(void **state)
{
	static const struct {
		const char *policy;
		bool slow;
		unsigned holds;
		enum cycle_state state;
	} rows[] = {
		{"last=20", false, 0, CYCLE_WELL},
		{"last=9 grace=1d", false, 1u << HOLD_GRACE, CYCLE_WELL}, /* which takes its time */
		{"last=3 percent=50", false, 1u << HOLD_APPROVAL, CYCLE_HELD},
		{"last=20", true, 1u << HOLD_INCOMPLETE, CYCLE_WELL}, /* nothing to hold */
		{"last=9", true, 1u << HOLD_INCOMPLETE, CYCLE_HELD},
		{"last=8", true, 1u << HOLD_INCOMPLETE, CYCLE_HELD},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_look(&r, rows[i].policy);
		if (rows[i].slow) {
			list_slowly(&r);
		} else {
			expect(&r, EFFECT_LIST);
			answer_list(&r);
		}
		assert_int_equal(look(&r).holds, rows[i].holds);
		assert_string_equal(look(&r).trouble, "");
		assert_int_equal(look(&r).state, rows[i].state);
		assert_int_equal(look(&r).unwell, rows[i].state == CYCLE_HELD);
		end(&r);
	}
}

static void a_backup_under_way_shows(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	schedule_every(r.policy, DAY_S);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	assert_int_equal(look(&r).state, CYCLE_WELL);
	expect(&r, EFFECT_CREATE);
	assert_int_equal(look(&r).state, CYCLE_BACKING_UP);
	answer(&r, ANSWER_OK, 0);
	assert_int_equal(look(&r).state, CYCLE_BACKING_UP);
	end(&r);
}

static void the_next_backup_is_the_slot_that_is_due_or_that_comes(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=20");
	assert_true(look(&r).next_backup_s == SET_NO_TIME); /* no schedule */
	schedule_every(r.policy, DAY_S);
	assert_int_equal(look(&r).next_backup_s, START_S); /* due */
	end(&r);
	begin_look(&r, "last=20");
	schedule_every(r.policy, DAY_S);
	r.sets.sets[9].start_s = START_S;
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	assert_int_equal(look(&r).next_backup_s, START_S + DAY_S);
	end(&r);
}

static void a_set_is_fresh_up_to_the_age_that_is_asked_for(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=20 fresh=3h"); /* the newest is 2 h old */
	assert_true(look(&r).fresh);
	pass(&r, HOUR_S);
	assert_true(look(&r).fresh);
	assert_string_equal(look(&r).trouble, "");
	pass(&r, 1);
	assert_false(look(&r).fresh);
	assert_string_equal(look(&r).trouble, "no fresh valid set");
	end(&r);
}

static void trouble_is_told_as_long_as_it_lasts(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	r.failing_records = 100;
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect_wait(&r, 5);
	assert_string_equal(look(&r).trouble, "the state file cannot be written");
	assert_int_equal(look(&r).state, CYCLE_TROUBLE);
	assert_true(look(&r).unwell);
	r.failing_records = 0;
	run(&r, 60);
	assert_string_equal(look(&r).trouble, "");
	end(&r);
}

static void one_set_of_many_that_the_cloud_refuses_to_delete_is_trouble(void **state)
{
	struct rig r;

	(void)state;
	begin_listed(&r, "last=8");
	expect(&r, EFFECT_DELETE); /* 101 and 102 */
	answer(&r, ANSWER_REFUSED, 0);
	expect(&r, EFFECT_DELETE);
	answer(&r, ANSWER_OK, 0);
	assert_string_equal(look(&r).trouble, "");
	expect(&r, EFFECT_DELETE);
	answer(&r, ANSWER_REFUSED, 0);
	assert_string_equal(look(&r).trouble, "the cloud refuses to delete some sets");
	end(&r);
}

static void a_listing_that_failed_is_not_complete(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	expect(&r, EFFECT_LIST);
	answer(&r, ANSWER_AMBIGUOUS, 0);
	expect(&r, EFFECT_WAIT);
	assert_false(look(&r).complete);
	assert_string_equal(look(&r).trouble, "Odd");
	assert_true(look(&r).settled); /* for this time */
	assert_string_equal(r.told[REPORT_LISTING_FAILED], "the sets could not be listed: Odd");
	assert_int_equal(until_call(&r, EFFECT_LIST), 5);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	assert_true(look(&r).complete);
	feed(&r, EVENT_PRUNE);
	expect(&r, EFFECT_LIST);
	answer(&r, ANSWER_AMBIGUOUS, 0);
	expect(&r, EFFECT_WAIT);
	assert_false(look(&r).complete);
	assert_int_equal(look(&r).sets, 10);
	end(&r);
}

/* An outage of days is two lines, however often it is tried in between. */
static void a_trouble_is_told_when_it_begins_and_when_it_is_over(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	expect(&r, EFFECT_LIST);
	for (int tries = 0; tries < 5; tries++) {
		answer(&r, ANSWER_UNSENT, 0);
		expect(&r, EFFECT_WAIT);
		assert_int_equal(
			r.level[REPORT_LISTING_FAILED], tries == 0 ? LEVEL_WARNING : LEVEL_DEBUG);
		(void)until_call(&r, EFFECT_LIST);
	}
	assert_int_equal(r.reports[REPORT_WELL_AGAIN], 0);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.reports[REPORT_WELL_AGAIN], 1);
	assert_string_equal(r.told[REPORT_WELL_AGAIN], "the sets are listed again");
	feed(&r, EVENT_PRUNE);
	expect(&r, EFFECT_LIST);
	answer(&r, ANSWER_UNSENT, 0); /* another outage */
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.level[REPORT_LISTING_FAILED], LEVEL_WARNING);
	end(&r);
}

static void what_the_cloud_says_is_told_as_far_as_it_says_it(void **state)
{
	static const struct {
		const char *code, *message, *told;
	} rows[] = {
		{"", "", "the sets could not be listed"},
		{"Odd", "", "the sets could not be listed: Odd"},
		{"", "not now", "the sets could not be listed: not now"},
		{"Odd", "not now", "the sets could not be listed: Odd: not now"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct answer a = {.kind = ANSWER_REFUSED, .server_s = START_S};
		begin_look(&r, "last=20");
		expect(&r, EFFECT_LIST);
		text_copy_printable(a.code, sizeof(a.code), rows[i].code);
		text_copy_printable(a.message, sizeof(a.message), rows[i].message);
		cycle_feed(r.cycle, &(struct event){.kind = EVENT_ANSWER, .answer = &a}, r.now);
		expect(&r, EFFECT_WAIT);
		assert_string_equal(r.told[REPORT_LISTING_FAILED], rows[i].told);
		end(&r);
	}
}

/* What --once tries again. Each call in turn fails for a cause that passes by itself, and then for
 * one that lasts. */
static void a_failure_passes_by_itself_if_its_cause_does(void **state)
{
	static const enum effect_kind calls[] = {EFFECT_LIST, EFFECT_CREATE, EFFECT_DELETE};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct rig r;
		begin_look(&r, calls[i] == EFFECT_DELETE ? "last=8" : "last=20");
		for (int n = 0; n < 2; n++) {
			if (calls[i] == EFFECT_CREATE)
				feed(&r, EVENT_BACKUP);
			(void)until_call(&r, calls[i]);
			r.transient = n == 0;
			answer_as(&r,
				&(struct reply){
					ANSWER_REFUSED, "LockTimeout", 0, ABOUT_CLUSTER, false});
			expect(&r, EFFECT_WAIT);
			assert_true(look(&r).settled);
			assert_true(look(&r).unwell);
			assert_int_equal(look(&r).retries, n == 0);
		}
		end(&r);
	}
}

static void pages_that_do_not_fit_pass_by_themselves(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	for (int i = 0; i < 3; i++) {
		expect(&r, EFFECT_LIST);
		answer_page(&r, 2, 0, 5, 10);
	}
	expect(&r, EFFECT_WAIT);
	assert_true(look(&r).unwell);
	assert_true(look(&r).retries);
	end(&r);
}

/* What --once waits for. */
static void it_is_settled_when_nothing_is_left_to_do_now(void **state)
{
	struct rig r;

	(void)state;
	begin_look(&r, "last=20");
	assert_false(look(&r).settled);
	expect(&r, EFFECT_LIST);
	assert_false(look(&r).settled);
	answer_list(&r);
	assert_false(look(&r).settled); /* it is still to be written down */
	expect(&r, EFFECT_WAIT);
	assert_true(look(&r).settled);
	feed(&r, EVENT_PRUNE);
	assert_false(look(&r).settled);
	expect(&r, EFFECT_LIST);
	assert_false(look(&r).settled);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	assert_true(look(&r).settled);
	feed_pause(&r, "the cluster is Restoring");
	assert_false(look(&r).settled); /* it is still to be told */
	expect(&r, EFFECT_WAIT);
	assert_true(look(&r).settled);
	feed(&r, EVENT_BACKUP);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_WAIT);
	assert_false(look(&r).settled); /* the backup waits for the end of the pause */
	(void)until_call(&r, EFFECT_LIST);
	assert_false(look(&r).settled);
	end(&r);
}

static void policies_are_compared_by_how_many_sets_they_expire(void **state)
{
	static const struct {
		const char *other;
		int64_t more;
	} rows[] = {{"last=1", 2}, {"last=2", 1}, {"last=3", 0}, {"last=4", -1}, {"last=20", -7},
		{"last=3 protect=101", -1}, {"last=3 protect=107", -1}};
	struct rig r;

	(void)state;
	begin_listed(&r, "last=3 grace=1d");
	expect(&r, EFFECT_WAIT);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *p = fixture_policy(rows[i].other);
		assert_int_equal(cycle_compare(r.cycle, p, r.now), rows[i].more);
		policy_free(p);
	}
	end(&r);
}

/* They are another inventory, which nobody has seen yet. */
static void nothing_is_compared_with_sets_of_other_regions(void **state)
{
	struct policy *remote = fixture_policy("last=3"), *less = fixture_policy("last=1");
	struct rig r;

	(void)state;
	remote->remote = less->remote = true;
	begin_listed(&r, "last=3 grace=1d");
	expect(&r, EFFECT_WAIT);
	reload(&r, remote);
	assert_int_equal(cycle_compare(r.cycle, less, r.now), 0);
	end(&r);
	policy_free(less);
}

TEST_FILE(cycle_status_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_the_first_listing),
		cmocka_unit_test(after_a_restart_people_see_what_was_last_known),
		cmocka_unit_test(sets_are_counted_by_what_is_said_of_them),
		cmocka_unit_test(sizes_are_added_as_far_as_they_are_known),
		cmocka_unit_test(deletes_show_as_they_are_called_for),
		cmocka_unit_test(one_set_under_way_is_pruning),
		cmocka_unit_test(only_what_holds_expired_sets_is_a_hold),
		cmocka_unit_test(a_backup_under_way_shows),
		cmocka_unit_test(the_next_backup_is_the_slot_that_is_due_or_that_comes),
		cmocka_unit_test(a_set_is_fresh_up_to_the_age_that_is_asked_for),
		cmocka_unit_test(trouble_is_told_as_long_as_it_lasts),
		cmocka_unit_test(one_set_of_many_that_the_cloud_refuses_to_delete_is_trouble),
		cmocka_unit_test(a_listing_that_failed_is_not_complete),
		cmocka_unit_test(a_trouble_is_told_when_it_begins_and_when_it_is_over),
		cmocka_unit_test(a_failure_passes_by_itself_if_its_cause_does),
		cmocka_unit_test(pages_that_do_not_fit_pass_by_themselves),
		cmocka_unit_test(what_the_cloud_says_is_told_as_far_as_it_says_it),
		cmocka_unit_test(it_is_settled_when_nothing_is_left_to_do_now),
		cmocka_unit_test(policies_are_compared_by_how_many_sets_they_expire),
		cmocka_unit_test(nothing_is_compared_with_sets_of_other_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
