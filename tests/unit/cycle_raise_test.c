/* When the cloud's own retention is asked for and raised, to the second, and what is told of it.
 * Driven effect by effect. */
#include "cycle_drive.h"

/* The policy needs 30 days, and the cloud is asked how long it keeps sets. */
static void begin_asked(struct rig *r, enum cloud_retention_mode mode)
{
	begin(r, "daily=30", 3);
	r->policy->cloud_retention = mode;
	expect(r, EFFECT_LIST);
	answer_list(r);
	expect(r, EFFECT_RETENTION);
}

/* It is to be raised to them. */
static void begin_raising(struct rig *r)
{
	struct effect e;

	begin_asked(r, CLOUD_RETENTION_ENSURE);
	answer_days(r, 7);
	e = next_call(r);
	assert_int_equal(e.kind, EFFECT_RAISE);
	assert_int_equal(e.raise.days, 30);
}

static struct policy *other_policy(const char *words)
{
	struct policy *p = fixture_policy(words);

	p->cloud_retention = CLOUD_RETENTION_ENSURE;
	return p;
}

static void it_is_asked_for_with_each_refresh(void **state)
{
	static const int64_t days[] = {7, 30, 730};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		begin_asked(&r, CLOUD_RETENTION_CHECK);
		answer_days(&r, days[i]);
		assert_in_range(until_call(&r, EFFECT_RETENTION), HOUR_S / 2, HOUR_S);
		end(&r);
	}
}

static void without_an_answer_it_is_asked_for_again_after_an_hour_or_as_the_cloud_wants(
	void **state)
{
	static const struct {
		enum answer_kind kind;
		int64_t retry_after_ms, again_s;
	} rows[] = {
		{ANSWER_REFUSED, 0, HOUR_S},
		{ANSWER_AMBIGUOUS, 0, HOUR_S},
		{ANSWER_OK, 0, HOUR_S}, /* but no policy in it */
		{ANSWER_THROTTLED, 10000, HOUR_S},
		{ANSWER_THROTTLED, 2 * HOUR_S * 1000, 2 * HOUR_S + 1},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_asked(&r, CLOUD_RETENTION_ENSURE);
		answer(&r, rows[i].kind, rows[i].retry_after_ms);
		assert_int_equal(until_call(&r, EFFECT_RETENTION), rows[i].again_s);
		end(&r);
	}
}

static void what_was_asked_for_is_looked_for_after_ten_seconds(void **state)
{
	static const enum answer_kind answers[] = {ANSWER_OK, ANSWER_AMBIGUOUS};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		begin_raising(&r);
		answer(&r, answers[i], 0);
		expect_wait(&r, 10);
		pass(&r, 9);
		expect_wait(&r, 1);
		pass(&r, 1);
		expect(&r, EFFECT_RETENTION);
		answer(&r, ANSWER_REFUSED, 0); /* not to be read: sooner than after an hour */
		assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
		answer_days(&r, 30);
		expect(&r, EFFECT_WAIT);
		assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 1);
		assert_int_equal(r.disk.entries[ENTRY_RETENTION_RAISED], 1);
		assert_string_equal(look(&r).trouble, "");
		assert_in_range(until_call(&r, EFFECT_RETENTION), HOUR_S / 2, HOUR_S);
		end(&r);
	}
}

static void what_is_accepted_and_does_not_show_is_told_after_three_calls(void **state)
{
	struct rig r;

	(void)state;
	begin_raising(&r);
	for (int calls = 1; calls <= 8; calls++) {
		int64_t wait_s = calls < 7 ? INT64_C(60) << (calls - 1) : HOUR_S;
		answer(&r, ANSWER_OK, 0);
		assert_int_equal(until_call(&r, EFFECT_RETENTION), 10);
		answer_days(&r, 7);
		assert_int_equal(until_call(&r, EFFECT_RETENTION), wait_s - 10);
		answer_days(&r, 7);
		expect(&r, EFFECT_RAISE);
		assert_int_equal(r.reports[REPORT_RETENTION_UNSURE], calls >= 3);
		assert_int_equal(look(&r).trouble[0] != '\0', calls >= 3);
	}
	assert_non_null(strstr(look(&r).trouble, "it does not show"));
	end(&r);
}

/* Nothing of it can show: what shows later is another's doing. */
static void what_is_refused_is_not_looked_for(void **state)
{
	static const struct {
		enum answer_kind kind;
		int64_t retry_after_ms, again_s;
	} rows[] = {
		{ANSWER_REFUSED, 0, 60},
		{ANSWER_UNSENT, 0, 60},
		{ANSWER_THROTTLED, 10000, 60},
		{ANSWER_THROTTLED, 100000, 101},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_raising(&r);
		answer(&r, rows[i].kind, rows[i].retry_after_ms);
		for (int calls = 2; calls <= 5; calls++) {
			int64_t again_s = calls == 2 ? rows[i].again_s : INT64_C(60) << (calls - 2);
			assert_int_equal(until_call(&r, EFFECT_RETENTION), again_s);
			assert_non_null(strstr(look(&r).trouble, "Odd"));
			answer_days(&r, 7);
			expect(&r, EFFECT_RAISE);
			answer(&r, ANSWER_REFUSED, 0);
		}
		assert_int_equal(until_call(&r, EFFECT_RETENTION), 16 * 60);
		answer_days(&r, 30);
		expect(&r, EFFECT_WAIT);
		assert_string_equal(look(&r).trouble, "");
		assert_int_equal(r.reports[REPORT_RETENTION_REFUSED], 5);
		assert_int_equal(r.reports[REPORT_RETENTION_UNSURE], 0);
		assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 0);
		assert_int_equal(r.disk.entries[ENTRY_RETENTION_RAISED], 0);
		end(&r);
	}
}

static void waits_begin_anew_once_it_was_raised(void **state)
{
	struct rig r;

	(void)state;
	begin_raising(&r);
	answer(&r, ANSWER_REFUSED, 0);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	answer_days(&r, 7);
	expect(&r, EFFECT_RAISE);
	answer(&r, ANSWER_OK, 0);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 10);
	answer_days(&r, 30);
	assert_in_range(until_call(&r, EFFECT_RETENTION), HOUR_S / 2, HOUR_S);
	answer_days(&r, 7); /* somebody lowered it */
	expect(&r, EFFECT_RAISE);
	answer(&r, ANSWER_REFUSED, 0);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 1);
	end(&r);
}

/* The call is not made after all: that is written down, and the policy is read again. */
static void expect_unsent(struct rig *r)
{
	struct effect e = next_effect(r);

	assert_int_equal(e.kind, EFFECT_RECORD);
	rig_record(r, e.record);
	assert_string_equal(r->outcome, "unsent");
	assert_int_equal(r->disk.entries[ENTRY_RETENTION_OUTCOME], 1);
}

static void a_call_that_waited_too_long_reads_again_first(void **state)
{
	struct rig r;

	(void)state;
	begin_raising(&r);
	pass(&r, 300);
	permit(&r);
	expect(&r, EFFECT_RAISE);
	pass(&r, 1);
	permit(&r);
	expect_unsent(&r);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	answer_days(&r, 30); /* somebody else raised it */
	expect(&r, EFFECT_WAIT);
	assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 0);
	assert_int_equal(r.disk.entries[ENTRY_RETENTION_RAISED], 0);
	end(&r);
}

static void a_call_that_waits_is_not_made_once_the_cluster_is_paused(void **state)
{
	struct rig r;

	(void)state;
	begin_raising(&r);
	feed_pause(&r, "the cluster is Restoring");
	permit(&r);
	expect_unsent(&r);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	answer_days(&r, 7);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), HOUR_S); /* still paused */
	end(&r);
}

static void a_call_that_waits_goes_by_the_policy_of_its_turn(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin_raising(&r);
	reload(&r, other_policy("daily=14"));
	permit(&r);
	expect_unsent(&r);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	answer_days(&r, 7);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_RAISE);
	assert_int_equal(e.raise.days, 14);
	end(&r);
}

static void what_was_sent_before_a_reload_is_told_when_it_shows(void **state)
{
	struct rig r;

	(void)state;
	for (int answered = 0; answered < 2; answered++) {
		begin_raising(&r);
		if (!answered)
			reload(&r, other_policy("daily=14"));
		answer(&r, ANSWER_OK, 0);
		if (answered)
			reload(&r, other_policy("daily=14"));
		assert_in_range(until_call(&r, EFFECT_RETENTION), 0, 10);
		answer_days(&r, 30);
		expect(&r, EFFECT_WAIT);
		assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 1);
		assert_int_equal(r.disk.entries[ENTRY_RETENTION_RAISED], 1);
		end(&r);
	}
}

static void a_reload_begins_the_waits_anew(void **state)
{
	struct rig r;

	(void)state;
	begin_raising(&r);
	answer(&r, ANSWER_REFUSED, 0);
	reload(&r, other_policy("daily=30"));
	assert_string_equal(look(&r).trouble, "");
	assert_int_equal(look(&r).needs_days, 0); /* until it is asked for */
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 0);
	answer_days(&r, 7);
	assert_int_equal(look(&r).needs_days, 30);
	expect(&r, EFFECT_RAISE);
	answer(&r, ANSWER_REFUSED, 0);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), 60);
	end(&r);
}

static void what_cannot_be_raised_now_is_read_again_after_an_hour(void **state)
{
	static const struct backup_policy unread = {.days = 7, .unread = "PreferredBackupTime"};
	struct rig r;

	(void)state;
	begin_asked(&r, CLOUD_RETENTION_ENSURE);
	answer_policy(&r, &unread);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), HOUR_S);
	feed_pause(&r, "the cluster is Restoring");
	answer_days(&r, 7);
	assert_int_equal(until_call(&r, EFFECT_RETENTION), HOUR_S);
	end(&r);
}

static void what_is_long_enough_from_the_first_was_not_raised(void **state)
{
	struct rig r;

	(void)state;
	begin_asked(&r, CLOUD_RETENTION_ENSURE);
	assert_int_equal(look(&r).needs_days, 0);
	assert_int_equal(look(&r).cloud_days, 0);
	answer_days(&r, 30);
	expect(&r, EFFECT_WAIT);
	assert_int_equal(look(&r).needs_days, 30);
	assert_int_equal(look(&r).cloud_days, 30);
	assert_int_equal(r.reports[REPORT_RETENTION_RAISED], 0);
	assert_int_equal(r.disk.entries[ENTRY_RETENTION_RAISED], 0);
	end(&r);
}

static void what_is_too_short_is_told_with_what_to_set(void **state)
{
	static const struct {
		const char *words;
		int64_t days;
		const char *told; /* NULL: nothing */
	} rows[] = {
		{"daily=30", 7, "for up to 30 days: set the cluster's backup retention to 30 days"},
		{"daily=30", 1, "for up to 30 days: set the cluster's backup retention to 30 days"},
		{"daily=3", 1, "for up to 3 days: set the cluster's backup retention to 7 days"},
		{"daily=30", 30, NULL},
		{"daily=730", 729,
			"up to 730 days: set the cluster's backup retention to 730 days"},
		{"daily=730", 730, NULL},
		{"daily=731", 729,
			"up to 731 days: set the cluster's backup retention to 730 days"},
		{"daily=731", 730, "to 730 days (which it is: the most there is)"},
		{"last=3 yearly=all", 7, "for up to more than 730 days: set the"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *told = r.told[REPORT_RETENTION_SHORT];
		begin(&r, rows[i].words, 3);
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION);
		answer_days(&r, rows[i].days);
		expect(&r, EFFECT_WAIT);
		assert_int_equal(r.reports[REPORT_RETENTION_SHORT], rows[i].told ? 1 : 0);
		if (rows[i].told && !strstr(told, rows[i].told))
			fail_msg("%s lacks %s", told, rows[i].told);
		assert_int_equal(
			strstr(told, "which it is") != NULL, rows[i].told && rows[i].days == 730);
		end(&r);
	}
}

static void what_is_too_short_is_told_again_when_it_was_not_meanwhile(void **state)
{
	static const struct {
		int64_t days;
		size_t told;
	} rows[] = {{7, 1}, {7, 1}, {8, 2}, {365, 2}, {8, 3}, {8, 3}, {365, 3}, {1, 4}};
	struct rig r;

	(void)state;
	begin_asked(&r, CLOUD_RETENTION_CHECK);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		answer_days(&r, rows[i].days);
		assert_in_range(until_call(&r, EFFECT_RETENTION), HOUR_S / 2, HOUR_S);
		assert_int_equal(r.reports[REPORT_RETENTION_SHORT], rows[i].told);
	}
	end(&r);
}

TEST_FILE(cycle_raise_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_for_with_each_refresh),
		cmocka_unit_test(
			without_an_answer_it_is_asked_for_again_after_an_hour_or_as_the_cloud_wants),
		cmocka_unit_test(what_was_asked_for_is_looked_for_after_ten_seconds),
		cmocka_unit_test(what_is_accepted_and_does_not_show_is_told_after_three_calls),
		cmocka_unit_test(what_is_refused_is_not_looked_for),
		cmocka_unit_test(waits_begin_anew_once_it_was_raised),
		cmocka_unit_test(a_call_that_waited_too_long_reads_again_first),
		cmocka_unit_test(a_call_that_waits_is_not_made_once_the_cluster_is_paused),
		cmocka_unit_test(a_call_that_waits_goes_by_the_policy_of_its_turn),
		cmocka_unit_test(what_was_sent_before_a_reload_is_told_when_it_shows),
		cmocka_unit_test(a_reload_begins_the_waits_anew),
		cmocka_unit_test(what_cannot_be_raised_now_is_read_again_after_an_hour),
		cmocka_unit_test(what_is_long_enough_from_the_first_was_not_raised),
		cmocka_unit_test(what_is_too_short_is_told_with_what_to_set),
		cmocka_unit_test(what_is_too_short_is_told_again_when_it_was_not_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
