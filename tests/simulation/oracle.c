/* The oracle: sees all that is true of the cloud, and says which promise a step breaks. */
#include "simulation/oracle_inside.h"

#include "base/text.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void oracle_done(struct oracle *o)
{
	free(o->reading);
	free(o->listing);
	free(o->trails);
	free(o->followed);
	free(o->creates);
	*o = (struct oracle){0};
}

void oracle_fail(struct oracle *o, const char *promise, const char *format, ...)
{
	va_list args;

	if (o->promise[0] || (o->only && strcmp(o->only, promise) != 0))
		return;
	(void)snprintf(o->promise, sizeof(o->promise), "%s", promise);
	va_start(args, format);
	(void)vsnprintf(o->text, sizeof(o->text), format, args);
	va_end(args);
}

/* Ids are numbers without gaps, nearly: they are the index. */
struct oracle_trail *trail_at(struct oracle *o, size_t at)
{
	while (o->trail_count <= at) {
		o->trails = memory_grow(
			o->trails, &o->trail_capacity, o->trail_count + 1, sizeof(*o->trails));
		o->trails[o->trail_count++] = (struct oracle_trail){0};
	}
	if (!o->trails[at].followed) {
		o->followed = memory_grow(o->followed, &o->followed_capacity, o->followed_count + 1,
			sizeof(*o->followed));
		o->followed[o->followed_count++] = at;
		o->trails[at].followed = true;
	}
	return &o->trails[at];
}

struct oracle_trail *trail(struct oracle *o, const char *id)
{
	return trail_at(o, (size_t)strtoul(id, NULL, 10));
}

/* Named by a call of the last day that may have been carried out. */
static bool is_recent(const struct oracle_trail *t, int64_t true_s)
{
	return t->asked_at_s && true_s - t->asked_at_s < 86400 - 600;
}

bool is_asked(struct oracle *o, const char *id, int64_t true_s)
{
	return is_recent(trail(o, id), true_s) ||
		(o->twin && is_recent(trail(o->twin, id), true_s));
}

const struct oracle_set *listed(struct oracle *o, const char *id)
{
	size_t at = trail(o, id)->listed;

	return at < o->listing_count && strcmp(o->listing[at].id, id) == 0 ? &o->listing[at] : NULL;
}

int64_t latest(const struct oracle_view *v)
{
	bool close = distance(v->now.wall_s, v->true_s) <= 300;

	return close && v->now.wall_s > v->true_s ? v->now.wall_s : v->true_s;
}

static void remember(struct oracle_trail *t)
{
	t->disk_expired = t->expired;
	t->disk_approved = t->approved;
	t->disk_expired_agreed_s = t->expired_agreed_s;
}

void oracle_recorded(struct oracle *o, const struct record *r)
{
	for (size_t i = 0; i < r->put_count; i++)
		remember(trail(o, r->put[i]->id));
	for (size_t i = 0; i < r->drop_count; i++)
		remember(trail(o, r->drop[i]));
	o->days_on_disk = o->days_told;
}

/* The daemon, after a crash. A call whose intent is on disk may have been sent. */
void oracle_restarted(struct oracle *o, const struct disk *d, int64_t true_s)
{
	o->have_listing = o->have_ended = false;
	o->reading_sound = false;
	o->offset_s = o->page_newest_s = 0;
	o->outcome_excused = true;
	o->days_told = o->days_on_disk;
	pace_restarted(o);
	o->digest = 0;
	for (size_t i = 0; i < o->trail_count; i++) {
		struct oracle_trail *t = &o->trails[i];
		t->told = false;
		t->expired = t->disk_expired;
		t->approved = t->disk_approved;
		t->expired_agreed_s = t->disk_expired_agreed_s;
	}
	for (size_t i = 0; i < d->ledger.mark_count; i++) {
		struct oracle_trail *t = trail(o, d->ledger.marks[i].id);
		int64_t at_s = d->ledger.marks[i].asked_s;
		if (at_s > t->asked_at_s)
			t->asked_at_s = at_s < true_s ? at_s : true_s;
	}
}

/* A set that is asked for again is judged with all that it depends on. */
static void put_back(struct oracle *o, const char *id, bool *skip)
{
	const struct oracle_set *s = listed(o, id);

	for (size_t steps = 0; s && steps <= o->listing_count; steps++) {
		skip[s - o->listing] = trail_at(o, s->number)->late;
		s = *s->parent ? listed(o, s->parent) : NULL;
	}
}

bool *asked_sets(struct oracle *o, int64_t true_s, const char *const *but, size_t but_count)
{
	bool *skip = xcalloc(o->listing_count + 1, sizeof(*skip));

	for (size_t i = 0; i < o->listing_count; i++) {
		/* A call since then was part of the same plan. */
		const struct oracle_trail *t = trail_at(o, o->listing[i].number);
		skip[i] = t->late || (is_recent(t, true_s) && t->asked_in != o->listings);
	}
	for (size_t k = 0; k < but_count; k++)
		put_back(o, but[k], skip);
	/* What was refused since is part of that plan, too. */
	for (size_t i = 0; i < o->listing_count && but_count > 0; i++)
		if (trail_at(o, o->listing[i].number)->named_in == o->listings)
			put_back(o, o->listing[i].id, skip);
	return skip;
}

enum opinion *opinions_but(struct oracle *o, const struct oracle_view *v, const bool *skip)
{
	return oracle_opinions(
		o->listing, o->listing_count, skip, v->policy, v->ordered, v->log_days, latest(v));
}

void oracle_reports(struct oracle *o, const struct report *r)
{
	if (r->kind == REPORT_DELETING && r->reason[0])
		trail(o, r->set)->told = true;
	if (r->kind == REPORT_GONE && trail(o, r->set)->absent < 2)
		oracle_fail(o, "S1", "set %s is said to be gone, and %d complete listings lack it",
			r->set, trail(o, r->set)->absent);
}

void oracle_approved(struct oracle *o, const struct cycle_status *s)
{
	for (size_t i = 0; i < s->plan->doomed_count; i++)
		trail(o, set_id(s->input->inv, s->plan->doomed[i]))->approved = true;
	for (size_t i = 0; i < o->trail_count; i++)
		o->trails[i].late = false;
	o->digest = 0;
}

bool slot_of(const struct oracle_view *v, int64_t ours_s, int64_t *ret_s)
{
	int64_t slot_s, next_s;

	if (slot_previous(v->policy, ours_s, &slot_s) != 0)
		return false;
	if (slot_next(v->policy, slot_s, &next_s) != 0 || next_s - slot_s >= 60)
		slot_s -= slot_s % 60;
	*ret_s = slot_s;
	return true;
}

/* By the listed time; of two that are equal, by the id. */
static bool is_newer(
	const struct oracle_view *v, const struct cloud_set *a, const struct cloud_set *b)
{
	int64_t a_s = cloud_listed_start(v->cloud, a), b_s = cloud_listed_start(v->cloud, b);

	return a_s > b_s || (a_s == b_s && strtoul(a->id, NULL, 10) > strtoul(b->id, NULL, 10));
}

const struct cloud_set *newest_true(struct oracle *o, const struct oracle_view *v)
{
	const struct cloud_set *newest = NULL;

	for (size_t i = 0; i < v->cloud->count; i++) {
		const struct cloud_set *s = &v->cloud->sets[i], *at = s;
		while (at && *at->parent && cloud_is_valid(v->cloud, at, v->true_s) &&
			!is_asked(o, at->id, v->true_s))
			at = cloud_find(v->cloud, at->parent);
		if (at && cloud_is_valid(v->cloud, at, v->true_s) &&
			!is_asked(o, at->id, v->true_s) && (!newest || is_newer(v, s, newest)))
			newest = s;
	}
	return newest;
}

static int64_t newest_true_s(struct oracle *o, const struct oracle_view *v)
{
	const struct cloud_set *newest = newest_true(o, v);

	return newest ? cloud_listed_start(v->cloud, newest) : SET_NO_TIME;
}

/* The longest gap between slots takes a year of slots to find. */
static int64_t fresh_within(struct oracle *o, const struct oracle_view *v)
{
	int64_t longest_s = 0;

	if (o->fresh_of != v->policy || v->true_s >= o->fresh_until_s) {
		o->fresh_s = slot_fresh_within(v->policy, -1, v->true_s);
		o->fresh_of = v->policy;
		o->fresh_until_s = v->true_s + 30 * INT64_C(86400);
	}
	/* A set counts from its end, and is dated by its beginning. */
	for (size_t i = 0; i < v->cloud->count; i++) {
		const struct cloud_set *s = &v->cloud->sets[i];
		if (cloud_is_valid(v->cloud, s, v->true_s) && s->end_s - s->start_s > longest_s)
			longest_s = s->end_s - s->start_s;
	}
	return v->policy->safety.fresh_within_s == FRESH_AUTO && o->fresh_s != FRESH_OFF
		? o->fresh_s + longest_s
		: o->fresh_s;
}

/* It refuses a second backup while one runs, which it may have begun by itself. */
static bool cloud_was_busy(const struct cloud *c, int64_t true_s)
{
	for (size_t i = 0; i < c->count && c->on.one_at_a_time; i++)
		if (c->sets[i].end_s > true_s - 1800)
			return true;
	return false;
}

/* L1, when all has been well for long enough. */
void oracle_at_end(struct oracle *o, const struct oracle_view *v, const struct cycle_status *s)
{
	/* What made others expire may have had to wait, too (S16). */
	int64_t slot_s,
		overdue_s = 2 * v->policy->safety.grace_s + 2 * v->policy->refresh_s + 4 * 3600;
	int64_t limit_s = fresh_within(o, v);
	bool wrong = distance(v->now.wall_s, v->true_s) > 300; /* S6: only backups go on, then */
	struct oracle_view before = *v; /* what came since the last listing is news */
	bool *skip = asked_sets(o, v->true_s, NULL, 0), stands = false;
	enum opinion *opinions = oracle_opinions(
		o->listing, o->listing_count, skip, v->policy, v->ordered, v->log_days, latest(v));

	if (wrong && !s->trouble[0])
		oracle_fail(o, "L3", "our clock is wrong, and nobody is told");
	before.true_s -= v->policy->refresh_s + 600;
	if (!wrong && s->trouble[0] && !cloud_was_busy(v->cloud, v->true_s) &&
		(s->fresh || newest_true_s(o, &before) > v->true_s - limit_s))
		oracle_fail(o, "L1", "all is well, but: %.300s", s->trouble);
	for (size_t i = 0; i < o->listing_count; i++) {
		const struct oracle_trail *t = trail(o, o->listing[i].id);
		if (!wrong && opinions[i] == OPINION_EXPIRED && t->expired &&
			!(s->holds &
				(1u << HOLD_MINIMUM | 1u << HOLD_FRESH |
					1u << HOLD_POINT_IN_TIME)) &&
			o->agreed_s - t->expired_agreed_s > overdue_s)
			oracle_fail(o, "L1", "set %s is still there, expired and not held",
				o->listing[i].id);
	}
	/* Two hours for the backup, and what lies between the clocks. One that was dated in the
	 * future stands for the slot of its time once that has come. */
	if (slot_of(v, v->true_s - 2 * 3600, &slot_s) &&
		(v->policy->schedule.catch_up || slot_s > o->started_s)) {
		for (size_t i = 0; i < v->cloud->count; i++) {
			const struct cloud_set *set = &v->cloud->sets[i];
			int64_t start_s = cloud_listed_start(v->cloud, set);
			stands |= start_s >= slot_s - 360 && start_s <= v->true_s + 300 &&
				set->oddity <= ODD_FUTURE && !set->fails;
		}
		for (size_t i = 0; i < o->create_count; i++)
			stands |= o->creates[i].at_s >= slot_s - 300;
		if (!stands)
			oracle_fail(o, "L1", "no backup for the slot of %" PRId64, slot_s);
	}
	free(opinions);
	free(skip);
}

/* L3: nothing goes wrong in silence. */
void oracle_looks(struct oracle *o, const struct oracle_view *v, const struct cycle_status *s)
{
	int64_t newest_s, limit_s = fresh_within(o, v);

	newest_s = newest_true_s(o, v);
	if (limit_s == FRESH_OFF || s->trouble[0] || s->state == CYCLE_NEW ||
		(newest_s != SET_NO_TIME && v->true_s - newest_s <= limit_s + 3 * 3600))
		o->stale_since_s = 0;
	else if (o->stale_since_s == 0)
		o->stale_since_s = v->true_s;
	/* That the cloud dropped a set shows in the next listing. */
	else if (v->true_s - o->stale_since_s > v->policy->refresh_s + 600)
		oracle_fail(o, "L3", "no fresh valid set, and nobody is told");
	if (s->expired && s->holds & 1u << HOLD_APPROVAL && s->state == CYCLE_WELL)
		oracle_fail(o, "L3", "a held prune, and nobody is told");
}
