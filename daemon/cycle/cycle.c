/* What comes next, and what follows an event: the phases of a cycle. No other file assigns them. */
#include "cycle/state.h"
#include "cycle/turn.h"

#include <errno.h>
#include <stdio.h>

static struct effect wait_for(int64_t s)
{
	return (struct effect){.kind = EFFECT_WAIT, .wait = {.for_s = s}};
}

/* --- what each phase does: makes an effect and stays, or makes none and names the next phase ---
 */

static enum phase idle(struct cycle *c, struct moment now, struct effect *ret)
{
	int64_t listing_in_s, retention_in_s;

	if (c->out.entry_count > 0 && !c->dry_run && now.boot_s >= c->reading.after_boot_s) {
		*ret = turn_record(c);
		return PHASE_IDLE;
	}
	listing_in_s = turn_next_listing(c, now);
	if (listing_in_s <= 0) {
		turn_begin_listing(c, now);
		return PHASE_LIST;
	}
	retention_in_s = turn_next_retention(c, now);
	if (retention_in_s <= 0)
		return PHASE_RETENTION;
	*ret = wait_for(retention_in_s < listing_in_s ? retention_in_s : listing_in_s);
	return PHASE_IDLE;
}

static enum phase list(struct cycle *c, struct moment now, struct effect *ret)
{
	(void)now;
	*ret = reading_effect(&c->reading);
	return PHASE_LIST;
}

static enum phase record(struct cycle *c, struct moment now, struct effect *ret)
{
	*ret = turn_record(c);
	if (!c->dry_run)
		return c->phase;
	turn_recorded(c, true, now); /* the state file stays as it is */
	return PHASE_DECIDE;
}

static enum phase decide(struct cycle *c, struct moment now, struct effect *ret)
{
	(void)ret;
	return turn_decide(c, now) ? PHASE_INTENT : PHASE_IDLE;
}

/* The last check (S2, S5, S6): the call may have waited since its intent. */
static enum phase call(struct cycle *c, struct moment now, struct effect *ret)
{
	return turn_send(c, now, ret) ? PHASE_CALL : PHASE_OUTCOME;
}

static enum phase ask_retention(struct cycle *c, struct moment now, struct effect *ret)
{
	(void)c;
	(void)now;
	*ret = (struct effect){.kind = EFFECT_RETENTION};
	return PHASE_RETENTION;
}

/* --- what follows an answer --- */

static enum phase listed(struct cycle *c, struct moment now, const struct event *e)
{
	static const enum phase follows[] = {
		[LISTING_GOES_ON] = PHASE_LIST,
		[LISTING_COMPLETE] = PHASE_RECORD_LISTING,
		[LISTING_FAILED] = PHASE_DECIDE,
	};

	return follows[turn_take_page(c, e, now)];
}

static enum phase called(struct cycle *c, struct moment now, const struct event *e)
{
	turn_take_answer(c, e->answer, now);
	return PHASE_OUTCOME;
}

static enum phase told_retention(struct cycle *c, struct moment now, const struct event *e)
{
	static const enum phase follows[] = {
		[RETENTION_AS_KNOWN] = PHASE_DECIDE,
		[RETENTION_NEWS] = PHASE_RECORD_LISTING,
		[RETENTION_RAISE] = PHASE_INTENT,
	};

	return follows[turn_take_retention(c, e, now)];
}

/* --- what follows a record --- */

static enum phase recorded_listing(struct cycle *c, struct moment now, bool ok)
{
	if (!ok)
		return PHASE_IDLE;
	return marks_take_gone(&c->marks, &c->out, now) ? PHASE_RECORD_LISTING : PHASE_DECIDE;
}

/* I1: no call without its intent on disk. */
static enum phase recorded_intent(struct cycle *c, struct moment now, bool ok)
{
	if (!ok)
		turn_cancel(c, now);
	return ok && turn_announce(c, now) ? PHASE_CALL : PHASE_IDLE;
}

static enum phase recorded_outcome(struct cycle *c, struct moment now, bool ok)
{
	(void)now;
	return ok && turn_goes_on(c) ? PHASE_DECIDE : PHASE_IDLE;
}

static const struct step {
	enum phase (*next)(struct cycle *c, struct moment now, struct effect *ret);
	enum phase (*answered)(struct cycle *c, struct moment now, const struct event *e);
	enum phase (*recorded)(struct cycle *c, struct moment now, bool ok);
} steps[PHASE_COUNT] = {
	[PHASE_IDLE] = {idle, NULL, NULL},
	[PHASE_LIST] = {list, listed, NULL},
	[PHASE_RECORD_LISTING] = {record, NULL, recorded_listing},
	[PHASE_DECIDE] = {decide, NULL, NULL},
	[PHASE_INTENT] = {record, NULL, recorded_intent},
	[PHASE_CALL] = {call, called, NULL},
	[PHASE_OUTCOME] = {record, NULL, recorded_outcome},
	[PHASE_RETENTION] = {ask_retention, told_retention, NULL},
};

/* A call that has waited for its permit. What has not begun yet is thought of anew, so that a
 * listing is as old as its first page, and what came meanwhile goes first. */
static enum phase permitted(struct cycle *c, struct moment now)
{
	if (c->phase == PHASE_RETENTION)
		return PHASE_IDLE;
	if (c->phase != PHASE_LIST || c->reading.pages.pages > 0)
		return c->phase;
	if (c->reading.tries > 0) {
		turn_restart_listing(c, now);
		return PHASE_LIST;
	}
	c->reading.wanted = true;
	return PHASE_IDLE;
}

struct effect cycle_next(struct cycle *c, struct moment now)
{
	struct effect e = {.kind = EFFECT_WAIT};
	bool made = false;

	if (c->in_flight)
		return wait_for(INT64_MAX);
	while (!made && !outbox_next_report(&c->out, &e)) {
		enum phase before = c->phase;
		c->phase = steps[before].next(c, now, &e);
		made = c->phase == before;
	}
	if (e.kind == EFFECT_WAIT || e.kind == EFFECT_RETENTION)
		cycle_rest(c); /* in a large fleet even that call waits long for its permit */
	c->in_flight = e.kind != EFFECT_REPORT && e.kind != EFFECT_WAIT;
	return e;
}

void cycle_feed(struct cycle *c, const struct event *e, struct moment now)
{
	const struct step *step = &steps[c->phase];

	switch (e->kind) {
	case EVENT_ANSWER:
		c->in_flight = false;
		clock_saw(&c->clock, now, e->answer->server_s);
		if (step->answered)
			c->phase = step->answered(c, now, e);
		break;
	case EVENT_PERMIT:
		c->in_flight = false;
		c->phase = permitted(c, now);
		break;
	case EVENT_RECORDED:
		c->in_flight = false;
		turn_recorded(c, e->recorded, now);
		if (step->recorded)
			c->phase = step->recorded(c, now, e->recorded);
		break;
	case EVENT_POLICY:
		turn_take_policy(c, e->policy, now);
		break;
	case EVENT_PAUSE:
		turn_take_pause(c, e->cause, e->paused, now);
		break;
	case EVENT_ENDING:
		turn_take_ending(c, e->ending);
		break;
	case EVENT_HOLD:
		turn_take_hold(c, e, now);
		break;
	case EVENT_BACKUP:
		create_want(&c->create, c->policy, now);
		turn_want_listing(c, now);
		break;
	case EVENT_PRUNE:
		c->reading.person_waits = true;
		delete_want(&c->delete, now);
		turn_want_listing(c, now);
		break;
	}
}

/* What a person looked at: the deletes, sets that showed late, and those that vanished. */
int cycle_approve(struct cycle *c, const char *hash, struct moment now, struct error *err)
{
	const struct plan *p = &c->hand.plan;
	size_t length = strlen(hash), others;
	char more[80] = "";

	turn_wake(c);
	if (!c->hand.planned ||
		(p->doomed_count == 0 && p->late_count == 0 && seen_vanished(&c->marks) == 0))
		return error_set(err, ENOENT, "there is nothing to approve");
	if (length < 12 || strncmp(hash, p->hash, length) != 0)
		return error_set(err, ESTALE,
			"the plan is now %s, not %.64s: look at it again, then approve that one",
			p->hash, hash);
	marks_approve(&c->marks, &c->out, &c->hand.inv, p, now);
	others = seen_accept(&c->seen, &c->marks, &c->hand.inv);
	if (others > 0)
		(void)snprintf(more, sizeof(more), ", and %zu sets that had shown late or vanished",
			others);
	outbox_report(&c->out, REPORT_APPROVED, LEVEL_NOTICE,
		&(struct report_extra){.plan = p->hash},
		"the plan to delete %zu of %zu sets was approved%s", p->doomed_count,
		c->hand.inv.count, more);
	c->reading.person_waits = true;
	turn_want_listing(c, now);
	return 0;
}

/* --- its life --- */

void cycle_wake(struct cycle *c)
{
	turn_wake(c);
}

void cycle_rest(struct cycle *c)
{
	if (!c->in_flight && (c->phase == PHASE_IDLE || c->phase == PHASE_RETENTION))
		turn_rest(c);
}

struct cycle *cycle_new(
	const struct policy *policy, struct ledger *ledger, bool dry_run, struct moment now)
{
	struct cycle *c = xcalloc(1, sizeof(*c));

	c->policy = policy;
	c->dry_run = dry_run;
	for (int i = 0; i < PAUSE_CAUSE_COUNT; i++)
		interned_clear(&c->pauses[i]);
	interned_clear(&c->paused);
	interned_clear(&c->ending);
	operator_init(&c->operator);
	clock_init(&c->clock, now);
	reading_init(&c->reading, now);
	at_hand_init(&c->hand);
	create_init(&c->create, &ledger->create, now);
	delete_init(&c->delete, now);
	raise_init(&c->raise, &ledger->cloud, now);
	c->replan.fresh_within_until_boot_s = INT64_MIN;
	marks_load(&c->marks, ledger);
	seen_load(&c->seen, ledger, &c->marks, policy);
	return c;
}

void cycle_free(struct cycle *c)
{
	if (!c)
		return;
	operator_done(&c->operator);
	outbox_done(&c->out);
	clock_done(&c->clock);
	reading_done(&c->reading);
	at_hand_done(&c->hand);
	create_done(&c->create);
	delete_done(&c->delete);
	raise_done(&c->raise);
	marks_done(&c->marks);
	seen_done(&c->seen);
	for (size_t i = 0; i < ARRAY_SIZE(c->pauses); i++)
		interned_clear(&c->pauses[i]);
	interned_clear(&c->paused);
	interned_clear(&c->ending);
	free(c);
}
