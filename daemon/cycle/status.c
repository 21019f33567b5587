/* How a cycle stands, for people. */
#include "cycle/state.h"
#include "cycle/turn.h"
#include "retention/slot.h"

const char *const cycle_state_names[] = {
	[CYCLE_NEW] = "waiting",
	[CYCLE_WELL] = "well",
	[CYCLE_BACKING_UP] = "backing-up",
	[CYCLE_PRUNING] = "pruning",
	[CYCLE_PAUSED] = "paused",
	[CYCLE_HELD] = "held",
	[CYCLE_TROUBLE] = "trouble",
};

static const char *trouble_of_sets(const struct marks *m, struct moment now)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->all[i].stuck_told && !m->all[i].dropped)
			return "sets are still there after several delete calls";
		if (mark_is_refused(&m->all[i], now))
			return "the cloud refuses to delete some sets";
	}
	return "";
}

static const char *lowered(const struct raise *r)
{
	return r->lowered[0] && r->trouble[0] ? r->trouble : r->lowered;
}

static const char *freshness(const struct cycle *c, const struct cycle_status *s)
{
	if (!c->reading.listed || s->fresh)
		return "";
	return s->valid ? "no fresh valid set" : "no valid set at all";
}

/* The worst first. */
static const char *trouble(const struct cycle *c, const struct cycle_status *s, struct moment now)
{
	const char *const troubles[] = {
		c->out.disk_failed ? "the state file cannot be written" : "",
		c->seen.trouble,
		c->ending,
		c->reading.failed ? c->reading.doubt : "",
		c->clock.doubt,
		lowered(&c->raise),
		c->create.trouble,
		c->delete.trouble,
		freshness(c, s),
		c->raise.trouble,
	};

	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if (troubles[i][0])
			return troubles[i];
	return trouble_of_sets(&c->marks, now);
}

static void count_sets(const struct cycle *c, struct cycle_status *s)
{
	struct counted n = at_hand_count(&c->hand);
	const struct plan *p = &c->hand.plan;

	s->kept = n.by_verdict[VERDICT_KEEP] + n.by_verdict[VERDICT_PROTECT];
	s->expired = n.by_verdict[VERDICT_DELETE] - c->delete.asked_since_plan;
	s->quarantined = n.by_verdict[VERDICT_QUARANTINE];
	s->failed = n.by_verdict[VERDICT_FAILED];
	s->deleting = n.by_verdict[VERDICT_DELETING];
	if (s->deleting < s->asked)
		s->deleting = s->asked;
	s->size_bytes = n.size_bytes;
	s->sets = p->count;
	s->valid = p->valid_count;
	s->late = p->late_count;
	s->newest_valid_s = p->newest_valid_s;
	s->second_since_s = p->second_since_s;
	s->second_after_s = p->second_after_s;
	s->holds = p->holds;
	s->under_way += p->allowed_count - c->delete.next_allowed;
	s->plan = p;
	s->input = &c->hand.input;
}

/* Before the first listing after a start. */
static void take_last_known(const struct cycle *c, struct cycle_status *s)
{
	const struct last_known *k = c->seen.begun;

	if (!k)
		return;
	s->sets = k->sets;
	s->valid = k->valid;
	s->kept = k->kept;
	s->expired = k->expired;
	s->failed = k->failed;
	s->deleting = s->asked;
	s->newest_valid_s = k->newest_valid_s;
}

/* As it is now: the plan at hand may be of before a hold ended. */
static void take_hold(const struct cycle *c, struct moment now, struct cycle_status *s)
{
	const unsigned operator= 1u << HOLD_OPERATOR;

	s->held = operator_first(&c->operator, clock_now(&c->clock, now));
	s->holds = s->held[0] ? s->holds | operator: s->holds & ~operator;
}

static bool retries(const struct cycle *c)
{
	return (c->reading.failed && c->reading.transient) ||
		(c->create.trouble[0] && c->create.transient) ||
		(c->delete.trouble[0] && c->delete.transient) || c->raise.transient;
}

static enum cycle_state state(const struct cycle *c, const struct cycle_status *s)
{
	if (s->trouble[0])
		return CYCLE_TROUBLE;
	if (c->paused[0])
		return CYCLE_PAUSED;
	if (!c->reading.listed)
		return CYCLE_NEW;
	if (s->held[0]) /* even if nothing is to be deleted: a hold is easily forgotten */
		return CYCLE_HELD;
	if (s->expired > 0 && s->holds & HARD_HOLDS)
		return CYCLE_HELD;
	if (create_is_unresolved(&c->create))
		return CYCLE_BACKING_UP;
	return s->asked > 0 ? CYCLE_PRUNING : CYCLE_WELL;
}

int64_t cycle_next_backup(struct cycle *c, const struct policy *policy, struct moment now)
{
	struct context x = turn_context(c, now);
	int64_t slot_s;

	x.policy = policy;
	if (create_is_due(&c->create, &x, &slot_s) || slot_next(policy, x.now_s, &slot_s) == 0)
		return slot_s;
	return SET_NO_TIME;
}

void cycle_status(struct cycle *c, struct moment now, struct cycle_status *ret)
{
	struct cycle_status s = {.newest_valid_s = SET_NO_TIME,
		.second_since_s = SET_NO_TIME,
		.second_after_s = SET_NO_TIME};

	s.asked = s.under_way = marks_asked(&c->marks);
	if (c->hand.planned)
		count_sets(c, &s);
	else
		take_last_known(c, &s);
	s.listed_s = c->marks.listed_s;
	s.vanished = seen_vanished(&c->marks);
	s.next_backup_s = cycle_next_backup(c, c->policy, now);
	s.complete = c->reading.listed && !c->reading.failed;
	s.create = c->create.record;
	s.backup_wanted = c->create.wanted;
	s.fresh_within_s = replan_fresh_within(c, now);
	s.fresh = s.fresh_within_s == FRESH_OFF ||
		(s.newest_valid_s != SET_NO_TIME &&
			clock_now(&c->clock, now) - s.newest_valid_s <= s.fresh_within_s);
	s.paused = c->paused;
	take_hold(c, now, &s);
	s.cloud_days = c->raise.read.days;
	s.needs_days = c->raise.needs_days;
	s.cloud_drops = c->raise.drops;
	s.trouble = trouble(c, &s, now);
	s.state = state(c, &s);
	s.settled = c->phase == PHASE_IDLE && !c->reading.wanted && !c->create.wanted &&
		c->out.report_count == 0 && (c->reading.listed || c->reading.failed);
	s.retries = retries(c);
	s.unwell = s.trouble[0] || (s.expired > 0 && s.holds & HARD_HOLDS);
	*ret = s;
}

int64_t cycle_compare(struct cycle *c, const struct policy *other, struct moment now)
{
	const struct inventory *inv = &c->hand.inv;
	struct verdict *v;
	int64_t expired = 0;

	if (!c->reading.listed)
		return 0;
	turn_wake(c);
	v = xcalloc(inv->count, sizeof(*v));
	verdicts(inv, other, raise_log_days(&c->raise, other), clock_now(&c->clock, now), v, NULL);
	for (size_t i = 0; i < inv->count; i++)
		expired += v[i].kind == VERDICT_DELETE;
	free(v);
	return expired - (int64_t)c->hand.plan.doomed_count;
}

bool cycle_asked_for(const struct cycle *c, const char *set)
{
	const struct remembered *r = marks_find(&c->marks, set);

	return r && r->m.asked_s;
}
