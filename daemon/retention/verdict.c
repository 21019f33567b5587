/* Verdicts: what becomes of every set, and why (S1, S8, S11, S12). */
#include "retention/verdict.h"

#include "base/memory.h"
#include "retention/keep.h"
#include "retention/lineage.h"
#include "retention/order.h"

static struct verdict quarantine(enum set_doubt doubt)
{
	return (struct verdict){
		.kind = VERDICT_QUARANTINE, .why = WHY_OTHER, .doubt = (uint16_t)doubt};
}

static bool is_past(int64_t start_s, int64_t length_s, int64_t now_s)
{
	int64_t end_s;

	return !__builtin_add_overflow(start_s, length_s, &end_s) && end_s <= now_s;
}

static void judge_failed(
	const struct set *s, const struct policy *p, int64_t now_s, struct verdict *ret)
{
	if (p->failed_sets_s != FAILED_KEEP && is_past(s->start_s, p->failed_sets_s, now_s))
		*ret = (struct verdict){.kind = VERDICT_DELETE, .why = WHY_FAILED_AGE};
	else
		*ret = (struct verdict){.kind = VERDICT_FAILED, .why = WHY_OTHER};
}

/* What can be said of a set without looking at others. A valid set is expired until a rule says
 * otherwise. */
static void judge_alone(
	const struct set *s, const struct policy *p, int64_t now_s, struct verdict *ret)
{
	if (s->state == SET_DELETING)
		*ret = (struct verdict){.kind = VERDICT_DELETING, .why = WHY_OTHER};
	else if (s->state > SET_DELETING)
		*ret = quarantine(s->doubt ? s->doubt : DOUBT_STATUS);
	else if (s->start_s == SET_NO_TIME)
		*ret = quarantine(DOUBT_TIME);
	else if (!is_past(s->start_s, -FUTURE_SLACK_S, now_s))
		*ret = quarantine(DOUBT_FUTURE);
	else if (s->state == SET_RUNNING)
		*ret = (struct verdict){.kind = VERDICT_KEEP, .why = WHY_RUNNING};
	else if (s->state == SET_FAILED)
		judge_failed(s, p, now_s, ret);
	else
		*ret = (struct verdict){.kind = VERDICT_DELETE, .why = WHY_EXPIRED};
}

/* A failed set needs no parents, but in a circle there is no order of deletes. */
static void quarantine_circles(
	const struct inventory *inv, const uint32_t *parents, struct verdict *verdicts)
{
	_cleanup_free_ uint8_t *standing =
		xcalloc(inv->count, sizeof(*standing)); /* all STANDING_OPEN */

	lineage_judge(parents, inv->count, standing);
	for (size_t i = 0; i < inv->count; i++)
		if (standing[i] == STANDING_CIRCLE && inv->sets[i].state == SET_FAILED)
			verdicts[i] = quarantine(DOUBT_PARENT);
}

static void quarantine_orphans(
	const struct inventory *inv, const uint32_t *parents, struct verdict *verdicts)
{
	_cleanup_free_ uint8_t *standing = xcalloc(inv->count, sizeof(*standing));

	for (size_t i = 0; i < inv->count; i++)
		if (!verdict_is_valid_set(&inv->sets[i], &verdicts[i]))
			standing[i] = STANDING_BROKEN;
	lineage_judge(parents, inv->count, standing);
	for (size_t i = 0; i < inv->count; i++)
		if (standing[i] != STANDING_SOUND &&
			verdict_is_valid_set(&inv->sets[i], &verdicts[i]))
			verdicts[i] = quarantine(DOUBT_PARENT);
}

static void protect(const struct inventory *inv, const struct policy *p, int64_t now_s,
	struct verdict *verdicts)
{
	for (size_t i = 0; i < inv->count; i++) {
		struct verdict *v = &verdicts[i];
		if ((v->kind == VERDICT_DELETE || v->kind == VERDICT_FAILED) &&
			policy_protects(p, set_id(inv, i), inv->sets[i].start_s, now_s))
			*v = (struct verdict){.kind = VERDICT_PROTECT, .why = WHY_PROTECTED};
	}
}

/* S1 among the verdicts: no policy, not even an empty one, expires the newest valid sets. */
static void keep_minimum(const struct inventory *inv, const struct policy *p, const uint32_t *order,
	struct verdict *verdicts)
{
	int64_t left = p->safety.minimum > 0 ? p->safety.minimum : 1;

	for (size_t i = 0; i < inv->count && left > 0; i++) {
		struct verdict *v = &verdicts[order[i]];
		if (!verdict_is_valid_set(&inv->sets[order[i]], v))
			continue;
		left--;
		if (v->kind == VERDICT_DELETE)
			*v = (struct verdict){.kind = VERDICT_KEEP, .why = WHY_MINIMUM};
	}
}

/* S8: keeps the ancestors of each set that stays. The way up ends at a set that is kept already,
 * since its ancestors are, too. */
static void keep_parents(const uint32_t *parents, size_t count, struct verdict *verdicts)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t at = parents[i];
		if (verdicts[i].kind == VERDICT_DELETE || verdicts[i].kind == VERDICT_DELETING)
			continue;
		for (; parent_is_listed(at) && verdicts[at].kind == VERDICT_DELETE;
			at = parents[at])
			verdicts[at] = (struct verdict){.kind = VERDICT_KEEP, .why = WHY_PARENT};
	}
}

static int64_t newest_valid(
	const struct inventory *inv, const uint32_t *order, const struct verdict *verdicts)
{
	for (size_t i = 0; i < inv->count; i++)
		if (verdict_is_valid_set(&inv->sets[order[i]], &verdicts[order[i]]))
			return inv->sets[order[i]].start_s;
	return SET_NO_TIME;
}

void verdicts(const struct inventory *inv, const struct policy *p, int64_t log_days, int64_t now_s,
	struct verdict *ret_verdicts, uint32_t *ret_order)
{
	_cleanup_free_ uint32_t *own_order =
		ret_order ? NULL : xreallocarray(NULL, inv->count, sizeof(*own_order));
	_cleanup_free_ uint32_t *parents = lineage_new(inv);
	uint32_t *order = ret_order ? ret_order : own_order;
	int64_t newest_s;

	order_newest_first(inv, order);
	for (size_t i = 0; i < inv->count; i++)
		judge_alone(&inv->sets[i], p, now_s, &ret_verdicts[i]);
	if (parents) {
		quarantine_orphans(inv, parents, ret_verdicts);
		quarantine_circles(inv, parents, ret_verdicts);
	}
	newest_s = newest_valid(inv, order, ret_verdicts);
	if (p->protected_set_count > 0 || p->protected_range_count > 0)
		protect(inv, p, now_s, ret_verdicts);
	if (newest_s != SET_NO_TIME) {
		keep_apply(inv, p, order, newest_s, ret_verdicts);
		if (log_days > 0 && p->safety.point_in_time == POINT_IN_TIME_KEEP)
			keep_point_in_time(inv, p, log_days, order, newest_s, ret_verdicts);
	}
	keep_minimum(inv, p, order, ret_verdicts);
	if (parents)
		keep_parents(parents, inv->count, ret_verdicts);
}
