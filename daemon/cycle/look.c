#include "cycle/state.h"

#include <stdio.h>

const char *const cycle_state_names[] = {
	[CYCLE_NEW] = "waiting",
	[CYCLE_WELL] = "well",
	[CYCLE_BACKING_UP] = "backing-up",
	[CYCLE_PRUNING] = "pruning",
	[CYCLE_PAUSED] = "paused",
	[CYCLE_HELD] = "held",
	[CYCLE_TROUBLE] = "trouble",
};

static const char *trouble_of_sets(const struct cycle *c, struct moment now)
{
	for (size_t i = 0; i < c->mark_count; i++) {
		if (c->marks[i].stuck_told && !c->marks[i].dropped)
			return "sets are still there after several delete calls";
		if (mark_is_refused(&c->marks[i], now))
			return "the cloud refuses to delete some sets";
	}
	return "";
}

static const char *trouble(const struct cycle *c, const struct cycle_status *s, struct moment now)
{
	if (c->state_failed)
		return "the state file cannot be written";
	if (c->listing_failed)
		return c->listing_doubt;
	if (c->clock_doubt[0])
		return c->clock_doubt;
	if (c->create_trouble[0])
		return c->create_trouble;
	if (c->delete_trouble[0])
		return c->delete_trouble;
	if (c->have_listing && !s->fresh)
		return s->valid ? "no fresh valid set" : "no valid set at all";
	if (c->retention_trouble[0])
		return c->retention_trouble;
	return trouble_of_sets(c, now);
}

static void count(const struct cycle *c, struct cycle_status *s)
{
	struct counted n = rest_count(c);

	s->kept = n.by_verdict[VERDICT_KEEP] + n.by_verdict[VERDICT_PROTECT];
	s->expired = n.by_verdict[VERDICT_DELETE] - c->asked_since_plan;
	s->quarantined = n.by_verdict[VERDICT_QUARANTINE];
	s->failed = n.by_verdict[VERDICT_FAILED];
	s->deleting = n.by_verdict[VERDICT_DELETING];
	if (s->deleting < prune_deleting(c))
		s->deleting = prune_deleting(c);
	s->size_bytes = n.size_bytes;
	s->sets = c->plan.count;
	s->valid = c->plan.valid_count;
	s->newest_valid_s = c->plan.newest_valid_s;
	s->holds = c->plan.holds;
}

static enum cycle_state state(const struct cycle *c, const struct cycle_status *s)
{
	if (s->trouble[0])
		return CYCLE_TROUBLE;
	if (c->paused[0])
		return CYCLE_PAUSED;
	if (!c->have_listing)
		return CYCLE_NEW;
	if (s->expired > 0 && s->holds & HARD_HOLDS)
		return CYCLE_HELD;
	if (backup_unresolved(c))
		return CYCLE_BACKING_UP;
	return prune_deleting(c) > 0 ? CYCLE_PRUNING : CYCLE_WELL;
}

static int64_t next_backup(struct cycle *c, struct moment now)
{
	int64_t slot_s;

	if (backup_is_due(c, now, &slot_s) || slot_next(c->policy, clock_now(c, now), &slot_s) == 0)
		return slot_s;
	return SET_NO_TIME;
}

void cycle_status(struct cycle *c, struct moment now, struct cycle_status *ret)
{
	int64_t within_s = prune_fresh_within(c, now);
	struct cycle_status s = {.newest_valid_s = SET_NO_TIME};

	if (c->have_plan) {
		count(c, &s);
		s.plan = &c->plan;
		s.input = &c->input;
	}
	s.listed_s = c->listed_s;
	s.next_backup_s = next_backup(c, now);
	s.complete = c->have_listing && !c->listing_failed;
	s.create = c->create;
	s.backup_wanted = c->backup_wanted;
	s.fresh = within_s == FRESH_OFF ||
		(s.newest_valid_s != SET_NO_TIME &&
			clock_now(c, now) - s.newest_valid_s <= within_s);
	s.fresh_within_s = within_s;
	s.asked = prune_deleting(c);
	s.under_way = s.asked + (c->have_plan ? c->plan.allowed_count - c->next_allowed : 0);
	s.paused = c->paused;
	s.cloud_days = c->backup_policy.days;
	s.needs_days = c->needs_days;
	s.trouble = trouble(c, &s, now);
	s.state = state(c, &s);
	s.settled = c->phase == PHASE_IDLE && !c->list_now && !c->backup_wanted &&
		c->report_count == 0 && (c->have_listing || c->listing_failed);
	s.unwell = s.trouble[0] || (s.expired > 0 && s.holds & HARD_HOLDS);
	*ret = s;
}

int64_t cycle_compare(struct cycle *c, const struct policy *other, struct moment now)
{
	struct verdict *v;
	int64_t expired = 0;

	if (!c->have_listing)
		return 0;
	cycle_wake(c);
	v = xcalloc(c->inv.count, sizeof(*v));
	verdicts(&c->inv, other, clock_now(c, now), v, NULL);
	for (size_t i = 0; i < c->inv.count; i++)
		expired += v[i].kind == VERDICT_DELETE;
	free(v);
	return expired - (int64_t)c->plan.doomed_count;
}
