/* The instants at which backups are due. */
#include "retention/slot.h"

#include "base/digest.h"
#include "retention/verdict.h"

#include <errno.h>

#define DAY_S 86400

/* Windows repeat every week, but a change of the clocks may skip the time that they leave. */
#define LONGEST_BLACKOUT_S (14 * DAY_S)

/* Instants beyond the years 1..9999 have no slots; so nothing below overflows. */
#define EARLIEST_S (-62135596800)
#define LATEST_S 253402300799

#define GAP_SPAN_S ((int64_t)366 * DAY_S)
#define GAP_SLOTS 10000

/* A set may show only when it is finished: how long that may take. */
#define SHOWS_LEAST_S 900
#define SHOWS_MOST_S (6 * 3600)
#define SHOWS_UNKNOWN_S 7200

int64_t slot_jitter(const struct policy *p)
{
	if (p->schedule.jitter_s <= 0)
		return 0;
	return (int64_t)(digest_fnv1a(p->cluster) % (uint64_t)p->schedule.jitter_s);
}

static bool is_sane(int64_t instant_s)
{
	return instant_s >= EARLIEST_S && instant_s <= LATEST_S;
}

static int64_t floor_to(int64_t instant_s, int64_t every_s)
{
	int64_t rest = instant_s % every_s;

	return instant_s - (rest < 0 ? rest + every_s : rest);
}

static const struct zone *schedule_zone(const struct policy *p)
{
	return p->schedule.zone ? p->schedule.zone : p->zone;
}

/* The schedule's own instants: strictly after, and at or before. */
static int instant_next(const struct policy *p, int64_t after_s, int64_t *ret_s)
{
	const struct schedule *s = &p->schedule;

	if (!is_sane(after_s) || s->kind == SCHEDULE_NONE)
		return -ENOENT;
	if (s->kind == SCHEDULE_CALENDAR)
		return calendar_next(s->calendar, schedule_zone(p), after_s, ret_s);
	*ret_s = floor_to(after_s, s->every_s) + s->every_s;
	return 0;
}

static int instant_previous(const struct policy *p, int64_t at_s, int64_t *ret_s)
{
	const struct schedule *s = &p->schedule;

	if (!is_sane(at_s) || s->kind == SCHEDULE_NONE)
		return -ENOENT;
	if (s->kind == SCHEDULE_CALENDAR)
		return calendar_previous(s->calendar, schedule_zone(p), at_s, ret_s);
	*ret_s = floor_to(at_s, s->every_s);
	return 0;
}

/* Moves an instant out of every window that it lies in. True if it was moved. */
static bool leave_windows(const struct policy *p, int64_t *instant_s)
{
	bool moved = false;
	int64_t end_s;

	for (size_t i = 0; i < p->schedule.blackout_count; i++)
		if (window_contains(&p->schedule.blackouts[i], p->zone, *instant_s, &end_s)) {
			*instant_s = end_s;
			moved = true;
		}
	return moved;
}

static bool in_blackout(const struct policy *p, int64_t instant_s)
{
	return leave_windows(p, &instant_s);
}

/* The first instant from `instant_s` on outside of all blackouts. -ENOENT if they leave none. */
static int leave_blackouts(const struct policy *p, int64_t instant_s, int64_t *ret_s)
{
	int64_t at_s = instant_s;

	while (leave_windows(p, &at_s))
		if (at_s - instant_s > LONGEST_BLACKOUT_S)
			return -ENOENT;
	*ret_s = at_s;
	return 0;
}

/* Since a slot is the first instant outside of the blackouts from its instant on, slots come in
 * the order of their instants, and instants of one blackout collapse to one slot, its end. */
int slot_next(const struct policy *p, int64_t after_s, int64_t *ret_s)
{
	int64_t jitter_s = slot_jitter(p), instant_s, slot_s;
	int r;

	if (!is_sane(after_s))
		return -ENOENT;
	/* The end of the blackout around `after` is a slot if an instant lies in it, too. */
	if (in_blackout(p, after_s) && instant_previous(p, after_s - jitter_s, &instant_s) == 0 &&
		leave_blackouts(p, instant_s + jitter_s, &slot_s) == 0 && slot_s > after_s) {
		*ret_s = slot_s;
		return 0;
	}
	r = instant_next(p, after_s - jitter_s, &instant_s);
	return r == 0 ? leave_blackouts(p, instant_s + jitter_s, ret_s) : r;
}

/* The first instant of the blackout around `at_s`: from there to `at_s`, all is blackout. */
static int64_t blackout_begin(const struct policy *p, int64_t at_s)
{
	int64_t outside_s = at_s - LONGEST_BLACKOUT_S, inside_s = at_s, end_s;

	while (inside_s - outside_s > 1) {
		int64_t middle_s = outside_s + (inside_s - outside_s) / 2;
		if (leave_blackouts(p, middle_s, &end_s) == 0 && end_s <= at_s)
			outside_s = middle_s;
		else
			inside_s = middle_s;
	}
	return inside_s;
}

int slot_previous(const struct policy *p, int64_t at_s, int64_t *ret_s)
{
	int64_t jitter_s = slot_jitter(p), instant_s;
	int r;

	if (!is_sane(at_s))
		return -ENOENT;
	if (in_blackout(p, at_s))
		at_s = blackout_begin(p, at_s) - 1;
	r = instant_previous(p, at_s - jitter_s, &instant_s);
	return r == 0 ? leave_blackouts(p, instant_s + jitter_s, ret_s) : r;
}

int64_t slot_counts_from(const struct policy *p, int64_t slot_s)
{
	int64_t next_s;

	if (slot_next(p, slot_s, &next_s) == 0 && next_s - slot_s < 60)
		return slot_s;
	return floor_to(slot_s, 60);
}

int64_t slot_newest_start(const struct inventory *inv, int64_t now_s)
{
	int64_t newest_s = SET_NO_TIME;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		bool stands = s->state == SET_VALID || s->state == SET_RUNNING ||
			s->doubt == DOUBT_LATE; /* it may be ours (S5) */
		if (stands && s->start_s <= now_s + FUTURE_SLACK_S && s->start_s > newest_s)
			newest_s = s->start_s;
	}
	return newest_s;
}

int slot_longest_gap(const struct policy *p, int64_t from_s, int64_t *ret_s)
{
	int64_t slot_s, next_s, longest_s = 0;

	if (slot_previous(p, from_s, &slot_s) < 0 && slot_next(p, from_s, &slot_s) < 0)
		return -ENOENT;
	for (int slots = 0; slots < GAP_SLOTS && slot_s <= from_s + GAP_SPAN_S; slots++) {
		if (slot_next(p, slot_s, &next_s) < 0)
			break;
		if (next_s - slot_s > longest_s)
			longest_s = next_s - slot_s;
		slot_s = next_s;
	}
	if (longest_s == 0)
		return -ENOENT;
	*ret_s = longest_s;
	return 0;
}

bool slot_first_difference(const struct policy *a, const struct policy *b, int64_t from_s,
	int64_t *ret_a_s, int64_t *ret_b_s)
{
	int64_t at_s = from_s;

	for (int slots = 0; slots < GAP_SLOTS && at_s <= from_s + GAP_SPAN_S; slots++) {
		int64_t a_s = SET_NO_TIME, b_s = SET_NO_TIME;
		(void)slot_next(a, at_s, &a_s);
		(void)slot_next(b, at_s, &b_s);
		if (a_s != b_s) {
			*ret_a_s = a_s;
			*ret_b_s = b_s;
			return true;
		}
		if (a_s == SET_NO_TIME)
			return false;
		at_s = a_s;
	}
	return false;
}

int32_t slot_longest_backup(const struct inventory *inv)
{
	int32_t longest_s = -1;

	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].state == SET_VALID && inv->sets[i].duration_s > longest_s)
			longest_s = inv->sets[i].duration_s;
	return longest_s;
}

int64_t slot_shows_within(int32_t longest_backup_s)
{
	int64_t s = longest_backup_s < 0 ? SHOWS_UNKNOWN_S : 2 * (int64_t)longest_backup_s + 600;

	return s < SHOWS_LEAST_S ? SHOWS_LEAST_S : s > SHOWS_MOST_S ? SHOWS_MOST_S : s;
}

int64_t slot_fresh_add(const struct policy *p, int64_t fresh_s, int64_t longest_backup_s)
{
	if (p->safety.fresh_within_s != FRESH_AUTO || fresh_s == FRESH_OFF || longest_backup_s < 0)
		return fresh_s;
	return fresh_s + (longest_backup_s < DAY_S ? longest_backup_s : DAY_S);
}

int64_t slot_fresh_within(const struct policy *p, int64_t longest_backup_s, int64_t now_s)
{
	int64_t gap_s, blackout_s = 0;

	if (p->safety.fresh_within_s != FRESH_AUTO)
		return p->safety.fresh_within_s;
	if (slot_longest_gap(p, now_s, &gap_s) < 0)
		return FRESH_OFF;
	for (size_t i = 0; i < p->schedule.blackout_count; i++)
		if (p->schedule.blackouts[i].length_s > blackout_s)
			blackout_s = p->schedule.blackouts[i].length_s;
	gap_s += p->schedule.jitter_s + blackout_s;
	return slot_fresh_add(p, gap_s + gap_s / 4, longest_backup_s);
}
