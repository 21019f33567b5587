/* S4: a crash before and after the 1st, 2nd, 3rd ... effect of scenarios that have everything in
 * them, until one comes to its end without reaching it; and each pair of crashes in short ones. */
#include "cycle_help.h"

#include <limits.h>
#include <stdio.h>

struct trial {
	const struct scenario *scenario;
	int at[2]; /* effects (counted from 1) with a mishap; 0: none */
	enum mishap mishap[2];
	int effects;          /* so far */
	int creates, deletes; /* calls so far */
	bool reloaded;
};

struct scenario {
	const char *name;
	int days;      /* sets that are there, one a day */
	size_t sets;   /* in the end, whatever happens */
	size_t nights; /* with a backup each */
	int64_t grace_s;
	int percent;
	enum fate create, delete, delete_again; /* the first call, and the second */
	int64_t disk_full_s;                    /* from the start */
	bool reload;                            /* in mid-prune: from then on, 60 days are kept */
	bool is_short;                          /* short enough for pairs */
};

static const struct scenario scenarios[] = {
	{.name = "first prune with approval",
		.days = 150,
		.sets = 7,
		.nights = 1,
		.grace_s = HOUR_S,
		.percent = 50},
	{.name = "first small prune",
		.days = 20,
		.sets = 7,
		.nights = 1,
		.grace_s = 600,
		.percent = 50,
		.is_short = true},
	{.name = "lost CreateBackup reply",
		.days = 6,
		.sets = 7,
		.nights = 1,
		.percent = 100,
		.create = FATE_LOST_AFTER,
		.is_short = true},
	{.name = "CreateBackup that never came",
		.days = 6,
		.sets = 7,
		.nights = 1,
		.percent = 100,
		.create = FATE_LOST_BEFORE,
		.is_short = true},
	{.name = "reload in mid-prune",
		.days = 230,
		.sets = 60,
		/* What a lost call named counts for nothing for a day. */
		.nights = 2,
		.percent = 100,
		.reload = true},
	{.name = "throttled batch",
		.days = 20,
		.sets = 7,
		.nights = 1,
		.percent = 100,
		.delete = FATE_THROTTLED,
		.delete_again = FATE_LOST_AFTER,
		.is_short = true},
	{.name = "disk full",
		.days = 20,
		.sets = 7,
		.nights = 1,
		.percent = 100,
		.disk_full_s = 5 * HOUR_S},
};

static enum mishap draw_mishap(struct world *w, const struct effect *e, void *data)
{
	struct trial *t = data;
	int n = ++t->effects;

	for (int k = 0; k < 2; k++)
		if (n == t->at[k] && (t->mishap[k] < MISHAP_DISK || e->kind == EFFECT_RECORD))
			return t->mishap[k];
	return e->kind == EFFECT_RECORD &&
			w->true_s < START_S + 22 * HOUR_S + t->scenario->disk_full_s
		? MISHAP_DISK
		: MISHAP_NONE;
}

static enum fate draw_fate(struct world *w, const struct effect *e, void *data)
{
	struct trial *t = data;

	w->retry_after_ms = 90000;
	if (e->kind == EFFECT_CREATE && ++t->creates == 1)
		return t->scenario->create;
	if (e->kind == EFFECT_DELETE && ++t->deletes <= 2)
		return t->deletes == 1 ? t->scenario->delete : t->scenario->delete_again;
	return FATE_WELL;
}

/* A person approves once the plan is held. */
static int64_t approves(struct world *w, void *data)
{
	(void)data;
	if (look(w).holds & 1u << HOLD_APPROVAL)
		(void)world_approve(w);
	return 600;
}

static void step(struct world *w, struct trial *t, int64_t until_s)
{
	(void)world_step(w, until_s);
	if (t->scenario->reload && w->deletes > 0 && !t->reloaded) {
		struct policy *p = policy_eager();
		p->keep[RULE_DAILY].number = 60;
		world_set_policy(w, p);
		t->reloaded = true;
	}
	if (w->oracle.promise[0])
		fail_msg("%s, crashes at %d and %d: %s: %s", t->scenario->name, t->at[0], t->at[1],
			w->oracle.promise, w->oracle.text);
}

/* From ten in the evening through the night, with a backup at two. True if the last mishap's turn
 * came. */
static bool live(struct trial *t)
{
	const struct scenario *s = t->scenario;
	struct policy *p = policy_plain();
	struct cycle_status status;
	struct oracle_view v;
	struct world w;
	int64_t until_s;

	p->safety.grace_s = s->grace_s;
	p->safety.max_delete_percent = s->percent;
	p->refresh_s = 2 * HOUR_S;
	begin(&w, p, s->days);
	w.true_s += 10 * HOUR_S;
	w.hooks = (struct hooks){
		.fate = draw_fate, .mishap = draw_mishap, .meanwhile = approves, .data = t};
	world_crash(&w);
	until_s = w.true_s + 14 * HOUR_S + (int64_t)(s->nights - 1) * DAY_S;
	while (w.true_s < until_s)
		step(&w, t, until_s);
	if (w.cloud.count != s->sets || w.oracle.create_count != s->nights)
		fail_msg("%s, crashes at %d and %d: %zu sets, %zu backups", s->name, t->at[0],
			t->at[1], w.cloud.count, w.oracle.create_count);
	v = world_view(&w);
	status = look(&w);
	oracle_at_end(&w.oracle, &v, &status);
	assert_string_equal(w.oracle.text, "");
	assert_string_equal(status.trouble, "");
	world_done(&w);
	return t->effects >= t->at[0] && t->effects >= t->at[1];
}

/* With one mishap of this kind at each effect. Returns the number of effects. */
static int at_each(const struct scenario *s, enum mishap mishap)
{
	struct trial t;
	int at = 0;

	do
		t = (struct trial){.scenario = s, .at = {++at}, .mishap = {mishap}};
	while (live(&t) && at < 1000);
	assert_in_range(at, 15, 999); /* it came to its end by itself */
	return at - 1;
}

static void s4_a_crash_before_or_after_any_effect_loses_nothing(void **state)
{
	int lives = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		int before = at_each(&scenarios[i], MISHAP_CRASH_BEFORE);
		int after = at_each(&scenarios[i], MISHAP_CRASH_AFTER);
		print_message("%s: %d crashes before an effect, %d after one\n", scenarios[i].name,
			before, after);
		lives += before + after;
	}
	print_message("%d lives with a crash\n", lives);
}

/* With a crash at each effect, and a second one at each effect after it. */
static int with_two(const struct scenario *s, enum mishap first, enum mishap second)
{
	int lives = 0, effects = INT_MAX;

	for (int at = 1; at <= effects; at++)
		for (int then = at + 1, more = 1; more; then++, lives++) {
			struct trial t = {
				.scenario = s, .at = {at, then}, .mishap = {first, second}};
			more = live(&t) && then < 1000;
			effects = t.effects;
		}
	return lives;
}

static void s4_two_crashes_lose_nothing(void **state)
{
	int lives = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		for (int k = 0; k < 4 && scenarios[i].is_short; k++)
			lives += with_two(&scenarios[i],
				k & 1 ? MISHAP_CRASH_AFTER : MISHAP_CRASH_BEFORE,
				k & 2 ? MISHAP_CRASH_AFTER : MISHAP_CRASH_BEFORE);
	print_message("%d lives with two crashes\n", lives);
}

static void s4_a_state_file_that_fails_once_loses_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		for (enum mishap m = MISHAP_DISK; m <= MISHAP_DISK_LIES; m++)
			(void)at_each(&scenarios[i], m);
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

TEST_FILE(cycle_crash_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s4_a_crash_before_or_after_any_effect_loses_nothing),
		cmocka_unit_test(s4_a_state_file_that_fails_once_loses_nothing),
		cmocka_unit_test(s4_while_the_state_file_fails_nothing_is_changed_in_the_cloud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pairs take minutes, so that they are a program of their own, without the sanitizers. */
TEST_FILE(crash_pairs)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s4_two_crashes_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
