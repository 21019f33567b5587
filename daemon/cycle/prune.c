#include "cycle/state.h"

#include "retention/explain.h"

#include <stdio.h>

#define RETRY_FIRST_S 30
#define RETRY_MOST_S 3600
#define LOOK_FIRST_S 5
#define LOOK_MOST_S 300
#define LOOK_OFTEN 20   /* looks: for more than an hour after the last call, then at the refresh */
#define LONE_REFUSALS 5 /* single sets refused in a row: then it is not about the sets */

/* The longest gap between slots takes a year of slots to find: once a week is enough. */
int64_t prune_fresh_within(struct cycle *c, struct moment now)
{
	if (now.boot_s >= c->fresh_within_until_boot_s) {
		c->fresh_within_s = slot_fresh_within(c->policy, clock_now(c, now));
		c->fresh_within_until_boot_s = now.boot_s + 7 * 86400;
	}
	return c->fresh_within_s;
}

static void renew_input(struct cycle *c, struct moment now)
{
	c->views = xreallocarray(c->views, c->inv.count, sizeof(*c->views));
	marks_view(c, now, c->views);
	c->input = (struct plan_input){
		.policy = c->policy,
		.inv = &c->inv,
		.listing_complete = list_is_current(c, now),
		.listing_doubt = c->listing_doubt[0] ? c->listing_doubt : NULL,
		.clock_doubt = c->clock_doubt[0] ? c->clock_doubt : NULL,
		.fresh_within_s = prune_fresh_within(c, now),
		.paused = c->paused[0] ? c->paused : NULL,
		.cloud_s = c->backup_policy.days * 86400,
		.now_s = clock_now(c, now),
		.marks = c->views,
	};
}

static void tell_holds(struct cycle *c)
{
	unsigned holds = c->plan.doomed_count ? c->plan.holds & HARD_HOLDS : 0;
	bool news = holds != c->told_holds ||
		(holds & 1u << HOLD_APPROVAL && strcmp(c->told_plan, c->plan.hash) != 0);
	struct report_extra extra = {.plan = c->plan.hash};

	if (!news)
		return;
	for (int i = 0; i < HOLD_COUNT; i++)
		if (holds & 1u << i) {
			extra.reason = hold_names[i];
			report(c, REPORT_HELD, LEVEL_WARNING, &extra, "deletes are held (%s): %s",
				hold_names[i], c->plan.hold_detail[i]);
		}
	if (!holds)
		report(c, REPORT_RELEASED, LEVEL_NOTICE, &extra,
			"nothing holds the deletes any more");
	c->told_holds = holds;
	memcpy(c->told_plan, c->plan.hash, sizeof(c->told_plan));
}

static uint64_t quarantine_digest(const struct cycle *c)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < c->plan.count; i++)
		if (c->plan.verdicts[i].kind == VERDICT_QUARANTINE)
			digest += digest_fnv1a(set_id(&c->inv, i));
	return digest;
}

static void tell_quarantine(struct cycle *c)
{
	uint64_t digest = quarantine_digest(c);
	struct explanation *e;

	if (digest == c->told_quarantine)
		return;
	c->told_quarantine = digest;
	e = explanation_new(&c->input, &c->plan);
	for (size_t i = 0; i < c->plan.count; i++) {
		struct text reason = TEXT_INIT(400);
		if (c->plan.verdicts[i].kind != VERDICT_QUARANTINE)
			continue;
		explanation_reason(e, i, &reason);
		struct report_extra extra = {.set = set_id(&c->inv, i), .reason = reason.s};
		report(c, REPORT_QUARANTINE, LEVEL_WARNING, &extra,
			"set %s is quarantined (never deleted, counts for nothing): %s",
			set_id(&c->inv, i), reason.s ? reason.s : "");
		text_done(&reason);
	}
	explanation_free(e);
}

void prune_plan(struct cycle *c, struct moment now)
{
	if (c->have_plan)
		plan_done(&c->plan);
	renew_input(c, now);
	c->planned_at = now;
	plan_make(&c->input, &c->plan);
	c->have_plan = true;
	c->next_allowed = c->split_count = c->asked_since_plan = 0;
	c->lone_refusals = 0;
	if (c->plan.doomed_count == 0)
		interned_clear(&c->delete_trouble);
}

void prune_tell_plan(struct cycle *c)
{
	tell_quarantine(c);
	tell_holds(c);
}

size_t prune_deleting(const struct cycle *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->mark_count; i++)
		n += c->marks[i].m.asked_s != 0 && !c->marks[i].dropped;
	return n;
}

bool prune_has_more(const struct cycle *c)
{
	return c->have_plan && (c->split_count > 0 || c->next_allowed < c->plan.allowed_count);
}

bool prune_wants_call(struct cycle *c, struct moment now)
{
	return prune_has_more(c) && !c->state_failed && !c->clock_doubt[0] && !c->paused[0] &&
		!c->policy_changed && now.boot_s >= c->delete_after_boot_s &&
		!backup_unresolved(c) && list_is_current(c, now);
}

static void choose_batch(struct cycle *c)
{
	c->batch = xreallocarray(c->batch, PLAN_BATCH, sizeof(*c->batch));
	c->ids = xreallocarray(c->ids, PLAN_BATCH, sizeof(*c->ids));
	c->before = xreallocarray(c->before, PLAN_BATCH, sizeof(*c->before));
	c->batch_count = 0;
	if (c->split_count > 0) {
		struct span part = c->splits[--c->split_count];
		for (size_t i = 0; i < part.count; i++)
			c->batch[c->batch_count++] = c->split_sets[part.from + i];
	} else {
		while (c->batch_count < PLAN_BATCH && c->next_allowed < c->plan.allowed_count)
			c->batch[c->batch_count++] = c->plan.allowed[c->next_allowed++];
	}
	for (size_t i = 0; i < c->batch_count; i++)
		c->ids[i] = set_id(&c->inv, c->batch[i]);
}

static void stop_run(struct cycle *c, int64_t wait_s, struct moment now)
{
	c->next_allowed = c->plan.allowed_count;
	c->split_count = 0;
	c->delete_after_boot_s = now.boot_s + wait_s;
}

void prune_intend(struct cycle *c, struct moment now)
{
	struct error err = {0};
	struct explanation *e;

	choose_batch(c);
	c->input.now_s = clock_now(c, now);
	if (!plan_batch_is_safe(&c->input, &c->plan, c->batch, c->batch_count, &err)) {
		c->batch_count = 0;
		interned_set(&c->delete_trouble, "a batch was stopped: %.400s", err.text);
		report(c, REPORT_HELD, LEVEL_ERROR, NULL,
			"a batch of deletes was stopped by its last check: %s", err.text);
		stop_run(c, RETRY_MOST_S, now);
		return;
	}
	e = explanation_new(&c->input, &c->plan);
	for (size_t i = 0; i < c->batch_count; i++) {
		struct remembered *r = marks_find(c, c->ids[i]);
		struct text reason = TEXT_INIT(400);
		explanation_reason(e, c->batch[i], &reason);
		struct entry entry = {.kind = ENTRY_DELETE_INTENT,
			.at_s = now.wall_s,
			.set = c->ids[i],
			.reason = reason.s,
			.plan = c->plan.hash};
		marks_entry(c, &entry);
		text_done(&reason);
		c->before[i] = r->m;
		r->m.asks += r->m.asked_s == 0 || r->m.answered; /* a lost call does not count */
		r->m.asked_s = clock_now(c, now);
		r->m.answered = false;
		r->m.absent = 0;
		r->dirty = true;
	}
	c->asked_since_plan += c->batch_count;
	explanation_free(e);
}

struct effect prune_effect(struct cycle *c)
{
	return (struct effect){
		.kind = EFFECT_DELETE, .delete = {.ids = c->ids, .count = c->batch_count}};
}

static void tell_each(struct cycle *c, enum report_kind kind, enum report_level level,
	const uint32_t *sets, size_t count, const char *verb)
{
	struct explanation *e = explanation_new(&c->input, &c->plan);

	for (size_t i = 0; i < count; i++) {
		struct text reason = TEXT_INIT(400);
		char when[CIVIL_TEXT_SIZE] = "?";
		const struct set *s = &c->inv.sets[sets[i]];
		explanation_reason(e, sets[i], &reason);
		if (s->start_s != SET_NO_TIME)
			zone_format(c->policy->zone, s->start_s, when);
		struct report_extra extra = {
			.set = set_id(&c->inv, sets[i]), .reason = reason.s, .plan = c->plan.hash};
		report(c, kind, level, &extra, "%s set %s of %s: %s", verb, extra.set, when,
			reason.s ? reason.s : "");
		text_done(&reason);
	}
	explanation_free(e);
}

void prune_tell(struct cycle *c, struct moment now)
{
	(void)now;
	tell_each(c, REPORT_DELETING, LEVEL_NOTICE, c->batch, c->batch_count, "deleting");
}

void prune_would(struct cycle *c)
{
	tell_each(c, REPORT_WOULD_DELETE, LEVEL_NOTICE, c->plan.allowed, c->plan.allowed_count,
		"would delete");
	c->next_allowed = c->plan.allowed_count;
}

void prune_not_carried_out(struct cycle *c)
{
	c->asked_since_plan -=
		c->asked_since_plan < c->batch_count ? c->asked_since_plan : c->batch_count;
	for (size_t i = 0; i < c->batch_count; i++) {
		struct remembered *r = marks_find(c, c->ids[i]);
		c->before[i].approved = r->m.approved; /* a person's word stands */
		r->m = c->before[i];
		r->dirty = true;
	}
}

void prune_stop(struct cycle *c, struct moment now, const char *why)
{
	struct entry e = {.kind = ENTRY_DELETE_OUTCOME,
		.at_s = now.wall_s,
		.outcome = "unsent",
		.reason = why,
		.plan = c->plan.hash,
		.count = (int64_t)c->batch_count};

	marks_entry(c, &e);
	prune_not_carried_out(c);
	stop_run(c, 0, now);
	c->list_now = true;
}

/* A call refused as a whole: tries its halves, until the sets that are to blame stand alone. */
static void split(struct cycle *c)
{
	size_t half = c->batch_count / 2, base = 0;

	/* Spans index split_sets, which only grows while spans are left. */
	for (size_t i = 0; i < c->split_count; i++)
		if (c->splits[i].from + c->splits[i].count > base)
			base = c->splits[i].from + c->splits[i].count;
	c->split_sets = xreallocarray(c->split_sets, base + c->batch_count, sizeof(*c->split_sets));
	memcpy(c->split_sets + base, c->batch, c->batch_count * sizeof(*c->batch));
	c->splits =
		memory_grow(c->splits, &c->split_capacity, c->split_count + 2, sizeof(*c->splits));
	c->splits[c->split_count++] = (struct span){base + half, c->batch_count - half};
	c->splits[c->split_count++] = (struct span){base, half};
}

static void try_later(struct cycle *c, const struct answer *a, struct moment now)
{
	int64_t wait = backoff_s(++c->delete_failures, RETRY_FIRST_S, RETRY_MOST_S);

	if (wait < retry_after_s(a) || (a->kind == ANSWER_THROTTLED && a->retry_after_ms > 0))
		wait = retry_after_s(a);
	interned_set(&c->delete_trouble, "DeleteBackups: %s%s%s", a->code, a->message[0] ? ": " : "",
		a->message);
	stop_run(c, wait, now);
}

static void answered(struct cycle *c)
{
	for (size_t i = 0; i < c->batch_count; i++) {
		struct remembered *r = marks_find(c, c->ids[i]);
		r->m.answered = true;
		r->dirty = true;
	}
}

/* Sets that a call without an answer has named before: refused now, they may well be under way. */
static bool asked_in_vain(struct cycle *c)
{
	for (size_t i = 0; i < c->batch_count; i++) {
		if (c->before[i].asked_s == 0 || c->before[i].answered)
			return false;
	}
	return true;
}

static void refused(struct cycle *c, const struct answer *a, struct moment now)
{
	if (a->about != ABOUT_SETS) {
		report_answer(
			c, REPORT_DELETE_REFUSED, LEVEL_WARNING, a, "DeleteBackups was refused");
		try_later(c, a, now);
		return;
	}
	if (c->batch_count > 1) {
		report_answer(c, REPORT_DELETE_REFUSED, LEVEL_INFO, a,
			"a call of %zu sets was refused as a whole; trying its halves",
			c->batch_count);
		split(c);
		return;
	}
	marks_find(c, c->ids[0])->refused_boot_s = now.boot_s > 0 ? now.boot_s : 1;
	struct report_extra extra = {
		.set = c->ids[0], .code = a->code, .request_id = a->request_id};
	report(c, REPORT_DELETE_REFUSED, LEVEL_WARNING, &extra,
		"the cloud refuses to delete set %s: %s: %s", c->ids[0], a->code, a->message);
	if (++c->lone_refusals >= LONE_REFUSALS)
		try_later(c,
			&(struct answer){.code = "set after set is refused",
				.retry_after_ms = RETRY_MOST_S * 1000},
			now);
}

void prune_answer(struct cycle *c, const struct answer *a, struct moment now)
{
	static const char *const outcomes[] = {
		[ANSWER_OK] = "ok",
		[ANSWER_REFUSED] = "refused",
		[ANSWER_THROTTLED] = "throttled",
		[ANSWER_UNSENT] = "unsent",
		[ANSWER_AMBIGUOUS] = "ambiguous",
	};
	struct entry e = {.kind = ENTRY_DELETE_OUTCOME,
		.at_s = now.wall_s,
		.outcome = outcomes[a->kind],
		.code = a->code,
		.request_id = a->request_id,
		.reason = a->message,
		.plan = c->plan.hash,
		.count = (int64_t)c->batch_count};

	marks_entry(c, &e);
	c->verify_step = 0;
	switch (a->kind) {
	case ANSWER_OK:
		c->delete_failures = c->lone_refusals = 0;
		answered(c);
		interned_clear(&c->delete_trouble);
		report_answer(c, REPORT_DELETE_ACCEPTED, LEVEL_INFO, a,
			"the cloud accepted to delete %zu sets; they are looked for until they are "
			"gone",
			c->batch_count);
		break;
	case ANSWER_AMBIGUOUS:
		report_answer(c, REPORT_DELETE_UNSURE, LEVEL_WARNING, a,
			"it is not known whether %zu deletes were carried out; they count as under "
			"way",
			c->batch_count);
		try_later(c, a, now);
		break;
	case ANSWER_REFUSED:
		if (a->about == ABOUT_SETS && asked_in_vain(c)) {
			answered(c);
			report_answer(c, REPORT_DELETE_UNSURE, LEVEL_INFO, a,
				"%zu sets of a call that was lost are refused; they count as under "
				"way",
				c->batch_count);
			break;
		}
		prune_not_carried_out(c);
		refused(c, a, now);
		break;
	case ANSWER_THROTTLED:
	case ANSWER_UNSENT:
		prune_not_carried_out(c);
		report_answer(c, REPORT_DELETE_REFUSED, LEVEL_WARNING, a,
			"DeleteBackups was not carried out");
		try_later(c, a, now);
		break;
	}
}

static void sooner(int64_t *in_s, int64_t candidate_s)
{
	if (candidate_s < *in_s)
		*in_s = candidate_s;
}

int64_t prune_next_look(const struct cycle *c, struct moment now)
{
	int64_t in_s = INT64_MAX, since = now.boot_s - c->last_listing.boot_s;

	if (!c->have_plan || c->dry_run)
		return in_s;
	if (prune_deleting(c) > 0) {
		int64_t wait = c->verify_step < LOOK_OFTEN
			? backoff_s(c->verify_step + 1, LOOK_FIRST_S, LOOK_MOST_S)
			: c->policy->refresh_s;
		/* A listing of many pages is dear: up to ten pages a second. */
		if (wait < c->reading.pages / 10)
			wait = c->reading.pages / 10;
		sooner(&in_s, wait - since);
	}
	if (c->plan.allowed_count > 0 && !c->clock_doubt[0] && !c->paused[0] &&
		!backup_unresolved(c)) {
		/* Stopped half-way, or the listing grew old: list again, then go on. */
		if (prune_has_more(c) || c->delete_trouble[0])
			sooner(&in_s, c->delete_after_boot_s - now.boot_s);
	}
	if (!(c->plan.holds & HARD_HOLDS) && c->plan.ripe_in_s > 0)
		sooner(&in_s, c->plan.ripe_in_s - since);
	return in_s;
}

void prune_done(struct cycle *c)
{
	if (c->have_plan)
		plan_done(&c->plan);
	interned_clear(&c->delete_trouble);
	free(c->views);
	free(c->ids);
	free(c->batch);
	free(c->before);
	free(c->splits);
	free(c->split_sets);
}
