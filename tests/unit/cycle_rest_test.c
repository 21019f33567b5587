/* What a cycle lets go of between two listings, and makes again. */
#include "cycle_help.h"

static void assert_same_counts(const struct cycle_status *a, const struct cycle_status *b)
{
	assert_int_equal(a->sets, b->sets);
	assert_int_equal(a->valid, b->valid);
	assert_int_equal(a->kept, b->kept);
	assert_int_equal(a->expired, b->expired);
	assert_int_equal(a->deleting, b->deleting);
	assert_int_equal(a->quarantined, b->quarantined);
	assert_int_equal(a->failed, b->failed);
	assert_int_equal(a->size_bytes, b->size_bytes);
	assert_int_equal(a->holds, b->holds);
	assert_int_equal(a->newest_valid_s, b->newest_valid_s);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->under_way, b->under_way);
}

/* Looks while it rests, and awake; then it rests again. */
static void assert_wakes_to_the_same(struct world *w)
{
	struct cycle_status at_rest = look(w), awake;
	char hash[DIGEST_HEX_SIZE], *details[HOLD_COUNT];

	assert_null(at_rest.plan->verdicts);
	assert_int_equal(at_rest.input->inv->count, 0);
	memcpy(hash, at_rest.plan->hash, sizeof(hash));
	for (int i = 0; i < HOLD_COUNT; i++)
		details[i] = xstrdup(at_rest.plan->hold_detail[i]);
	cycle_wake(w->cycle);
	awake = look(w);
	assert_same_counts(&at_rest, &awake);
	assert_non_null(awake.plan->verdicts);
	assert_int_equal(awake.input->inv->count, awake.sets);
	assert_string_equal(awake.plan->hash, hash);
	for (int i = 0; i < HOLD_COUNT; i++) {
		assert_string_equal(awake.plan->hold_detail[i], details[i]);
		free(details[i]);
	}
	cycle_rest(w->cycle);
	awake = look(w);
	assert_null(awake.plan->verdicts);
	assert_same_counts(&at_rest, &awake);
}

static void a_cycle_at_rest_knows_its_plan_again(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->safety.grace_s = 20 * HOUR_S;
	begin(&w, p, 30);
	run(&w, 20 * 60);
	assert_int_equal(look(&w).expired, 23);
	assert_true(look(&w).holds & 1u << HOLD_GRACE);
	assert_wakes_to_the_same(&w);
	run(&w, 30 * HOUR_S);
	assert_true(w.deletes > 0);
	assert_wakes_to_the_same(&w);
	world_done(&w);
}

static void a_plan_that_was_held_says_why_as_it_did(void **state)
{
	struct policy *p = policy_eager();
	struct world w;
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 999, .fate = FATE_REFUSED};

	(void)state;
	p->safety.max_delete_percent = 50;
	p->schedule.kind = SCHEDULE_NONE;
	begin(&w, p, 30);
	run(&w, 20 * 60);
	assert_true(look(&w).holds & 1u << HOLD_APPROVAL);
	assert_wakes_to_the_same(&w);
	follow(&w, &s);
	run(&w, 2 * HOUR_S);
	assert_true(look(&w).holds & 1u << HOLD_INCOMPLETE);
	assert_wakes_to_the_same(&w);
	world_done(&w);
}

TEST_FILE(cycle_rest_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cycle_at_rest_knows_its_plan_again),
		cmocka_unit_test(a_plan_that_was_held_says_why_as_it_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
