/* S1, S3, S7, S8 and L1 of deletes; L3. */
#include "cycle_help.h"

#include <errno.h>
#include <string.h>

static void s1_the_minimum_remains_and_the_newest(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->keep[RULE_DAILY].kind = KEEP_OFF;
	p->keep[RULE_LAST].number = 1;
	p->safety.minimum = 5;
	begin(&w, p, 30);
	run(&w, 10 * DAY_S);
	assert_int_equal(look(&w).valid, 5);
	world_done(&w);
}

static void s1_failed_sets_count_for_nothing(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.fresh_within_s = FRESH_OFF;
	p->schedule.kind = SCHEDULE_NONE;
	begin(&w, p, 7);
	for (int i = 0; i < 5; i++)
		cloud_put(&w.cloud, START_S + (3 + i) * HOUR_S)->fails = true;
	run(&w, DAY_S);
	assert_int_equal(w.ids_asked, 0);
	assert_int_equal(look(&w).valid, 7);
	run(&w, 8 * DAY_S);
	assert_int_equal(w.ids_asked, 5); /* the failed ones, when they are a week old */
	assert_int_equal(look(&w).valid, 7);
	world_done(&w);
}

static void s1_nothing_goes_while_new_backups_fail(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 7);
	w.cloud.on.fail_per_thousand = 1000;
	w.cloud.on.retention_s = 30 * DAY_S;
	run(&w, 20 * DAY_S);
	assert_int_equal(look(&w).valid, 7);
	assert_true(look(&w).holds & 1u << HOLD_FRESH);
	assert_int_equal(look(&w).state, CYCLE_TROUBLE);
	world_done(&w);
}

static void s3_calls_are_few_and_small(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 700);
	run(&w, DAY_S);
	assert_int_equal(w.deletes, 8); /* 693 sets, and the next day's one */
	assert_int_equal(w.ids_asked, 693 + 1);
	assert_true(w.lists < 80);
	world_done(&w);
}

static void s7_what_falls_out_waits_its_grace_of_listings_that_agree(void **state)
{
	struct policy *p = policy_eager();
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 0, .fate = FATE_UNSENT};
	struct world w;

	(void)state;
	p->safety.grace_s = DAY_S;
	begin(&w, p, 30);
	follow(&w, &s);
	run(&w, 20 * HOUR_S);
	world_crash(&w); /* a restart does not begin it anew */
	s.last = 1000000;
	run(&w, 10 * DAY_S); /* an outage does not count, but for two refreshes */
	s.last = 0;
	run(&w, HOUR_S);
	assert_int_equal(w.deletes, 0);
	run(&w, 4 * HOUR_S);
	assert_int_equal(w.deletes, 1);
	world_done(&w);
}

static void s7_grace_begins_anew_when_a_set_was_wanted_again(void **state)
{
	struct policy *p = policy_eager(), *keeps = policy_eager();
	struct world w;

	(void)state;
	p->safety.grace_s = keeps->safety.grace_s = 20 * HOUR_S;
	keeps->keep[RULE_DAILY].kind = KEEP_ALL;
	begin(&w, p, 30);
	run(&w, 10 * HOUR_S);
	world_set_policy(&w, keeps);
	run(&w, HOUR_S);
	p = policy_eager();
	p->safety.grace_s = 20 * HOUR_S;
	world_set_policy(&w, p);
	run(&w, 19 * HOUR_S);
	assert_int_equal(w.deletes, 0);
	run(&w, 3 * HOUR_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static void s7_a_large_plan_waits_for_approval_of_exactly_that_plan(void **state)
{
	struct policy *p = policy_eager();
	struct cycle_status s;
	struct world w;
	char hash[DIGEST_HEX_SIZE];

	(void)state;
	p->safety.max_delete_percent = 50;
	begin(&w, p, 30);
	run(&w, HOUR_S);
	assert_int_equal(w.deletes, 0);
	s = look(&w);
	assert_int_equal(s.state, CYCLE_HELD);
	memcpy(hash, s.plan->hash, sizeof(hash));
	hash[13] = hash[13] == 'a' ? 'b' : 'a';
	assert_int_equal(cycle_approve(w.cycle, hash, world_now(&w), NULL), -ESTALE);
	hash[11] = '\0';
	assert_int_equal(cycle_approve(w.cycle, hash, world_now(&w), NULL), -ESTALE);
	run(&w, HOUR_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(world_approve(&w), 0);
	world_crash(&w); /* not yet on disk: not in force */
	run(&w, HOUR_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(world_approve(&w), 0);
	w.oracle.spare_creates = 0;
	run(&w, 300);
	assert_int_equal(w.ids_asked, 23);
	world_done(&w);
}

static void s7_an_approval_survives_a_restart_and_goes_when_ripe(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.max_delete_percent = 50;
	p->safety.grace_s = 10 * HOUR_S;
	begin(&w, p, 30);
	run(&w, HOUR_S);
	assert_int_equal(world_approve(&w), 0);
	run(&w, HOUR_S);
	world_crash(&w);
	assert_int_equal(w.deletes, 0);
	run(&w, 10 * HOUR_S);
	assert_int_equal(w.ids_asked, 23);
	world_done(&w);
}

static void s7_what_is_new_in_a_large_plan_needs_a_new_approval(void **state)
{
	struct policy *p = policy_eager(), *less = policy_eager();
	struct world w;
	size_t asked;

	(void)state;
	p->safety.max_delete_percent = less->safety.max_delete_percent = 20;
	p->keep[RULE_DAILY].number = 20;
	p->safety.grace_s = less->safety.grace_s = 2 * HOUR_S;
	begin(&w, p, 30); /* 10 of 30 */
	run(&w, HOUR_S);
	assert_int_equal(world_approve(&w), 0);
	run(&w, 10);
	world_set_policy(&w, less); /* 23 of 30: 13 more */
	run(&w, 6 * HOUR_S);
	asked = w.ids_asked;
	assert_int_equal(asked, 10);
	assert_true(look(&w).holds & 1u << HOLD_APPROVAL);
	world_done(&w);
}

/* Wanted again, if only while the state file failed: then the approval is void. */
static void s7_an_approval_ends_when_a_set_is_wanted_again(void **state)
{
	struct policy *p = policy_eager(), *keeps = policy_eager(), *back = policy_eager();
	struct script s = {.kind = EFFECT_RECORD, .first = 1, .last = 0, .mishap = MISHAP_DISK};
	struct world w;

	(void)state;
	p->safety.max_delete_percent = back->safety.max_delete_percent = 50;
	p->safety.grace_s = keeps->safety.grace_s = HOUR_S;
	keeps->keep[RULE_DAILY].kind = KEEP_ALL;
	begin(&w, p, 30);
	follow(&w, &s);
	run(&w, 600);
	assert_int_equal(world_approve(&w), 0);
	run(&w, 60);
	s.last = 10000;
	world_set_policy(&w, keeps);
	run(&w, 1200);
	world_set_policy(&w, back);
	run(&w, 1200);
	s.last = 0;
	run(&w, 3 * HOUR_S);
	assert_int_equal(w.deletes, 0);
	assert_true(look(&w).holds & 1u << HOLD_APPROVAL);
	world_done(&w);
}

static void s7_a_small_plan_that_went_ahead_approves_nothing(void **state)
{
	struct policy *p = policy_eager(), *less = policy_eager();
	struct world w;

	(void)state;
	p->safety.max_delete_percent = less->safety.max_delete_percent = 40;
	p->keep[RULE_DAILY].number = 20;
	begin(&w, p, 30);
	w.cloud.on.never_deleted_per_thousand = 1000;
	run(&w, 600);
	assert_int_equal(w.ids_asked, 10);
	world_set_policy(&w, less);
	run(&w, 8 * HOUR_S);
	assert_int_equal(w.ids_asked, 10); /* now part of 23 of 30, and nobody approved */
	world_done(&w);
}

/* The policy changes between two batches, or while an intent is written, or while a call is under
 * way: what it keeps now does not go. */
struct change {
	enum effect_kind kind;
	int at, seen;
};

static enum mishap changes(struct world *w, const struct effect *e, void *data)
{
	struct change *c = data;
	bool delete_intent = e->kind == EFFECT_RECORD && e->record->entry_count > 0 &&
		e->record->entries[0].kind == ENTRY_DELETE_INTENT;

	if ((c->kind == EFFECT_RECORD ? delete_intent : e->kind == c->kind) && ++c->seen == c->at) {
		struct policy *p = policy_eager();
		p->keep[RULE_DAILY].kind = KEEP_ALL;
		world_set_policy(w, p);
		/* The effect is borrowed no longer. */
		return MISHAP_CRASH_BEFORE;
	}
	return MISHAP_NONE;
}

static void s7_a_policy_changed_in_mid_prune_stops_it(void **state)
{
	struct world w;

	(void)state;
	for (int at = 1; at <= 4; at++) {
		struct change c = {.kind = EFFECT_RECORD, .at = at};
		begin(&w, policy_eager(), 420);
		w.hooks = (struct hooks){.mishap = changes, .data = &c};
		run(&w, 6 * HOUR_S);
		assert_in_range(w.ids_asked, 0, (at - 1) * 100);
		world_done(&w);
	}
}

static void s7_a_policy_changed_while_the_reasons_are_told_stops_the_call(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->keep[RULE_DAILY].kind = KEEP_ALL;
	begin(&w, policy_eager(), 60);
	while (w.reports[REPORT_DELETING] < 3)
		(void)world_step(&w, w.true_s + 60);
	world_set_policy(&w, p);
	run(&w, 6 * HOUR_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(w.disk.entries[ENTRY_DELETE_OUTCOME], 1);
	world_done(&w);
}

static void s8_what_a_kept_set_depends_on_stays(void **state)
{
	struct world w;
	const char *parent;

	(void)state;
	begin(&w, policy_eager(), 30);
	parent = w.cloud.sets[2].id;
	memcpy(w.cloud.sets[29].parent, parent, CLOUD_ID_SIZE);
	run(&w, 20 * HOUR_S);
	assert_true(in_cloud(&w, parent));
	assert_int_equal(look(&w).valid, 8);
	world_done(&w);
}

static void l3_a_held_prune_and_a_lack_of_fresh_sets_show(void **state)
{
	struct policy *p = policy_plain();
	struct world w;

	(void)state;
	begin(&w, p, 30);
	run(&w, HOUR_S);
	assert_true(look(&w).unwell); /* awaits approval */
	assert_int_equal(look(&w).state, CYCLE_HELD);
	w.cloud.on.fail_per_thousand = 1000;
	run(&w, 2 * DAY_S);
	assert_false(look(&w).fresh);
	assert_true(look(&w).trouble[0]);
	world_done(&w);
}

static void a_dry_run_changes_nothing(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.dry_run = true;
	world_crash(&w);
	run(&w, 2 * DAY_S);
	assert_int_equal(w.creates + w.deletes + w.records, 0);
	assert_true(w.reports[REPORT_WOULD_CREATE] > 0);
	assert_true(w.reports[REPORT_WOULD_DELETE] >= 23);
	world_done(&w);
}

TEST_FILE(cycle_prune_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s1_the_minimum_remains_and_the_newest),
		cmocka_unit_test(s1_failed_sets_count_for_nothing),
		cmocka_unit_test(s1_nothing_goes_while_new_backups_fail),
		cmocka_unit_test(s3_calls_are_few_and_small),
		cmocka_unit_test(s7_what_falls_out_waits_its_grace_of_listings_that_agree),
		cmocka_unit_test(s7_grace_begins_anew_when_a_set_was_wanted_again),
		cmocka_unit_test(s7_a_large_plan_waits_for_approval_of_exactly_that_plan),
		cmocka_unit_test(s7_an_approval_survives_a_restart_and_goes_when_ripe),
		cmocka_unit_test(s7_what_is_new_in_a_large_plan_needs_a_new_approval),
		cmocka_unit_test(s7_an_approval_ends_when_a_set_is_wanted_again),
		cmocka_unit_test(s7_a_small_plan_that_went_ahead_approves_nothing),
		cmocka_unit_test(s7_a_policy_changed_in_mid_prune_stops_it),
		cmocka_unit_test(s7_a_policy_changed_while_the_reasons_are_told_stops_the_call),
		cmocka_unit_test(s8_what_a_kept_set_depends_on_stays),
		cmocka_unit_test(l3_a_held_prune_and_a_lack_of_fresh_sets_show),
		cmocka_unit_test(a_dry_run_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
