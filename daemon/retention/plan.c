/* The plan: what may be deleted now, and what holds the rest (S1, S7, S8). */
#include "retention/plan.h"

#include "base/text.h"
#include "retention/doomed.h"
#include "retention/lineage.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PERCENT_FROM_SETS 10 /* max_delete_percent applies from so many listed sets up */

const char *const hold_names[HOLD_COUNT + 1] = {
	[HOLD_INCOMPLETE] = "incomplete",
	[HOLD_CLOCK] = "clock",
	[HOLD_OPERATOR] = "operator",
	[HOLD_PAUSED] = "paused",
	[HOLD_FRESH] = "fresh",
	[HOLD_POINT_IN_TIME] = "point_in_time",
	[HOLD_MINIMUM] = "minimum",
	[HOLD_APPROVAL] = "approval",
	[HOLD_GRACE] = "grace",
};

/* The holds that stop every delete. */
#define HOLDS_ALL                                                                             \
	(1u << HOLD_INCOMPLETE | 1u << HOLD_CLOCK | 1u << HOLD_OPERATOR | 1u << HOLD_PAUSED | \
		1u << HOLD_FRESH | 1u << HOLD_POINT_IN_TIME)

struct planning {
	const struct plan_input *in;
	struct plan *p;
	uint32_t *parents; /* owned; NULL if no set has one */
	bool *may_go;      /* owned; by inventory index */
};

__attribute__((format(printf, 3, 4))) static void hold(
	struct plan *p, enum hold which, const char *format, ...)
{
	char text[480];
	va_list args;

	p->holds |= 1u << which;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	interned_set(&p->hold_detail[which], "%s", text);
}

static struct mark_view mark_of(const struct plan_input *in, size_t index)
{
	return in->marks ? in->marks[index] : (struct mark_view){0};
}

static void count_valid(const struct inventory *inv, struct plan *p)
{
	p->newest_valid_s = SET_NO_TIME;
	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[p->newest_first[i]];
		p->late_count += p->verdicts[p->newest_first[i]].doubt == DOUBT_LATE;
		if (!verdict_is_valid_set(s, &p->verdicts[p->newest_first[i]]))
			continue;
		if (p->valid_count++ == 0)
			p->newest_valid_s = s->start_s;
	}
}

static void check_fresh(const struct plan_input *in, struct plan *p)
{
	int64_t limit_s = in->fresh_within_s
		? in->fresh_within_s
		: slot_fresh_within(in->policy, slot_longest_backup(in->inv), in->now_s);
	int64_t age_s;
	char age[DURATION_TEXT_SIZE], limit[DURATION_TEXT_SIZE];

	if (limit_s <= 0)
		return;
	if (p->newest_valid_s == SET_NO_TIME) {
		hold(p, HOLD_FRESH, "there is no valid set");
		return;
	}
	if (__builtin_sub_overflow(in->now_s, p->newest_valid_s, &age_s) || age_s <= limit_s)
		return;
	duration_format_seconds(age_s, age);
	duration_format_seconds(limit_s, limit);
	hold(p, HOLD_FRESH, "the newest valid set is %s old, more than %s", age, limit);
}

static void check_world(const struct plan_input *in, struct plan *p)
{
	if (!in->listing_complete)
		hold(p, HOLD_INCOMPLETE, "%s",
			in->listing_doubt ? in->listing_doubt : "no complete listing");
	if (in->clock_doubt)
		hold(p, HOLD_CLOCK, "%s", in->clock_doubt);
	if (in->operator_hold)
		hold(p, HOLD_OPERATOR, "%s", in->operator_hold);
	if (in->paused)
		hold(p, HOLD_PAUSED, "%s", in->paused);
	check_fresh(in, p);
	if (in->log_days == LOG_UNKNOWN && in->policy->safety.point_in_time != POINT_IN_TIME_IGNORE)
		hold(p, HOLD_POINT_IN_TIME,
			"the cloud's own policy has not been read, so it is not known which sets a "
			"restore to the second needs (DescribeBackupPolicy; or set "
			"safety.point_in_time: ignore)");
}

static bool is_full_since(
	const struct plan_input *in, const struct plan *p, size_t i, int64_t from_s)
{
	const struct set *s = &in->inv->sets[i];

	return verdict_is_valid_set(s, &p->verdicts[i]) && !s->parent && s->start_s >= from_s;
}

/* S14, for people: how far back any second can be restored, now and after the plan. */
static void find_seconds(const struct plan_input *in, struct plan *p)
{
	int64_t from_s;

	p->second_since_s = p->second_after_s = SET_NO_TIME;
	if (in->log_days <= 0 || __builtin_sub_overflow(in->now_s, in->log_days * 86400, &from_s))
		return;
	for (size_t i = 0; i < p->count; i++) { /* from the newest on, so that the oldest is last */
		uint32_t at = p->newest_first[i];
		if (!is_full_since(in, p, at, from_s))
			continue;
		p->second_since_s = in->inv->sets[at].start_s;
		if (p->verdicts[at].kind != VERDICT_DELETE)
			p->second_after_s = in->inv->sets[at].start_s;
	}
}

/* As many sets as the last `safety.grace` may well have brought: one for each slot of it, one a day
 * that the cloud made by itself, and one more. At most `most`. */
static size_t expected_of_grace(const struct plan_input *in, size_t most)
{
	int64_t grace_s = in->policy->safety.grace_s, slot_s = in->now_s, from_s;
	size_t expected = (size_t)(grace_s / 86400) + 1;

	if (__builtin_sub_overflow(in->now_s, grace_s, &from_s))
		return most;
	while (expected < most && in->policy->schedule.kind != SCHEDULE_NONE &&
		slot_previous(in->policy, slot_s, &slot_s) == 0 && slot_s-- > from_s)
		expected++;
	return expected < most ? expected : most;
}

/* Whether so many deletes are more than safety.max_delete_percent of the sets that are known. S16:
 * sets that nobody had time to look at must not make a plan look small. Those are known that have
 * been there for safety.grace, and of the younger ones as many as may well have come. */
static bool is_large(const struct plan_input *in, size_t deletes, size_t *ret_known)
{
	size_t known = 0, young = 0, percent = (size_t)in->policy->safety.max_delete_percent;
	int64_t from_s;

	*ret_known = in->inv->count;
	if (in->inv->count < PERCENT_FROM_SETS || percent >= 100)
		return false;

	if (__builtin_sub_overflow(in->now_s, in->policy->safety.grace_s, &from_s))
		from_s = INT64_MIN;
	for (size_t i = 0; i < in->inv->count; i++) {
		const struct set *s = &in->inv->sets[i];
		bool counts = s->doubt == DOUBT_NONE;
		known += counts && s->start_s <= from_s;
		young += counts && s->start_s > from_s;
	}
	if (deletes * 100 > known * percent) /* seldom: slots take their time to find */
		known += expected_of_grace(in, young);
	*ret_known = known;
	return deletes * 100 > known * percent;
}

static void hold_for_approval(struct plan *p, size_t waiting, size_t known)
{
	char deletes[160] = "", late[160] = "";

	if (waiting > 0)
		(void)snprintf(deletes, sizeof(deletes),
			"%zu deletes of %zu sets (%.0f%%) await approval%s", waiting, known,
			known ? 100.0 * (double)waiting / (double)known : 100.0,
			waiting < p->doomed_count ? ", beside those that were approved" : "");
	if (p->late_count > 0)
		(void)snprintf(late, sizeof(late),
			"%zu sets that showed late count for nothing until they are approved, or "
			"safety.grace has passed",
			p->late_count);
	hold(p, HOLD_APPROVAL, "%s%s%s", deletes, *deletes && *late ? "; " : "", late);
}

/* S7: all that is expired and that nobody approved counts, ripe or not, so that a plan cannot slip
 * through in slices; against all that is listed and known. A set that expires after an approval
 * does not hold the approved ones again. While sets that showed late wait nothing goes that nobody
 * approved: they may be real, and then the plan is larger than it looks (S16). */
static void check_approval(struct planning *g)
{
	struct plan *p = g->p;
	size_t waiting = 0, known;
	bool held;

	for (size_t i = 0; i < p->doomed_count; i++)
		waiting += !mark_of(g->in, p->doomed[i]).approved;
	held = is_large(g->in, waiting, &known) || p->late_count > 0;
	for (size_t i = 0; i < p->doomed_count && held; i++)
		if (!mark_of(g->in, p->doomed[i]).approved)
			g->may_go[p->doomed[i]] = false;
	if (held)
		hold_for_approval(p, waiting, known);
}

static void check_grace(struct planning *g)
{
	struct plan *p = g->p;
	int64_t grace_s = g->in->policy->safety.grace_s;
	char least[DURATION_TEXT_SIZE];
	size_t waiting = 0;

	for (size_t i = 0; i < p->doomed_count; i++) {
		int64_t left_s = grace_s - mark_of(g->in, p->doomed[i]).waited_s;
		if (left_s <= 0)
			continue;
		g->may_go[p->doomed[i]] = false;
		waiting++;
		if (p->ripe_in_s < 0 || left_s < p->ripe_in_s)
			p->ripe_in_s = left_s;
	}
	if (waiting == 0)
		return;
	duration_format_seconds(p->ripe_in_s, least);
	hold(p, HOLD_GRACE, "%zu of %zu deletes wait, the first for %s", waiting, p->doomed_count,
		least);
}

static void leave_out_refused(struct planning *g)
{
	for (size_t i = 0; i < g->p->doomed_count; i++)
		if (mark_of(g->in, g->p->doomed[i]).refused)
			g->may_go[g->p->doomed[i]] = false;
}

/* S8: a doomed parent waits for its doomed children, or they would be orphans. Children come first
 * in the order of deletes, so one pass reaches every ancestor. */
static void hold_parents(struct planning *g)
{
	if (!g->parents)
		return;
	for (size_t i = 0; i < g->p->doomed_count; i++) {
		uint32_t at = g->p->doomed[i];
		while (!g->may_go[at] && parent_is_listed(g->parents[at]) &&
			g->may_go[g->parents[at]]) {
			at = g->parents[at];
			g->may_go[at] = false;
		}
	}
}

/* S1: which sets will outlive the call. By index STANDING_SOUND for a valid set if the cloud
 * expires neither the set nor any that it depends on within a day. Owned by the caller. */
static uint8_t *outliving(const struct planning *g)
{
	const struct inventory *inv = g->in->inv;
	uint8_t *standing = xcalloc(inv->count, 1);
	int64_t until_s;

	if (__builtin_add_overflow(g->in->now_s, OUTLIVE_S, &until_s))
		until_s = INT64_MAX;
	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		bool stays = s->expires_s == SET_NO_TIME || s->expires_s > until_s;
		standing[i] = !stays || !verdict_is_valid_set(s, &g->p->verdicts[i])
			? STANDING_BROKEN
			: g->parents ? STANDING_OPEN
				     : STANDING_SOUND;
	}
	if (g->parents)
		lineage_judge(g->parents, inv->count, standing);
	return standing;
}

/* Takes sets out of the deletes, newest first, until `need` outliving ones remain; the newest valid
 * set in any case. *remain counts the outliving sets that stay. Returns how many it took out. */
static size_t withhold(struct planning *g, const uint8_t *standing, size_t need, size_t *remain)
{
	bool newest = true;
	bool newest_outliving = true;
	size_t withheld = 0;

	for (size_t i = 0; i < g->p->count; i++) {
		uint32_t at = g->p->newest_first[i];
		bool outlives = standing[at] == STANDING_SOUND;
		bool valid = verdict_is_valid_set(&g->in->inv->sets[at], &g->p->verdicts[at]);
		bool wanted =
			(valid && newest) || (outlives && (newest_outliving || *remain < need));
		newest = newest && !valid;
		newest_outliving = newest_outliving && !outlives;
		if (!wanted || !g->may_go[at])
			continue;
		g->may_go[at] = false;
		*remain += outlives;
		withheld++;
	}
	return withheld;
}

/* S1, whatever the verdicts say: enough outliving sets stay. Where there are too few of them,
 * nothing is deleted. */
static void guard_minimum(struct planning *g)
{
	struct plan *p = g->p;
	_cleanup_free_ uint8_t *standing = outliving(g);
	int64_t minimum = g->in->policy->safety.minimum;
	size_t need = minimum > 0 ? (size_t)minimum : 1;
	size_t remain = 0, withheld;

	for (size_t i = 0; i < p->count; i++)
		remain += standing[i] == STANDING_SOUND && !g->may_go[i];
	withheld = withhold(g, standing, need, &remain);
	for (size_t i = 0; i < p->count && remain < need; i++) {
		withheld += g->may_go[i];
		g->may_go[i] = false;
	}
	if (withheld > 0)
		hold(p, HOLD_MINIMUM,
			"%zu deletes withheld: at least %zu valid sets that the cloud does not "
			"expire "
			"within a day are to remain",
			withheld, need);
}

static void decide(struct planning *g)
{
	struct plan *p = g->p;

	for (size_t i = 0; i < p->doomed_count; i++)
		g->may_go[p->doomed[i]] = !(p->holds & HOLDS_ALL);
	check_approval(g);
	check_grace(g);
	leave_out_refused(g);
	hold_parents(g);
	guard_minimum(g);
	hold_parents(g);
	for (size_t i = 0; i < p->doomed_count; i++)
		if (g->may_go[p->doomed[i]])
			p->allowed[p->allowed_count++] = p->doomed[i];
}

static void clear_details(struct plan *p)
{
	for (int i = 0; i < HOLD_COUNT; i++)
		interned_clear(&p->hold_detail[i]);
}

void plan_make(const struct plan_input *in, struct plan *ret)
{
	const struct inventory *inv = in->inv;
	_cleanup_free_ uint32_t *parents = lineage_new(inv);
	_cleanup_free_ bool *may_go = xcalloc(inv->count, sizeof(*may_go));
	struct planning g = {in, ret, parents, may_go};

	*ret = (struct plan){
		.count = inv->count,
		.verdicts = xcalloc(inv->count, sizeof(*ret->verdicts)),
		.newest_first = xcalloc(inv->count, sizeof(*ret->newest_first)),
		.ripe_in_s = -1,
	};
	clear_details(ret);
	verdicts(inv, in->policy, in->log_days, in->now_s, ret->verdicts, ret->newest_first);
	count_valid(inv, ret);
	find_seconds(in, ret);
	doomed_list(inv, parents, ret);
	doomed_hash(inv, in->policy->cluster, ret);
	ret->allowed = xcalloc(ret->doomed_count, sizeof(*ret->allowed));
	check_world(in, ret);
	decide(&g);
}

void plan_forget_lists(struct plan *p)
{
	free(p->verdicts);
	free(p->newest_first);
	free(p->doomed);
	free(p->allowed);
	p->verdicts = NULL;
	p->newest_first = p->doomed = p->allowed = NULL;
}

void plan_done(struct plan *p)
{
	plan_forget_lists(p);
	clear_details(p);
	*p = (struct plan){0};
}
