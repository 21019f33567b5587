/* Slots and CreateBackup (S5). */
#include "cycle/create.h"

#include "base/text.h"
#include "cycle/backoff.h"
#include "retention/slot.h"

#include <stdio.h>

#define RETRY_FIRST_S 60
#define RETRY_MOST_S 3600
#define UNSENT_FIRST_S 5
#define LIST_FIRST_S 5
#define LIST_MOST_S 120
#define STUCK_S (24 * 3600)      /* a set that still runs after this stands for nothing */
#define SIGNATURE_S 900          /* so long after its date the service takes a request */
#define FAILED_WITHIN_S 180      /* of our call: a failed set that began later is another's */
#define LISTINGS_BEFORE_RESEND 2 /* S5 */

void create_init(struct create *c, const struct create_record *record, struct moment now)
{
	*c = (struct create){.record = *record,
		.after_boot_s = now.boot_s,
		.throttled_until_boot_s = now.boot_s,
		.called_boot_s = -1,
		.newest_start_s = SET_NO_TIME};
	interned_clear(&c->trouble);
}

static void forget_known(struct create *c)
{
	for (size_t i = 0; i < c->known_before_count; i++)
		free(c->known_before[i]);
	free(c->known_before);
	c->known_before = NULL;
	c->known_before_count = 0;
}

void create_done(struct create *c)
{
	forget_known(c);
	interned_clear(&c->trouble);
}

static int64_t floor_minute(int64_t t)
{
	int64_t rest = t % 60;

	return t - (rest < 0 ? rest + 60 : rest);
}

/* --- slots --- */

bool create_is_unresolved(const struct create *c)
{
	return c->record.state == CREATE_INTENT || c->record.state == CREATE_ACCEPTED;
}

static bool latest_slot(const struct context *x, int64_t *ret_s)
{
	return x->policy->schedule.kind != SCHEDULE_NONE &&
		slot_previous(x->policy, x->now_s, ret_s) == 0;
}

/* Any listing, complete or not, has shown a valid or running set that began since. */
static bool has_set_since(const struct create *c, const struct context *x, int64_t from_s)
{
	int64_t newest_s = c->newest_start_s;

	backoff_later(&newest_s, x->reading->seen_start_s);
	return newest_s != SET_NO_TIME && newest_s >= from_s;
}

/* The latest slot, if nothing that is known stands for it. */
static bool open_slot(const struct create *c, const struct context *x, int64_t *ret_slot_s)
{
	int64_t slot_s, ahead_s = c->record.slot_s - x->now_s;

	if (policy_refuses_backup(x->policy) || !latest_slot(x, &slot_s))
		return false;
	if (!x->policy->schedule.catch_up &&
		x->now_s - slot_s > x->now.boot_s - x->clock->started_boot_s)
		return false;
	if (c->record.slot_s == slot_s &&
		(c->record.state == CREATE_DONE || create_is_unresolved(c)))
		return false;
	/* Our clock was a little ahead, and was set back to before the slot that we are at. The
	 * slot before that one has had its backup, though the service's clock may date it earlier.
	 */
	if (ahead_s > 0 && ahead_s <= CLOCK_SLACK_S)
		return false;
	if (has_set_since(c, x, slot_counts_from(x->policy, slot_s)))
		return false;
	*ret_slot_s = slot_s;
	return true;
}

bool create_is_due(const struct create *c, const struct context *x, int64_t *ret_slot_s)
{
	return clock_is_settled(x->clock) && open_slot(c, x, ret_slot_s);
}

bool create_seems_due(const struct create *c, const struct context *x)
{
	int64_t slot_s;

	return !x->paused && !create_is_unresolved(c) && open_slot(c, x, &slot_s);
}

void create_want(struct create *c, const struct policy *policy, struct moment now)
{
	if (!create_is_unresolved(c) && !policy_refuses_backup(policy))
		c->wanted = true;
	c->after_boot_s = c->throttled_until_boot_s = now.boot_s;
}

void create_follow_policy(struct create *c, const struct policy *policy)
{
	c->wanted = c->wanted && !policy_refuses_backup(policy);
}

/* --- the call --- */

/* A listing whose pages come but do not fit is enough for a backup: a doubt holds deletes (S6). */
static bool may_follow_listing(const struct context *x)
{
	return reading_is_fresh(x->reading, x->now) || (x->reading->failed && x->reading->doubtful);
}

/* Nothing stands against a call, be one due or not. */
static bool may_call(const struct create *c, const struct context *x)
{
	return !x->paused && !policy_refuses_backup(x->policy) && !create_is_unresolved(c) &&
		clock_is_settled(x->clock) && x->now.boot_s >= c->throttled_until_boot_s;
}

bool create_wants_call(struct create *c, const struct context *x)
{
	bool due = create_is_due(c, x, &c->slot_s), early = x->now.boot_s < c->after_boot_s;

	if (!may_call(c, x) || (!due && !c->wanted))
		return false;
	if (early && (c->wanted || c->record.slot_s == c->slot_s))
		return false;
	if (!due && !latest_slot(x, &c->slot_s))
		c->slot_s = 0;
	return may_follow_listing(x);
}

static void remember_known(struct create *c, const struct inventory *inv, int64_t from_s)
{
	forget_known(c);
	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].start_s >= from_s) {
			c->known_before = xreallocarray(
				c->known_before, c->known_before_count + 1, sizeof(char *));
			c->known_before[c->known_before_count++] = xstrdup(set_id(inv, i));
		}
}

static void would(struct create *c, const struct context *x)
{
	outbox_report(x->out, REPORT_WOULD_CREATE, LEVEL_NOTICE, NULL, "would take a backup");
	c->wanted = false;
	c->record = (struct create_record){.state = CREATE_REFUSED, .slot_s = c->slot_s};
	c->after_boot_s = x->now.boot_s + x->policy->refresh_s;
}

static bool intend(void *self, const struct context *x)
{
	struct create *c = self;
	int64_t due_s, server_s = clock_server_now(x->clock, x->now);
	bool again = c->record.slot_s == c->slot_s && c->record.state != CREATE_DONE;
	int32_t before = again ? c->record.attempts : 0;
	struct entry e = {.kind = ENTRY_CREATE_INTENT, .at_s = x->now.wall_s, .slot_s = c->slot_s};

	if (x->dry_run) {
		would(c, x);
		return false;
	}
	c->record = (struct create_record){
		.state = CREATE_INTENT,
		.slot_s = c->slot_s,
		.called_s = x->now.wall_s,
		.called_server_s = server_s,
		.attempts = create_is_due(c, x, &due_s) ? before + 1 : 0,
	};
	c->called_boot_s = c->answered_boot_s = x->now.boot_s;
	c->listings_since_call = 0;
	c->for_person = c->wanted;
	c->wanted = false;
	remember_known(c, &x->hand->inv,
		floor_minute(x->now.wall_s < server_s ? x->now.wall_s : server_s));
	outbox_entry(x->out, &e);
	return true;
}

static bool announce(const void *self, const struct context *x)
{
	(void)self;
	outbox_report(x->out, REPORT_BACKUP_CALLED, LEVEL_INFO, NULL, "taking a backup");
	return true;
}

static bool may_send(const void *self, const struct context *x)
{
	(void)self;
	return !x->paused && !policy_refuses_backup(x->policy) && !x->outdated &&
		may_follow_listing(x);
}

static struct effect effect(const void *self)
{
	(void)self;
	return (struct effect){.kind = EFFECT_CREATE};
}

/* A call that a person asked for out of turn does not touch the slot: something stood for it. */
static void retry_later(
	struct create *c, enum create_state state, int64_t wait_s, const struct context *x)
{
	c->record.state = c->record.attempts > 0 ? state : CREATE_DONE;
	c->after_boot_s = x->now.boot_s + wait_s;
}

static void add_outcome(const struct create *c, const struct context *x, const struct answer *a)
{
	struct entry e = {.kind = ENTRY_CREATE_OUTCOME,
		.at_s = x->now.wall_s,
		.slot_s = c->record.slot_s,
		.outcome = answer_names[a->kind],
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message};

	outbox_entry(x->out, &e);
}

static bool stop(void *self, const struct context *x, const struct answer *a)
{
	struct create *c = self;

	add_outcome(c, x, a);
	retry_later(c, CREATE_REFUSED, 0, x);
	if (c->record.attempts > 0)
		c->record.attempts--;
	c->wanted = c->for_person && !policy_refuses_backup(x->policy);
	return true;
}

/* Of the slot's call how often it was made; of a person's whether it is made again at all. */
static void say_next(const struct create *c, int64_t wait_s, char *ret, size_t size)
{
	char wait[DURATION_TEXT_SIZE];

	duration_format_seconds(wait_s, wait);
	if (c->record.attempts > 0)
		(void)snprintf(ret, size, " (call %d for this slot); next try in %s",
			(int)c->record.attempts, wait);
	else
		(void)snprintf(ret, size, "; %s%s",
			c->wanted ? "next try in " : "it is not repeated", c->wanted ? wait : "");
}

static void not_carried_out(struct create *c, const struct context *x, const struct answer *a)
{
	int64_t wait_s = backoff_after_s(c->record.attempts,
		a->kind == ANSWER_UNSENT ? UNSENT_FIRST_S : RETRY_FIRST_S, RETRY_MOST_S, a);
	char next[DURATION_TEXT_SIZE + 64];

	c->throttled_until_boot_s = x->now.boot_s + backoff_asked_s(a);
	/* A person's call is made again though no slot is due, unless it would be refused again. */
	c->wanted = c->for_person && a->kind != ANSWER_REFUSED && !policy_refuses_backup(x->policy);
	retry_later(c, CREATE_REFUSED, wait_s, x);
	c->transient = a->transient;
	say_next(c, wait_s, next, sizeof(next));
	interned_set(&c->trouble, "CreateBackup was refused: %s%s%s", a->code,
		a->message[0] ? ": " : "", a->message);
	outbox_report_answer(x->out, REPORT_BACKUP_REFUSED, LEVEL_WARNING, a,
		"CreateBackup was not carried out%s", next);
}

static void answer(void *self, const struct context *x, const struct answer *a)
{
	struct create *c = self;

	add_outcome(c, x, a);
	c->answered_boot_s = x->now.boot_s;
	switch (a->kind) {
	case ANSWER_OK:
		c->record.state = CREATE_ACCEPTED;
		outbox_report_answer(x->out, REPORT_BACKUP_ACCEPTED, LEVEL_INFO, a,
			"the cloud has begun a backup");
		break;
	case ANSWER_AMBIGUOUS:
		outbox_report_answer(x->out, REPORT_BACKUP_UNSURE, LEVEL_WARNING, a,
			"it is not known whether a backup was begun; the sets are listed until it "
			"is, before any other call");
		break;
	case ANSWER_REFUSED:
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		not_carried_out(c, x, a);
		break;
	}
}

const struct change create_change = {
	.intend = intend,
	.announce = announce,
	.may_send = may_send,
	.effect = effect,
	.answer = answer,
	.stop = stop,
	.too_late = "the listing is not current any more",
};

/* How long a call may stay without a set to show for it. */
static int64_t settle_s(const struct create *c)
{
	int64_t s = slot_shows_within(c->longest_backup_s);

	/* An earlier run may have slept between its intent and the first byte of the call. */
	return c->called_boot_s < 0 ? s + SIGNATURE_S : s;
}

/* How long the cloud has had to show a set: from the answer, if there was one, since the machine
 * may have slept between the call and its first byte. */
static int64_t since_call(const struct create *c, const struct context *x)
{
	int64_t up_s = x->now.boot_s - x->clock->started_boot_s, ours_s, theirs_s;

	if (c->called_boot_s >= 0)
		return x->now.boot_s - c->answered_boot_s;
	/* An earlier run called, at least as long ago as this one has been up. Where two clocks
	 * differ, the shorter time counts. */
	ours_s = x->now.wall_s - c->record.called_s;
	theirs_s = clock_server_now(x->clock, x->now) - c->record.called_server_s;
	if (ours_s > theirs_s)
		ours_s = theirs_s;
	return ours_s > up_s ? ours_s : up_s;
}

/* Which of several new sets says most of a call; 0: nothing at all. */
static const int ranks[] = {
	[SET_VALID] = 4,
	[SET_RUNNING] = 3,
	[SET_UNKNOWN] = 2,
	[SET_FAILED] = 1,
	[SET_DELETING] = 0,
};

static bool was_known(const struct create *c, const char *id)
{
	for (size_t i = 0; i < c->known_before_count; i++)
		if (text_equal(c->known_before[i], id))
			return true;
	return false;
}

/* Within the time since the call, to the minute. A failed set speaks for our call only if it began
 * right with it: the cloud's own backups may fail, too, while ours has yet to show. */
static bool began_since(const struct set *s, int64_t called_s, int64_t now_s)
{
	int64_t until_s =
		s->state == SET_FAILED ? called_s + FAILED_WITHIN_S : now_s + FUTURE_SLACK_S;

	return s->start_s >= floor_minute(called_s) && s->start_s <= until_s;
}

/* True if our clock was not set since the call. After a restart nobody knows, nor which sets were
 * there before the call: then only the service's clock tells. */
static bool our_clock_held(const struct create *c, struct moment now)
{
	int64_t apart = now.wall_s - c->record.called_s - (now.boot_s - c->called_boot_s);

	return c->called_boot_s >= 0 && apart <= CLOCK_SLACK_S && apart >= -CLOCK_SLACK_S;
}

/* The set that our call made: new, and begun at or after it (to the minute), by the service's clock
 * or, where its Date header lies, by ours. After a restart nobody knows which sets were there
 * before, and a failed one may be the cloud's own of that minute: it speaks for no call then. */
static size_t find_ours(const struct create *c, const struct context *x)
{
	const struct inventory *inv = &x->hand->inv;
	int64_t theirs_s = clock_server_now(x->clock, x->now);
	bool held = our_clock_held(c, x->now);
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		if (s->start_s == SET_NO_TIME || ranks[s->state] == 0 ||
			(s->state == SET_FAILED && c->called_boot_s < 0) ||
			was_known(c, set_id(inv, i)) ||
			(!began_since(s, c->record.called_server_s, theirs_s) &&
				!(held && began_since(s, c->record.called_s, x->now.wall_s))))
			continue;
		if (found == SIZE_MAX || ranks[s->state] > ranks[inv->sets[found].state])
			found = i;
	}
	return found;
}

static void end_failed(struct create *c, const struct context *x, const char *set, const char *what)
{
	struct entry e = {.kind = ENTRY_BACKUP_FAILED,
		.at_s = x->now.wall_s,
		.slot_s = c->record.slot_s,
		.set = set,
		.reason = what};
	struct report_extra extra = {.set = set, .reason = what};

	retry_later(c, CREATE_FAILED,
		backoff_wait_s(c->record.attempts, RETRY_FIRST_S, RETRY_MOST_S), x);
	outbox_entry(x->out, &e);
	c->transient = false;
	interned_set(&c->trouble, "the backup failed: %s", what);
	outbox_report(
		x->out, REPORT_BACKUP_FAILED, LEVEL_ERROR, &extra, "the backup failed: %s", what);
}

static void end_complete(struct create *c, const struct context *x, const char *set)
{
	struct entry e = {.kind = ENTRY_BACKUP_DONE,
		.at_s = x->now.wall_s,
		.slot_s = c->record.slot_s,
		.set = set};
	struct report_extra extra = {.set = set};

	c->record.state = CREATE_DONE;
	interned_clear(&c->trouble);
	outbox_entry(x->out, &e);
	outbox_report(
		x->out, REPORT_BACKUP_DONE, LEVEL_NOTICE, &extra, "backup set %s is complete", set);
}

/* Ends a call that may have begun a backup, if this listing shows what became of it. True if that
 * is a complete set. */
static bool resolve_call(struct create *c, const struct context *x)
{
	size_t ours = find_ours(c, x);
	int64_t waited_s = since_call(c, x);
	const char *id = ours == SIZE_MAX ? "" : set_id(&x->hand->inv, ours);
	enum set_state state = ours == SIZE_MAX ? SET_UNKNOWN : x->hand->inv.sets[ours].state;

	c->listings_since_call++;
	text_copy_printable(c->record.set, sizeof(c->record.set), id);
	if (ours == SIZE_MAX) {
		if (waited_s < settle_s(c) || c->listings_since_call < LISTINGS_BEFORE_RESEND)
			return false;
		end_failed(c, x, "",
			c->record.state == CREATE_ACCEPTED
				? "the cloud accepted it, but no set ever showed"
				: "no set showed for a call whose answer was lost");
	} else if (state == SET_VALID) {
		end_complete(c, x, id);
		return true;
	} else if (state == SET_FAILED) {
		end_failed(c, x, id, "the cloud lists it as failed");
	} else if (waited_s > STUCK_S) {
		end_failed(c, x, id, "it has been running for more than a day");
	}
	return false;
}

bool create_follow_listing(struct create *c, const struct context *x)
{
	const struct inventory *inv = &x->hand->inv;
	int64_t slot_s;

	c->newest_start_s = slot_newest_start(inv, x->now_s);
	c->longest_backup_s = slot_longest_backup(inv);
	if (create_is_unresolved(c))
		return resolve_call(c, x);
	if (c->trouble[0] && !create_is_due(c, x, &slot_s))
		interned_clear(&c->trouble);
	return false;
}

int64_t create_next_listing(const struct create *c, const struct context *x)
{
	int64_t slot_s, at_boot_s = c->after_boot_s;

	if (create_is_unresolved(c)) {
		int64_t from_s = c->called_boot_s;
		backoff_later(&from_s, x->reading->ended_boot_s);
		return from_s - x->now.boot_s +
			backoff_wait_s(c->listings_since_call + 1, LIST_FIRST_S, LIST_MOST_S);
	}
	if (x->paused)
		return INT64_MAX;
	if (!c->wanted) {
		if (!create_is_due(c, x, &slot_s))
			return INT64_MAX;
		if (c->record.slot_s != slot_s)
			at_boot_s = x->now.boot_s;
	}
	backoff_later(&at_boot_s, c->throttled_until_boot_s);
	return at_boot_s - x->now.boot_s;
}
