#include "cycle/state.h"

#include "retention/reach.h"

#include <stdio.h>

#define ASK_EVERY_S INT64_C(86400)
#define ASK_AGAIN_S INT64_C(3600)
#define LOOK_S INT64_C(10)          /* after a call: whether it shows */
#define READ_MAX_AGE_S INT64_C(300) /* a call may wait for its turn */
#define CALLS_IN_VAIN 3
#define RETRY_FIRST_S 60
#define RETRY_MOST_S 3600

void retention_begin(struct cycle *c, struct moment now)
{
	c->retention_told_days = c->needs_days = 0;
	c->retention_after_boot_s = c->raise_after_boot_s = now.boot_s;
	c->raise_failures = 0;
	interned_clear(&c->retention_trouble);
}

/* The copies in other regions have a retention of their own, which the API does not tell. */
static bool is_of_interest(const struct cycle *c)
{
	return !c->policy->remote && c->policy->cloud_retention != CLOUD_RETENTION_IGNORE;
}

bool retention_due(const struct cycle *c, struct moment now, int64_t *ret_in_s)
{
	bool may = is_of_interest(c) && c->have_listing && !c->listing_failed && !c->state_failed;

	*ret_in_s = may ? c->retention_after_boot_s - now.boot_s : INT64_MAX;
	return *ret_in_s <= 0;
}

bool retention_may_raise(const struct cycle *c, struct moment now)
{
	return is_of_interest(c) && now.boot_s - c->retention_read_boot_s <= READ_MAX_AGE_S &&
		c->policy->cloud_retention == CLOUD_RETENTION_ENSURE && !c->paused[0] &&
		!c->policy_changed && c->raised_to_days > c->backup_policy.days;
}

struct effect retention_effect(struct cycle *c)
{
	return (struct effect){
		.kind = EFFECT_RAISE, .raise = {&c->backup_policy, c->raised_to_days}};
}

static void set_trouble(struct cycle *c, const char *what)
{
	interned_set(&c->retention_trouble,
		"the cloud keeps sets for %lld days only, and that could not be raised: %.380s",
		(long long)c->backup_policy.days, what);
}

static void tell_short(struct cycle *c)
{
	bool for_ever = c->needs_days == REACH_FOR_EVER;

	if (c->retention_told_days == c->backup_policy.days)
		return;
	c->retention_told_days = c->backup_policy.days;
	report(c, REPORT_RETENTION_SHORT, LEVEL_WARNING, NULL,
		"the cloud itself drops sets after %lld days, the policy keeps some for up to "
		"%s%lld days: set the cluster's backup retention to %lld days%s",
		(long long)c->backup_policy.days, for_ever ? "more than " : "",
		(long long)(for_ever ? CLOUD_DAYS_MOST : c->needs_days),
		(long long)reach_cloud_days(c->needs_days),
		c->backup_policy.days >= CLOUD_DAYS_MOST ? " (which it is: the most there is)"
							 : "");
}

static void intend(struct cycle *c, struct moment now)
{
	char change[64];
	struct entry e = {.kind = ENTRY_RETENTION_INTENT, .at_s = now.wall_s, .reason = change};

	if (c->raised_to_days > 0 && c->raise_failures == CALLS_IN_VAIN) {
		set_trouble(c, "the cloud accepts it, but it does not show");
		report(c, REPORT_RETENTION_UNSURE, LEVEL_WARNING, NULL,
			"after %d calls the cloud still keeps sets for %lld days only; it is asked "
			"again and again",
			c->raise_failures, (long long)c->backup_policy.days);
	}
	c->raised_from_days = c->backup_policy.days;
	c->raised_to_days = reach_cloud_days(c->needs_days);
	(void)snprintf(change, sizeof(change), "from %lld to %lld days",
		(long long)c->raised_from_days, (long long)c->raised_to_days);
	marks_entry(c, &e);
	c->phase = PHASE_RAISE_INTENT;
}

/* The policy was read a moment ago, and keeps sets for too short. */
static void raise(struct cycle *c, struct moment now)
{
	int64_t to_days = reach_cloud_days(c->needs_days);

	if (c->paused[0] || now.boot_s < c->raise_after_boot_s) {
		c->retention_after_boot_s =
			c->paused[0] ? now.boot_s + ASK_AGAIN_S : c->raise_after_boot_s;
	} else if (c->backup_policy.unread[0]) {
		set_trouble(c, c->backup_policy.unread);
		if (c->retention_told_days != c->backup_policy.days)
			report(c, REPORT_RETENTION_REFUSED, LEVEL_WARNING, NULL,
				"the cloud's retention of %lld days is not raised to %lld: its "
				"policy does not read whole, so the rest of it could not stay as "
				"it is (%s)",
				(long long)c->backup_policy.days, (long long)to_days,
				c->backup_policy.unread);
		c->retention_told_days = c->backup_policy.days;
		c->retention_after_boot_s = now.boot_s + ASK_AGAIN_S;
	} else if (c->dry_run) {
		report(c, REPORT_WOULD_RAISE, LEVEL_NOTICE, NULL,
			"would raise the cloud's retention from %lld to %lld days",
			(long long)c->backup_policy.days, (long long)to_days);
	} else {
		intend(c, now);
	}
}

/* What an earlier call asked for shows. */
static void shows(struct cycle *c, struct moment now)
{
	char change[64];
	struct entry e = {.kind = ENTRY_RETENTION_RAISED, .at_s = now.wall_s, .reason = change};
	struct report_extra extra = {.reason = change};

	(void)snprintf(change, sizeof(change), "from %lld to %lld days",
		(long long)c->raised_from_days, (long long)c->backup_policy.days);
	marks_entry(c, &e);
	report(c, REPORT_RETENTION_RAISED, LEVEL_NOTICE, &extra,
		"the cloud's retention was raised from %lld to %lld days",
		(long long)c->raised_from_days, (long long)c->backup_policy.days);
}

static void enough(struct cycle *c, struct moment now)
{
	if (c->raised_to_days > 0)
		shows(c, now);
	c->raised_to_days = 0;
	c->raise_failures = 0;
	interned_clear(&c->retention_trouble);
	if (c->needs_days > CLOUD_DAYS_MOST) /* more than there is */
		tell_short(c);
	else
		c->retention_told_days = 0;
}

void retention_answer(struct cycle *c, const struct event *e, struct moment now)
{
	c->phase = PHASE_IDLE;
	if (e->answer->kind != ANSWER_OK || !e->backup_policy) {
		int64_t wait = c->raised_to_days > 0 ? RETRY_FIRST_S : ASK_AGAIN_S;
		if (wait < retry_after_s(e->answer))
			wait = retry_after_s(e->answer);
		c->retention_after_boot_s = now.boot_s + wait;
		return;
	}
	c->retention_after_boot_s = now.boot_s + ASK_EVERY_S;
	c->backup_policy = *e->backup_policy;
	c->retention_read_boot_s = now.boot_s;
	c->needs_days = reach_days(c->policy, clock_now(c, now));
	if (c->backup_policy.days >= reach_cloud_days(c->needs_days)) {
		enough(c, now);
	} else if (c->policy->cloud_retention == CLOUD_RETENTION_ENSURE) {
		raise(c, now);
	} else {
		tell_short(c);
	}
}

void retention_tell(struct cycle *c)
{
	char change[64];
	struct report_extra extra = {.reason = change};

	(void)snprintf(change, sizeof(change), "from %lld to %lld days",
		(long long)c->raised_from_days, (long long)c->raised_to_days);
	report(c, REPORT_RETENTION_RAISING, LEVEL_NOTICE, &extra,
		"raising the cloud's retention from %lld to %lld days: the policy needs it",
		(long long)c->raised_from_days, (long long)c->raised_to_days);
}

static void entry(struct cycle *c, const char *outcome, const struct answer *a, struct moment now)
{
	struct entry e = {.kind = ENTRY_RETENTION_OUTCOME,
		.at_s = now.wall_s,
		.outcome = outcome,
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message};

	marks_entry(c, &e);
}

/* The policy is read again before the next call, so that it is never lowered. */
static void try_later(struct cycle *c, const struct answer *a, int64_t look_s, struct moment now)
{
	int64_t wait = backoff_s(++c->raise_failures, RETRY_FIRST_S, RETRY_MOST_S);

	if (wait < retry_after_s(a))
		wait = retry_after_s(a);
	c->raise_after_boot_s = now.boot_s + wait;
	c->retention_after_boot_s = now.boot_s + (look_s < wait ? look_s : wait);
}

void retention_not_sent(struct cycle *c, const char *why, struct moment now)
{
	struct answer a = {.kind = ANSWER_UNSENT};

	text_copy_printable(a.message, sizeof(a.message), why);
	entry(c, "unsent", &a, now);
	c->raised_to_days = 0;
	try_later(c, &a, INT64_MAX, now);
}

void retention_raised(struct cycle *c, const struct answer *a, struct moment now)
{
	static const char *const outcomes[] = {
		[ANSWER_OK] = "ok",
		[ANSWER_REFUSED] = "refused",
		[ANSWER_THROTTLED] = "throttled",
		[ANSWER_UNSENT] = "unsent",
		[ANSWER_AMBIGUOUS] = "ambiguous",
	};

	entry(c, outcomes[a->kind], a, now);
	switch (a->kind) {
	case ANSWER_OK: /* which proves nothing: it is looked for */
		try_later(c, a, LOOK_S, now);
		break;
	case ANSWER_AMBIGUOUS:
		report_answer(c, REPORT_RETENTION_UNSURE, LEVEL_WARNING, a,
			"it is not known whether the cloud's retention was raised; it is asked "
			"for again");
		set_trouble(c, a->code);
		try_later(c, a, LOOK_S, now);
		break;
	case ANSWER_REFUSED:
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		report_answer(c, REPORT_RETENTION_REFUSED, LEVEL_WARNING, a,
			"the cloud's retention could not be raised from %lld to %lld days",
			(long long)c->raised_from_days, (long long)c->raised_to_days);
		set_trouble(c, a->message[0] ? a->message : a->code);
		c->raised_to_days = 0;
		try_later(c, a, INT64_MAX, now);
		break;
	}
}
