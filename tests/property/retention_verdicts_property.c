/* What changes no verdict: the order, a shift of all times, a wrong clock, time alone (S12). */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"

#include <stdio.h>

#define MOST 80
#define WEEK_S (7 * 86400)
#define YEARS_400_S (INT64_C(146097) * 86400) /* the calendar repeats, weekdays too */

static struct verdict *judge(const struct world *w, int64_t now_s)
{
	struct verdict *v = xcalloc(w->inv.count, sizeof(*v));

	verdicts(&w->inv, w->policy, 0, now_s, v, NULL);
	return v;
}

static bool same(const struct verdict *a, const struct verdict *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Which kinds a state may get, and what a verdict must say to be whole. */
static bool is_whole(const struct set *s, const struct verdict *v)
{
	switch ((enum verdict_kind)v->kind) {
	case VERDICT_KEEP:
		if (v->why == WHY_RULES)
			return s->state == SET_VALID && v->rules && !(v->oldest & ~v->rules) &&
				!v->doubt;
		return !v->rules && !v->oldest && !v->doubt &&
			((v->why == WHY_RUNNING && s->state == SET_RUNNING) ||
				(v->why == WHY_MINIMUM && s->state == SET_VALID) ||
				(v->why == WHY_PARENT &&
					(s->state == SET_VALID || s->state == SET_FAILED)));
	case VERDICT_DELETE:
		return !v->rules && !v->oldest && !v->doubt &&
			v->why == (s->state == SET_VALID ? WHY_EXPIRED : WHY_FAILED_AGE) &&
			(s->state == SET_VALID || s->state == SET_FAILED);
	case VERDICT_PROTECT:
		return v->why == WHY_PROTECTED && (s->state == SET_VALID || s->state == SET_FAILED);
	case VERDICT_QUARANTINE:
		return v->doubt != DOUBT_NONE && s->state != SET_DELETING;
	case VERDICT_FAILED:
		return s->state == SET_FAILED;
	case VERDICT_DELETING:
		return s->state == SET_DELETING;
	}
	return false;
}

static void partition(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ struct verdict *v = NULL;
	_cleanup_free_ uint32_t *order = NULL;
	_cleanup_free_ bool *seen = NULL;

	world_init(&w, seed, WORLD_ANY, MOST);
	v = xmalloc(w.inv.count * sizeof(*v));
	order = xmalloc(w.inv.count * sizeof(*order));
	seen = xcalloc(w.inv.count, sizeof(*seen));
	memset(v, 0xff, w.inv.count * sizeof(*v));
	memset(order, 0xff, w.inv.count * sizeof(*order));
	verdicts(&w.inv, w.policy, 0, WORLD_NOW_S, v, order);
	for (size_t i = 0; i < w.inv.count; i++) {
		if (!is_whole(&w.inv.sets[i], &v[i]))
			world_fail(&w, set_id(&w.inv, i));
		if (order[i] >= w.inv.count || seen[order[i]])
			world_fail(&w, "the order is not a permutation");
		seen[order[i]] = true;
		if (i && w.inv.sets[order[i - 1]].start_s < w.inv.sets[order[i]].start_s)
			world_fail(&w, "the order is not newest first");
	}
}

static void verdicts_partition_the_sets(void **state)
{
	(void)state;
	world_each_seed(10000, partition);
}

static void permutation(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ char *before = NULL, *after = NULL;

	world_init(&w, seed, WORLD_ANY, MOST);
	before = fixture_letters(&w.inv, w.policy, WORLD_NOW_S);
	for (size_t i = w.inv.count; i > 1; i--) {
		size_t other = (size_t)dice_between(&w.dice, 0, (int64_t)i - 1);
		struct set swap = w.inv.sets[i - 1];
		w.inv.sets[i - 1] = w.inv.sets[other];
		w.inv.sets[other] = swap;
	}
	after = fixture_letters(&w.inv, w.policy, WORLD_NOW_S);
	if (strcmp(before, after) != 0)
		world_fail(&w, "another order of the listing changes the verdicts");
}

static void the_order_of_the_listing_changes_nothing(void **state)
{
	(void)state;
	world_each_seed(10000, permutation);
}

static void shift_by(struct world *w, int64_t s)
{
	for (size_t i = 0; i < w->inv.count; i++)
		if (w->inv.sets[i].start_s != SET_NO_TIME)
			w->inv.sets[i].start_s += s;
	for (size_t i = 0; i < w->policy->protected_range_count; i++) {
		w->policy->protected_ranges[i].from_s += s;
		w->policy->protected_ranges[i].to_s += s;
	}
}

static void shift(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ struct verdict *before = NULL, *after = NULL;
	int64_t by_s;

	world_init(&w, seed, WORLD_ANY, MOST);
	zone_free(w.policy->zone);
	w.policy->zone = zone_utc();
	by_s = seed % 4 ? dice_between(&w.dice, -900, 900) * WEEK_S : YEARS_400_S;
	for (enum rule rule = RULE_WITHIN; rule < RULE_KEYS && seed % 4; rule++)
		if (rule >= RULE_MONTHLY || w.policy->keep[rule].span.months)
			w.policy->keep[rule] = (struct keep_rule){.kind = KEEP_OFF};
	before = judge(&w, WORLD_NOW_S);
	shift_by(&w, by_s);
	after = judge(&w, WORLD_NOW_S + by_s);
	for (size_t i = 0; i < w.inv.count; i++)
		if (!same(&before[i], &after[i]))
			world_fail(&w, set_id(&w.inv, i));
}

/* By weeks where no months matter, by 400 years where they do. */
static void a_shift_of_everything_changes_nothing(void **state)
{
	(void)state;
	world_each_seed(10000, shift);
}

/* More of one rule: another count, a longer span, all. */
static void loosen(struct world *w)
{
	enum rule rule = (enum rule)dice_between(&w->dice, 0, RULE_KEYS - 1);
	struct keep_rule *k = &w->policy->keep[rule];

	if (dice_one_in(&w->dice, 8))
		w->policy->safety.minimum++;
	else if (k->kind == KEEP_NUMBER)
		k->number += dice_between(&w->dice, 1, 3);
	else if (k->kind == KEEP_SPAN || k->kind == KEEP_FLOOR)
		k->span.days += dice_between(&w->dice, 1, 9);
	else if (k->kind == KEEP_OFF && rule == RULE_WITHIN)
		*k = (struct keep_rule){.kind = KEEP_SPAN, .span = {.days = 3}};
	else if (k->kind == KEEP_OFF)
		*k = (struct keep_rule){
			.kind = KEEP_NUMBER, .number = dice_between(&w->dice, 1, 9)};
}

static void monotony(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ struct verdict *before = NULL, *after = NULL;

	world_init(&w, seed, WORLD_ANY, MOST);
	before = judge(&w, WORLD_NOW_S);
	loosen(&w);
	after = judge(&w, WORLD_NOW_S);
	for (size_t i = 0; i < w.inv.count; i++)
		if (after[i].kind == VERDICT_DELETE && before[i].kind != VERDICT_DELETE)
			world_fail(&w, set_id(&w.inv, i));
}

static void adding_to_a_policy_never_deletes_more(void **state)
{
	(void)state;
	world_each_seed(20000, monotony);
}

/* Sets that a failed one depends on are let go when that one is. All others must not notice. */
static bool *held_by_failed(const struct inventory *inv)
{
	struct inventory_index *x = inventory_index_new(inv);
	bool *held = xcalloc(inv->count, sizeof(*held));

	for (size_t i = 0; i < inv->count; i++) {
		size_t at = i;
		for (size_t n = 0; inv->sets[i].state == SET_FAILED && n < inv->count; n++) {
			at = *set_parent(inv, at) ? inventory_find(x, set_parent(inv, at))
						  : SIZE_MAX;
			if (at == SIZE_MAX)
				break;
			held[at] = true;
		}
	}
	inventory_index_free(x);
	return held;
}

static void later(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ struct verdict *before = NULL, *after = NULL;
	_cleanup_free_ bool *held = NULL;

	world_init(&w, seed, WORLD_ANY, MOST);
	for (size_t i = 0; i < w.inv.count; i++)
		if (w.inv.sets[i].start_s > WORLD_NOW_S)
			w.inv.sets[i].start_s = WORLD_NOW_S;
	before = judge(&w, WORLD_NOW_S);
	after = judge(&w, WORLD_NOW_S + dice_between(&w.dice, 1, 20 * 366) * 86400);
	held = held_by_failed(&w.inv);
	for (size_t i = 0; i < w.inv.count; i++)
		if (w.inv.sets[i].state == SET_VALID && !held[i] && !same(&before[i], &after[i]))
			world_fail(&w, set_id(&w.inv, i));
}

static void s12_time_alone_changes_no_verdict_on_a_valid_set(void **state)
{
	(void)state;
	world_each_seed(10000, later);
}

/* A clock that is wrong in either direction only quarantines: whatever it says, what is deleted is
 * also deleted by a right clock, and the newest valid set is not. */
static void wrong_clock(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ struct verdict *right = NULL, *y1970 = NULL, *y2036 = NULL;

	world_init(&w, seed, WORLD_PLAIN, MOST);
	right = judge(&w, WORLD_NOW_S);
	y1970 = judge(&w, 0);
	y2036 = judge(&w, fixture_time("2036-01-01"));
	for (size_t i = 0; i < w.inv.count; i++) {
		if (y1970[i].kind != VERDICT_QUARANTINE && w.inv.sets[i].start_s > FUTURE_SLACK_S)
			world_fail(&w, set_id(&w.inv, i));
		if (!same(&right[i], &y2036[i]))
			world_fail(&w, set_id(&w.inv, i));
	}
}

static void s12_a_clock_at_1970_or_2036_deletes_nothing_more(void **state)
{
	(void)state;
	world_each_seed(3000, wrong_clock);
}

TEST_FILE(retention_verdicts_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_partition_the_sets),
		cmocka_unit_test(the_order_of_the_listing_changes_nothing),
		cmocka_unit_test(a_shift_of_everything_changes_nothing),
		cmocka_unit_test(adding_to_a_policy_never_deletes_more),
		cmocka_unit_test(s12_time_alone_changes_no_verdict_on_a_valid_set),
		cmocka_unit_test(s12_a_clock_at_1970_or_2036_deletes_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
