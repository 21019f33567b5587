/* S4: a crash, or a failing disk, at every point of scenarios with everything in them. */
#include "cycle_help.h"

#include <stdio.h>

/* One mishap at the n-th effect, and a second one so many effects later (0: none). */
struct crash {
	int at, then, seen;
	enum mishap mishap;
	bool approved;
};

static enum mishap at_effect(struct world *w, const struct effect *e, void *data)
{
	struct crash *c = data;
	int n = ++c->seen;

	(void)w;
	if (n != c->at && !(c->then && n == c->at + c->then))
		return MISHAP_NONE;
	if (c->mishap >= MISHAP_DISK && e->kind != EFFECT_RECORD)
		return MISHAP_NONE;
	return c->mishap;
}

/* A person approves once the plan is held. */
static int64_t approves(struct world *w, void *data)
{
	struct crash *c = data;
	struct cycle_status s;

	world_look(w, &s);
	if (s.holds & 1u << HOLD_APPROVAL)
		c->approved = world_approve(w) == 0;
	return 600;
}

/* A first prune of 143 sets that needs approval, and the night's backup. True if the mishap's turn
 * came. */
static bool live(struct crash *c)
{
	struct policy *p = policy_plain();
	struct world w;
	bool reached;

	p->safety.grace_s = HOUR_S;
	p->refresh_s = 2 * HOUR_S;
	begin(&w, p, 150);
	w.cloud.on.page_size = 100;
	w.true_s += 10 * HOUR_S;
	w.hooks = (struct hooks){.mishap = at_effect, .meanwhile = approves, .data = c};
	world_crash(&w);
	c->seen = 0;
	run(&w, DAY_S);
	reached = c->seen >= c->at;
	if (w.cloud.count != 7 || w.oracle.create_count != 1)
		fail_msg("mishap %d at effect %d: %zu sets, %zu backups", (int)c->mishap, c->at,
			w.cloud.count, w.oracle.create_count);
	assert_string_equal(look(&w).trouble, "");
	for (size_t i = 0; i < w.disk.ledger.mark_count; i++) /* what is gone is forgotten */
		assert_true(in_cloud(&w, w.disk.ledger.marks[i].id));
	world_done(&w);
	return reached;
}

static void s4_a_crash_before_or_after_any_effect_loses_nothing(void **state)
{
	(void)state;
	for (enum mishap m = MISHAP_CRASH_BEFORE; m <= MISHAP_CRASH_AFTER; m++) {
		int at = 1;
		while (at < 400) {
			struct crash c = {.at = at++, .mishap = m};
			if (!live(&c))
				break;
		}
		assert_in_range(at, 50, 399); /* it came to its end by itself */
	}
}

static void s4_two_crashes_close_to_each_other_lose_nothing(void **state)
{
	(void)state;
	for (int at = 1; at < 60; at += 3)
		for (int then = 1; then < 12; then += 2) {
			struct crash c = {.at = at, .then = then, .mishap = MISHAP_CRASH_AFTER};
			(void)live(&c);
		}
}

static void s4_a_state_file_that_fails_once_loses_nothing(void **state)
{
	(void)state;
	for (enum mishap m = MISHAP_DISK; m <= MISHAP_DISK_LIES; m++)
		for (int at = 1; at < 150; at++) {
			struct crash c = {.at = at, .mishap = m};
			(void)live(&c);
		}
}

static void s4_while_the_state_file_fails_nothing_is_changed_in_the_cloud(void **state)
{
	struct script s = {
		.kind = EFFECT_RECORD, .first = 1, .last = 1000000, .mishap = MISHAP_DISK};
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	follow(&w, &s);
	run(&w, 2 * DAY_S);
	assert_int_equal(w.creates + w.deletes, 0);
	assert_true(look(&w).unwell);
	assert_in_range(w.records, 48, 800);
	s.last = 0;
	run(&w, HOUR_S); /* it is tried again soon, not at the next refresh */
	assert_int_equal(w.creates, 1);
	assert_true(w.deletes > 0);
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s4_a_crash_before_or_after_any_effect_loses_nothing),
		cmocka_unit_test(s4_two_crashes_close_to_each_other_lose_nothing),
		cmocka_unit_test(s4_a_state_file_that_fails_once_loses_nothing),
		cmocka_unit_test(s4_while_the_state_file_fails_nothing_is_changed_in_the_cloud),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
