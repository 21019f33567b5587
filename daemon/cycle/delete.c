/* DeleteBackups (S1, S3, S4). */
#include "cycle/delete.h"

#include "base/text.h"
#include "cycle/backoff.h"
#include "retention/explain.h"

#define RETRY_FIRST_S 30
#define RETRY_MOST_S 3600
#define CHECK_FIRST_S 5 /* whether sets are gone */
#define CHECK_MOST_S 300
#define CHECK_OFTEN 20  /* times: for more than an hour after the last call, then at the refresh */
#define LONE_REFUSALS 5 /* single sets refused in a row: then it is not about the sets */

void delete_init(struct delete *d, struct moment now)
{
	*d = (struct delete){.after_boot_s = now.boot_s};
	interned_clear(&d->trouble);
}

#define LET_GO(p) (free(p), (p) = NULL)

void delete_rest(struct delete *d)
{
	LET_GO(d->ids);
	LET_GO(d->batch);
	LET_GO(d->before);
	LET_GO(d->splits);
	LET_GO(d->split_sets);
	d->split_capacity = d->batch_count = 0;
}

void delete_done(struct delete *d)
{
	delete_rest(d);
	interned_clear(&d->trouble);
}

void delete_want(struct delete *d, struct moment now)
{
	if (d->after_boot_s > now.boot_s)
		d->after_boot_s = now.boot_s;
}

/* --- the plan at hand --- */

void delete_begin_plan(struct delete *d, const struct plan *p)
{
	d->next_allowed = d->split_count = d->asked_since_plan = 0;
	d->lone_refusals = 0;
	if (p->doomed_count == 0)
		interned_clear(&d->trouble);
}

void delete_end_plan(struct delete *d, const struct plan *p)
{
	d->next_allowed = p->allowed_count;
}

bool delete_has_more(const struct delete *d, const struct at_hand *h)
{
	return h->planned && (d->split_count > 0 || d->next_allowed < h->plan.allowed_count);
}

static bool may_send(const void *self, const struct context *x)
{
	(void)self;
	return !x->outdated && !x->clock->doubt[0] && !x->paused && !x->held &&
		reading_is_current(x->reading, x->now);
}

bool delete_wants_call(const struct delete *d, const struct context *x, bool blocked)
{
	return delete_has_more(d, x->hand) && !blocked && x->now.boot_s >= d->after_boot_s &&
		may_send(d, x);
}

static void tell_each(const struct context *x, enum report_kind kind, const uint32_t *sets,
	size_t count, const char *verb)
{
	const struct at_hand *h = x->hand;
	struct explanation *e = explanation_new(&h->input, &h->plan);

	for (size_t i = 0; i < count; i++) {
		struct text reason = TEXT_INIT(400);
		char when[CIVIL_TEXT_SIZE] = "?";
		const struct set *s = &h->inv.sets[sets[i]];
		explanation_reason(e, sets[i], &reason);
		if (s->start_s != SET_NO_TIME)
			zone_format(x->policy->zone, s->start_s, when);
		struct report_extra extra = {
			.set = set_id(&h->inv, sets[i]), .reason = reason.s, .plan = h->plan.hash};
		outbox_report(x->out, kind, LEVEL_NOTICE, &extra, "%s set %s of %s: %s", verb,
			extra.set, when, reason.s ? reason.s : "");
		text_done(&reason);
	}
	explanation_free(e);
}

/* --- a batch --- */

static void choose_batch(struct delete *d, const struct at_hand *h)
{
	d->batch = xreallocarray(d->batch, PLAN_BATCH, sizeof(*d->batch));
	d->ids = xreallocarray(d->ids, PLAN_BATCH, sizeof(*d->ids));
	d->before = xreallocarray(d->before, PLAN_BATCH, sizeof(*d->before));
	d->batch_count = 0;
	if (d->split_count > 0) {
		struct span part = d->splits[--d->split_count];
		for (size_t i = 0; i < part.count; i++)
			d->batch[d->batch_count++] = d->split_sets[part.from + i];
	} else {
		while (d->batch_count < PLAN_BATCH && d->next_allowed < h->plan.allowed_count)
			d->batch[d->batch_count++] = h->plan.allowed[d->next_allowed++];
	}
	for (size_t i = 0; i < d->batch_count; i++)
		d->ids[i] = set_id(&h->inv, d->batch[i]);
}

static void stop_run(struct delete *d, const struct context *x, int64_t wait_s)
{
	delete_end_plan(d, &x->hand->plan);
	d->split_count = 0;
	d->after_boot_s = x->now.boot_s + wait_s;
}

static bool is_safe(struct delete *d, const struct context *x)
{
	struct plan_input input = x->hand->input;
	struct error err = {0};

	input.now_s = x->now_s;
	if (plan_batch_is_safe(&input, &x->hand->plan, d->batch, d->batch_count, &err) &&
		plan_batch_stands_alone(&input, d->batch, d->batch_count, &err))
		return true;
	d->transient = false;
	interned_set(&d->trouble, "a batch was stopped: %.400s", err.text);
	outbox_report(x->out, REPORT_HELD, LEVEL_ERROR, NULL,
		"a batch of deletes was stopped by its last check: %s", err.text);
	return false;
}

static void intend_one(struct delete *d, const struct context *x, size_t at, const char *reason)
{
	struct remembered *r = marks_find(x->marks, d->ids[at]);
	struct entry entry = {.kind = ENTRY_DELETE_INTENT,
		.at_s = x->now.wall_s,
		.set = d->ids[at],
		.reason = reason,
		.plan = x->hand->plan.hash};

	outbox_entry(x->out, &entry);
	d->before[at] = r->m;
	r->m.asks += r->m.asked_s == 0 || r->m.answered; /* a lost call does not count */
	r->m.asked_s = x->now_s;
	r->m.answered = false;
	r->m.absent = 0;
	r->dirty = true;
}

static bool intend(void *self, const struct context *x)
{
	struct delete *d = self;
	const struct plan *p = &x->hand->plan;
	struct explanation *e;

	if (x->dry_run) {
		tell_each(x, REPORT_WOULD_DELETE, p->allowed, p->allowed_count, "would delete");
		delete_end_plan(d, p);
		return false;
	}
	choose_batch(d, x->hand);
	if (!is_safe(d, x)) {
		stop_run(d, x, RETRY_MOST_S);
		return false;
	}
	e = explanation_new(&x->hand->input, p);
	for (size_t i = 0; i < d->batch_count; i++) {
		struct text reason = TEXT_INIT(400);
		explanation_reason(e, d->batch[i], &reason);
		intend_one(d, x, i, reason.s);
		text_done(&reason);
	}
	d->asked_since_plan += d->batch_count;
	explanation_free(e);
	return true;
}

/* A set is told of once, however often a call that names it is refused. */
static bool announce(const void *self, const struct context *x)
{
	const struct delete *d = self;
	uint32_t untold[PLAN_BATCH];
	size_t count = 0;

	if (!may_send(self, x))
		return false;
	for (size_t i = 0; i < d->batch_count; i++) {
		struct remembered *r = marks_find(x->marks, d->ids[i]);
		if (!r->delete_told)
			untold[count++] = d->batch[i];
		r->delete_told = true;
	}
	tell_each(x, REPORT_DELETING, untold, count, "deleting");
	return true;
}

static struct effect effect(const void *self)
{
	const struct delete *d = self;

	return (struct effect){
		.kind = EFFECT_DELETE, .delete = {.ids = d->ids, .count = d->batch_count}};
}

/* --- what became of it --- */

/* The call was certainly not carried out: the marks are again as they were before. */
static void not_carried_out(struct delete *d, const struct context *x)
{
	d->asked_since_plan -=
		d->asked_since_plan < d->batch_count ? d->asked_since_plan : d->batch_count;
	for (size_t i = 0; i < d->batch_count; i++) {
		struct remembered *r = marks_find(x->marks, d->ids[i]);
		d->before[i].approved = r->m.approved; /* a person's word stands */
		r->m = d->before[i];
		r->dirty = true;
	}
}

static void add_outcome(const struct delete *d, const struct context *x, const struct answer *a)
{
	struct entry e = {.kind = ENTRY_DELETE_OUTCOME,
		.at_s = x->now.wall_s,
		.outcome = answer_names[a->kind],
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message,
		.plan = x->hand->plan.hash,
		.count = (int64_t)d->batch_count};

	outbox_entry(x->out, &e);
}

static bool stop(void *self, const struct context *x, const struct answer *a)
{
	add_outcome(self, x, a);
	not_carried_out(self, x);
	stop_run(self, x, 0);
	return true;
}

/* Tries the halves of a call that was refused as a whole, until the sets that are to blame stand
 * alone. */
static void split_batch(struct delete *d)
{
	size_t half = d->batch_count / 2, base = 0;

	/* Spans index split_sets, which only grows while spans are left. */
	for (size_t i = 0; i < d->split_count; i++)
		if (d->splits[i].from + d->splits[i].count > base)
			base = d->splits[i].from + d->splits[i].count;
	d->split_sets = xreallocarray(d->split_sets, base + d->batch_count, sizeof(*d->split_sets));
	memcpy(d->split_sets + base, d->batch, d->batch_count * sizeof(*d->batch));
	d->splits =
		memory_grow(d->splits, &d->split_capacity, d->split_count + 2, sizeof(*d->splits));
	d->splits[d->split_count++] = (struct span){base + half, d->batch_count - half};
	d->splits[d->split_count++] = (struct span){base, half};
}

static void try_later(struct delete *d, const struct context *x, const struct answer *a)
{
	int64_t wait_s = backoff_after_s(++d->failures, RETRY_FIRST_S, RETRY_MOST_S, a);

	if (a->kind == ANSWER_THROTTLED && a->retry_after_ms > 0)
		wait_s = backoff_asked_s(a);
	d->transient = a->transient;
	interned_set(&d->trouble, "DeleteBackups: %s%s%s", a->code, a->message[0] ? ": " : "",
		a->message);
	stop_run(d, x, wait_s);
}

static void mark_answered(const struct delete *d, const struct context *x)
{
	for (size_t i = 0; i < d->batch_count; i++) {
		struct remembered *r = marks_find(x->marks, d->ids[i]);
		r->m.answered = true;
		r->delete_told = false;
		r->dirty = true;
	}
}

/* A call without an answer has named all of these sets before. Where they are refused now, that
 * call may have reached the cloud. */
static bool asked_in_vain(const struct delete *d)
{
	for (size_t i = 0; i < d->batch_count; i++) {
		if (d->before[i].asked_s == 0 || d->before[i].answered)
			return false;
	}
	return true;
}

static void refuse_one(struct delete *d, const struct context *x, const struct answer *a)
{
	struct report_extra extra = {
		.set = d->ids[0], .code = a->code, .request_id = a->request_id};

	marks_find(x->marks, d->ids[0])->refused_boot_s = x->now.boot_s > 0 ? x->now.boot_s : 1;
	outbox_report(x->out, REPORT_DELETE_REFUSED, LEVEL_WARNING, &extra,
		"the cloud refuses to delete set %s: %s: %s", d->ids[0], a->code, a->message);
	if (++d->lone_refusals >= LONE_REFUSALS)
		try_later(d, x,
			&(struct answer){.code = "set after set is refused",
				.retry_after_ms = RETRY_MOST_S * 1000});
}

static void take_refusal(struct delete *d, const struct context *x, const struct answer *a)
{
	if (a->about == ABOUT_SETS && asked_in_vain(d)) {
		mark_answered(d, x);
		outbox_report_answer(x->out, REPORT_DELETE_UNSURE, LEVEL_INFO, a,
			"%zu sets of a call that was lost are refused; they count as under way",
			d->batch_count);
		return;
	}
	not_carried_out(d, x);
	if (a->about != ABOUT_SETS) {
		outbox_report_answer(x->out, REPORT_DELETE_REFUSED, LEVEL_WARNING, a,
			"DeleteBackups was refused");
		try_later(d, x, a);
	} else if (d->batch_count > 1) {
		outbox_report_answer(x->out, REPORT_DELETE_REFUSED, LEVEL_INFO, a,
			"a call of %zu sets was refused as a whole; trying its halves",
			d->batch_count);
		split_batch(d);
	} else {
		refuse_one(d, x, a);
	}
}

static void answer(void *self, const struct context *x, const struct answer *a)
{
	struct delete *d = self;

	add_outcome(d, x, a);
	d->checks = 0;
	switch (a->kind) {
	case ANSWER_OK:
		d->failures = d->lone_refusals = 0;
		mark_answered(d, x);
		interned_clear(&d->trouble);
		outbox_report_answer(x->out, REPORT_DELETE_ACCEPTED, LEVEL_INFO, a,
			"the cloud accepted to delete %zu sets; they are looked for until they are "
			"gone",
			d->batch_count);
		break;
	case ANSWER_AMBIGUOUS:
		outbox_report_answer(x->out, REPORT_DELETE_UNSURE, LEVEL_WARNING, a,
			"it is not known whether %zu deletes were carried out; they count as under "
			"way",
			d->batch_count);
		try_later(d, x, a);
		break;
	case ANSWER_REFUSED:
		take_refusal(d, x, a);
		break;
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		not_carried_out(d, x);
		outbox_report_answer(x->out, REPORT_DELETE_REFUSED, LEVEL_WARNING, a,
			"DeleteBackups was not carried out");
		try_later(d, x, a);
		break;
	}
}

const struct change delete_change = {
	.intend = intend,
	.announce = announce,
	.may_send = may_send,
	.effect = effect,
	.answer = answer,
	.stop = stop,
	.too_late = "the listing is not current any more",
	.runs = true,
};

/* In how many seconds it is to be checked whether sets are gone. */
static int64_t next_check(const struct delete *d, const struct context *x, int64_t since_s)
{
	int64_t wait_s = x->policy->refresh_s;

	if (d->checks < CHECK_OFTEN)
		wait_s = backoff_wait_s(d->checks + 1, CHECK_FIRST_S, CHECK_MOST_S);
	/* A listing of many pages is dear: up to ten pages a second. */
	backoff_later(&wait_s, x->reading->pages.pages / 10);
	return wait_s - since_s;
}

int64_t delete_next_listing(const struct delete *d, const struct context *x, bool blocked)
{
	const struct plan *p = &x->hand->plan;
	int64_t in_s = INT64_MAX, since_s = x->now.boot_s - x->reading->ended_boot_s;
	bool wants_more = delete_has_more(d, x->hand) || d->trouble[0];

	if (!x->hand->planned || x->dry_run)
		return in_s;
	if (marks_asked(x->marks) > 0)
		backoff_sooner(&in_s, next_check(d, x, since_s));
	/* Stopped half-way, or the listing grew old: list again, then go on. */
	if (wants_more && p->allowed_count > 0 && !x->clock->doubt[0] && !x->paused && !blocked)
		backoff_sooner(&in_s, d->after_boot_s - x->now.boot_s);
	if (!(p->holds & HARD_HOLDS) && p->ripe_in_s > 0)
		backoff_sooner(&in_s, p->ripe_in_s - since_s);
	return in_s;
}
