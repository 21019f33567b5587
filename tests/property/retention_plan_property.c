/* Plans of any policy on any inventory, carried out: S1, S3, S7, S8 and S12. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"

#include <stdio.h>

#define MOST 80
#define MANY 700 /* for several batches */

/* Marks, holds and limits as they come. */
static void roll_memory(struct world *w)
{
	struct dice *d = &w->dice;

	for (size_t i = 0; i < w->inv.count; i++)
		w->marks[i] = (struct mark_view){.waited_s = dice_between(d, 0, 2) * 43200,
			.approved = dice_one_in(d, 2),
			.refused = dice_one_in(d, 20)};
	w->policy->safety.grace_s = dice_between(d, 0, 1) * 86400;
	w->policy->safety.max_delete_percent =
		dice_one_in(d, 2) ? 100 : (int)dice_between(d, 0, 99);
	w->policy->safety.fresh_within_s = dice_one_in(d, 2) ? FRESH_OFF : 36 * 3600;
	w->in.listing_complete = !dice_one_in(d, 30);
	w->in.clock_doubt = dice_one_in(d, 30) ? "a doubt" : NULL;
}

static size_t find(const struct inventory *inv, const char *id)
{
	for (size_t i = 0; i < inv->count; i++)
		if (strcmp(set_id(inv, i), id) == 0)
			return i;
	return SIZE_MAX;
}

/* Is a set, and all that it depends on, there, valid, and not expired by the cloud within a day? */
static bool outlives(const struct world *w, size_t at)
{
	for (size_t steps = 0; at != SIZE_MAX && steps <= w->inv.count; steps++) {
		const struct set *s = &w->inv.sets[at];
		if (s->state != SET_VALID || s->start_s > WORLD_NOW_S + FUTURE_SLACK_S ||
			(s->expires_s != SET_NO_TIME && s->expires_s <= WORLD_NOW_S + OUTLIVE_S))
			return false;
		if (!*set_parent(&w->inv, at))
			return true;
		at = find(&w->inv, set_parent(&w->inv, at));
	}
	return false;
}

static size_t count_outliving(const struct world *w)
{
	size_t count = 0;

	for (size_t i = 0; i < w->inv.count; i++)
		count += outlives(w, i);
	return count;
}

static size_t newest_valid(const struct plan *p, const struct world *w)
{
	for (size_t i = 0; i < p->count; i++)
		if (verdict_is_valid_set(
			    &w->inv.sets[p->newest_first[i]], &p->verdicts[p->newest_first[i]]))
			return p->newest_first[i];
	return SIZE_MAX;
}

/* What any plan has to hold to, by itself. */
static void check_plan(const struct world *w, const struct plan *p)
{
	const unsigned all = 1u << HOLD_INCOMPLETE | 1u << HOLD_CLOCK | 1u << HOLD_OPERATOR |
		1u << HOLD_PAUSED | 1u << HOLD_FRESH;
	_cleanup_free_ bool *allowed = xcalloc(p->count, sizeof(*allowed));
	size_t at = 0;

	if ((p->holds & all) && p->allowed_count)
		world_fail(w, "deletes in spite of a hold");
	for (size_t i = 0; i < p->doomed_count; i++) {
		if (p->verdicts[p->doomed[i]].kind != VERDICT_DELETE)
			world_fail(w, "doomed without a verdict");
		if (at < p->allowed_count && p->allowed[at] == p->doomed[i]) {
			allowed[p->allowed[at++]] = true;
			if (w->marks[p->doomed[i]].waited_s < w->policy->safety.grace_s)
				world_fail(w, "allowed before its grace has passed");
			if ((p->holds & 1u << HOLD_APPROVAL) && !w->marks[p->doomed[i]].approved)
				world_fail(w, "allowed without approval");
		}
	}
	if (at != p->allowed_count)
		world_fail(w, "allowed is not a part of doomed in its order");
	for (size_t i = 0; i < w->inv.count; i++) {
		size_t parent =
			*set_parent(&w->inv, i) ? find(&w->inv, set_parent(&w->inv, i)) : SIZE_MAX;
		if (parent != SIZE_MAX && allowed[parent] && !allowed[i] &&
			w->inv.sets[i].state != SET_DELETING)
			world_fail(w, "s8: a delete would leave an orphan");
	}
	if (newest_valid(p, w) != SIZE_MAX && allowed[newest_valid(p, w)])
		world_fail(w, "s1: the newest valid set is allowed");
}

/* Carries the plan out batch by batch. After each the sets are gone, and S1 holds. */
static void carry_out(struct world *w, const struct plan *p)
{
	size_t minimum = w->policy->safety.minimum > 1 ? (size_t)w->policy->safety.minimum : 1;
	struct error err = {0};

	for (size_t at = 0; at < p->allowed_count; at += PLAN_BATCH) {
		size_t count =
			p->allowed_count - at < PLAN_BATCH ? p->allowed_count - at : PLAN_BATCH;
		if (!plan_batch_is_safe(&w->in, p, p->allowed + at, count, &err))
			world_fail(w, err.text);
		for (size_t i = 0; i < count; i++)
			w->inv.sets[p->allowed[at + i]].state = SET_DELETING;
		if (count_outliving(w) < minimum)
			world_fail(w, "s1: too few valid sets remain");
	}
}

static void plan_and_carry_out(uint64_t seed, int most)
{
	_cleanup_(world_done) struct world w;
	struct plan p;

	world_init(&w, seed, WORLD_ANY, most);
	roll_memory(&w);
	plan_make(&w.in, &p);
	check_plan(&w, &p);
	carry_out(&w, &p);
	plan_done(&p);
}

static void small_plan(uint64_t seed)
{
	plan_and_carry_out(seed, MOST);
}

static void large_plan(uint64_t seed)
{
	plan_and_carry_out(seed, MANY);
}

static void s1_s3_s8_plans_carried_out_in_batches_keep_the_promises(void **state)
{
	(void)state;
	world_each_seed(20000, small_plan);
	world_each_seed(150, large_plan);
}

static void drop(struct world *w, const uint32_t *gone, size_t count)
{
	_cleanup_free_ bool *stays = xmalloc(w->inv.count * sizeof(*stays) + 1);
	struct inventory rest;

	for (size_t i = 0; i < w->inv.count; i++)
		stays[i] = true;
	for (size_t i = 0; i < count; i++)
		stays[gone[i]] = false;
	inventory_init(&rest);
	world_filter(&w->inv, stays, &rest);
	inventory_done(&w->inv);
	w->inv = rest;
}

static void idempotence(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ char *ids = NULL;
	struct plan p;
	size_t count;

	world_init(&w, seed, WORLD_ANY, MOST);
	plan_make(&w.in, &p);
	/* Sometimes a part of it first: what remains of the plan must not grow. */
	count = seed % 2 ? p.doomed_count
			 : (size_t)dice_between(&w.dice, 0, (int64_t)p.doomed_count);
	ids = fixture_ids(&w.inv, p.doomed + count, p.doomed_count - count);
	drop(&w, p.doomed, count);
	plan_done(&p);
	plan_make(&w.in, &p);
	for (size_t i = 0; i < p.doomed_count; i++)
		if (!strstr(ids, set_id(&w.inv, p.doomed[i])))
			world_fail(&w, set_id(&w.inv, p.doomed[i]));
	plan_done(&p);
}

static void s12_a_plan_carried_out_leaves_nothing_to_delete(void **state)
{
	(void)state;
	world_each_seed(20000, idempotence);
}

static bool is_in(const uint32_t *indices, size_t count, uint32_t index)
{
	for (size_t i = 0; i < count; i++)
		if (indices[i] == index)
			return true;
	return false;
}

/* A good batch and one set more, which is any that does not come next in the plan. */
static void bad_batches(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	uint32_t batch[PLAN_BATCH + 1];
	struct plan p;
	size_t count;

	world_init(&w, seed, WORLD_ANY, MOST);
	plan_make(&w.in, &p);
	count = p.allowed_count < PLAN_BATCH ? p.allowed_count : PLAN_BATCH;
	memcpy(batch, p.allowed, count * sizeof(*batch));
	if (plan_batch_is_safe(&w.in, &p, batch, 0, NULL))
		world_fail(&w, "an empty batch passes");
	for (uint32_t i = 0; i <= p.count && count < PLAN_BATCH; i++) {
		batch[count] = i;
		if (is_in(p.allowed + count, p.allowed_count - count, i))
			continue;
		if (plan_batch_is_safe(&w.in, &p, batch, count + 1, NULL))
			world_fail(
				&w, i < p.count ? set_id(&w.inv, i) : "a set that is not listed");
	}
	plan_done(&p);
}

static void s1_s3_a_batch_with_any_other_set_is_not_safe(void **state)
{
	(void)state;
	world_each_seed(5000, bad_batches);
}

static void hash_is_of_the_plan(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	struct plan before, after;
	bool same_ids;

	world_init(&w, seed, WORLD_ANY, MOST);
	plan_make(&w.in, &before);
	roll_memory(&w);
	plan_make(&w.in, &after);
	if (strcmp(before.hash, after.hash) != 0)
		world_fail(&w, "what is remembered changes the hash");
	plan_done(&after);
	if (w.inv.count > 0)
		drop(&w, &(uint32_t){(uint32_t)dice_between(&w.dice, 0, (int64_t)w.inv.count - 1)},
			1);
	plan_make(&w.in, &after);
	same_ids = before.doomed_count == after.doomed_count;
	if (!same_ids && strcmp(before.hash, after.hash) == 0)
		world_fail(&w, "two plans have one hash");
	plan_done(&before);
	plan_done(&after);
}

static void s7_the_hash_names_the_deletes_and_nothing_else(void **state)
{
	(void)state;
	world_each_seed(5000, hash_is_of_the_plan);
}

TEST_FILE(retention_plan_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s1_s3_s8_plans_carried_out_in_batches_keep_the_promises),
		cmocka_unit_test(s12_a_plan_carried_out_leaves_nothing_to_delete),
		cmocka_unit_test(s1_s3_a_batch_with_any_other_set_is_not_safe),
		cmocka_unit_test(s7_the_hash_names_the_deletes_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
