/* Clusters that take no backups, ever or for now. */
#include "cycle_help.h"

static void pause_by(struct world *w, enum pause_cause cause, const char *why)
{
	struct event e = {.kind = EVENT_PAUSE, .cause = cause, .paused = why};

	cycle_feed(w->cycle, &e, world_now(w));
}

static void pause(struct world *w, const char *why)
{
	pause_by(w, PAUSE_DISCOVERY, why);
}

static void a_paused_cluster_is_listed_and_left_alone(void **state)
{
	struct world w;
	size_t lists;

	(void)state;
	begin(&w, policy_eager(), 30);
	pause(&w, "the cluster is ClassChanging");
	run(&w, 3 * DAY_S);
	assert_int_equal(w.creates, 0);
	assert_int_equal(w.deletes, 0);
	assert_in_range(w.lists, 24, 100);               /* at the refresh, and at each slot */
	assert_int_equal(look(&w).state, CYCLE_TROUBLE); /* by then no set is fresh */
	assert_true(look(&w).holds & 1u << HOLD_PAUSED);
	assert_string_equal(look(&w).paused, "the cluster is ClassChanging");
	assert_int_equal(w.reports[REPORT_PAUSED], 1);
	lists = w.lists;
	pause(&w, "");
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_RESUMED], 1);
	assert_true(w.lists > lists);
	assert_int_equal(w.creates, 1);
	run(&w, HOUR_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static void a_pause_is_told_once_and_shows(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 3);
	run(&w, HOUR_S);
	pause(&w, "the cluster is Restoring");
	pause(&w, "the cluster is Restoring");
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_PAUSED], 1);
	assert_int_equal(look(&w).state, CYCLE_PAUSED);
	pause(&w, NULL);
	pause(&w, "");
	run(&w, HOUR_S);
	assert_int_equal(w.reports[REPORT_RESUMED], 1);
	assert_int_equal(look(&w).state, CYCLE_WELL);
	world_done(&w);
}

static void causes_add_up_and_none_ends_anothers_pause(void **state)
{
	static const enum pause_cause ends_first[] = {PAUSE_DISCOVERY, PAUSE_PERSON};
	static const char *const left[] = {"held by hand", "the cluster is Restoring"};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends_first); i++) {
		begin(&w, policy_eager(), 30);
		pause_by(&w, PAUSE_PERSON, "held by hand");
		pause_by(&w, PAUSE_DISCOVERY, "the cluster is Restoring");
		run(&w, HOUR_S);
		assert_string_equal(look(&w).paused, "the cluster is Restoring; held by hand");
		pause_by(&w, ends_first[i], "");
		run(&w, 2 * DAY_S);
		assert_string_equal(look(&w).paused, left[i]);
		assert_int_equal(w.reports[REPORT_RESUMED], 0);
		assert_int_equal(w.creates + w.deletes, 0);
		pause_by(&w, PAUSE_DISCOVERY, "");
		pause_by(&w, PAUSE_PERSON, "");
		run(&w, 2 * HOUR_S);
		assert_int_equal(w.reports[REPORT_RESUMED], 1);
		assert_true(w.creates > 0 && w.deletes > 0);
		world_done(&w);
	}
}

/* An intent is on disk, and then the cluster is no longer Running: nothing is sent. */
static void a_pause_between_intent_and_call_is_heeded(void **state)
{
	static const enum entry_kind intents[] = {ENTRY_CREATE_INTENT, ENTRY_DELETE_INTENT};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(intents); i++) {
		begin(&w, policy_eager(), 30);
		while (w.disk.entries[intents[i]] == 0)
			(void)world_step(&w, INT64_MAX);
		size_t creates = w.creates, deletes = w.deletes;
		pause(&w, "the cluster is ClassChanging");
		run(&w, 6 * HOUR_S);
		assert_int_equal(w.creates, creates);
		assert_int_equal(w.deletes, deletes);
		pause(&w, "");
		run(&w, DAY_S);
		assert_true(w.creates > 0 && w.deletes > 0);
		world_done(&w);
	}
}

/* It stopped and began again before the call went out: its plan is of another time. */
static void a_short_pause_asks_for_a_new_listing(void **state)
{
	struct world w;
	size_t lists;

	(void)state;
	begin(&w, policy_eager(), 30);
	while (w.disk.entries[ENTRY_DELETE_INTENT] == 0)
		(void)world_step(&w, INT64_MAX);
	pause(&w, "the cluster is ClassChanging");
	pause(&w, "");
	lists = w.lists;
	while (w.deletes == 0)
		(void)world_step(&w, INT64_MAX);
	assert_true(w.lists > lists);
	assert_string_equal(w.oracle.promise, "");
	world_done(&w);
}

static struct policy *prunes_only(bool warehouse)
{
	struct policy *p = policy_eager();

	p->schedule.kind = SCHEDULE_NONE;
	p->edition = warehouse ? EDITION_WAREHOUSE : EDITION_LAKEHOUSE;
	p->remote = !warehouse;
	return p;
}

static void what_cannot_take_backups_is_never_asked_to(void **state)
{
	struct world w;

	(void)state;
	for (int warehouse = 0; warehouse < 2; warehouse++) {
		begin(&w, prunes_only(warehouse), 30);
		/* A schedule is an error in the policy file; here it is as if none had looked. */
		policy_schedule(w.policy, "hourly");
		w.policy->schedule.kind = SCHEDULE_CALENDAR;
		w.policy->safety.fresh_within_s = FRESH_OFF;
		world_feed(&w, EVENT_BACKUP);
		run(&w, 3 * DAY_S);
		assert_int_equal(w.creates, 0);
		assert_int_equal(w.disk.create_intents, 0);
		assert_true(w.deletes > 0);
		assert_false(look(&w).backup_wanted);
		world_done(&w);
	}
}

static void a_backup_that_a_reload_makes_impossible_is_not_sent(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	run(&w, 13 * HOUR_S);
	while (w.disk.create_intents == 0)
		(void)world_step(&w, INT64_MAX);
	world_set_policy(&w, prunes_only(true));
	run(&w, DAY_S);
	assert_int_equal(w.creates, 0);
	assert_int_equal(w.disk.create_outcomes, 1);
	world_done(&w);
}

/* The copies are another inventory: the local sets have not vanished. */
static void nothing_vanishes_when_the_copies_are_asked_for_instead(void **state)
{
	struct policy *p = prunes_only(false);
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 3);
	run(&w, HOUR_S);
	while (w.cloud.count > 0)
		w.cloud.count--;
	cloud_put(&w.cloud, START_S)->end_s = START_S + 60;
	world_set_policy(&w, p);
	run(&w, HOUR_S);
	assert_int_equal(w.disk.entries[ENTRY_VANISHED], 0);
	assert_int_equal(look(&w).sets, 1);
	world_done(&w);
}

TEST_FILE(cycle_pause_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_paused_cluster_is_listed_and_left_alone),
		cmocka_unit_test(a_pause_is_told_once_and_shows),
		cmocka_unit_test(causes_add_up_and_none_ends_anothers_pause),
		cmocka_unit_test(a_pause_between_intent_and_call_is_heeded),
		cmocka_unit_test(a_short_pause_asks_for_a_new_listing),
		cmocka_unit_test(what_cannot_take_backups_is_never_asked_to),
		cmocka_unit_test(a_backup_that_a_reload_makes_impossible_is_not_sent),
		cmocka_unit_test(nothing_vanishes_when_the_copies_are_asked_for_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
