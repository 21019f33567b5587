#include "cycle/state.h"

#include <stdio.h>

#define RETRY_FIRST_S 60
#define RETRY_MOST_S 3600
#define UNSENT_FIRST_S 5
#define LOOK_FIRST_S 5
#define LOOK_MOST_S 120
#define STUCK_S (24 * 3600) /* a set that still runs after this stands for nothing */
#define SETTLE_LEAST_S 900  /* a set may show only when it is finished: how long that may take */
#define SETTLE_MOST_S (6 * 3600)
#define SETTLE_UNKNOWN_S 7200
#define FAILED_WITHIN_S 180      /* of our call: a failed set that began later is another's */
#define LISTINGS_BEFORE_RESEND 2 /* S5 */

static int64_t floor_minute(int64_t t)
{
	int64_t rest = t % 60;

	return t - (rest < 0 ? rest + 60 : rest);
}

/* The instant from which a set stands for the slot. The cloud's times may be to the minute, so a
 * slot counts from its minute on; only a schedule finer than that is taken by the second. */
static int64_t slot_counts_from(const struct cycle *c, int64_t slot_s)
{
	int64_t next_s;

	if (slot_next(c->policy, slot_s, &next_s) == 0 && next_s - slot_s < 60)
		return slot_s;
	return floor_minute(slot_s);
}

bool backup_unresolved(const struct cycle *c)
{
	return c->create.state == CREATE_INTENT || c->create.state == CREATE_ACCEPTED;
}

static bool latest_slot(const struct cycle *c, struct moment now, int64_t *ret_s)
{
	return c->policy->schedule.kind != SCHEDULE_NONE &&
		slot_previous(c->policy, clock_now(c, now), ret_s) == 0;
}

/* The latest slot, if nothing that is known stands for it. */
static bool open_slot(const struct cycle *c, struct moment now, int64_t *ret_slot_s)
{
	int64_t slot_s, from_s, ahead_s = c->create.slot_s - clock_now(c, now);

	if (policy_refuses_backup(c->policy) || !latest_slot(c, now, &slot_s))
		return false;
	if (!c->policy->schedule.catch_up &&
		clock_now(c, now) - slot_s > now.boot_s - c->started_boot_s)
		return false;
	if (c->create.slot_s == slot_s && (c->create.state == CREATE_DONE || backup_unresolved(c)))
		return false;
	/* Our clock was a little ahead, and went back to before the slot that we are at: the one
	 * before had its turn, though its set may be dated before it by the service's clock. */
	if (ahead_s > 0 && ahead_s <= CLOCK_SLACK_S)
		return false;
	from_s = slot_counts_from(c, slot_s);
	if ((c->newest_start_s != SET_NO_TIME && c->newest_start_s >= from_s) ||
		(c->seen_start_s != SET_NO_TIME && c->seen_start_s >= from_s))
		return false;
	*ret_slot_s = slot_s;
	return true;
}

bool backup_is_due(struct cycle *c, struct moment now, int64_t *ret_slot_s)
{
	return clock_is_settled(c) && open_slot(c, now, ret_slot_s);
}

bool backup_seems_due(struct cycle *c, struct moment now)
{
	int64_t slot_s;

	return !c->paused[0] && !policy_refuses_backup(c->policy) && !backup_unresolved(c) &&
		open_slot(c, now, &slot_s);
}

/* Without a complete listing only where pages come but do not fit: holding is for deletes (S6). */
static bool may_follow_listing(const struct cycle *c, struct moment now)
{
	return list_is_fresh(c, now) || (c->listing_failed && c->doubtful);
}

bool backup_may_send(const struct cycle *c, struct moment now)
{
	return !c->paused[0] && !policy_refuses_backup(c->policy) && !c->policy_changed &&
		may_follow_listing(c, now);
}

bool backup_wants_call(struct cycle *c, struct moment now, int64_t *ret_slot_s)
{
	bool due = backup_is_due(c, now, ret_slot_s);

	if (c->paused[0] || policy_refuses_backup(c->policy) || backup_unresolved(c) ||
		!clock_is_settled(c) || now.boot_s < c->throttled_until_boot_s)
		return false;
	if (c->backup_wanted) {
		if (now.boot_s < c->create_after_boot_s)
			return false;
		if (!due && !latest_slot(c, now, ret_slot_s))
			*ret_slot_s = 0;
	} else if (!due) {
		return false;
	} else if (c->create.slot_s == *ret_slot_s && now.boot_s < c->create_after_boot_s) {
		return false;
	}
	return may_follow_listing(c, now);
}

static void forget_known(struct cycle *c)
{
	for (size_t i = 0; i < c->known_before_count; i++)
		free(c->known_before[i]);
	free(c->known_before);
	c->known_before = NULL;
	c->known_before_count = 0;
}

static void remember_known(struct cycle *c, int64_t from_s)
{
	forget_known(c);
	for (size_t i = 0; i < c->inv.count; i++)
		if (c->inv.sets[i].start_s >= from_s) {
			c->known_before = xreallocarray(
				c->known_before, c->known_before_count + 1, sizeof(char *));
			c->known_before[c->known_before_count++] = xstrdup(set_id(&c->inv, i));
		}
}

static bool was_known(const struct cycle *c, const char *id)
{
	for (size_t i = 0; i < c->known_before_count; i++)
		if (text_equal(c->known_before[i], id))
			return true;
	return false;
}

void backup_intend(struct cycle *c, int64_t slot_s, struct moment now)
{
	int64_t due_s;
	int32_t before = c->create.slot_s == slot_s && c->create.state != CREATE_DONE
		? c->create.attempts
		: 0;
	struct entry e = {.kind = ENTRY_CREATE_INTENT, .at_s = now.wall_s, .slot_s = slot_s};

	c->create = (struct create_record){
		.state = CREATE_INTENT,
		.slot_s = slot_s,
		.called_s = now.wall_s,
		.called_server_s = clock_server_now(c, now),
		.attempts = backup_is_due(c, now, &due_s) ? before + 1 : 0,
	};
	c->called_boot_s = c->answered_boot_s = now.boot_s;
	c->listings_since_call = 0;
	c->for_person = c->backup_wanted;
	c->backup_wanted = false;
	remember_known(c,
		floor_minute(c->create.called_s < c->create.called_server_s
				? c->create.called_s
				: c->create.called_server_s));
	marks_entry(c, &e);
}

static void retry_later(struct cycle *c, enum create_state state, int64_t wait_s, struct moment now)
{
	/* A call that a person asked for out of turn does not touch the slot: something stood for
	 * it. */
	c->create.state = c->create.attempts > 0 ? state : CREATE_DONE;
	c->create_after_boot_s = now.boot_s + wait_s;
}

void backup_stop(struct cycle *c, struct moment now, const char *why)
{
	struct entry e = {.kind = ENTRY_CREATE_OUTCOME,
		.at_s = now.wall_s,
		.slot_s = c->create.slot_s,
		.outcome = "unsent",
		.reason = why};

	marks_entry(c, &e);
	retry_later(c, CREATE_REFUSED, 0, now);
	if (c->create.attempts > 0)
		c->create.attempts--;
	c->backup_wanted = c->for_person && !policy_refuses_backup(c->policy);
	c->list_now = true;
}

static void refused(struct cycle *c, const struct answer *a, struct moment now)
{
	int64_t wait = backoff_s(c->create.attempts,
		a->kind == ANSWER_UNSENT ? UNSENT_FIRST_S : RETRY_FIRST_S, RETRY_MOST_S);
	char text[DURATION_TEXT_SIZE];

	if (wait < retry_after_s(a))
		wait = retry_after_s(a);
	c->throttled_until_boot_s = now.boot_s + retry_after_s(a);
	/* Out of its slot only a person's call is made again, and only if it may help. */
	c->backup_wanted =
		c->for_person && a->kind != ANSWER_REFUSED && !policy_refuses_backup(c->policy);
	retry_later(c, CREATE_REFUSED, wait, now);
	duration_format_seconds(wait, text);
	interned_set(&c->create_trouble, "CreateBackup was refused: %s%s%s", a->code,
		a->message[0] ? ": " : "", a->message);
	report_answer(c, REPORT_BACKUP_REFUSED, LEVEL_WARNING, a,
		"CreateBackup was not carried out (call %d for this slot); next try in %s",
		(int)c->create.attempts, text);
}

void backup_answer(struct cycle *c, const struct answer *a, struct moment now)
{
	static const char *const outcomes[] = {
		[ANSWER_OK] = "ok",
		[ANSWER_REFUSED] = "refused",
		[ANSWER_THROTTLED] = "throttled",
		[ANSWER_UNSENT] = "unsent",
		[ANSWER_AMBIGUOUS] = "ambiguous",
	};
	struct entry e = {.kind = ENTRY_CREATE_OUTCOME,
		.at_s = now.wall_s,
		.slot_s = c->create.slot_s,
		.outcome = outcomes[a->kind],
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message};

	marks_entry(c, &e);
	c->answered_boot_s = now.boot_s;
	switch (a->kind) {
	case ANSWER_OK:
		c->create.state = CREATE_ACCEPTED;
		report_answer(
			c, REPORT_BACKUP_ACCEPTED, LEVEL_INFO, a, "the cloud has begun a backup");
		break;
	case ANSWER_AMBIGUOUS:
		report_answer(c, REPORT_BACKUP_UNSURE, LEVEL_WARNING, a,
			"it is not known whether a backup was begun; the sets are listed until it "
			"is, before any other "
			"call");
		break;
	case ANSWER_REFUSED:
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		refused(c, a, now);
		break;
	}
}

/* How long a call may stay without a set to show for it. */
static int64_t settle_s(const struct cycle *c)
{
	int64_t s = c->longest_backup_s < 0 ? SETTLE_UNKNOWN_S : 2 * c->longest_backup_s + 600;

	return s < SETTLE_LEAST_S ? SETTLE_LEAST_S : s > SETTLE_MOST_S ? SETTLE_MOST_S : s;
}

/* How long the cloud has had to show a set: from the answer, if there was one, since the machine
 * may have slept between the call and its first byte. */
static int64_t since_call(const struct cycle *c, struct moment now)
{
	int64_t up = now.boot_s - c->started_boot_s, ours, theirs;

	if (c->called_boot_s >= 0)
		return now.boot_s - c->answered_boot_s;
	/* By an earlier run: at least as long as this one has been up. Of two clocks, the more
	 * careful. */
	ours = now.wall_s - c->create.called_s;
	theirs = clock_server_now(c, now) - c->create.called_server_s;
	if (ours > theirs)
		ours = theirs;
	return ours > up ? ours : up;
}

static int rank(enum set_state state)
{
	static const int ranks[] = {
		[SET_VALID] = 4,
		[SET_RUNNING] = 3,
		[SET_UNKNOWN] = 2,
		[SET_FAILED] = 1,
		[SET_DELETING] = 0,
	};
	return ranks[state];
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
static bool our_clock_held(const struct cycle *c, struct moment now)
{
	int64_t apart = now.wall_s - c->create.called_s - (now.boot_s - c->called_boot_s);

	return c->called_boot_s >= 0 && apart <= CLOCK_SLACK_S && apart >= -CLOCK_SLACK_S;
}

/* The set that our call made: new, and begun at or after it (to the minute), by the service's clock
 * or, where its Date header lies, by ours. After a restart nobody knows which sets were there
 * before, and a failed one may be the cloud's own of that minute: it speaks for no call then. */
static size_t find_ours(const struct cycle *c, struct moment now)
{
	int64_t ours = now.wall_s, theirs = clock_server_now(c, now);
	bool held = our_clock_held(c, now);
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < c->inv.count; i++) {
		const struct set *s = &c->inv.sets[i];
		if (s->start_s == SET_NO_TIME || rank(s->state) == 0 ||
			(s->state == SET_FAILED && c->called_boot_s < 0) ||
			was_known(c, set_id(&c->inv, i)) ||
			(!began_since(s, c->create.called_server_s, theirs) &&
				!(held && began_since(s, c->create.called_s, ours))))
			continue;
		if (found == SIZE_MAX || rank(s->state) > rank(c->inv.sets[found].state))
			found = i;
	}
	return found;
}

static void fail(struct cycle *c, const char *set, struct moment now, const char *what)
{
	int64_t wait = backoff_s(c->create.attempts, RETRY_FIRST_S, RETRY_MOST_S);
	struct entry e = {.kind = ENTRY_BACKUP_FAILED,
		.at_s = now.wall_s,
		.slot_s = c->create.slot_s,
		.set = set,
		.reason = what};
	struct report_extra extra = {.set = set, .reason = what};

	retry_later(c, CREATE_FAILED, wait, now);
	marks_entry(c, &e);
	interned_set(&c->create_trouble, "the backup failed: %s", what);
	report(c, REPORT_BACKUP_FAILED, LEVEL_ERROR, &extra, "the backup failed: %s", what);
}

static void done(struct cycle *c, const char *set, struct moment now)
{
	struct entry e = {.kind = ENTRY_BACKUP_DONE,
		.at_s = now.wall_s,
		.slot_s = c->create.slot_s,
		.set = set};
	struct report_extra extra = {.set = set};

	c->create.state = CREATE_DONE;
	c->deletes_turn = true;
	interned_clear(&c->create_trouble);
	marks_entry(c, &e);
	report(c, REPORT_BACKUP_DONE, LEVEL_NOTICE, &extra, "backup set %s is complete", set);
}

static void follow(struct cycle *c, struct moment now)
{
	size_t ours = find_ours(c, now);
	int64_t waited = since_call(c, now);
	const char *id = ours == SIZE_MAX ? "" : set_id(&c->inv, ours);

	c->listings_since_call++;
	if (!text_equal(c->create.set, id)) {
		text_copy_printable(c->create.set, sizeof(c->create.set), id);
	}
	if (ours == SIZE_MAX) {
		if (waited < settle_s(c) || c->listings_since_call < LISTINGS_BEFORE_RESEND)
			return;
		fail(c, "", now,
			c->create.state == CREATE_ACCEPTED
				? "the cloud accepted it, but no set ever showed"
				: "no set showed for a call whose answer was lost");
	} else if (c->inv.sets[ours].state == SET_VALID) {
		done(c, id, now);
	} else if (c->inv.sets[ours].state == SET_FAILED) {
		fail(c, id, now, "the cloud lists it as failed");
	} else if (waited > STUCK_S) {
		fail(c, id, now, "it has been running for more than a day");
	}
}

void backup_after_listing(struct cycle *c, struct moment now)
{
	int64_t latest = clock_now(c, now) + FUTURE_SLACK_S, slot_s;

	c->newest_start_s = SET_NO_TIME;
	c->longest_backup_s = -1;
	for (size_t i = 0; i < c->inv.count; i++) {
		const struct set *s = &c->inv.sets[i];
		if (s->state == SET_VALID && s->duration_s > c->longest_backup_s)
			c->longest_backup_s = s->duration_s;
		if ((s->state == SET_VALID || s->state == SET_RUNNING) && s->start_s <= latest &&
			s->start_s > c->newest_start_s)
			c->newest_start_s = s->start_s;
	}
	if (backup_unresolved(c))
		follow(c, now);
	else if (c->create_trouble[0] && !backup_is_due(c, now, &slot_s))
		interned_clear(&c->create_trouble);
}

bool backup_next_look(struct cycle *c, struct moment now, int64_t *ret_in_s)
{
	int64_t slot_s, at_boot_s = c->create_after_boot_s;

	if (backup_unresolved(c)) {
		int64_t wait = backoff_s(c->listings_since_call + 1, LOOK_FIRST_S, LOOK_MOST_S);
		int64_t from = c->called_boot_s > c->last_listing.boot_s ? c->called_boot_s
									 : c->last_listing.boot_s;
		*ret_in_s = from + wait - now.boot_s;
		return true;
	}
	if (c->paused[0])
		return false;
	if (!c->backup_wanted) {
		if (!backup_is_due(c, now, &slot_s))
			return false;
		if (c->create.slot_s != slot_s)
			at_boot_s = now.boot_s;
	}
	if (at_boot_s < c->throttled_until_boot_s)
		at_boot_s = c->throttled_until_boot_s;
	*ret_in_s = at_boot_s - now.boot_s;
	return true;
}

void backup_done(struct cycle *c)
{
	interned_clear(&c->create_trouble);
	forget_known(c);
}
