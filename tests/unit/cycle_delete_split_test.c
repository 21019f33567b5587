/* L1: delete calls that are refused. One is split until the sets to blame stand alone, unless it
 * is not about single sets at all. */
#include "cycle_drive.h"

/* The ids of the call that was asked for: "101 102". */
static void ids(const struct rig *r, char ret[1024])
{
	size_t used = 0;

	assert_int_equal(r->effect.kind, EFFECT_DELETE);
	ret[0] = '\0';
	for (size_t i = 0; i < r->effect.delete.count; i++) {
		(void)snprintf(
			ret + used, 1024 - used, "%s%s", i ? " " : "", r->effect.delete.ids[i]);
		used = strlen(ret);
	}
}

/* A cloud that refuses each call that names one of `bad`, given the call asked for and all that
 * follow at once. Returns them, with commas. */
static void carry_out(struct rig *r, const char *bad, char ret[2048])
{
	size_t used = 0;

	ret[0] = '\0';
	for (int calls = 0; r->effect.kind == EFFECT_DELETE; calls++) {
		bool refused = false;
		char named[1024];
		assert_true(calls < 100);
		ids(r, named);
		(void)snprintf(ret + used, 2048 - used, "%s%s", used ? ", " : "", named);
		used = strlen(ret);
		for (size_t i = 0; i < r->effect.delete.count; i++)
			refused = refused || strstr(bad, r->effect.delete.ids[i]);
		answer(r, refused ? ANSWER_REFUSED : ANSWER_OK, 0);
		(void)next_call(r);
	}
}

static void l1_a_refused_call_is_split_into_halves_that_follow_at_once(void **state)
{
	static const struct {
		int doomed;
		const char *bad, *calls;
	} cases[] = {
		{1, "101", "101"},
		{2, "101", "101 102, 101, 102"},
		{2, "102", "101 102, 101, 102"},
		{2, "101 102", "101 102, 101, 102"},
		{3, "103", "101 102 103, 101, 102 103, 102, 103"},
		{5, "104", "101 102 103 104 105, 101 102, 103 104 105, 103, 104 105, 104, 105"},
		{8, "102",
			"101 102 103 104 105 106 107 108, 101 102 103 104, 101 102, 101, 102, "
			"103 104, 105 106 107 108"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char calls[2048];
		begin_doomed(&r, cases[i].doomed);
		(void)until_call(&r, EFFECT_DELETE);
		carry_out(&r, cases[i].bad, calls);
		assert_string_equal(calls, cases[i].calls);
		/* Of each set it is said once that it is deleted, however often it is tried. */
		assert_int_equal(r.reports[REPORT_DELETING], cases[i].doomed);
		assert_string_equal(look(&r).trouble, "the cloud refuses to delete some sets");
		end(&r);
	}
}

static void a_hundred_sets_that_are_refused_are_named_once_in_each_round(void **state)
{
	size_t named = 0;
	struct rig r;

	(void)state;
	begin_doomed(&r, 100);
	(void)until_call(&r, EFFECT_DELETE);
	answer(&r, ANSWER_REFUSED, 0);
	while (next_call(&r).kind == EFFECT_DELETE) {
		named += r.effect.delete.count;
		answer(&r, r.effect.delete.count > 25 ? ANSWER_REFUSED : ANSWER_OK, 0);
	}
	assert_int_equal(named, 200); /* in halves, then in quarters */
	assert_int_equal(look(&r).asked, 100);
	end(&r);
}

/* Then it is not about the sets. */
static void five_sets_refused_in_a_row_stop_it_for_an_hour(void **state)
{
	char calls[2048];
	struct rig r;

	(void)state;
	begin_doomed(&r, 8);
	(void)until_call(&r, EFFECT_DELETE);
	carry_out(&r, "101 102 103 104 105 106 107 108", calls);
	assert_string_equal(calls,
		"101 102 103 104 105 106 107 108, 101 102 103 104, 101 102, 101, 102, 103 104, "
		"103, 104, 105 106 107 108, 105 106, 105");
	assert_non_null(strstr(look(&r).trouble, "set after set is refused"));
	assert_int_equal(wait_over(&r), 3601);
	list(&r);
	(void)next_call(&r);
	carry_out(&r, "101 102 103 104 105 106 107 108", calls);
	assert_string_equal(calls, "106 107 108, 106, 107 108, 107, 108");
	end(&r);
}

static void sets_accepted_in_between_begin_the_count_of_refused_ones_anew(void **state)
{
	char calls[2048];
	struct rig r;

	(void)state;
	begin_doomed(&r, 16);
	(void)until_call(&r, EFFECT_DELETE);
	carry_out(&r, "101 102 103 104 109 110 111 112", calls);
	assert_int_equal(look(&r).asked, 8);
	assert_string_equal(look(&r).trouble, "the cloud refuses to delete some sets");
	end(&r);
}

static void a_refused_set_is_left_alone_for_a_day(void **state)
{
	/* The machine may have been started in the same second. */
	static const struct {
		int64_t boot_s, day_s;
	} cases[] = {{BOOT_S, DAY_S}, {0, DAY_S + 1}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_doomed(&r, 1);
		r.now.boot_s = cases[i].boot_s;
		restart(&r);
		(void)until_call(&r, EFFECT_DELETE);
		answer(&r, ANSWER_REFUSED, 0);
		expect_refresh(&r);
		assert_true(look(&r).trouble[0]);
		pass(&r, cases[i].day_s - 1);
		list_again(&r);
		expect_refresh(&r);
		pass(&r, 1);
		list_again(&r);
		expect(&r, EFFECT_DELETE);
		end(&r);
	}
}

static void a_refusal_that_is_not_about_sets_is_not_split(void **state)
{
	static const enum about abouts[] = {ABOUT_CLUSTER, ABOUT_CALLER, ABOUT_NOTHING};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++) {
		begin_doomed(&r, 7);
		(void)until_call(&r, EFFECT_DELETE);
		answer_as(&r, &(struct reply){ANSWER_REFUSED, "Odd", 0, abouts[i], false});
		assert_int_equal(wait_over(&r), 30);
		assert_int_equal(look(&r).asked, 0);
		assert_non_null(strstr(look(&r).trouble, "Odd"));
		end(&r);
	}
}

/* The call that was lost may have reached the cloud, which knows nothing of its sets any more. */
static void what_a_lost_call_named_and_is_refused_now_counts_as_under_way(void **state)
{
	static const int doomed[] = {1, 2, 100};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(doomed); i++) {
		begin_doomed(&r, doomed[i]);
		(void)until_call(&r, EFFECT_DELETE);
		answer_code(&r, ANSWER_AMBIGUOUS, "Timeout", 0);
		assert_int_equal(until_call(&r, EFFECT_DELETE), 30);
		answer(&r, ANSWER_REFUSED, 0);
		assert_int_equal(look(&r).asked, doomed[i]);
		assert_in_range(until_call(&r, EFFECT_DELETE), 3600, 3600 + 300);
		assert_int_equal(r.reports[REPORT_DELETE_UNSURE], 2);
		assert_int_equal(r.reports[REPORT_DELETE_REFUSED], 0);
		end(&r);
	}
}

static void one_set_that_no_lost_call_named_is_reason_enough_to_split(void **state)
{
	char named[1024];
	struct rig r;

	(void)state;
	begin_quiet(&r, "last=7", 10);
	(void)until_call(&r, EFFECT_DELETE);
	answer_code(&r, ANSWER_AMBIGUOUS, "Timeout", 0);
	assert_int_equal(wait_over(&r), 5);
	reload(&r, quiet_policy("last=6"));
	(void)until_call(&r, EFFECT_DELETE);
	if (r.effect.delete.count == 1) { /* the new one alone, before the others' time comes */
		answer_code(&r, ANSWER_UNSENT, "Connect", 0);
		(void)until_call(&r, EFFECT_DELETE);
	}
	ids(&r, named);
	assert_string_equal(named, "101 102 103 104");
	answer(&r, ANSWER_REFUSED, 0);
	assert_int_equal(until_call(&r, EFFECT_DELETE), 0);
	ids(&r, named);
	assert_string_equal(named, "101 102");
	end(&r);
}

TEST_FILE(cycle_delete_split_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l1_a_refused_call_is_split_into_halves_that_follow_at_once),
		cmocka_unit_test(a_hundred_sets_that_are_refused_are_named_once_in_each_round),
		cmocka_unit_test(five_sets_refused_in_a_row_stop_it_for_an_hour),
		cmocka_unit_test(sets_accepted_in_between_begin_the_count_of_refused_ones_anew),
		cmocka_unit_test(a_refused_set_is_left_alone_for_a_day),
		cmocka_unit_test(a_refusal_that_is_not_about_sets_is_not_split),
		cmocka_unit_test(what_a_lost_call_named_and_is_refused_now_counts_as_under_way),
		cmocka_unit_test(one_set_that_no_lost_call_named_is_reason_enough_to_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
