/* What the cloud itself keeps: told, or raised, and never lowered. */
#include "cycle_help.h"

#define MINUTE_S INT64_C(60)

/* A policy that needs 30 days. */
static struct policy *thirty_days(enum cloud_retention_mode mode)
{
	struct policy *p = policy_plain();

	p->keep[RULE_DAILY].number = 30;
	p->cloud_retention = mode;
	return p;
}

static void begin_with(struct world *w, enum cloud_retention_mode mode, int64_t days)
{
	world_init(w, thirty_days(mode), START_S + 12 * HOUR_S, 1);
	w->cloud.on.retention_s = days * DAY_S;
	w->cloud.on.page_size = 30;
	cloud_put(&w->cloud, START_S + 2 * HOUR_S)->end_s = START_S + 3 * HOUR_S;
	world_start(w);
}

static int64_t cloud_days(const struct world *w)
{
	return w->cloud.on.retention_s / DAY_S;
}

static void check_tells_what_to_set_and_changes_nothing(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_CHECK, 7);
	run(&w, 3 * DAY_S);
	assert_int_equal(w.reports[REPORT_RETENTION_SHORT], 1);
	assert_int_equal(w.raises, 0);
	assert_int_equal(cloud_days(&w), 7);
	assert_int_equal(look(&w).cloud_days, 7);
	assert_int_equal(look(&w).needs_days, 30);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

static void ensure_raises_to_what_the_policy_needs(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	run(&w, MINUTE_S);
	assert_int_equal(cloud_days(&w), 30);
	assert_int_equal(w.raises, 1);
	assert_int_equal(w.disk.entries[ENTRY_RETENTION_INTENT], 1);
	assert_int_equal(w.disk.entries[ENTRY_RETENTION_OUTCOME], 1);
	assert_int_equal(w.reports[REPORT_RETENTION_RAISING], 1);
	assert_int_equal(w.reports[REPORT_RETENTION_RAISED], 1);
	run(&w, 3 * DAY_S);
	assert_int_equal(w.raises, 1);
	assert_int_equal(w.disk.entries[ENTRY_RETENTION_RAISED], 1);
	assert_int_equal(look(&w).cloud_days, 30);
	world_done(&w);
}

static void what_is_longer_is_never_lowered(void **state)
{
	static const int64_t days[] = {30, 31, 365, 730};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		begin_with(&w, CLOUD_RETENTION_ENSURE, days[i]);
		run(&w, 3 * DAY_S);
		assert_int_equal(w.raises, 0);
		assert_int_equal(w.disk.entries[ENTRY_RETENTION_INTENT], 0);
		assert_int_equal(w.reports[REPORT_RETENTION_SHORT], 0);
		assert_int_equal(cloud_days(&w), days[i]);
		world_done(&w);
	}
}

static void ignore_does_not_even_ask(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_IGNORE, 7);
	run(&w, 3 * DAY_S);
	assert_int_equal(w.cloud_days_told, 0);
	assert_int_equal(w.raises, 0);
	world_done(&w);
}

/* 7 to 730 days are what the cloud takes. */
static void no_more_is_asked_for_than_the_cloud_has(void **state)
{
	struct policy *p = thirty_days(CLOUD_RETENTION_ENSURE);
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	p->keep[RULE_YEARLY] = (struct keep_rule){.kind = KEEP_ALL};
	world_set_policy(&w, p);
	run(&w, HOUR_S);
	assert_int_equal(cloud_days(&w), 730);
	assert_int_equal(w.reports[REPORT_RETENTION_SHORT], 1); /* and that is still too short */
	run(&w, 3 * DAY_S);
	assert_int_equal(w.reports[REPORT_RETENTION_SHORT], 1);
	world_done(&w);
}

static void s4_no_raise_without_an_intent_on_disk(void **state)
{
	struct world w;
	struct script disk = {.kind = EFFECT_RECORD, .first = 2, .last = 2, .mishap = MISHAP_DISK};

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	follow(&w, &disk); /* the listing is written, the intent is not */
	run(&w, 3);
	assert_int_equal(w.raises, 0);
	run(&w, HOUR_S);
	assert_int_equal(cloud_days(&w), 30);
	world_done(&w);
}

static void after_a_crash_the_policy_is_read_before_anything_is_sent(void **state)
{
	static const enum mishap crashes[] = {MISHAP_CRASH_BEFORE, MISHAP_CRASH_AFTER};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++) {
		struct script crash = {
			.kind = EFFECT_RAISE, .first = 1, .last = 1, .mishap = crashes[i]};
		begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
		follow(&w, &crash);
		run(&w, HOUR_S);
		assert_int_equal(w.crashes, 1);
		assert_int_equal(w.raises, 1);
		assert_int_equal(cloud_days(&w), 30);
		world_done(&w);
	}
}

/* The answer proves nothing, and its lack neither: the policy is read again. */
static void a_lost_answer_is_looked_for(void **state)
{
	struct world w;
	struct script after = {
		.kind = EFFECT_RAISE, .first = 1, .last = 1, .fate = FATE_LOST_AFTER};

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	follow(&w, &after);
	run(&w, 10 * MINUTE_S);
	assert_int_equal(w.raises, 1);
	assert_int_equal(w.reports[REPORT_RETENTION_UNSURE], 1);
	assert_int_equal(w.reports[REPORT_RETENTION_RAISED], 1);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

static void what_is_not_carried_out_is_asked_for_again_ever_more_rarely(void **state)
{
	static const enum fate fates[] = {
		FATE_LOST_BEFORE, FATE_REFUSED, FATE_THROTTLED, FATE_UNSENT};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++) {
		struct script never = {
			.kind = EFFECT_RAISE, .first = 1, .last = 1000, .fate = fates[i]};
		begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
		follow(&w, &never);
		run(&w, DAY_S);
		assert_in_range(w.raises, 20, 32);
		assert_int_equal(look(&w).state, CYCLE_TROUBLE);
		assert_non_null(strstr(look(&w).trouble, "7 days"));
		never.last = 0;
		run(&w, 2 * HOUR_S);
		assert_int_equal(cloud_days(&w), 30);
		assert_string_equal(look(&w).trouble, "");
		world_done(&w);
	}
}

static void s6_a_clock_in_doubt_does_not_stop_it(void **state)
{
	struct world w;
	struct script wrong = {
		.kind = EFFECT_LIST, .first = 1, .last = 1000, .fate = FATE_WRONG_DATE};

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	follow(&w, &wrong);
	run(&w, HOUR_S);
	assert_int_equal(cloud_days(&w), 30); /* it keeps more, and goes by no instant */
	world_done(&w);
}

static void a_dry_run_says_what_it_would_do(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	cycle_free(w.cycle);
	w.dry_run = true;
	world_start(&w);
	run(&w, HOUR_S);
	assert_int_equal(w.raises, 0);
	assert_int_equal(w.reports[REPORT_WOULD_RAISE], 1);
	world_done(&w);
}

/* Between the read and the call the policy may be changed: it counts. */
static void a_reload_that_forbids_it_is_heeded_at_the_last_moment(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	while (w.disk.entries[ENTRY_RETENTION_INTENT] == 0)
		(void)world_step(&w, INT64_MAX);
	world_set_policy(&w, thirty_days(CLOUD_RETENTION_CHECK));
	run(&w, DAY_S);
	assert_int_equal(w.raises, 0);
	assert_int_equal(w.disk.entries[ENTRY_RETENTION_OUTCOME], 1);
	world_done(&w);
}

/* The rest of it could not be sent back as it was. */
static void a_policy_that_does_not_read_whole_is_not_sent_back(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	w.cloud.policy_unread = "PreferredBackupTime is missing";
	run(&w, DAY_S);
	assert_int_equal(w.raises, 0);
	assert_int_equal(w.reports[REPORT_RETENTION_REFUSED], 1);
	assert_non_null(strstr(look(&w).trouble, "PreferredBackupTime"));
	w.cloud.policy_unread = NULL;
	run(&w, 2 * HOUR_S);
	assert_int_equal(cloud_days(&w), 30);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

static void nothing_is_raised_while_the_cluster_is_paused(void **state)
{
	struct event pause = {.kind = EVENT_PAUSE, .paused = "the cluster is ClassChanging"};
	struct event resume = {.kind = EVENT_PAUSE};
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	cycle_feed(w.cycle, &pause, world_now(&w));
	run(&w, 6 * HOUR_S);
	assert_int_equal(w.raises, 0);
	assert_int_equal(w.disk.entries[ENTRY_RETENTION_INTENT], 0);
	cycle_feed(w.cycle, &resume, world_now(&w));
	run(&w, HOUR_S + 60);
	assert_int_equal(cloud_days(&w), 30);
	world_done(&w);
}

static void the_copies_in_other_regions_are_not_its_business(void **state)
{
	struct policy *p = thirty_days(CLOUD_RETENTION_ENSURE);
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 7);
	p->remote = true;
	p->schedule.kind = SCHEDULE_NONE;
	world_set_policy(&w, p);
	run(&w, DAY_S);
	assert_int_equal(w.raises, 0);
	world_done(&w);
}

/* An end by a person or a program, seen by a daemon that runs or one that was down meanwhile. */
static void l3_what_another_hand_lowers_is_trouble_until_the_cloud_keeps_sets_long_enough(
	void **state)
{
	struct world w;

	(void)state;
	for (int down = 0; down < 2; down++) {
		begin_with(&w, CLOUD_RETENTION_CHECK, 730);
		run(&w, 4 * DAY_S);
		assert_string_equal(look(&w).trouble, "");
		w.cloud.on.retention_s = 2 * DAY_S;
		if (down)
			world_crash(&w);
		run(&w, 2 * HOUR_S);
		assert_int_equal(w.reports[REPORT_CLOUD_LOWERED], 1);
		assert_int_equal(look(&w).state, CYCLE_TROUBLE);
		assert_non_null(strstr(look(&w).trouble, "from 730 to 2 days: "));
		assert_true(look(&w).cloud_drops > 0);
		world_crash(&w);
		assert_non_null(strstr(look(&w).trouble, "from 730 to 2 days"));
		run(&w, DAY_S);
		assert_int_equal(w.reports[REPORT_CLOUD_LOWERED], 1);
		assert_int_equal(look(&w).state, CYCLE_TROUBLE);
		w.cloud.on.retention_s = 30 * DAY_S; /* what the policy needs */
		run(&w, 2 * HOUR_S);
		assert_string_equal(look(&w).trouble, "");
		assert_int_equal(look(&w).cloud_drops, 0);
		world_done(&w);
	}
}

static void what_is_lowered_to_enough_is_no_trouble(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_CHECK, 730);
	run(&w, DAY_S);
	w.cloud.on.retention_s = 30 * DAY_S;
	run(&w, 2 * HOUR_S);
	assert_int_equal(w.reports[REPORT_CLOUD_LOWERED], 1);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

static void what_another_hand_lowers_is_raised_again_with_ensure(void **state)
{
	struct world w;

	(void)state;
	begin_with(&w, CLOUD_RETENTION_ENSURE, 730);
	run(&w, DAY_S);
	assert_int_equal(w.raises, 0);
	w.cloud.on.retention_s = 7 * DAY_S;
	run(&w, 2 * HOUR_S);
	assert_int_equal(w.reports[REPORT_CLOUD_LOWERED], 1);
	assert_int_equal(w.reports[REPORT_RETENTION_RAISED], 1);
	assert_int_equal(cloud_days(&w), 30);
	assert_string_equal(look(&w).trouble, "");
	world_done(&w);
}

TEST_FILE(cycle_retention_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_tells_what_to_set_and_changes_nothing),
		cmocka_unit_test(ensure_raises_to_what_the_policy_needs),
		cmocka_unit_test(what_is_longer_is_never_lowered),
		cmocka_unit_test(ignore_does_not_even_ask),
		cmocka_unit_test(no_more_is_asked_for_than_the_cloud_has),
		cmocka_unit_test(s4_no_raise_without_an_intent_on_disk),
		cmocka_unit_test(after_a_crash_the_policy_is_read_before_anything_is_sent),
		cmocka_unit_test(a_lost_answer_is_looked_for),
		cmocka_unit_test(what_is_not_carried_out_is_asked_for_again_ever_more_rarely),
		cmocka_unit_test(s6_a_clock_in_doubt_does_not_stop_it),
		cmocka_unit_test(a_dry_run_says_what_it_would_do),
		cmocka_unit_test(a_reload_that_forbids_it_is_heeded_at_the_last_moment),
		cmocka_unit_test(a_policy_that_does_not_read_whole_is_not_sent_back),
		cmocka_unit_test(nothing_is_raised_while_the_cluster_is_paused),
		cmocka_unit_test(the_copies_in_other_regions_are_not_its_business),
		cmocka_unit_test(
			l3_what_another_hand_lowers_is_trouble_until_the_cloud_keeps_sets_long_enough),
		cmocka_unit_test(what_is_lowered_to_enough_is_no_trouble),
		cmocka_unit_test(what_another_hand_lowers_is_raised_again_with_ensure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
