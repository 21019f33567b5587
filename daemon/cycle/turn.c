/* The order of things, once. */
#include "cycle/turn.h"

#include "cycle/backoff.h"
#include "cycle/state.h"
#include "retention/slot.h"

#define SETTLE_S 5 /* until it is known which clock to go by */
#define STATE_FIRST_S 5
#define STATE_MOST_S 300

struct context turn_context(struct cycle *c, struct moment now)
{
	return (struct context){
		.now = now,
		.now_s = clock_now(&c->clock, now),
		.policy = c->policy,
		.clock = &c->clock,
		.reading = &c->reading,
		.hand = &c->hand,
		.marks = &c->marks,
		.out = &c->out,
		.paused = c->paused[0],
		.held = operator_holds(&c->operator, clock_now(&c->clock, now)),
		.outdated = c->outdated,
		.dry_run = c->dry_run,
	};
}

/* --- rest --- */

void turn_wake(struct cycle *c)
{
	/* A cycle rests when all of the plan was asked for, or none of it may be. */
	if (at_hand_wake(&c->hand, &c->marks, c->policy))
		delete_end_plan(&c->delete, &c->hand.plan);
}

void turn_rest(struct cycle *c)
{
	if (c->hand.resting || delete_has_more(&c->delete, &c->hand))
		return;
	delete_rest(&c->delete);
	marks_rest(&c->marks);
	outbox_rest(&c->out);
	at_hand_rest(&c->hand);
}

/* --- when to list --- */

/* At most the refresh after the last listing, and more than half of it; at instants that are the
 * cluster's own, so that a fleet that was listed at once (after a start, an outage, a reload) does
 * not stay in step. */
static int64_t refresh_at_boot_s(const struct cycle *c)
{
	int64_t latest_s = c->reading.ended_boot_s + c->policy->refresh_s;
	int64_t every_s = c->policy->refresh_s / 2, own_s, past_s;

	if (every_s < 1)
		every_s = 1;
	own_s = (int64_t)(digest_fnv1a(c->policy->cluster) % (uint64_t)every_s);
	past_s = (latest_s - own_s) % every_s;
	return latest_s - past_s;
}

/* What a hold that has an end held back goes on then. */
static int64_t hold_ends_in(const struct cycle *c, const struct context *x)
{
	if (!c->hand.planned || !(c->hand.plan.holds & 1u << HOLD_OPERATOR))
		return INT64_MAX;
	return x->held ? operator_ends_in(&c->operator, x->now_s) : 0;
}

int64_t turn_next_listing(struct cycle *c, struct moment now)
{
	const struct reading *r = &c->reading;
	struct context x = turn_context(c, now);
	int64_t in_s = 0, slot_s;

	if (r->listed && !r->wanted && !r->failed && !c->out.disk_failed)
		in_s = refresh_at_boot_s(c) - now.boot_s;
	if (c->policy->schedule.kind != SCHEDULE_NONE &&
		slot_next(c->policy, x.now_s, &slot_s) == 0)
		backoff_sooner(&in_s, slot_s - x.now_s);
	backoff_sooner(&in_s, create_next_listing(&c->create, &x));
	backoff_sooner(&in_s, hold_ends_in(c, &x));
	backoff_sooner(
		&in_s, delete_next_listing(&c->delete, &x, create_is_unresolved(&c->create)));
	backoff_later(&in_s, r->after_boot_s - now.boot_s);
	return in_s;
}

void turn_want_listing(struct cycle *c, struct moment now)
{
	c->reading.wanted = true;
	c->reading.after_boot_s = now.boot_s;
}

/* --- a listing --- */

/* By what the listing's calls are ranked: see effect_rank(). */
static void note_due(struct cycle *c, struct moment now)
{
	struct reading *r = &c->reading;
	const struct create_record *record = &c->create.record;
	struct context x = turn_context(c, now);
	bool person = c->create.wanted || r->person_waits;

	r->due = person || create_seems_due(&c->create, &x);
	r->newest_s = SET_NO_TIME; /* a person goes before all slots */
	if (person)
		return;
	if (c->hand.planned)
		r->newest_s = c->hand.plan.newest_valid_s;
	else if (record->state == CREATE_DONE)
		r->newest_s = record->called_server_s;
}

void turn_begin_listing(struct cycle *c, struct moment now)
{
	c->outdated = false;
	c->reading.tries = 0;
	c->reading.wanted = false;
	note_due(c, now);
	turn_restart_listing(c, now);
}

void turn_restart_listing(struct cycle *c, struct moment now)
{
	int64_t first_s, last_s;

	clock_range(&c->clock, now, &first_s, &last_s);
	reading_restart(&c->reading, now, first_s, last_s);
	clock_begin_listing(&c->clock);
}

/* A trouble is told when it begins and when it is over, so that an outage of days is two lines. Its
 * text may differ each time, by a request id: codes are compared. */
static enum report_level trouble_level(struct reading *r, const char *code)
{
	if (text_equal(r->told, code))
		return LEVEL_DEBUG;
	interned_set(&r->told, "%s", code);
	return LEVEL_WARNING;
}

static void tell_listed_again(struct cycle *c)
{
	if (!c->reading.told[0])
		return;
	interned_clear(&c->reading.told);
	outbox_report(&c->out, REPORT_WELL_AGAIN, LEVEL_NOTICE, NULL, "the sets are listed again%s",
		reading_slices(&c->reading));
}

static void tell_clock(struct cycle *c, bool doubted)
{
	if (c->clock.doubt[0])
		outbox_report(&c->out, REPORT_CLOCK_DOUBT, doubted ? LEVEL_DEBUG : LEVEL_WARNING,
			NULL, "the clock is in doubt, so nothing is deleted: %s", c->clock.doubt);
	else if (doubted)
		outbox_report(&c->out, REPORT_WELL_AGAIN, LEVEL_NOTICE, NULL,
			"the clock is in doubt no more");
}

static enum turn_listing fail_listing(struct cycle *c, struct moment now, int64_t not_before_s)
{
	reading_fail(&c->reading, now, not_before_s);
	turn_wake(c);
	replan_again(c, now);
	return LISTING_FAILED;
}

/* Compares the new listing with what earlier ones showed, before anything is decided on it. */
static void compare_listing(struct cycle *c, struct moment now)
{
	struct seen_context x = {.past = &c->life.past,
		.policy = c->policy,
		.marks = &c->marks,
		.out = &c->out,
		.now = now,
		.now_s = clock_now(&c->clock, now),
		.listed_s = c->marks.listed_s};

	if (c->clock.doubt[0]) {
		seen_pass_over(&c->seen, &c->life.past);
		return;
	}
	replan_agree(c, now);
	seen_compare(&c->seen, &x, &c->hand.inv);
}

static enum turn_listing complete_listing(struct cycle *c, struct moment now)
{
	struct context x;
	bool doubted = c->clock.last_doubted;

	turn_wake(c);
	tell_listed_again(c);
	life_take_past(&c->life, &c->hand.inv,
		c->reading.listed && c->hand.planned ? &c->hand.plan : NULL);
	reading_complete(&c->reading, now, &c->hand.inv);
	if (!clock_is_settled(&c->clock)) { /* one answer more */
		c->reading.wanted = true;
		c->reading.after_boot_s = now.boot_s + SETTLE_S;
	}
	c->delete.checks++;
	clock_end_listing(&c->clock, now, c->marks.listed_s, c->reading.dates_missing);
	tell_clock(c, doubted);
	x = turn_context(c, now);
	life_follow_listing(&c->life, &c->out, &c->hand.inv, &c->marks, now);
	compare_listing(c, now);
	seen_mask_late(&c->marks, &c->hand.inv, c->policy->safety.grace_s);
	marks_follow_listing(&c->marks, &c->out, &c->hand.inv, now, x.now_s, c->clock.doubt[0]);
	replan_follow_listing(c, now);
	life_forget_past(&c->life);
	c->deletes_turn |= create_follow_listing(&c->create, &x);
	return LISTING_COMPLETE;
}

static enum turn_listing doubt_listing(struct cycle *c, const char *why, struct moment now)
{
	char printable[480];

	if (reading_may_try_again(&c->reading)) {
		turn_restart_listing(c, now);
		return LISTING_GOES_ON;
	}
	text_copy_printable(printable, sizeof(printable), why);
	interned_set(&c->reading.doubt, "%s", printable);
	c->reading.doubtful = c->reading.transient = true;
	outbox_report(&c->out, REPORT_LISTING_DOUBT, trouble_level(&c->reading, "doubt"), NULL,
		"the listing is in doubt after %d readings, so nothing is deleted: %s",
		c->reading.tries, why);
	return fail_listing(c, now, 0);
}

static enum turn_listing no_page(struct cycle *c, const struct answer *a, struct moment now)
{
	interned_set(&c->reading.doubt, "%s%s%s", a->code[0] ? a->code : "no answer",
		a->message[0] ? ": " : "", a->message);
	/* A page that does not read is a doubt, and is read again at once like any other. */
	if (a->unreadable ? reading_may_try_again(&c->reading)
			  : a->kind == ANSWER_AMBIGUOUS && reading_unanswered(&c->reading)) {
		turn_restart_listing(c, now);
		return LISTING_GOES_ON;
	}
	c->reading.doubtful = a->unreadable;
	c->reading.transient = a->transient;
	outbox_report_answer(&c->out, REPORT_LISTING_FAILED,
		trouble_level(&c->reading, a->code[0] ? a->code : "no answer"), a,
		"the sets could not be listed");
	return fail_listing(c, now, backoff_asked_s(a));
}

enum turn_listing turn_take_page(struct cycle *c, const struct event *e, struct moment now)
{
	struct error err = {0};
	int r;

	if (e->answer->kind != ANSWER_OK || !e->page)
		return no_page(c, e->answer, now);
	c->reading.dates_missing |= e->answer->server_s == 0;
	r = reading_take_page(&c->reading, e->page, clock_now(&c->clock, now),
		clock_last_told(&c->clock, now), &err);
	if (r < 0)
		return doubt_listing(c, err.text, now);
	return r > 0 ? complete_listing(c, now) : LISTING_GOES_ON;
}

/* --- changes --- */

static const struct change *const changes[CHANGE_COUNT] = {
	[CHANGE_CREATE] = &create_change,
	[CHANGE_DELETE] = &delete_change,
	[CHANGE_RAISE] = &raise_change,
};

/* The sub-struct that the change under way has to itself. */
static void *self(struct cycle *c)
{
	void *const selves[CHANGE_COUNT] = {
		[CHANGE_CREATE] = &c->create,
		[CHANGE_DELETE] = &c->delete,
		[CHANGE_RAISE] = &c->raise,
	};

	return selves[c->change];
}

static bool intend(struct cycle *c, enum change_kind kind, struct moment now)
{
	struct context x = turn_context(c, now);

	c->change = kind;
	return changes[kind]->intend(self(c), &x);
}

/* A due backup comes before deletes; but a run of deletes that has begun goes on, and after a
 * completed backup they have their turn, so that slots that follow each other closely do not starve
 * them. A dry run tells of both. */
bool turn_decide(struct cycle *c, struct moment now)
{
	struct context x = turn_context(c, now);
	bool deletes = delete_wants_call(
		&c->delete, &x, c->out.disk_failed || create_is_unresolved(&c->create));
	bool deletes_first =
		deletes && !c->dry_run && (c->delete.next_allowed > 0 || c->deletes_turn);

	if (!deletes_first && create_wants_call(&c->create, &x) && intend(c, CHANGE_CREATE, now))
		return true;
	if (!deletes)
		return false;
	c->deletes_turn = false;
	return intend(c, CHANGE_DELETE, now);
}

int64_t turn_next_retention(struct cycle *c, struct moment now)
{
	struct context x = turn_context(c, now);

	return raise_next_read(&c->raise, &x);
}

enum turn_retention turn_take_retention(struct cycle *c, const struct event *e, struct moment now)
{
	int64_t log_days = raise_log_days(&c->raise, c->policy);
	struct cloud_record known = c->raise.known;
	struct context x;
	bool raise;

	turn_wake(c);
	x = turn_context(c, now);
	raise = raise_take_read(&c->raise, &x, e->answer, e->backup_policy);
	if (raise_log_days(&c->raise, c->policy) != log_days)
		replan_again(c, now);
	if (raise && intend(c, CHANGE_RAISE, now))
		return RETENTION_RAISE;
	return memcmp(&known, &c->raise.known, sizeof(known)) == 0 ? RETENTION_AS_KNOWN
								   : RETENTION_NEWS;
}

static bool stop(struct cycle *c, const struct context *x, const char *why)
{
	struct answer a = {.kind = ANSWER_UNSENT};

	text_copy_printable(a.message, sizeof(a.message), why);
	c->reading.wanted |= changes[c->change]->stop(self(c), x, &a);
	return false;
}

void turn_cancel(struct cycle *c, struct moment now)
{
	struct context x = turn_context(c, now);

	(void)stop(c, &x, "the intent could not be written");
}

bool turn_announce(struct cycle *c, struct moment now)
{
	struct context x = turn_context(c, now);

	return changes[c->change]->announce(self(c), &x) ||
		stop(c, &x, changes[c->change]->too_late);
}

bool turn_send(struct cycle *c, struct moment now, struct effect *ret)
{
	struct context x = turn_context(c, now);

	if (!changes[c->change]->may_send(self(c), &x))
		return stop(c, &x, changes[c->change]->too_late);
	*ret = changes[c->change]->effect(self(c));
	return true;
}

void turn_take_answer(struct cycle *c, const struct answer *a, struct moment now)
{
	struct context x = turn_context(c, now);

	changes[c->change]->answer(self(c), &x, a);
}

bool turn_goes_on(const struct cycle *c)
{
	return changes[c->change]->runs;
}

/* --- the state file --- */

struct effect turn_record(struct cycle *c)
{
	c->record = (struct record){.create = &c->create.record, .cloud = c->raise.known};
	marks_record(&c->marks, &c->record);
	c->record.sets = seen_record(&c->seen);
	outbox_record(&c->out, &c->record);
	return (struct effect){.kind = EFFECT_RECORD, .record = &c->record};
}

void turn_recorded(struct cycle *c, bool ok, struct moment now)
{
	marks_recorded(&c->marks, ok);
	seen_recorded(&c->seen, ok);
	outbox_recorded(&c->out, ok);
	if (ok)
		return;
	c->reading.after_boot_s =
		now.boot_s + backoff_wait_s(c->out.disk_failures, STATE_FIRST_S, STATE_MOST_S);
	outbox_report(&c->out, REPORT_STATE_FAILED, LEVEL_ERROR, NULL,
		"the state file cannot be written, so nothing is changed in the cloud until it "
		"can");
}

/* --- events from outside --- */

/* The plan at hand, made anew for what changed besides the sets. Nothing of it is carried out
 * before a new listing. */
static void outdate_plan(struct cycle *c, struct moment now)
{
	c->outdated = true;
	replan_again(c, now);
	delete_end_plan(&c->delete, &c->hand.plan);
}

void turn_take_policy(struct cycle *c, const struct policy *policy, struct moment now)
{
	turn_wake(c);
	/* The sets in other regions are another inventory: nothing of one vanished in the other. */
	if (policy->remote != c->policy->remote) {
		c->reading.listed = false;
		seen_forget(&c->seen, &c->marks);
	}
	c->policy = policy;
	c->replan.fresh_within_until_boot_s = INT64_MIN;
	c->reading.wanted = true;
	create_follow_policy(&c->create, policy);
	c->life.replanned = c->reading.listed;
	raise_begin(&c->raise, now);
	outdate_plan(c, now);
}

static void join_pauses(struct cycle *c)
{
	interned_clear(&c->paused);
	for (int i = 0; i < PAUSE_CAUSE_COUNT; i++)
		if (c->pauses[i][0])
			interned_set(&c->paused, "%s%s%s", c->paused, c->paused[0] ? "; " : "",
				c->pauses[i]);
}

void turn_take_pause(struct cycle *c, enum pause_cause cause, const char *why, struct moment now)
{
	char printable[160];

	text_copy_printable(printable, sizeof(printable), why ? why : "");
	if (text_equal(c->pauses[cause], printable))
		return;
	turn_wake(c);
	interned_set(&c->pauses[cause], "%s", printable);
	join_pauses(c);
	if (c->paused[0])
		outbox_report(&c->out, REPORT_PAUSED, LEVEL_WARNING, NULL,
			"nothing is changed for now (no backups, no deletes): %s", c->paused);
	else
		outbox_report(&c->out, REPORT_RESUMED, LEVEL_NOTICE, NULL,
			"the cluster takes changes again: backups and deletes go on");
	outdate_plan(c, now);
	c->reading.wanted |= !c->paused[0];
}

void turn_take_ending(struct cycle *c, const char *why)
{
	char printable[600];

	text_copy_printable(printable, sizeof(printable), why ? why : "");
	if (text_equal(c->ending, printable))
		return;
	turn_wake(c);
	interned_set(&c->ending, "%s", printable);
	if (printable[0])
		outbox_report(&c->out, REPORT_ENDING, LEVEL_ERROR, NULL, "%s", printable);
	else
		outbox_report(&c->out, REPORT_WELL_AGAIN, LEVEL_NOTICE, NULL,
			"the cluster is neither locked nor about to be released");
}

void turn_take_hold(struct cycle *c, const struct event *e, struct moment now)
{
	turn_wake(c);
	if (!operator_take(&c->operator, e))
		return;
	outdate_plan(c, now);
	c->reading.wanted |= !operator_holds(&c->operator, clock_now(&c->clock, now));
}
