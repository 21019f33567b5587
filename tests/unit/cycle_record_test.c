/* What is written down of single sets, and when; and what is known of them after a restart. */
#include "cycle_live.h"

static void a_ledger_that_was_taken_over_is_left_empty(void **state)
{
	struct policy *p = fixture_policy("last=1");
	struct ledger l = {.listed_s = START_S, .agreed_s = 7, .mark_count = 1};
	struct cycle *c;

	(void)state;
	l.marks = xcalloc(1, sizeof(*l.marks));
	l.marks[0].id = xstrdup("101");
	c = cycle_new(p, &l, false, (struct moment){START_S, BOOT_S});
	assert_int_equal(l.listed_s, 0);
	assert_int_equal(l.agreed_s, 0);
	assert_int_equal(l.mark_count, 0);
	assert_null(l.marks);
	cycle_free(c);
	policy_free(p);
}

/* A cluster whose sets all went comes to no record without bounds. */
static void gone_sets_are_written_down_200_at_a_time_before_anything_else(void **state)
{
	const struct written *w;
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 402, -HOUR_S);
	run(&r, 0);
	assert_int_equal(r.ids, 401);
	nothing_listed(&r);
	put(&r, "502", -HOUR_S, SET_VALID, 600);
	list_now(&r);
	assert_int_equal(r.reports[REPORT_GONE], 0);
	put(&r, "503", -60, SET_VALID, 600);
	r.record_count = 0;
	list_now(&r);
	w = r.records;
	assert_true(r.record_count >= 4);
	assert_int_equal(w[0].lines[ENTRY_GONE], 200);
	assert_int_equal(w[1].lines[ENTRY_GONE], 200);
	assert_int_equal(w[2].lines[ENTRY_GONE], 1);
	assert_int_equal(w[3].lines[ENTRY_GONE], 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(w[i].lines[ENTRY_DELETE_INTENT], 0);
		assert_int_equal(w[i].drops, w[i].lines[ENTRY_GONE]);
	}
	assert_int_equal(w[3].lines[ENTRY_DELETE_INTENT], 1); /* 502 */
	assert_int_equal(r.reports[REPORT_GONE], 401);
	assert_int_equal(r.disk.ledger.mark_count, 1);
	end(&r);
}

static void a_listing_that_tells_nothing_new_writes_no_rows(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 5, -HOUR_S);
	run(&r, 0);
	nothing_listed(&r);
	put(&r, "105", -HOUR_S, SET_VALID, 600);
	list_now(&r);
	list_now(&r);
	assert_int_equal(r.disk.entries[ENTRY_GONE], 4);
	for (int i = 0; i < 3; i++) {
		r.record_count = 0;
		list_now(&r);
		assert_int_equal(r.record_count, 1);
		assert_int_equal(r.records[0].puts, 0);
		assert_int_equal(r.records[0].drops, 0);
	}
	end(&r);
}

/* The first record has lines of history and is itself tried again, the others by a new listing. */
static void a_record_that_fails_is_tried_again_less_and_less_often(void **state)
{
	static const int64_t at_s[] = {0, 5, 15, 35, 75, 155, 315, 615, 915};
	struct rig r;

	(void)state;
	begin_with(&r, "last=9", 5, -HOUR_S);
	for (int round = 0; round < 3; round++) {
		int64_t began_s = r.now.boot_s;
		r.failing_records = ARRAY_SIZE(at_s) - 1;
		r.record_count = 0;
		list_now(&r);
		assert_string_equal(look(&r).trouble, "the state file cannot be written");
		run(&r, 1000);
		assert_string_equal(look(&r).trouble, "");
		assert_in_range(r.record_count, ARRAY_SIZE(at_s), LOG_MOST - 1);
		for (size_t i = 0; i < ARRAY_SIZE(at_s); i++)
			assert_int_equal(r.records[i].boot_s - began_s, at_s[i]);
	}
	end(&r);
}

static void what_could_not_be_written_is_written_later(void **state)
{
	static const char *const ids[] = {"101", "102", "103"};

	(void)state;
	for (int failing = 0; failing < 3; failing++) {
		struct rig r;
		begin_with(&r, "last=1 grace=1d", 4, -HOUR_S);
		r.failing_records = failing;
		run(&r, 60);
		assert_int_equal(r.failing_records, 0);
		assert_int_equal(r.disk.ledger.mark_count, 3);
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			assert_non_null(disk_mark(&r.disk, ids[i]));
			assert_int_equal(disk_mark(&r.disk, ids[i])->expired_s, START_S);
		}
		assert_int_equal(r.disk.entries[ENTRY_SEEN], 1);
		assert_int_equal(r.disk.entries[ENTRY_EXPIRED], 3);
		end(&r);
	}
}

static void s7_an_approval_while_a_record_is_being_written_is_in_the_next_one(void **state)
{
	const struct event written = {.kind = EVENT_RECORDED, .recorded = true};
	struct effect e;
	struct rig r;

	(void)state;
	begin_with(&r, "last=1 percent=10", 10, -HOUR_S);
	list(&r);
	e = next_effect(&r);
	assert_int_equal(e.kind, EFFECT_RECORD);
	(void)rig_write(&r, e.record);
	approve(&r);
	cycle_feed(r.cycle, &written, r.now);
	run(&r, 60);
	assert_int_equal(r.disk.entries[ENTRY_APPROVED], 1);
	assert_int_equal(r.disk.entries[ENTRY_SEEN], 1);
	assert_int_equal(r.disk.entries[ENTRY_EXPIRED], 9);
	assert_true(disk_mark(&r.disk, "105")->approved);
	assert_int_equal(r.ids, 9);
	end(&r);
}

static void sets_are_known_by_ids_in_any_order(void **state)
{
	static const char *const oldest_first[][3] = {
		{"a", "b", "c"}, {"b", "a", "c"}, {"c", "b", "a"}, {"b", "c", "a"}};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(oldest_first); k++) {
		struct rig r;
		begin_with(&r, "last=1 grace=1h", 0, 0);
		for (int i = 0; i < 3; i++)
			put(&r, oldest_first[k][i], (i - 3) * HOUR_S, SET_VALID, 600);
		run(&r, HOUR_S - 1);
		assert_int_equal(r.ids, 0);
		run(&r, 2);
		assert_int_equal(r.ids, 2);
		assert_int_not_equal(disk_mark(&r.disk, oldest_first[k][0])->asked_s, 0);
		assert_int_not_equal(disk_mark(&r.disk, oldest_first[k][1])->asked_s, 0);
		assert_null(disk_mark(&r.disk, oldest_first[k][2]));
		end(&r);
	}
}

static void newly_expired_sets_are_reported_once(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=2 grace=1d", 2, -HOUR_S);
	run(&r, 0);
	list_now(&r);
	assert_int_equal(r.reports[REPORT_EXPIRED], 0);
	put(&r, "103", -60, SET_VALID, 600);
	list_now(&r);
	assert_int_equal(r.reports[REPORT_EXPIRED], 1);
	list_now(&r);
	assert_int_equal(r.reports[REPORT_EXPIRED], 1);
	assert_int_equal(r.disk.entries[ENTRY_EXPIRED], 1);
	end(&r);
}

static void s7_the_grace_of_a_set_that_is_kept_again_is_forgotten_on_disk_too(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1 grace=2h", 2, -HOUR_S);
	run(&r, HOUR_S);
	assert_non_null(disk_mark(&r.disk, "101"));
	reload(&r, fixture_policy("last=2 grace=2h"));
	run(&r, 0);
	assert_null(disk_mark(&r.disk, "101"));
	assert_int_equal(r.disk.entries[ENTRY_KEPT_AGAIN], 1);
	reload(&r, fixture_policy("last=1 grace=2h"));
	restart(&r);
	run(&r, 2 * HOUR_S - 1);
	assert_int_equal(r.deletes, 0);
	run(&r, 2);
	assert_int_equal(r.deletes, 1);
	end(&r);
}

static void s7_the_grace_of_a_set_that_vanished_is_forgotten(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1 grace=2h", 2, -HOUR_S);
	run(&r, HOUR_S);
	assert_non_null(disk_mark(&r.disk, "101"));
	nothing_listed(&r);
	put(&r, "102", -HOUR_S, SET_VALID, 600);
	list_now(&r);
	assert_null(disk_mark(&r.disk, "101"));
	assert_int_equal(r.reports[REPORT_GONE], 0);  /* nobody asked for that */
	put(&r, "101", -25 * HOUR_S, SET_VALID, 600); /* late: two hours more */
	list_now(&r);
	run(&r, 4 * HOUR_S - 1);
	assert_int_equal(r.deletes, 0);
	run(&r, 2 * HOUR_S);
	assert_true(r.deletes > 0);
	end(&r);
}

/* Missing from one listing, after a restart, while nothing can be written: none of it stays. */
static void a_set_that_was_missed_once_is_as_any_other(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1 grace=10min", 2, -HOUR_S);
	run(&r, 60);
	restart(&r);
	nothing_listed(&r);
	put(&r, "102", -HOUR_S, SET_VALID, 600);
	r.failing_records = 1;
	run(&r, 1);
	put(&r, "101", -25 * HOUR_S, SET_VALID, 600);
	run(&r, 4 * HOUR_S); /* it shows late, for one */
	assert_int_equal(r.deletes, 3);
	assert_string_equal(look(&r).trouble, "");
	run(&r, 2 * HOUR_S); /* the cloud does nothing */
	assert_int_equal(r.reports[REPORT_DELETE_STUCK], 1);
	end(&r);
}

static void l1_one_of_two_listings_that_lack_a_set_may_be_of_an_earlier_run(void **state)
{
	struct rig r;

	(void)state;
	begin_with(&r, "last=1", 2, -HOUR_S);
	run(&r, 0);
	assert_int_equal(r.ids, 1);
	for (int i = 1; i <= 3; i++) {
		bool lacks = i != 2; /* the second listing has it, and the third is not in a row */
		nothing_listed(&r);
		put(&r, "102", -HOUR_S, SET_VALID, 600);
		if (!lacks)
			put(&r, "101", -25 * HOUR_S, SET_VALID, 600);
		restart(&r);
		run(&r, 0);
		assert_int_equal(disk_mark(&r.disk, "101")->absent, lacks);
	}
	restart(&r);
	run(&r, 0);
	assert_int_equal(r.disk.entries[ENTRY_GONE], 1);
	assert_null(disk_mark(&r.disk, "101"));
	end(&r);
}

TEST_FILE(cycle_record_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ledger_that_was_taken_over_is_left_empty),
		cmocka_unit_test(gone_sets_are_written_down_200_at_a_time_before_anything_else),
		cmocka_unit_test(a_listing_that_tells_nothing_new_writes_no_rows),
		cmocka_unit_test(a_record_that_fails_is_tried_again_less_and_less_often),
		cmocka_unit_test(what_could_not_be_written_is_written_later),
		cmocka_unit_test(s7_an_approval_while_a_record_is_being_written_is_in_the_next_one),
		cmocka_unit_test(sets_are_known_by_ids_in_any_order),
		cmocka_unit_test(newly_expired_sets_are_reported_once),
		cmocka_unit_test(s7_the_grace_of_a_set_that_is_kept_again_is_forgotten_on_disk_too),
		cmocka_unit_test(s7_the_grace_of_a_set_that_vanished_is_forgotten),
		cmocka_unit_test(a_set_that_was_missed_once_is_as_any_other),
		cmocka_unit_test(l1_one_of_two_listings_that_lack_a_set_may_be_of_an_earlier_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
