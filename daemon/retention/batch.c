/* The last check of a batch before its call: see plan_batch_is_safe() for what it checks, and what
 * it takes for granted. It is written from the promises, and on purpose not with the functions that
 * plan_make() uses: a mistake would have to be made twice.
 *
 * The comments that begin with an @ are contracts, proved by `./dev proof` for whatever arguments;
 * their words are explained in tests/proof/batch.acsl. */
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

/* What is asked of a set; each includes those before it. */
enum worth {
	WORTH_VALID,  /* by its state and by the clock */
	WORTH_LASTS,  /* the cloud itself does not expire it within a day */
	WORTH_REMAINS /* nor does the plan let it go */
};

#ifdef PROOF_WORDS
#include PROOF_WORDS
#endif

/*@ requires memory(k) && index < sets(k); assigns *k->err; ensures \result < 0; */
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

/*@ requires memory(k); assigns *k->err;
  ensures \result == 0 ==> s2_s6(k) && 1 <= k->count <= 100; */
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

/*@ requires memory(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> parent(k, index) == -1; */
static bool is_full(const struct check *k, size_t index)
{
	return !*set_parent(k->inv, index);
}

/* SIZE_MAX: the set depends on none, or on one that is not listed. */
/*@ requires memory(k) && index < sets(k); assigns \nothing;
  ensures \result == (parent(k, index) < 0 ? SIZE_MAX : parent(k, index)); */
static size_t parent_of(const struct check *k, size_t index)
{
	return is_full(k, index) ? SIZE_MAX : inventory_find(k->ids, set_parent(k->inv, index));
}

/*@ requires memory(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> guarded(k, index); */
static bool is_protected(const struct check *k, size_t index)
{
	return policy_protects(
		k->in->policy, set_id(k->inv, index), k->inv->sets[index].start_s, k->in->now_s);
}

/*@ requires memory(k) && instants(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> judged(k, index); */
static bool is_judged(const struct check *k, size_t index)
{
	const struct set *s = &k->inv->sets[index];

	return s->doubt == DOUBT_NONE && s->start_s != SET_NO_TIME &&
		s->start_s <= k->in->now_s + FUTURE_SLACK_S;
}

/* Without the sets that it depends on. */
/*@ requires memory(k) && instants(k) && places(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> alone(k, index, worth); */
static bool looks(const struct check *k, size_t index, enum worth worth)
{
	const struct set *s = &k->inv->sets[index];
	bool lasts = s->expires_s == SET_NO_TIME || s->expires_s > k->in->now_s + OUTLIVE_S;

	return s->state == SET_VALID && is_judged(k, index) && (worth < WORTH_LASTS || lasts) &&
		(worth < WORTH_REMAINS || k->place[index] == 0);
}

/* Whether it looks so, and all that it depends on is listed and looks so, too. */
/*@ requires memory(k) && instants(k) && places(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> whole(k, index, worth, sets(k) + 1); */
static bool whole_chain(const struct check *k, size_t index, enum worth worth)
{
	/*@ loop invariant 0 <= steps <= sets(k) + 1 && index < sets(k);
	  loop invariant whole(k, \at(index, Pre), worth, sets(k) + 1) <==>
	    whole(k, index, worth, sets(k) + 1 - steps);
	  loop assigns steps, index; loop variant sets(k) + 1 - steps; */
	for (size_t steps = 0; steps <= k->inv->count; steps++) {
		if (!looks(k, index, worth))
			return false;
		if (is_full(k, index))
			return true;
		index = parent_of(k, index);
		if (index == SIZE_MAX)
			return false;
	}
	return false; /* a circle */
}

/* S11, S7: a restore point, or what failed to become one. */
/*@ requires memory(k) && instants(k) && places(k) && index < sets(k); assigns \nothing;
  ensures \result != 0 <==> deletable(k, index); */
static bool may_expire(const struct check *k, size_t index)
{
	bool failed = k->inv->sets[index].state == SET_FAILED && is_judged(k, index);

	return (failed || whole_chain(k, index, WORTH_VALID)) && !is_protected(k, index);
}

/*@ requires memory(k) && apart(k) && instants(k) && blank(k) && s2_s6(k);
  assigns k->place[0 .. sets(k) - 1]; ensures places(k); */
static void note_places(struct check *k)
{
	/*@ loop invariant 0 <= i <= allowed(k);
	  loop invariant \forall integer x; 0 <= x < sets(k) && k->place[x] > 0 ==>
	    k->place[x] <= i && k->p->allowed[k->place[x] - 1] == x;
	  loop invariant \forall integer j; 0 <= j < i && k->p->allowed[j] < sets(k) ==>
	    k->place[k->p->allowed[j]] > 0;
	  loop assigns i, k->place[0 .. sets(k) - 1]; loop variant allowed(k) - i; */
	for (size_t i = 0; i < k->p->allowed_count; i++) {
		uint32_t at = k->p->allowed[i];
		if (at < k->inv->count)
			k->place[at] = (uint32_t)i + 1;
	}
}

/*@ requires memory(k) && apart(k) && instants(k) && places(k) && s2_s6(k);
  requires 1 <= k->count <= 100 && \forall integer i; 0 <= i < sets(k) ==> k->goes[i] == 0;
  assigns *k->err, k->goes[0 .. sets(k) - 1];
  ensures \result == 0 ==> going(k) && s3(k) && s7_s11(k); */
static int check_members(struct check *k)
{
	/*@ loop invariant 0 <= i <= k->count;
	  loop invariant \forall integer x; 0 <= x < sets(k) && k->goes[x] != 0 ==> named(k, i, x);
	  loop invariant \forall integer j; 0 <= j < i ==> k->batch[j] < sets(k) &&
	    k->p->verdicts[k->batch[j]].kind == VERDICT_DELETE && k->place[k->batch[j]] > 0 &&
	    k->goes[k->batch[j]] != 0 && deletable(k, k->batch[j]);
	  loop invariant \forall integer a, b; 0 <= a < b < i ==> k->batch[a] != k->batch[b];
	  loop assigns i, k->goes[0 .. sets(k) - 1]; loop variant k->count - i; */
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
		//@ assert \forall integer x; named(k, i, x) ==> named(k, i + 1, x);
		//@ assert k->batch[i] == at && named(k, i + 1, at);
	}
	//@ assert \forall integer j; 0 <= j < k->count ==> in_plan(k, k->batch[j]);
	return 0;
}

/* S8. A child that goes too goes first. */
/*@ requires memory(k) && instants(k) && places(k) && going(k) && s3(k); assigns *k->err;
  ensures \result == 0 ==> s8(k); */
static int check_children(const struct check *k)
{
	uint32_t first = UINT32_MAX;

	/*@ loop invariant 0 <= i <= k->count;
	  loop invariant \forall integer j; 0 <= j < i ==> first <= k->place[k->batch[j]];
	  loop assigns i, first; loop variant k->count - i; */
	for (size_t i = 0; i < k->count; i++)
		first = k->place[k->batch[i]] < first ? k->place[k->batch[i]] : first;
	/*@ loop invariant 0 <= i <= sets(k);
	  loop invariant \forall integer c; 0 <= c < i && parent(k, c) >= 0 &&
	    in_batch(k, parent(k, c)) ==> in_batch(k, c) || went(k, c);
	  loop assigns i; loop variant sets(k) - i; */
	for (size_t i = 0; i < k->inv->count; i++) {
		size_t parent = parent_of(k, i);
		bool gone = k->inv->sets[i].state == SET_DELETING ||
			(k->place[i] > 0 && k->place[i] < first);
		if (parent != SIZE_MAX && k->goes[parent] && !k->goes[i] && !gone)
			return refuse(k, i, "a set that it depends on is in the call");
	}
	return 0;
}

/* S1: how many remain. */
/*@ requires memory(k) && instants(k) && places(k); assigns *k->err;
  ensures \result == 0 ==> s1_enough(k); */
static int check_rest(const struct check *k)
{
	int64_t minimum = k->in->policy->safety.minimum, need = minimum > 0 ? minimum : 1;
	int64_t left = need;

	/*@ loop invariant 0 <= i <= sets(k) && 0 <= left <= need;
	  loop invariant left == need - remaining(k, i);
	  loop assigns i, left; loop variant sets(k) - i; */
	for (size_t i = 0; i < k->inv->count && left > 0; i++)
		left -= whole_chain(k, i, WORTH_REMAINS);
	if (left > 0)
		return error_set(
			k->err, EPERM, "fewer than %lld valid sets would remain", (long long)need);
	return 0;
}

/*@ requires memory(k) && a < sets(k) && b < sets(k); assigns \nothing;
  ensures \result != 0 <==> newer(k, a, b); */
static bool is_newer(const struct check *k, size_t a, size_t b)
{
	const struct set *sets = k->inv->sets;

	if (sets[a].start_s != sets[b].start_s)
		return sets[a].start_s > sets[b].start_s;
	return set_compare_ids(set_id(k->inv, a), set_id(k->inv, b)) > 0;
}

/* SIZE_MAX: there is none. */
/*@ requires memory(k) && instants(k) && places(k); assigns \nothing;
  ensures newest_or_none(k, sets(k), \result, worth); */
static size_t newest_that(const struct check *k, enum worth worth)
{
	size_t newest = SIZE_MAX;

	/*@ loop invariant 0 <= i <= sets(k) && newest_or_none(k, i, newest, worth);
	  loop assigns i, newest; loop variant sets(k) - i; */
	for (size_t i = 0; i < k->inv->count; i++)
		if ((newest == SIZE_MAX || is_newer(k, i, newest)) && whole_chain(k, i, worth))
			newest = i;
	return newest;
}

/*@ requires memory(k) && index < sets(k); assigns \nothing;
  ensures \result == day(k, index); */
static int64_t local_day(const struct check *k, size_t index)
{
	int64_t local_s = zone_local(k->in->policy->zone, k->inv->sets[index].start_s);

	return local_s / 86400 - (local_s % 86400 < 0);
}

/* A restore to the second needs the full sets that are younger than this: as old as the newest
 * valid set less the days that the cloud keeps the log, and a day more. */
/*@ requires memory(k) && newest < sets(k); assigns \nothing;
  ensures \result == log_begin(k, newest); */
static int64_t log_begins(const struct check *k, size_t newest)
{
	const struct duration reach = {.days = k->in->log_days + 1};

	return duration_before(&reach, k->inv->sets[newest].start_s, k->in->policy->zone);
}

/* S14: another full set of the member's day, as new as the member or newer, stays. */
/*@ requires memory(k) && instants(k) && places(k) && member < sets(k); assigns \nothing;
  ensures \result != 0 ==> served(k, member); */
static bool day_is_served(const struct check *k, size_t member)
{
	//@ loop invariant 0 <= i <= sets(k); loop assigns i; loop variant sets(k) - i;
	for (size_t i = 0; i < k->inv->count; i++)
		if (k->place[i] == 0 && looks(k, i, WORTH_VALID) && is_full(k, i) &&
			k->inv->sets[i].start_s >= k->inv->sets[member].start_s &&
			local_day(k, i) == local_day(k, member))
			return true;
	return false;
}

/*@ requires memory(k) && instants(k) && places(k) && s3(k);
  requires newest_or_none(k, sets(k), newest, WORTH_VALID); assigns *k->err;
  ensures \result == 0 && newest != SIZE_MAX && log_counts(k) ==>
    \forall integer j; 0 <= j < k->count ==> harmless(k, newest, k->batch[j]); */
static int check_seconds(const struct check *k, size_t newest)
{
	int64_t begin_s;

	if (newest == SIZE_MAX || k->in->log_days <= 0 ||
		k->in->policy->safety.point_in_time != POINT_IN_TIME_KEEP)
		return 0;
	begin_s = log_begins(k, newest);
	/*@ loop invariant 0 <= i <= k->count;
	  loop invariant \forall integer j; 0 <= j < i ==> harmless(k, newest, k->batch[j]);
	  loop assigns i; loop variant k->count - i; */
	for (size_t i = 0; i < k->count; i++) {
		uint32_t at = k->batch[i];
		if (k->inv->sets[at].start_s > begin_s && looks(k, at, WORTH_VALID) &&
			is_full(k, at) && !day_is_served(k, at))
			return refuse(k, at, "a restore to the second needs it");
	}
	return 0;
}

/*@ requires memory(k) && apart(k) && instants(k) && places(k) && going(k) && s3(k);
  assigns *k->err;
  ensures \result == 0 ==> s1_newest(k, WORTH_VALID) && s1_newest(k, WORTH_LASTS) &&
    s1_enough(k) && s8(k) && s14(k); */
static int check_inventory(const struct check *k)
{
	size_t newest = newest_that(k, WORTH_VALID), lasting = newest_that(k, WORTH_LASTS);

	if (inventory_duplicate(k->ids) != SIZE_MAX)
		return error_set(k->err, EPERM, "an id is listed twice");
	if (newest != SIZE_MAX && k->goes[newest])
		return refuse(k, newest, "it is the newest valid set");
	if (check_children(k) != 0 || check_rest(k) != 0)
		return -EPERM;
	if (lasting != SIZE_MAX && k->goes[lasting])
		return refuse(k, lasting, "it is the newest valid set that the cloud lets last");
	return check_seconds(k, newest);
}

/*@ requires memory(k) && apart(k) && instants(k) && blank(k);
  assigns *k->err, k->place[0 .. sets(k) - 1], k->goes[0 .. sets(k) - 1];
  ensures \result != 0 ==> s2_s6(k) && s3(k) && s7_s11(k) && s8(k) && s14(k) && s1_enough(k) &&
    s1_newest(k, WORTH_VALID) && s1_newest(k, WORTH_LASTS); */
static bool is_safe(struct check *k)
{
	if (check_plan(k) != 0)
		return false;
	note_places(k);
	return check_members(k) == 0 && check_inventory(k) == 0;
}

bool plan_batch_is_safe(const struct plan_input *in, const struct plan *p, const uint32_t *batch,
	size_t count, struct error *err)
{
	_cleanup_free_ uint32_t *place = xcalloc(in->inv->count, sizeof(*place));
	_cleanup_free_ bool *goes = xcalloc(in->inv->count, sizeof(*goes));
	struct inventory_index *ids = inventory_index_new(in->inv);
	struct check k = {in, in->inv, p, batch, count, ids, place, goes, err};
	bool safe = is_safe(&k);

	inventory_index_free(ids);
	return safe;
}
