/* From the listing, the marks and the policy to the plan at hand. */
#include "cycle/replan.h"

#include "cycle/protect.h"
#include "cycle/state.h"
#include "retention/explain.h"
#include "retention/slot.h"

#define ASK_AGAIN_UNANSWERED_S 15 /* a call without an answer may never have reached the cloud */
#define RUN_LASTS_S 900           /* longer than any run of --once */
#define GIVE_UP_S (24 * 3600)     /* what is still there then was certainly not deleted */

/* --- the plan --- */

/* The longest gap between slots takes a year of slots to find: once a week is enough. */
int64_t replan_fresh_within(struct cycle *c, struct moment now)
{
	struct replan *r = &c->replan;

	if (now.boot_s >= r->fresh_within_until_boot_s) {
		r->fresh_within_s = slot_fresh_within(c->policy, -1, clock_now(&c->clock, now));
		r->fresh_within_until_boot_s = now.boot_s + 7 * 86400;
	}
	return slot_fresh_add(c->policy, r->fresh_within_s, r->longest_backup_s);
}

static const char *or_null(const char *s)
{
	return s[0] ? s : NULL;
}

static void make_plan(struct cycle *c, struct moment now)
{
	struct at_hand *h = &c->hand;

	if (h->planned)
		plan_done(&h->plan);
	h->views = xreallocarray(h->views, h->inv.count, sizeof(*h->views));
	marks_view(&c->marks, &h->inv, now, h->views);
	h->input = (struct plan_input){
		.policy = c->policy,
		.inv = &h->inv,
		.listing_complete = reading_is_current(&c->reading, now),
		.listing_doubt = or_null(c->reading.doubt),
		.clock_doubt = or_null(c->clock.doubt),
		.fresh_within_s = replan_fresh_within(c, now),
		.operator_hold = operator_why(&c->operator, clock_now(&c->clock, now)),
		.paused = or_null(c->paused),
		.cloud_s = c->raise.read.days * 86400,
		.log_days = raise_log_days(&c->raise, c->policy),
		.now_s = clock_now(&c->clock, now),
		.marks = h->views,
	};
	h->planned_at = now;
	plan_make(&h->input, &h->plan);
	h->planned = true;
	delete_begin_plan(&c->delete, &h->plan);
}

/* --- sets that delete calls named, and that still show --- */

static int64_t asked_for_s(const struct cycle *c, const struct remembered *r, struct moment now)
{
	return clock_now(&c->clock, now) - r->m.asked_s;
}

/* Shows the sets that may be asked for again as the cloud lists them. True if there are any. */
static bool unmask(struct cycle *c, struct moment now, const struct inventory_index *index)
{
	bool any = false;

	for (size_t i = 0; i < c->marks.count; i++) {
		const struct remembered *r = &c->marks.all[i];
		int64_t wait_s = r->m.answered ? ASK_AGAIN_S : ASK_AGAIN_UNANSWERED_S;
		size_t at = r->m.asked_s && asked_for_s(c, r, now) >= wait_s
			? inventory_find(index, r->m.id)
			: SIZE_MAX;
		if (at == SIZE_MAX || r->listed_state == SET_DELETING)
			continue;
		c->hand.inv.sets[at].state = r->listed_state;
		any = true;
	}
	return any;
}

/* Takes out of what is allowed each set that is neither among `may_go` nor was asked for before,
 * and the parents of such sets. */
static void withhold(struct cycle *c, const bool *may_go, const struct inventory_index *index)
{
	const struct inventory *inv = &c->hand.inv;
	struct plan *p = &c->hand.plan;
	_cleanup_free_ bool *out = xcalloc(inv->count, sizeof(*out));
	size_t kept = 0;

	for (size_t i = 0; i < p->allowed_count; i++) {
		uint32_t at = p->allowed[i];
		const struct remembered *r = marks_find(&c->marks, set_id(inv, at));
		size_t parent = inventory_find(index, set_parent(inv, at));
		if (!out[at] && (may_go[at] || (r && r->m.asked_s)))
			p->allowed[kept++] = at;
		else if (parent != SIZE_MAX) /* comes later in this order */
			out[parent] = true;
	}
	p->allowed_count = kept;
}

/* A set that is not asked for again now goes on counting for nothing; after a day it is like any
 * other. True if there was one that had been unmasked. */
static bool mask(struct cycle *c, struct moment now, const struct inventory_index *index)
{
	struct inventory *inv = &c->hand.inv;
	const struct plan *p = &c->hand.plan;
	_cleanup_free_ bool *allowed = xcalloc(inv->count, sizeof(*allowed));
	bool masked = false;

	for (size_t i = 0; i < p->allowed_count; i++)
		allowed[p->allowed[i]] = true;
	for (size_t i = 0; i < c->marks.count; i++) {
		struct remembered *r = &c->marks.all[i];
		size_t at = r->m.asked_s ? inventory_find(index, r->m.id) : SIZE_MAX;
		if (at == SIZE_MAX || inv->sets[at].state == SET_DELETING || allowed[at])
			continue;
		inv->sets[at].state = SET_DELETING;
		masked = true;
		if (p->verdicts[at].kind != VERDICT_DELETE && !c->clock.doubt[0])
			marks_want_again(r, &c->out, now);
		if (asked_for_s(c, r, now) >= GIVE_UP_S) {
			r->m.asked_s = 0;
			r->m.asks = 0;
			r->stuck_told = false;
			r->dirty = true;
		}
	}
	return masked;
}

/* The plan, with the sets that are to be asked for again. Unmasked, they must not make others
 * expire: a set that was not asked for goes only if it was doomed before. */
static void plan_asked_again(struct cycle *c, struct moment now)
{
	struct inventory_index *index;
	_cleanup_free_ bool *doomed = NULL;

	if (marks_asked(&c->marks) == 0)
		return;
	index = inventory_index_new(&c->hand.inv);
	doomed = xcalloc(c->hand.inv.count, sizeof(*doomed));
	for (size_t i = 0; i < c->hand.plan.doomed_count; i++)
		doomed[c->hand.plan.doomed[i]] = true;
	if (unmask(c, now, index))
		do {
			make_plan(c, now);
			withhold(c, doomed, index);
		} while (mask(c, now, index));
	inventory_index_free(index);
}

/* --- what is new in it --- */

/* What holds deletes and will not be over in a moment by itself. */
static unsigned lasting_holds(const struct cycle *c)
{
	unsigned holds = c->hand.plan.doomed_count ? c->hand.plan.holds & HARD_HOLDS : 0;

	/* Before a delete the sets are listed again: only a listing that failed is news. */
	if (!c->reading.failed)
		holds &= ~(1u << HOLD_INCOMPLETE);
	/* It is asked for right after a listing: only a read that failed is news. */
	if (c->raise.read_after_boot_s <= c->hand.planned_at.boot_s)
		holds &= ~(1u << HOLD_POINT_IN_TIME);
	return holds;
}

static void tell_holds(struct cycle *c)
{
	const struct plan *p = &c->hand.plan;
	struct replan *r = &c->replan;
	unsigned holds = lasting_holds(c), news = holds & ~r->told_holds;
	struct report_extra extra = {.plan = p->hash};

	if (holds & 1u << HOLD_APPROVAL && !text_equal(r->told_hash, p->hash))
		news |= 1u << HOLD_APPROVAL;
	if (!news && holds == r->told_holds)
		return;
	if (!news)
		news = holds; /* one is over: what still holds? */
	for (int i = 0; i < HOLD_COUNT; i++)
		if (news & 1u << i) {
			extra.reason = hold_names[i];
			outbox_report(&c->out, REPORT_HELD, LEVEL_WARNING, &extra,
				"deletes are held (%s): %s", hold_names[i], p->hold_detail[i]);
		}
	if (!holds && p->holds & 1u << HOLD_GRACE)
		outbox_report(&c->out, REPORT_RELEASED, LEVEL_NOTICE, &extra,
			"only grace still holds deletes: %s", p->hold_detail[HOLD_GRACE]);
	else if (!holds)
		outbox_report(&c->out, REPORT_RELEASED, LEVEL_NOTICE, &extra,
			"nothing holds the deletes any more");
	r->told_holds = holds;
	memcpy(r->told_hash, p->hash, sizeof(r->told_hash));
}

/* REPORT_LATE tells of the others, all at once. */
static bool is_to_be_told(const struct verdict *v)
{
	return v->kind == VERDICT_QUARANTINE && v->doubt != DOUBT_LATE;
}

static uint64_t quarantine_digest(const struct at_hand *h)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < h->plan.count; i++)
		if (is_to_be_told(&h->plan.verdicts[i]))
			digest += digest_fnv1a(set_id(&h->inv, i));
	return digest;
}

static void tell_quarantine(struct cycle *c)
{
	const struct at_hand *h = &c->hand;
	uint64_t digest = quarantine_digest(h);
	struct explanation *e;

	if (digest == c->replan.told_quarantine)
		return;
	c->replan.told_quarantine = digest;
	e = explanation_new(&h->input, &h->plan);
	for (size_t i = 0; i < h->plan.count; i++) {
		struct text reason = TEXT_INIT(400);
		struct report_extra extra = {.set = set_id(&h->inv, i)};
		if (!is_to_be_told(&h->plan.verdicts[i]))
			continue;
		explanation_reason(e, i, &reason);
		extra.reason = reason.s;
		outbox_report(&c->out, REPORT_QUARANTINE, LEVEL_WARNING, &extra,
			"set %s is quarantined (never deleted, counts for nothing): %s", extra.set,
			reason.s ? reason.s : "");
		text_done(&reason);
	}
	explanation_free(e);
}

/* With safety.point_in_time: warn. */
static void tell_seconds(struct cycle *c)
{
	const struct plan *p = &c->hand.plan;
	char since[CIVIL_TEXT_SIZE], after[CIVIL_TEXT_SIZE] = "never";

	if (c->policy->safety.point_in_time != POINT_IN_TIME_WARN || p->doomed_count == 0 ||
		p->second_after_s == p->second_since_s ||
		p->second_after_s == c->replan.told_second_s)
		return;
	c->replan.told_second_s = p->second_after_s;
	zone_format(c->policy->zone, p->second_since_s, since);
	if (p->second_after_s != SET_NO_TIME)
		zone_format(c->policy->zone, p->second_after_s, after);
	outbox_report(&c->out, REPORT_SECONDS_FEWER, LEVEL_WARNING, NULL,
		"every second since %s can be restored now; after these deletes only those since "
		"%s",
		since, after);
}

static void tell_plan(struct cycle *c)
{
	tell_seconds(c);
	tell_quarantine(c);
	tell_holds(c);
}

/* --- grace --- */

static void begin_grace(struct cycle *c, struct moment now)
{
	const struct plan *p = &c->hand.plan;
	int64_t grace_s = c->policy->safety.grace_s;
	char grace[DURATION_TEXT_SIZE];
	_cleanup_free_ uint32_t *newly = xcalloc(p->doomed_count, sizeof(*newly));
	size_t begun = marks_begin_grace(&c->marks, &c->hand.inv, p, now, newly);

	life_tell_expired(&c->life, &c->out, &c->hand.inv, p, newly, begun, now);
	if (begun == 0)
		return;
	duration_format_seconds(grace_s, grace);
	outbox_report(&c->out, REPORT_EXPIRED, LEVEL_INFO, NULL,
		"%zu of %zu sets newly expired%s%s", begun, c->hand.inv.count,
		grace_s ? "; grace until they may go: " : "", grace_s ? grace : "");
}

/* How far apart two listings may be to agree follows from how often the program really lists. */
void replan_agree(struct cycle *c, struct moment now)
{
	const struct clock *k = &c->clock;
	int64_t most_s = 2 * c->policy->refresh_s;

	if (k->since_earlier_run) {
		marks_agree_run(&c->marks, k->since_last_s, most_s);
		return;
	}
	marks_agree(&c->marks, k->since_last_s, most_s);
	if (now.boot_s - k->started_boot_s >= RUN_LASTS_S)
		marks_forget_runs(&c->marks);
}

void replan_follow_listing(struct cycle *c, struct moment now)
{
	bool doubted = c->clock.doubt[0];
	int64_t before_s = c->marks.listed_s;

	c->replan.longest_backup_s = slot_longest_backup(&c->hand.inv);
	if (!doubted)
		c->marks.listed_s = now.wall_s;
	make_plan(c, now);
	/* This changes no doomed set's wait, so that the plan need not be made again. */
	if (!doubted) {
		marks_forget_kept(&c->marks, &c->out, &c->hand.inv, &c->hand.plan, now);
		begin_grace(c, now);
		protect_tell(&c->out, c->policy, &c->hand.inv, before_s, c->hand.input.now_s,
			&c->replan.told_unlisted);
	}
	plan_asked_again(c, now);
	tell_plan(c);
}

/* A set that no listing found expired yet may not go: it has become so since, by a shorter log or
 * the end of a protection. Its wait, if only until the next listing, has not begun. */
static void withhold_unlisted(struct cycle *c)
{
	const struct plan *p = &c->hand.plan;
	struct inventory_index *index;
	_cleanup_free_ bool *listed = NULL;

	if (p->allowed_count == 0)
		return;
	index = inventory_index_new(&c->hand.inv);
	listed = xcalloc(c->hand.inv.count, sizeof(*listed));
	for (size_t i = 0; i < p->allowed_count; i++) {
		const struct remembered *r =
			marks_find(&c->marks, set_id(&c->hand.inv, p->allowed[i]));
		listed[p->allowed[i]] = r && r->m.expired_s && !r->dropped;
	}
	withhold(c, listed, index);
	inventory_index_free(index);
}

void replan_again(struct cycle *c, struct moment now)
{
	if (!c->reading.listed)
		return;
	marks_mask_asked(&c->marks, &c->hand.inv);
	make_plan(c, now);
	withhold_unlisted(c);
	tell_plan(c);
}
