/* The specification: each function is a sentence or two of DESIGN, which stand above it. */
#include "spec.h"

#include <stddef.h>
#include <time.h>

#define MINUTE_S 60
#define DAY_S 86400
#define BIT(i) ((spec_mask)1 << (i))

static int size(spec_mask m)
{
	return __builtin_popcount(m);
}

/* "Sets that cannot be judged (future-dated by over 5 minutes, unparseable times, unknown status,
 * another region) are quarantined: they count for nothing and are never deleted." */
static bool cannot_be_judged(const struct spec_world *w, const struct spec_set *s)
{
	return s->unreadable || s->foreign || s->state == SPEC_UNKNOWN ||
		s->time_s > w->now_s + 5 * MINUTE_S;
}

/* A set is as good as all that it depends on: each of those has to be listed, done and judged, and
 * to have an end. */
static bool chain_is(
	const struct spec_world *w, int i, bool (*good)(const struct spec_world *, int))
{
	for (int steps = 0; steps <= w->count; steps++) {
		if (!good(w, i))
			return false;
		i = w->sets[i].parent;
		if (i == SPEC_NO_PARENT)
			return true;
		if (i == SPEC_LOST_PARENT)
			return false;
	}
	return false; /* a circle */
}

static bool is_done(const struct spec_world *w, int i)
{
	return w->sets[i].state == SPEC_DONE && !cannot_be_judged(w, &w->sets[i]);
}

/* "Valid counts only sets that will outlive the call: not ones being deleted, not ones that the
 * cloud expires within a day." */
static bool outlives(const struct spec_world *w, int i)
{
	return is_done(w, i) && w->sets[i].expires_s > w->now_s + DAY_S;
}

/* "Newest first (by BackupStartTime; ties by id, larger number first)." */
static bool is_newer(const struct spec_world *w, int a, int b)
{
	int64_t x = w->sets[a].time_s, y = w->sets[b].time_s;
	return x != y ? x > y : a > b;
}

static int newest_of(const struct spec_world *w, spec_mask m)
{
	int best = -1;
	for (int i = 0; i < w->count; i++)
		if (m & BIT(i) && (best < 0 || is_newer(w, i, best)))
			best = i;
	return best;
}

/* "Buckets are calendar hours/days/ISO weeks/months/quarters/years in the cluster's zone." */
static int64_t bucket_of(enum spec_bucket bucket, int64_t time_s, int index)
{
	static struct memo {
		int64_t time_s, day, hour, month;
		bool known;
	} memos[4096];
	struct memo *m = &memos[(uint64_t)time_s * 0x9E3779B97F4A7C15u >> 52];
	if (!m->known || m->time_s != time_s) {
		struct tm tm;
		time_t t = time_s;
		localtime_r(&t, &tm);
		m->known = true;
		m->time_s = time_s;
		m->month = (int64_t)tm.tm_year * 12 + tm.tm_mon;
		m->hour = tm.tm_hour;
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		m->day = timegm(&tm) / DAY_S; /* all worlds are after 1970 */
		m->hour += m->day * 24;
	}
	switch (bucket) {
	case SPEC_HOUR:
		return m->hour;
	case SPEC_DAY:
		return m->day;
	case SPEC_WEEK:
		return (m->day + 3) / 7; /* 1970-01-01 was a Thursday */
	case SPEC_MONTH:
		return m->month;
	case SPEC_QUARTER:
		return m->month / 3;
	case SPEC_YEAR:
		return m->month / 12;
	case SPEC_EACH:
	default:
		return index;
	}
}

/* "Spans keep what is strictly younger than (newest valid set - span): months and years by the
 * calendar, overflowing (a month before 31 March is 3 March), days by the wall clock of the
 * cluster's zone, hours and less exact." */
static int64_t span_begin(int64_t time_s, int months, int days, int hours)
{
	struct tm tm;
	time_t t = time_s;
	if (months > 0 || days > 0) {
		localtime_r(&t, &tm);
		tm.tm_mon -= months;
		tm.tm_mday -= days;
		tm.tm_isdst = -1;
		t = mktime(&tm);
	}
	return t - (int64_t)hours * 3600;
}

/* "Each rule walks them [valid sets, newest first]; a set is kept by a counting rule if its bucket
 * differs from that of the last set which that rule kept, while the rule has count left; the oldest
 * set of all is also kept by every rule that still has count left (by a span rule if it lies inside
 * the span)." "Protected: do not use up a rule's count." `within` is the rule that keeps each of a
 * span. */
static spec_mask rule_keeps(const struct spec_world *w, const struct spec_rule *r, spec_mask valid)
{
	spec_mask kept = 0, walked = 0;
	int64_t last = 0, begin = INT64_MIN;
	if (r->span)
		begin = span_begin(
			w->sets[newest_of(w, valid)].time_s, r->months, r->days, r->hours);
	for (int i = 0; i < w->count; i++)
		if (valid & BIT(i) && !w->sets[i].protect)
			walked |= BIT(i);
	for (spec_mask left = walked; left != 0;) {
		int i = newest_of(w, left);
		int64_t bucket = bucket_of(r->bucket, w->sets[i].time_s, i);
		left &= ~BIT(i);
		if ((r->count > 0 && size(kept) == r->count) ||
			(r->span && w->sets[i].time_s <= begin))
			break;
		if (kept == 0 || bucket != last || left == 0) {
			kept |= BIT(i);
			last = bucket;
		}
	}
	return kept;
}

/* "Keeps the newest valid full set of each local day that is younger than (newest valid set - L - 1
 * day), whatever the other rules say." */
static spec_mask log_keeps(const struct spec_world *w, spec_mask valid)
{
	spec_mask kept = 0;
	if (w->log_days < 0 || valid == 0)
		return 0;
	int64_t begin = span_begin(w->sets[newest_of(w, valid)].time_s, 0, w->log_days + 1, 0);
	for (int i = 0; i < w->count; i++) {
		spec_mask day = 0;
		if (!(valid & BIT(i)) || !w->sets[i].full || w->sets[i].time_s <= begin)
			continue;
		for (int k = 0; k < w->count; k++)
			if (valid & BIT(k) && w->sets[k].full &&
				bucket_of(SPEC_DAY, w->sets[k].time_s, k) ==
					bucket_of(SPEC_DAY, w->sets[i].time_s, i))
				day |= BIT(k);
		kept |= BIT(newest_of(w, day));
	}
	return kept;
}

/* "After any delete call succeeds, at least max(1, safety.minimum) valid sets remain." */
static spec_mask minimum_keeps(const struct spec_world *w, spec_mask valid)
{
	spec_mask kept = 0;
	for (int n = w->minimum > 1 ? w->minimum : 1; n > 0 && valid & ~kept; n--)
		kept |= BIT(newest_of(w, valid & ~kept));
	return kept;
}

/* Dependents go before what they depend on, and in a circle there is no first. */
static bool runs_in_circle(const struct spec_world *w, int i)
{
	for (int steps = 0; steps <= w->count; steps++) {
		if (i < 0)
			return false;
		i = w->sets[i].parent;
	}
	return true;
}

/* Which sets of m another listed set depends on that is not in m itself, and not being deleted
 * already. */
static spec_mask needed(const struct spec_world *w, spec_mask m)
{
	spec_mask parents = 0;
	for (int i = 0; i < w->count; i++)
		if (!(m & BIT(i)) && w->sets[i].state != SPEC_DELETING && w->sets[i].parent >= 0)
			parents |= BIT(w->sets[i].parent);
	return parents & m;
}

struct spec_judged spec_judge(const struct spec_world *w)
{
	struct spec_judged j = {0};
	for (int i = 0; i < w->count; i++) {
		const struct spec_set *s = &w->sets[i];
		/* "Until then it is `deleting`: not valid, not in another delete call, counted
		 * nowhere." */
		if (s->state == SPEC_DELETING)
			continue;
		if (chain_is(w, i, is_done))
			j.valid |= BIT(i);
		else if (cannot_be_judged(w, s) || s->state == SPEC_DONE ||
			(s->state == SPEC_FAILED && runs_in_circle(w, i)))
			j.quarantined |= BIT(i);
		else if (s->state == SPEC_FAILED)
			j.failed |= BIT(i);
		/* "Failed sets are deleted at this age." */
		if (j.failed & BIT(i) && w->failed_s >= 0 && w->now_s - s->time_s >= w->failed_s)
			j.doomed |= BIT(i);
	}
	for (int r = 0; r < w->rule_count && j.valid; r++)
		j.kept |= rule_keeps(w, &w->rules[r], j.valid);
	j.kept |= minimum_keeps(w, j.valid) | log_keeps(w, j.valid);
	/* "Everything unmatched is expired." "Protected: never deleted." */
	j.doomed |= j.valid & ~j.kept;
	for (int i = 0; i < w->count; i++)
		if (w->sets[i].protect)
			j.doomed &= ~BIT(i);
	/* "A set that another kept set depends on is kept." */
	while (needed(w, j.doomed) != 0)
		j.doomed &= ~needed(w, j.doomed);
	j.kept = j.valid & ~j.doomed;
	return j;
}

/* "max_delete_percent counts the sets that have been there for safety.grace, and of the younger
 * ones no more than the schedule has slots, one a day, and one." "Sets that cannot be judged count
 * for nothing." */
static int known_sets(const struct spec_world *w)
{
	int old = 0, young = 0;

	for (int i = 0; i < w->count; i++) {
		const struct spec_set *s = &w->sets[i];
		bool counts = !s->unreadable && !s->foreign && s->state != SPEC_UNKNOWN;
		old += counts && s->time_s <= w->now_s - w->grace_s;
		young += counts && s->time_s > w->now_s - w->grace_s;
	}
	return old + (young > 1 ? 1 : young);
}

/* "Approval is judged on all expired sets that nobody approved yet, ripe or not, against all known
 * sets." "A plan larger than safety.max_delete_percent waits; it applies from 10 sets up; 100
 * switches it off." "What falls out waits safety.grace first." A set goes only with all that depend
 * on it. */
static spec_mask may_go(const struct spec_world *w, spec_mask doomed, spec_mask stay)
{
	spec_mask go = 0, unapproved = 0;
	for (int i = 0; i < w->count; i++)
		if (doomed & BIT(i) && !w->sets[i].approved)
			unapproved |= BIT(i);
	bool large = w->count >= w->percent_from && w->percent < 100 &&
		size(unapproved) * 100 > w->percent * known_sets(w);
	for (int i = 0; i < w->count; i++)
		if (doomed & ~stay & BIT(i) && w->sets[i].ripe && !(large && unapproved & BIT(i)))
			go |= BIT(i);
	while (needed(w, go) != 0)
		go &= ~needed(w, go);
	return go;
}

/* "At least max(1, safety.minimum) valid sets remain." */
static bool enough_remain(const struct spec_world *w, spec_mask gone)
{
	int remain = 0;
	for (int i = 0; i < w->count; i++)
		remain += !(gone & BIT(i)) && chain_is(w, i, outlives);
	return remain >= (w->minimum > 1 ? w->minimum : 1);
}

/* "The window begins at the oldest valid full set that is younger than the cloud's log retention.
 * What a plan leaves must reach as far back into the log as what was listed does, to within a day":
 * a day of the calendar has up to 25 hours. */
static bool shortens_window(const struct spec_world *w, spec_mask valid, spec_mask gone)
{
	int64_t before = INT64_MAX, after = INT64_MAX, begin;
	if (w->log_days < 0 || valid == 0)
		return false;
	begin = span_begin(w->sets[newest_of(w, valid)].time_s, 0, w->log_days, 0);
	for (int i = 0; i < w->count; i++) {
		int64_t time_s = w->sets[i].time_s;
		if (!(valid & BIT(i)) || !w->sets[i].full || time_s <= begin)
			continue;
		before = time_s < before ? time_s : before;
		after = !(gone & BIT(i)) && time_s < after ? time_s : after;
	}
	return before != INT64_MAX && (after == INT64_MAX || after - before > DAY_S + 3600);
}

/* "The newest valid set is never in a delete call": the newest of all, and of those that will
 * outlive the call. */
static spec_mask newest_ones(const struct spec_world *w, spec_mask valid)
{
	spec_mask lasting = 0;
	for (int i = 0; i < w->count; i++)
		if (valid & BIT(i) && chain_is(w, i, outlives))
			lasting |= BIT(i);
	return (valid ? BIT(newest_of(w, valid)) : 0) | (lasting ? BIT(newest_of(w, lasting)) : 0);
}

static const char *members_fault(
	const struct spec_world *w, const struct spec_judged *j, spec_mask batch)
{
	if (batch & newest_ones(w, j->valid))
		return "S1: the newest valid set goes";
	if (batch & ~(j->valid | j->failed))
		return "S11: a set goes that is neither valid nor failed";
	for (int i = 0; i < w->count; i++)
		if (batch & BIT(i) && w->sets[i].protect)
			return "S7: a protected set goes";
	return NULL;
}

static const char *rest_fault(
	const struct spec_world *w, const struct spec_judged *j, spec_mask gone)
{
	if (needed(w, gone) != 0)
		return "S8: what another set depends on goes";
	if (shortens_window(w, j->valid, gone))
		return "S14: the time that can be restored to the second is shorter";
	return NULL;
}

const char *spec_plan_fault(const struct spec_world *w, spec_mask allowed)
{
	struct spec_judged j = spec_judge(w);
	spec_mask go = may_go(w, j.doomed, newest_ones(w, j.valid));
	const char *fault = members_fault(w, &j, allowed);
	if (fault == NULL)
		fault = rest_fault(w, &j, allowed);
	if (fault != NULL)
		return fault;
	if (allowed & ~go)
		return "S7: a set goes that is kept, young in its grace, or not approved";
	if (allowed != 0 && !enough_remain(w, allowed))
		return "S1: too few valid sets remain";
	if (allowed != go && enough_remain(w, go))
		return "L1: a set stays that nothing holds";
	return NULL;
}

const char *spec_batch_fault(
	const struct spec_world *w, spec_mask allowed, spec_mask gone, spec_mask batch)
{
	struct spec_judged j = spec_judge(w);
	const char *fault = members_fault(w, &j, batch);
	if (batch == 0 || size(batch) > 100)
		return "S3: no id, or more than 100";
	if (batch & ~allowed)
		return "S3: a set goes that the plan does not let go";
	if (!enough_remain(w, allowed | batch))
		return "S1: too few valid sets remain";
	/* What went before was sent by calls that did no harm. */
	if (fault != NULL || members_fault(w, &j, gone) != NULL || rest_fault(w, &j, gone) != NULL)
		return fault;
	return rest_fault(w, &j, gone | batch);
}
