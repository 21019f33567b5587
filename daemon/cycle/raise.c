/* How long the cloud itself keeps sets, and raising it where the policy needs longer. */
#include "cycle/raise.h"

#include "base/text.h"
#include "cycle/backoff.h"
#include "retention/reach.h"

#include <stdio.h>

#define READ_LEAST_S INT64_C(1800) /* with a listing that ends so long after the last read */
#define READ_MOST_S INT64_C(86400) /* and at least once a day */
#define READ_AGAIN_S INT64_C(3600)
#define READ_FIRST_S 15             /* wait before the first retry */
#define CHECK_S INT64_C(10)         /* after a call: whether it shows */
#define READ_MAX_AGE_S INT64_C(300) /* a call may wait for its permit */
#define CALLS_IN_VAIN 3
#define RETRY_FIRST_S 60
#define RETRY_MOST_S 3600

struct days_text {
	char s[64];
};

/* "from 30 to 730 days" */
static struct days_text days_text(int64_t from_days, int64_t to_days)
{
	struct days_text t;

	(void)snprintf(t.s, sizeof(t.s), "from %lld to %lld days", (long long)from_days,
		(long long)to_days);
	return t;
}

static void say_lowered(struct raise *r, const char *what)
{
	interned_set(&r->lowered,
		"somebody else lowered the cloud's retention from %d to %d days%s",
		(int)r->known.lowered_from, (int)r->known.days, what);
}

void raise_init(struct raise *r, const struct cloud_record *known, struct moment now)
{
	r->known = *known;
	if (known->lowered_from > 0)
		say_lowered(r, "");
	else
		interned_clear(&r->lowered);
	raise_begin(r, now);
}

void raise_begin(struct raise *r, struct moment now)
{
	r->told_days = r->needs_days = 0;
	r->read_after_boot_s = r->call_after_boot_s = now.boot_s;
	r->read_with_listing_boot_s = INT64_MAX;
	r->failures = 0;
	interned_clear(&r->trouble);
}

void raise_done(struct raise *r)
{
	interned_clear(&r->lowered);
	interned_clear(&r->trouble);
}

/* The copies in other regions have a retention of their own, which the API does not tell. */
static bool needs_days(const struct policy *p)
{
	return !p->remote && p->cloud_retention != CLOUD_RETENTION_IGNORE;
}

static bool needs_log(const struct policy *p)
{
	return !p->remote && p->safety.point_in_time != POINT_IN_TIME_IGNORE;
}

int64_t raise_log_days(const struct raise *r, const struct policy *p)
{
	if (!needs_log(p))
		return 0;
	if (r->read.days == 0 || (r->read.unread[0] && r->read.log_days == 0))
		return LOG_UNKNOWN;
	return r->read.log ? r->read.log_days : 0;
}

/* One call more for each refresh: if the cloud drops sets at once, each hour counts. */
int64_t raise_next_read(const struct raise *r, const struct context *x)
{
	bool may = (needs_days(x->policy) || needs_log(x->policy)) && x->reading->listed &&
		!x->reading->failed && !x->out->disk_failed;

	if (!may)
		return INT64_MAX;
	if (x->reading->ended_boot_s >= r->read_with_listing_boot_s)
		return 0;
	return r->read_after_boot_s - x->now.boot_s;
}

static void set_trouble(struct raise *r, const char *what)
{
	interned_set(&r->trouble,
		"the cloud keeps sets for %lld days only, and that could not be raised: %.380s",
		(long long)r->read.days, what);
}

static void tell_short(struct raise *r, const struct context *x)
{
	bool for_ever = r->needs_days == REACH_FOR_EVER;

	if (r->told_days == r->read.days)
		return;
	r->told_days = r->read.days;
	outbox_report(x->out, REPORT_RETENTION_SHORT, LEVEL_WARNING, NULL,
		"the cloud itself drops sets after %lld days, the policy keeps some for up to "
		"%s%lld days: set the cluster's backup retention to %lld days%s",
		(long long)r->read.days, for_ever ? "more than " : "",
		(long long)(for_ever ? CLOUD_DAYS_MOST : r->needs_days),
		(long long)reach_cloud_days(r->needs_days),
		r->read.days >= CLOUD_DAYS_MOST ? " (which it is: the most there is)" : "");
}

/* --- reading --- */

/* A listing does not bring this read forward. */
static void read_at(struct raise *r, int64_t boot_s)
{
	r->read_after_boot_s = boot_s;
	r->read_with_listing_boot_s = INT64_MAX;
}

/* The cloud keeps sets long enough. */
static void take_enough(struct raise *r, const struct context *x)
{
	struct days_text change = days_text(r->from_days, r->read.days);
	struct entry e = {
		.kind = ENTRY_RETENTION_RAISED, .at_s = x->now.wall_s, .reason = change.s};
	struct report_extra extra = {.reason = change.s};

	if (r->to_days > 0) { /* an earlier call asked for it */
		outbox_entry(x->out, &e);
		outbox_report(x->out, REPORT_RETENTION_RAISED, LEVEL_NOTICE, &extra,
			"the cloud's retention was raised %s", change.s);
	}
	r->to_days = 0;
	r->failures = 0;
	interned_clear(&r->trouble);
	if (r->needs_days > CLOUD_DAYS_MOST) /* more than there is */
		tell_short(r, x);
	else
		r->told_days = 0;
}

/* It keeps them for too short, and is to be raised. */
static bool take_short(struct raise *r, const struct context *x)
{
	if (x->paused || x->now.boot_s < r->call_after_boot_s) {
		read_at(r, x->paused ? x->now.boot_s + READ_AGAIN_S : r->call_after_boot_s);
		return false;
	}
	if (!r->read.unread[0])
		return true;
	set_trouble(r, r->read.unread);
	if (r->told_days != r->read.days)
		outbox_report(x->out, REPORT_RETENTION_REFUSED, LEVEL_WARNING, NULL,
			"the cloud's retention of %lld days is not raised to %lld: its policy does "
			"not read whole, so the rest of it could not stay as it is (%s)",
			(long long)r->read.days, (long long)reach_cloud_days(r->needs_days),
			r->read.unread);
	r->told_days = r->read.days;
	read_at(r, x->now.boot_s + READ_AGAIN_S);
	return false;
}

/* --- by another hand --- */

/* Which kept sets are older than the cloud keeps sets for, and the first that will be. */
static size_t kept_beyond(const struct context *x, int64_t days, int64_t *ret_first_s)
{
	const struct at_hand *h = x->hand;
	size_t count = 0;

	*ret_first_s = SET_NO_TIME;
	for (size_t i = 0; h->planned && h->plan.verdicts && i < h->plan.count; i++) {
		int64_t start_s = h->inv.sets[i].start_s;
		if (h->plan.verdicts[i].kind != VERDICT_KEEP &&
			h->plan.verdicts[i].kind != VERDICT_PROTECT)
			continue;
		count += start_s < x->now_s - days * 86400;
		if (*ret_first_s == SET_NO_TIME || start_s + days * 86400 < *ret_first_s)
			*ret_first_s = start_s + days * 86400;
	}
	return count;
}

/* The kept sets that the cloud will drop at its lowered retention. */
static void count_drops(struct raise *r, const struct context *x)
{
	char what[160] = "", when[CIVIL_TEXT_SIZE];
	int64_t first_s;

	r->drops = kept_beyond(x, r->known.days, &first_s);
	if (r->drops > 0) {
		(void)snprintf(what, sizeof(what),
			": %zu kept sets are older than that, and the cloud may drop them at any "
			"time",
			r->drops);
	} else if (first_s != SET_NO_TIME) {
		zone_format(x->policy->zone, first_s, when);
		(void)snprintf(what, sizeof(what),
			": the first kept set is as old as that on %s, and the cloud may drop it "
			"then",
			when);
	}
	say_lowered(r, what);
}

static void forget_lowered(struct raise *r, const struct context *x)
{
	if (r->known.lowered_from > 0 && r->to_days == 0)
		outbox_report(x->out, REPORT_RETENTION_RAISED, LEVEL_NOTICE, NULL,
			"the cloud's retention is %d days, and no longer too short",
			(int)r->known.days);
	r->known.lowered_from = 0;
	r->drops = 0;
	interned_clear(&r->lowered);
}

/* L3: the cloud tells nobody that its own policy was changed for the worse, by a person or by a
 * program that sends only a part of it. A cloud that still keeps sets for as long as the policy
 * needs does no harm. */
static void follow_days(struct raise *r, const struct context *x, int64_t days)
{
	bool enough = !needs_days(x->policy) || days >= reach_cloud_days(r->needs_days);
	int32_t before = r->known.days;

	r->known.days = (int32_t)days;
	if (enough || days >= r->known.lowered_from)
		forget_lowered(r, x);
	if (!enough && days < before && r->known.lowered_from < before)
		r->known.lowered_from = before;
	if (r->known.lowered_from > 0)
		count_drops(r, x);
	if (days >= before)
		return;
	if (enough)
		outbox_report(x->out, REPORT_CLOUD_LOWERED, LEVEL_NOTICE, NULL,
			"somebody else lowered the cloud's retention from %d to %d days, which is "
			"still as long as the policy needs",
			(int)before, (int)r->known.days);
	else
		outbox_report(x->out, REPORT_CLOUD_LOWERED, LEVEL_ERROR, NULL, "%s", r->lowered);
}

static void follow_log(struct raise *r, const struct context *x, const struct backup_policy *read)
{
	int32_t before = r->known.log_days;

	if (read->log && read->log_days == 0) /* it did not read */
		return;
	r->known.log_days = read->log ? (int32_t)read->log_days : 0;
	if (before > 0 && r->known.log_days == 0)
		outbox_report(x->out, REPORT_CLOUD_LOWERED, LEVEL_ERROR, NULL,
			"somebody else switched the log off: from now on no second can be "
			"restored, only whole sets");
	else if (r->known.log_days < before)
		outbox_report(x->out, REPORT_CLOUD_LOWERED, LEVEL_ERROR, NULL,
			"somebody else lowered the log's retention from %d to %d days: a restore "
			"to the second reaches back less far",
			(int)before, (int)r->known.log_days);
}

static void read_later(struct raise *r, const struct context *x, const struct answer *a)
{
	int64_t wait_s = r->to_days > 0 ? RETRY_FIRST_S : READ_AGAIN_S;

	r->transient = a->transient;
	r->read_failures = a->transient ? r->read_failures + 1 : 0;
	if (a->transient)
		backoff_sooner(
			&wait_s, backoff_wait_s(r->read_failures, READ_FIRST_S, READ_AGAIN_S));
	backoff_later(&wait_s, backoff_asked_s(a));
	read_at(r, x->now.boot_s + wait_s);
}

bool raise_take_read(struct raise *r, const struct context *x, const struct answer *a,
	const struct backup_policy *read)
{
	if (a->kind != ANSWER_OK || !read) {
		read_later(r, x, a);
		return false;
	}
	r->read_failures = 0;
	r->transient = false;
	r->read_after_boot_s = x->now.boot_s + READ_MOST_S;
	r->read_with_listing_boot_s = x->now.boot_s + READ_LEAST_S;
	r->read = *read;
	r->read_boot_s = x->now.boot_s;
	follow_log(r, x, read);
	if (!needs_days(x->policy)) {
		follow_days(r, x, read->days);
		return false;
	}
	r->needs_days = reach_days(x->policy, x->now_s);
	follow_days(r, x, read->days);
	if (r->read.days >= reach_cloud_days(r->needs_days))
		take_enough(r, x);
	else if (x->policy->cloud_retention == CLOUD_RETENTION_ENSURE)
		return take_short(r, x);
	else
		tell_short(r, x);
	return false;
}

/* --- the call --- */

static void complain_in_vain(struct raise *r, const struct context *x)
{
	set_trouble(r, "the cloud accepts it, but it does not show");
	outbox_report(x->out, REPORT_RETENTION_UNSURE, LEVEL_WARNING, NULL,
		"after %d calls the cloud still keeps sets for %lld days only; it is asked again "
		"and again",
		r->failures, (long long)r->read.days);
}

static bool intend(void *self, const struct context *x)
{
	struct raise *r = self;
	int64_t to_days = reach_cloud_days(r->needs_days);
	struct days_text change = days_text(r->read.days, to_days);
	struct entry e = {
		.kind = ENTRY_RETENTION_INTENT, .at_s = x->now.wall_s, .reason = change.s};

	if (x->dry_run) {
		if (r->told_days != r->read.days)
			outbox_report(x->out, REPORT_WOULD_RAISE, LEVEL_NOTICE, NULL,
				"would raise the cloud's retention %s", change.s);
		r->told_days = r->read.days;
		return false;
	}
	if (r->to_days > 0 && r->failures == CALLS_IN_VAIN)
		complain_in_vain(r, x);
	r->from_days = r->read.days;
	r->to_days = to_days;
	outbox_entry(x->out, &e);
	return true;
}

static bool announce(const void *self, const struct context *x)
{
	const struct raise *r = self;
	struct days_text change = days_text(r->from_days, r->to_days);
	struct report_extra extra = {.reason = change.s};

	outbox_report(x->out, REPORT_RETENTION_RAISING, LEVEL_NOTICE, &extra,
		"raising the cloud's retention %s: the policy needs it", change.s);
	return true;
}

static bool may_send(const void *self, const struct context *x)
{
	const struct raise *r = self;

	return needs_days(x->policy) && x->now.boot_s - r->read_boot_s <= READ_MAX_AGE_S &&
		x->policy->cloud_retention == CLOUD_RETENTION_ENSURE && !x->paused &&
		!x->outdated && r->to_days > r->read.days;
}

static struct effect effect(const void *self)
{
	const struct raise *r = self;

	return (struct effect){.kind = EFFECT_RAISE, .raise = {&r->read, r->to_days}};
}

static void add_outcome(const struct context *x, const struct answer *a)
{
	struct entry e = {.kind = ENTRY_RETENTION_OUTCOME,
		.at_s = x->now.wall_s,
		.outcome = answer_names[a->kind],
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message};

	outbox_entry(x->out, &e);
}

/* The policy is read again before the next call, so that it is never lowered. */
static void try_later(
	struct raise *r, const struct context *x, const struct answer *a, int64_t read_in_s)
{
	int64_t wait_s = backoff_after_s(++r->failures, RETRY_FIRST_S, RETRY_MOST_S, a);

	r->call_after_boot_s = x->now.boot_s + wait_s;
	read_at(r, x->now.boot_s + (read_in_s < wait_s ? read_in_s : wait_s));
}

static bool stop(void *self, const struct context *x, const struct answer *a)
{
	struct raise *r = self;

	add_outcome(x, a);
	r->to_days = 0;
	try_later(r, x, a, INT64_MAX);
	return false;
}

static void answer(void *self, const struct context *x, const struct answer *a)
{
	struct raise *r = self;
	struct days_text change = days_text(r->from_days, r->to_days);

	add_outcome(x, a);
	switch (a->kind) {
	case ANSWER_OK: /* which proves nothing: whether it shows is read */
		try_later(r, x, a, CHECK_S);
		break;
	case ANSWER_AMBIGUOUS:
		outbox_report_answer(x->out, REPORT_RETENTION_UNSURE, LEVEL_WARNING, a,
			"it is not known whether the cloud's retention was raised; it is asked "
			"for again");
		set_trouble(r, a->code);
		try_later(r, x, a, CHECK_S);
		break;
	case ANSWER_REFUSED:
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		outbox_report_answer(x->out, REPORT_RETENTION_REFUSED, LEVEL_WARNING, a,
			"the cloud's retention could not be raised %s", change.s);
		set_trouble(r, a->message[0] ? a->message : a->code);
		r->transient = a->transient;
		r->to_days = 0;
		try_later(r, x, a, INT64_MAX);
		break;
	}
}

const struct change raise_change = {
	.intend = intend,
	.announce = announce,
	.may_send = may_send,
	.effect = effect,
	.answer = answer,
	.stop = stop,
	.too_late = "it may not be raised any more",
};
