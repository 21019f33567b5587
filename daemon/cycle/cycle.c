#include "cycle/state.h"

#include <errno.h>

struct cycle *cycle_new(
	const struct policy *policy, struct ledger *ledger, bool dry_run, struct moment now)
{
	struct cycle *c = xcalloc(1, sizeof(*c));

	c->policy = policy;
	c->fresh_within_until_boot_s = INT64_MIN;
	interned_clear(&c->clock_doubt);
	interned_clear(&c->listing_doubt);
	interned_clear(&c->create_trouble);
	interned_clear(&c->delete_trouble);
	interned_clear(&c->paused);
	interned_clear(&c->retention_trouble);
	c->dry_run = dry_run;
	c->started_boot_s = now.boot_s;
	c->anchor.boot_s = c->last_listing.boot_s = c->called_boot_s = -1;
	c->newest_start_s = c->seen_start_s = SET_NO_TIME;
	c->list_after_boot_s = c->create_after_boot_s = c->delete_after_boot_s = now.boot_s;
	c->throttled_until_boot_s = now.boot_s;
	retention_begin(c, now);
	inventory_init(&c->inv);
	listing_init(&c->reading, 0, 0);
	marks_load(c, ledger);
	return c;
}

void cycle_free(struct cycle *c)
{
	if (!c)
		return;
	report_done(c);
	prune_done(c);
	backup_done(c);
	marks_done(c);
	listing_done(&c->reading);
	inventory_done(&c->inv);
	rest_done(c);
	interned_clear(&c->paused);
	interned_clear(&c->retention_trouble);
	interned_clear(&c->clock_doubt);
	interned_clear(&c->listing_doubt);
	free(c);
}

static struct effect wait_for(int64_t s)
{
	return (struct effect){.kind = EFFECT_WAIT, .wait = {.for_s = s}};
}

/* With a listing at hand: the one thing to do next. A due backup comes before deletes; but a run of
 * deletes that has begun goes on, and after a completed backup they have their turn, so that slots
 * that follow each other closely do not starve them. */
static void decide(struct cycle *c, struct moment now)
{
	int64_t slot_s = 0;
	bool deletes = prune_wants_call(c, now), first = c->next_allowed > 0 || c->deletes_turn;

	if (c->dry_run) {
		if (backup_wants_call(c, now, &slot_s)) {
			report(c, REPORT_WOULD_CREATE, LEVEL_NOTICE, NULL, "would take a backup");
			c->backup_wanted = false;
			c->create =
				(struct create_record){.state = CREATE_REFUSED, .slot_s = slot_s};
			c->create_after_boot_s = now.boot_s + c->policy->refresh_s;
		}
		if (deletes)
			prune_would(c);
		c->phase = PHASE_IDLE;
		return;
	}
	if (!(deletes && first) && backup_wants_call(c, now, &slot_s)) {
		backup_intend(c, slot_s, now);
		c->phase = PHASE_CREATE_INTENT;
	} else if (deletes) {
		c->deletes_turn = false;
		prune_intend(c, now);
		c->phase = c->batch_count ? PHASE_DELETE_INTENT : PHASE_IDLE;
	} else {
		c->phase = PHASE_IDLE;
	}
}

static bool idle(struct cycle *c, struct moment now, struct effect *ret)
{
	int64_t in_s, retention_in_s;

	if (c->entry_count > 0 && !c->dry_run && now.boot_s >= c->list_after_boot_s) {
		*ret = marks_record(c);
		return true;
	}
	if (list_due(c, now, &in_s)) {
		list_begin(c, now);
		return false;
	}
	if (retention_due(c, now, &retention_in_s)) {
		c->phase = PHASE_RETENTION;
		return false;
	}
	*ret = wait_for(retention_in_s < in_s ? retention_in_s : in_s);
	return true;
}

static bool may_send_deletes(const struct cycle *c, struct moment now)
{
	return !c->policy_changed && !c->clock_doubt[0] && !c->paused[0] && list_is_current(c, now);
}

/* One step; true if it made an effect. */
static bool step(struct cycle *c, struct moment now, struct effect *ret)
{
	switch (c->phase) {
	case PHASE_IDLE:
		return idle(c, now, ret);
	case PHASE_LIST:
		*ret = list_effect(c);
		return true;
	case PHASE_RECORD_LISTING:
		if (c->dry_run) { /* the state file stays as it is */
			(void)marks_record(c);
			marks_recorded(c, true, now);
			c->phase = PHASE_DECIDE;
			return false;
		}
		*ret = marks_record(c);
		return true;
	case PHASE_DECIDE:
		decide(c, now);
		break;
	case PHASE_CREATE_INTENT:
	case PHASE_CREATE_OUTCOME:
	case PHASE_DELETE_INTENT:
	case PHASE_DELETE_OUTCOME:
	case PHASE_RAISE_INTENT:
	case PHASE_RAISE_OUTCOME:
		*ret = marks_record(c);
		return true;
	case PHASE_CREATE:
		if (!backup_may_send(c, now)) { /* the last look (S5): the call may have waited */
			backup_stop(c, now, "the listing is not current any more");
			c->phase = PHASE_CREATE_OUTCOME;
			return false;
		}
		ret->kind = EFFECT_CREATE;
		return true;
	case PHASE_DELETE:
		if (!may_send_deletes(c, now)) { /* the last look (S2, S6) */
			prune_stop(c, now, "the listing is not current any more");
			c->phase = PHASE_DELETE_OUTCOME;
			return false;
		}
		*ret = prune_effect(c);
		return true;
	case PHASE_RETENTION:
		ret->kind = EFFECT_RETENTION;
		return true;
	case PHASE_RAISE:
		if (!retention_may_raise(c, now)) {
			retention_not_sent(c, "it may not be raised any more", now);
			c->phase = PHASE_RAISE_OUTCOME;
			return false;
		}
		*ret = retention_effect(c);
		return true;
	}
	return false;
}

struct effect cycle_next(struct cycle *c, struct moment now)
{
	struct effect e = {.kind = EFFECT_WAIT};

	if (c->in_flight)
		return wait_for(INT64_MAX);
	while (!report_next(c, &e))
		if (step(c, now, &e))
			break;
	if (e.kind == EFFECT_WAIT || e.kind == EFFECT_RETENTION)
		cycle_rest(c); /* in a large fleet even that call waits long for its turn */
	c->in_flight = e.kind != EFFECT_REPORT && e.kind != EFFECT_WAIT;
	return e;
}

static void recorded(struct cycle *c, bool ok, struct moment now)
{
	marks_recorded(c, ok, now);
	switch (c->phase) {
	case PHASE_RECORD_LISTING:
		if (!ok)
			c->phase = PHASE_IDLE;
		else if (!marks_take_gone(c, now))
			c->phase = PHASE_DECIDE;
		break;
	case PHASE_DELETE_OUTCOME:
		c->phase = ok ? PHASE_DECIDE : PHASE_IDLE;
		break;
	case PHASE_CREATE_INTENT:
		if (ok) {
			report(c, REPORT_BACKUP_CALLED, LEVEL_INFO, NULL, "taking a backup");
			c->phase = PHASE_CREATE;
		} else {
			backup_stop(c, now, "the intent could not be written");
			c->phase = PHASE_IDLE;
		}
		break;
	case PHASE_DELETE_INTENT:
		if (ok && may_send_deletes(c, now)) {
			prune_tell(c, now);
			c->phase = PHASE_DELETE;
		} else {
			prune_stop(c, now,
				ok ? "the listing is not current any more"
				   : "the intent could not be written");
			c->phase = PHASE_IDLE;
		}
		break;
	case PHASE_RAISE_INTENT:
		if (ok) {
			retention_tell(c);
			c->phase = PHASE_RAISE;
		} else {
			retention_not_sent(c, "the intent could not be written", now);
			c->phase = PHASE_IDLE;
		}
		break;
	case PHASE_IDLE:
	case PHASE_LIST:
	case PHASE_DECIDE:
	case PHASE_CREATE:
	case PHASE_DELETE:
	case PHASE_CREATE_OUTCOME:
	case PHASE_RETENTION:
	case PHASE_RAISE:
	case PHASE_RAISE_OUTCOME:
		c->phase = PHASE_IDLE;
		break;
	}
}

static void answered(struct cycle *c, const struct event *e, struct moment now)
{
	switch (c->phase) {
	case PHASE_LIST:
		list_answer(c, e, now);
		break;
	case PHASE_CREATE:
		clock_saw(c, now, e->answer->server_s);
		backup_answer(c, e->answer, now);
		c->phase = PHASE_CREATE_OUTCOME;
		break;
	case PHASE_DELETE:
		clock_saw(c, now, e->answer->server_s);
		prune_answer(c, e->answer, now);
		c->phase = PHASE_DELETE_OUTCOME;
		break;
	case PHASE_RETENTION:
		clock_saw(c, now, e->answer->server_s);
		retention_answer(c, e, now);
		break;
	case PHASE_RAISE:
		clock_saw(c, now, e->answer->server_s);
		retention_raised(c, e->answer, now);
		c->phase = PHASE_RAISE_OUTCOME;
		break;
	case PHASE_IDLE:
	case PHASE_RECORD_LISTING:
	case PHASE_DECIDE:
	case PHASE_CREATE_INTENT:
	case PHASE_CREATE_OUTCOME:
	case PHASE_DELETE_INTENT:
	case PHASE_DELETE_OUTCOME:
	case PHASE_RAISE_INTENT:
	case PHASE_RAISE_OUTCOME:
		break;
	}
}

/* The plan at hand, made anew for what changed besides the sets. */
static void plan_again(struct cycle *c, struct moment now)
{
	if (c->have_listing) {
		marks_mask_asked(c);
		prune_plan(c, now);
		prune_tell_plan(c);
	}
	c->next_allowed = c->plan.allowed_count; /* nothing goes before a new listing */
}

static void take_policy(struct cycle *c, const struct policy *policy, struct moment now)
{
	/* The sets in other regions are another inventory: nothing of one vanished in the other. */
	if (policy->remote != c->policy->remote)
		c->have_listing = false;
	c->policy = policy;
	c->fresh_within_until_boot_s = INT64_MIN;
	c->policy_changed = c->list_now = true;
	c->backup_wanted = c->backup_wanted && !policy_refuses_backup(policy);
	c->replanned = c->have_listing;
	retention_begin(c, now);
	plan_again(c, now);
}

static void take_pause(struct cycle *c, const char *why, struct moment now)
{
	char printable[160];

	if (text_equal(c->paused, why ? why : ""))
		return;
	if (why && *why) {
		text_copy_printable(printable, sizeof(printable), why);
		interned_set(&c->paused, "%s", printable);
	} else {
		interned_clear(&c->paused);
	}
	if (c->paused[0])
		report(c, REPORT_PAUSED, LEVEL_WARNING, NULL,
			"nothing is changed for now (no backups, no deletes): %s", c->paused);
	else
		report(c, REPORT_RESUMED, LEVEL_NOTICE, NULL,
			"the cluster takes changes again: backups and deletes go on");
	c->policy_changed = true;
	plan_again(c, now);
	c->list_now = c->list_now || !c->paused[0];
}

/* A call that has waited. What has not begun yet is thought of anew, so that a listing is as old as
 * its first page, and what came meanwhile goes first. */
static void postponed(struct cycle *c, struct moment now)
{
	if (c->phase == PHASE_LIST && c->reading.pages == 0 && c->reading_tries > 0) {
		list_again(c, now);
	} else if (c->phase == PHASE_LIST && c->reading.pages == 0) {
		c->list_now = true;
		c->phase = PHASE_IDLE;
	} else if (c->phase == PHASE_RETENTION) {
		c->phase = PHASE_IDLE;
	}
}

void cycle_feed(struct cycle *c, const struct event *e, struct moment now)
{
	switch (e->kind) {
	case EVENT_ANSWER:
		c->in_flight = false;
		answered(c, e, now);
		break;
	case EVENT_PERMIT:
		c->in_flight = false;
		postponed(c, now);
		break;
	case EVENT_RECORDED:
		c->in_flight = false;
		recorded(c, e->recorded, now);
		break;
	case EVENT_POLICY:
		cycle_wake(c);
		take_policy(c, e->policy, now);
		break;
	case EVENT_PAUSE:
		cycle_wake(c);
		take_pause(c, e->paused, now);
		break;
	case EVENT_BACKUP:
		if (!backup_unresolved(c) && !policy_refuses_backup(c->policy))
			c->backup_wanted = true;
		c->create_after_boot_s = c->throttled_until_boot_s = now.boot_s;
		c->list_now = true;
		c->list_after_boot_s = now.boot_s;
		break;
	case EVENT_PRUNE:
		c->list_now = c->person_waits = true;
		c->list_after_boot_s = now.boot_s;
		break;
	}
}

int cycle_approve(struct cycle *c, const char *hash, struct moment now, struct error *err)
{
	size_t length = strlen(hash);

	cycle_wake(c);
	if (!c->have_plan || c->plan.doomed_count == 0)
		return error_set(err, ENOENT, "there is nothing to approve");
	if (length < 12 || strncmp(hash, c->plan.hash, length) != 0)
		return error_set(err, ESTALE,
			"the plan is now %s, not %.64s: look at it again, then approve that one",
			c->plan.hash, hash);
	marks_approve(c, now);
	struct report_extra extra = {.plan = c->plan.hash};
	report(c, REPORT_APPROVED, LEVEL_NOTICE, &extra,
		"the plan to delete %zu of %zu sets was approved", c->plan.doomed_count,
		c->inv.count);
	c->list_now = c->person_waits = true;
	c->list_after_boot_s = now.boot_s;
	return 0;
}
