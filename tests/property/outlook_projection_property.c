/* The schedule played forward over random policies, sets and schedules: what is not judged would
 * have been kept, and every set expires when it goes. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"
#include "outlook/expiry.h"
#include "outlook/projection.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_SETS 60
#define SLOTS 300
#define HOUR ((int64_t)3600)

static void random_schedule(struct world *w)
{
	static const int64_t every_s[] = {1800, 3600, 5400, 6 * 3600, 86400, 86400, 5 * 86400};
	static const char *const calendars[] = {"hourly", "*-*-* 02:30", "Mon..Fri 01:00",
		"*-*-* 00/6:00", "*-*-1,15 00:30", "*-*~1 04:00"};
	struct schedule *s = &w->policy->schedule;
	struct dice *d = &w->dice;

	if (dice_one_in(d, 2)) {
		const char *calendar = calendars[dice_between(d, 0, ARRAY_SIZE(calendars) - 1)];
		s->kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(calendar, &s->calendar, NULL), 0);
	} else {
		s->kind = SCHEDULE_EVERY;
		s->every_s = every_s[dice_between(d, 0, ARRAY_SIZE(every_s) - 1)];
	}
	s->jitter_s = dice_one_in(d, 2) ? 3000 : 0;
	s->catch_up = !dice_one_in(d, 3);
	if (dice_one_in(d, 4)) {
		s->blackouts = xcalloc(1, sizeof(*s->blackouts));
		s->blackout_count = 1;
		assert_int_equal(window_parse("Mon..Fri 09:00-19:00", s->blackouts, NULL), 0);
	}
	/* At times a range of the future is protected. */
	if (w->policy->protected_range_count > 0 && dice_one_in(d, 2))
		w->policy->protected_ranges[0].to_s = WORLD_NOW_S + dice_between(d, 1, 40) * 86400;
}

/* At times the cloud takes few sets, the protected ones rather than others, some of them together.
 */
static void random_expiries(struct world *w)
{
	struct dice *d = &w->dice;

	if (!dice_one_in(d, 3))
		return;
	for (size_t i = 0; i < w->inv.count; i++) {
		struct set *s = &w->inv.sets[i];
		bool protected =
			policy_protects(w->policy, set_id(&w->inv, i), s->start_s, WORLD_NOW_S);
		s->expires_s = SET_NO_TIME;
		if (dice_one_in(d, protected ? 2 : 12))
			s->expires_s = WORLD_NOW_S + dice_between(d, 0, 20) * 12 * HOUR;
	}
}

static int64_t random_cloud(struct world *w)
{
	return dice_one_in(&w->dice, 3) ? 0 : dice_between(&w->dice, 1, 80) * 43200;
}

static bool same_sets(const struct projection *a, const struct projection *b)
{
	if (a->count != b->count || a->valid_count != b->valid_count ||
		a->gone_count != b->gone_count || a->there.count != b->there.count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct projected_set *x = &a->sets[i], *y = &b->sets[i];
		if (x->start_s != y->start_s || x->end_s != y->end_s || x->source != y->source ||
			x->fate != y->fate || x->valid != y->valid || x->protect != y->protect)
			return false;
	}
	return true;
}

static bool same_rules(const struct projection *a, const struct projection *b)
{
	for (size_t i = 0; i < a->there.count; i++) {
		const struct projected_set *x = &a->sets[a->which[i]], *y = &b->sets[b->which[i]];
		if (x->rules != y->rules || x->own != y->own)
			return false;
	}
	return true;
}

/* One of the projections judges at each slot. */
static void check_skipping(uint64_t seed)
{
	static const enum rule all[] = {RULE_LAST, RULE_HOURLY, RULE_DAILY};
	struct projection a, b;
	struct world w;
	int64_t slot_s = WORLD_NOW_S, last_s = WORLD_NOW_S, cloud_s;

	world_init(&w, seed, dice_one_in(&(struct dice){seed}, 2) ? WORLD_ANY : WORLD_PLAIN,
		MOST_SETS);
	random_schedule(&w);
	random_expiries(&w);
	for (size_t i = 0; i < w.policy->protected_set_count; i++)
		if (dice_one_in(&w.dice, 4))
			w.policy->protected_sets[i].until_s =
				WORLD_NOW_S + dice_between(&w.dice, 1, 300) * HOUR;
	cloud_s = random_cloud(&w);
	w.policy->keep[all[dice_between(&w.dice, 0, ARRAY_SIZE(all) - 1)]].kind = KEEP_ALL;
	projection_begin(&a, w.policy, &w.inv, cloud_s, 0, WORLD_NOW_S);
	projection_begin(&b, w.policy, &w.inv, cloud_s, 0, WORLD_NOW_S);
	b.judge_always = true;
	for (int i = 0; i < SLOTS && slot_next(w.policy, slot_s, &slot_s) == 0; i++) {
		if (projection_slot(&a, slot_s) != projection_slot(&b, slot_s))
			world_fail(&w, "a slot is satisfied in one projection alone");
		if (!same_sets(&a, &b))
			world_fail(&w, "what was not judged would not have been kept");
		last_s = slot_s;
	}
	projection_refresh(&a, last_s);
	if (!same_sets(&a, &b) || !same_rules(&a, &b))
		world_fail(&w, "other rules keep what was not judged");
	projection_done(&a);
	projection_done(&b);
	world_done(&w);
}

/* As expiry.h says: the newest valid set that tells it says how long the cloud keeps sets. */
static int64_t told_cloud(const struct inventory *inv, int64_t otherwise_s)
{
	int64_t newest_s = INT64_MIN, cloud_s = otherwise_s;

	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].state == SET_VALID &&
			inv->sets[i].expires_s > inv->sets[i].start_s &&
			inv->sets[i].start_s > newest_s) {
			newest_s = inv->sets[i].start_s;
			cloud_s = inv->sets[i].expires_s - newest_s;
		}
	return cloud_s;
}

static void check_set(const struct world *w, const struct projected_set *s, const struct expiry *e,
	int64_t until_s)
{
	const struct expiry_phase *last;
	bool goes = s->end_s != SET_NO_TIME;

	if (!projection_walks(s) || !e->known)
		return;
	/* Beyond the end of this projection anything may happen. */
	if (goes ? e->expires_s != s->end_s
		 : e->expires_s != SET_NO_TIME && e->expires_s <= until_s)
		world_fail(w, "a set goes at another time than it expires");
	/* What holds it last lets it go then; but a parent goes at the slot after the cloud has
	 * taken the last set that depends on it. */
	last = e->count > 0 ? &e->phases[e->count - 1] : NULL;
	if (last && last->until_s != e->expires_s &&
		(strcmp(last->hold, "parent") != 0 || last->until_s > e->expires_s))
		world_fail(w, "the last phase ends at another time than the set expires");
}

static void check_expiry(uint64_t seed)
{
	struct projection p;
	struct expiry *e;
	struct world w;
	int64_t slot_s = WORLD_NOW_S, cloud_s;

	world_init(&w, seed, WORLD_ANY, MOST_SETS);
	random_schedule(&w);
	random_expiries(&w);
	cloud_s = random_cloud(&w);
	/* What stays for ever is looked at for 20 years. */
	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		if (w.policy->keep[rule].kind == KEEP_ALL && !dice_one_in(&w.dice, 10))
			w.policy->keep[rule].kind = KEEP_OFF;
	e = expiry_new(&w.inv, w.policy, cloud_s, 0, WORLD_NOW_S);
	projection_begin(&p, w.policy, &w.inv, told_cloud(&w.inv, cloud_s), 0, WORLD_NOW_S);
	for (int i = 0; i < SLOTS && slot_next(w.policy, slot_s, &slot_s) == 0; i++)
		(void)projection_slot(&p, slot_s);
	for (size_t i = 0; i < p.given_count; i++)
		check_set(&w, &p.sets[i], &e[p.sets[i].source], slot_s);
	projection_done(&p);
	free(e);
	world_done(&w);
}

static void what_is_not_judged_would_have_been_kept(void **state)
{
	(void)state;
	world_each_seed(120, check_skipping);
}

static void every_set_expires_when_it_goes(void **state)
{
	(void)state;
	world_each_seed(12, check_expiry);
}

TEST_FILE(outlook_projection_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_judged_would_have_been_kept),
		cmocka_unit_test(every_set_expires_when_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
