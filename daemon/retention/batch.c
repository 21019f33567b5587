/* The last check of a batch before its call: see plan_batch_is_safe() for what it checks, and what
 * it takes for granted. It is written from the promises, and on purpose not with the functions that
 * plan_make() uses: a mistake would have to be made twice. */
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
	const uint32_t *batch;
	size_t count;
	const struct inventory_index *ids;
	uint32_t *place; /* by index: place among p->allowed, from 1 on; 0 for none */
	bool *goes;      /* by index: is in the batch */
	struct error *err;
};

__attribute__((format(printf, 3, 4))) static int refuse(
	const struct check *k, size_t index, const char *format, ...)
{
	char why[160], id[64];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	text_copy_printable(id, sizeof(id), set_id(k->inv, index));
	return error_set(k->err, EPERM, "set %s must not be deleted: %s", id, why);
}

static int check_plan(const struct check *k)
{
	const unsigned all = 1u << HOLD_INCOMPLETE | 1u << HOLD_CLOCK | 1u << HOLD_OPERATOR |
		1u << HOLD_PAUSED | 1u << HOLD_FRESH | 1u << HOLD_POINT_IN_TIME;

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

/* SIZE_MAX: the set depends on none, or on one that is not listed. */
static size_t parent_of(const struct check *k, size_t index)
{
	const char *parent = set_parent(k->inv, index);

	return *parent ? inventory_find(k->ids, parent) : SIZE_MAX;
}

/* S8. A child that goes too goes first. */
static int check_children(const struct check *k)
{
	uint32_t first = UINT32_MAX;

	for (size_t i = 0; i < k->count; i++)
		first = k->place[k->batch[i]] < first ? k->place[k->batch[i]] : first;
	for (size_t i = 0; i < k->inv->count; i++) {
		size_t parent = parent_of(k, i);
		bool went = k->inv->sets[i].state == SET_DELETING ||
			(k->place[i] > 0 && k->place[i] < first);
		if (parent != SIZE_MAX && k->goes[parent] && !k->goes[i] && !went)
			return refuse(k, i, "a set that it depends on is in the call");
	}
	return 0;
}

static bool is_dated(const struct check *k, const struct set *s)
{
	return s->start_s != SET_NO_TIME && s->start_s <= k->in->now_s + FUTURE_SLACK_S;
}

/* By its state and by the clock, without the sets that it depends on. */
static bool looks_valid(const struct check *k, size_t index)
{
	const struct set *s = &k->inv->sets[index];

	return s->state == SET_VALID && is_dated(k, s);
}

/* A valid set that the cloud itself does not expire within a day. */
static bool looks_lasting(const struct check *k, size_t index)
{
	const struct set *s = &k->inv->sets[index];

	return looks_valid(k, index) &&
		(s->expires_s == SET_NO_TIME || s->expires_s > k->in->now_s + OUTLIVE_S);
}

/* ... and that does not go in this plan either. */
static bool looks_remaining(const struct check *k, size_t index)
{
	return looks_lasting(k, index) && k->place[index] == 0;
}

/* Whether it looks so, and all that it depends on is listed and looks so, too. */
static bool whole_chain(
	const struct check *k, size_t index, bool (*looks)(const struct check *k, size_t index))
{
	for (size_t steps = 0; steps <= k->inv->count; steps++) {
		if (index == SIZE_MAX || !looks(k, index))
			return false;
		if (!*set_parent(k->inv, index))
			return true;
		index = parent_of(k, index);
	}
	return false; /* a circle */
}

/* S11, S7: a restore point, or what failed to become one. */
static bool may_expire(const struct check *k, size_t index)
{
	const struct set *s = &k->inv->sets[index];
	bool failed = s->state == SET_FAILED && is_dated(k, s);

	return (failed || whole_chain(k, index, looks_valid)) &&
		!policy_protects(k->in->policy, set_id(k->inv, index), s->start_s, k->in->now_s);
}

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
		if (!may_expire(k, at))
			return refuse(
				k, at, "it is not a valid or failed set that nobody protects");
		if (k->place[at] == 0)
			return refuse(k, at, "the plan does not allow it yet");
		if (k->goes[at])
			return refuse(k, at, "it is named twice");
		k->goes[at] = true;
	}
	return 0;
}

/* S1: how many remain. */
static int check_rest(const struct check *k)
{
	int64_t minimum = k->in->policy->safety.minimum, need = minimum > 0 ? minimum : 1;
	int64_t left = need;

	for (size_t i = 0; i < k->inv->count && left > 0; i++)
		left -= whole_chain(k, i, looks_remaining);
	if (left > 0)
		return error_set(
			k->err, EPERM, "fewer than %lld valid sets would remain", (long long)need);
	return 0;
}

static bool is_newer(const struct inventory *inv, size_t a, size_t b)
{
	if (inv->sets[a].start_s != inv->sets[b].start_s)
		return inv->sets[a].start_s > inv->sets[b].start_s;
	return set_compare_ids(set_id(inv, a), set_id(inv, b)) > 0;
}

/* SIZE_MAX: there is none. */
static size_t newest_that(const struct check *k, bool (*looks)(const struct check *k, size_t index))
{
	size_t newest = SIZE_MAX;

	for (size_t i = 0; i < k->inv->count; i++)
		if ((newest == SIZE_MAX || is_newer(k->inv, i, newest)) && whole_chain(k, i, looks))
			newest = i;
	return newest;
}

static int64_t local_day(const struct check *k, size_t index)
{
	int64_t local_s = zone_local(k->in->policy->zone, k->inv->sets[index].start_s);

	return local_s / 86400 - (local_s % 86400 < 0);
}

/* S14: another full set of the member's day, as new as the member or newer, stays. */
static bool day_is_served(const struct check *k, size_t member)
{
	int64_t day = local_day(k, member), from_s = k->inv->sets[member].start_s;

	for (size_t i = 0; i < k->inv->count; i++)
		if (k->place[i] == 0 && looks_valid(k, i) && !*set_parent(k->inv, i) &&
			k->inv->sets[i].start_s >= from_s && local_day(k, i) == day)
			return true;
	return false;
}

static int check_seconds(const struct check *k, size_t newest)
{
	const struct duration reach = {.days = k->in->log_days + 1};
	const struct policy *p = k->in->policy;
	int64_t cutoff_s;

	if (newest == SIZE_MAX || k->in->log_days <= 0 ||
		p->safety.point_in_time != POINT_IN_TIME_KEEP)
		return 0;
	cutoff_s = duration_before(&reach, k->inv->sets[newest].start_s, p->zone);
	for (size_t i = 0; i < k->count; i++) {
		uint32_t at = k->batch[i];
		if (k->inv->sets[at].start_s > cutoff_s && looks_valid(k, at) &&
			!*set_parent(k->inv, at) && !day_is_served(k, at))
			return refuse(k, at, "a restore to the second needs it");
	}
	return 0;
}

static int check_inventory(const struct check *k)
{
	size_t newest = newest_that(k, looks_valid), lasting = newest_that(k, looks_lasting);

	if (inventory_duplicate(k->ids) != SIZE_MAX)
		return error_set(k->err, EPERM, "an id is listed twice");
	if (newest != SIZE_MAX && k->goes[newest])
		return refuse(k, newest, "it is the newest valid set");
	if (check_children(k) < 0 || check_rest(k) < 0)
		return -EPERM;
	if (lasting != SIZE_MAX && k->goes[lasting])
		return refuse(k, lasting, "it is the newest valid set that the cloud lets last");
	return check_seconds(k, newest);
}

bool plan_batch_is_safe(const struct plan_input *in, const struct plan *p, const uint32_t *batch,
	size_t count, struct error *err)
{
	_cleanup_free_ uint32_t *place = xcalloc(in->inv->count, sizeof(*place));
	_cleanup_free_ bool *goes = xcalloc(in->inv->count, sizeof(*goes));
	struct inventory_index *ids = inventory_index_new(in->inv);
	struct check k = {in, in->inv, p, batch, count, ids, place, goes, err};
	bool safe = check_plan(&k) == 0 && check_members(&k) == 0 && check_inventory(&k) == 0;

	inventory_index_free(ids);
	return safe;
}
