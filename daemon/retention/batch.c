/* The last check of a batch before the call. It is written from S1, S3 and S8 alone, and on purpose
 * without the functions that plan_make() uses: a mistake would have to be made twice. */
#include "base/memory.h"
#include "base/text.h"
#include "retention/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

struct check {
	const struct plan_input *in;
	const struct inventory *inv;
	const struct plan *p;
	const uint32_t *batch; /* indices of `inv` */
	size_t count;
	uint32_t *place; /* by index of `inv`: the set's place in p->allowed, from 1 on; 0: none */
	bool *goes;      /* by index of `inv`: the set is in the batch */
	struct error *err;
};

__attribute__((format(printf, 3, 4))) static int refuse(
	const struct check *k, uint32_t index, const char *format, ...)
{
	char why[160], id[64];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	text_copy_printable(id, sizeof(id), set_id(k->inv, index));
	return error_set(k->err, EPERM, "set %s must not be deleted: %s", id, why);
}

/* S2, S3, S6: the plan is of this listing, and nothing holds all deletes. */
static int check_plan(const struct check *k)
{
	const unsigned all = 1u << HOLD_INCOMPLETE | 1u << HOLD_CLOCK | 1u << HOLD_OPERATOR |
		1u << HOLD_PAUSED | 1u << HOLD_FRESH;

	if (k->count < 1 || k->count > PLAN_BATCH)
		return error_set(
			k->err, EPERM, "%zu sets in one call, not 1 to %d", k->count, PLAN_BATCH);
	if (k->p->count != k->inv->count)
		return error_set(k->err, EPERM, "the plan is of another listing");
	if (!k->in->listing_complete || k->in->clock_doubt || k->in->operator_hold ||
		(k->p->holds & all))
		return error_set(k->err, EPERM, "deletes are held");
	return 0;
}

/* S3: the batch names listed sets, each of which the plan deletes and allows, and each once. */
static int check_members(struct check *k)
{
	for (size_t i = 0; i < k->p->allowed_count; i++)
		if (k->p->allowed[i] < k->inv->count)
			k->place[k->p->allowed[i]] = (uint32_t)i + 1;
	for (size_t i = 0; i < k->count; i++) {
		uint32_t at = k->batch[i];
		if (at >= k->inv->count)
			return error_set(k->err, EPERM, "set number %u is not listed", at);
		if (k->p->verdicts[at].kind != VERDICT_DELETE)
			return refuse(k, at, "its verdict is not to delete it");
		if (k->place[at] == 0)
			return refuse(k, at, "the plan does not allow it yet");
		if (k->goes[at])
			return refuse(k, at, "it is named twice");
		k->goes[at] = true;
	}
	return 0;
}

static int compare_member_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* S8: no set that stays may depend on a member. A child that is deleted, too, goes first. */
static int check_children(const struct check *k)
{
	const char *ids[PLAN_BATCH];
	uint32_t first = UINT32_MAX;

	for (size_t i = 0; i < k->count; i++) {
		ids[i] = set_id(k->inv, k->batch[i]);
		first = k->place[k->batch[i]] < first ? k->place[k->batch[i]] : first;
	}
	qsort(ids, k->count, sizeof(*ids), compare_member_ids);
	for (size_t i = 0; i < k->inv->count; i++) {
		const char *parent = set_parent(k->inv, i);
		if (!*parent || k->goes[i] || k->inv->sets[i].state == SET_DELETING ||
			(k->place[i] > 0 && k->place[i] < first))
			continue;
		if (bsearch(&parent, ids, k->count, sizeof(*ids), compare_member_ids))
			return refuse(k, (uint32_t)i, "a set that it depends on is in the call");
	}
	return 0;
}

/* True for a valid set that the plan leaves, and that the cloud does not expire within a day. */
static bool stays(const struct check *k, size_t index)
{
	const struct set *s = &k->inv->sets[index];

	return s->state == SET_VALID && s->start_s != SET_NO_TIME &&
		s->start_s - FUTURE_SLACK_S <= k->in->now_s && k->place[index] == 0 &&
		(s->expires_s == SET_NO_TIME || s->expires_s - OUTLIVE_S > k->in->now_s);
}

/* The same of the set and of every set that it depends on. */
static bool chain_stays(const struct check *k, const struct inventory_index *ids, size_t index)
{
	for (size_t steps = 0; steps <= k->inv->count; steps++) {
		if (index == SIZE_MAX || !stays(k, index))
			return false;
		if (!*set_parent(k->inv, index))
			return true;
		index = inventory_find(ids, set_parent(k->inv, index));
	}
	return false;
}

/* S1: enough valid sets remain. It counts the newest first and stops once there are enough. */
static int check_rest(const struct check *k, const struct inventory_index *ids)
{
	int64_t minimum = k->in->policy->safety.minimum, need = minimum > 0 ? minimum : 1;
	int64_t left = need;

	for (size_t i = 0; i < k->inv->count && left > 0; i++)
		left -= chain_stays(k, ids, k->p->newest_first[i]);
	if (left > 0)
		return error_set(
			k->err, EPERM, "fewer than %lld valid sets would remain", (long long)need);
	return 0;
}

static bool is_newer(const struct inventory *inv, uint32_t a, uint32_t b)
{
	if (inv->sets[a].start_s != inv->sets[b].start_s)
		return inv->sets[a].start_s > inv->sets[b].start_s;
	return set_compare_ids(set_id(inv, a), set_id(inv, b)) > 0;
}

/* S1: the newest valid set stays, whatever else remains. */
static int check_newest(const struct check *k)
{
	uint32_t newest = UINT32_MAX;

	for (uint32_t i = 0; i < k->inv->count; i++)
		if (verdict_is_valid_set(&k->inv->sets[i], &k->p->verdicts[i]) &&
			(newest == UINT32_MAX || is_newer(k->inv, i, newest)))
			newest = i;
	if (newest != UINT32_MAX && k->goes[newest])
		return refuse(k, newest, "it is the newest valid set");
	return 0;
}

static int check_inventory(const struct check *k)
{
	struct inventory_index *ids = inventory_index_new(k->inv);
	int r = inventory_duplicate(ids) == SIZE_MAX
		? check_rest(k, ids)
		: error_set(k->err, EPERM, "an id is listed twice");

	inventory_index_free(ids);
	return r;
}

bool plan_batch_is_safe(const struct plan_input *in, const struct plan *p, const uint32_t *batch,
	size_t count, struct error *err)
{
	_cleanup_free_ uint32_t *place = xcalloc(in->inv->count, sizeof(*place));
	_cleanup_free_ bool *goes = xcalloc(in->inv->count, sizeof(*goes));
	struct check k = {in, in->inv, p, batch, count, place, goes, err};

	return check_plan(&k) == 0 && check_members(&k) == 0 && check_children(&k) == 0 &&
		check_newest(&k) == 0 && check_inventory(&k) == 0;
}
