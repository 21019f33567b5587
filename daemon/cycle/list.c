#include "cycle/state.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_BACK_S (800 * INT64_C(86400)) /* the cloud keeps at most 730 days */
#define WINDOW_AHEAD_S INT64_C(86400)
#define READINGS 3 /* of pages that do not fit together, in a row */
#define FAILURE_FIRST_S 5
#define FAILURE_MOST_S 600

int64_t backoff_s(int64_t failures, int64_t first_s, int64_t most_s)
{
	int64_t wait = first_s;

	while (--failures > 0 && wait < most_s)
		wait *= 2;
	return wait < most_s ? wait : most_s;
}

int64_t retry_after_s(const struct answer *a)
{
	if (a->retry_after_ms <= 0)
		return 0;
	/* One more: `now` is cut to whole seconds, and not a moment too early may be asked again.
	 */
	return (a->retry_after_ms + 999) / 1000 + 1;
}

static void sooner(int64_t *in_s, int64_t candidate_s)
{
	if (candidate_s < *in_s)
		*in_s = candidate_s;
}

/* At most the refresh after the last listing, and more than half of it; at instants that are the
 * cluster's own, so that a fleet that was listed at once (after a start, an outage, a reload) is
 * not ever after. */
static int64_t refresh_at_boot_s(const struct cycle *c)
{
	int64_t latest_s = c->last_listing.boot_s + c->policy->refresh_s;
	int64_t every_s = c->policy->refresh_s / 2, own_s, past_s;

	if (every_s < 1)
		every_s = 1;
	own_s = (int64_t)(digest_fnv1a(c->policy->cluster) % (uint64_t)every_s);
	past_s = (latest_s - own_s) % every_s;
	return latest_s - past_s;
}

bool list_due(struct cycle *c, struct moment now, int64_t *ret_in_s)
{
	int64_t in_s = INT64_MAX, slot_s, look_s, blocked_s = c->list_after_boot_s - now.boot_s;

	if (!c->have_listing || c->list_now || c->listing_failed || c->state_failed)
		in_s = 0;
	else
		sooner(&in_s, refresh_at_boot_s(c) - now.boot_s);
	if (c->policy->schedule.kind != SCHEDULE_NONE &&
		slot_next(c->policy, clock_now(c, now), &slot_s) == 0)
		sooner(&in_s, slot_s - clock_now(c, now));
	if (backup_next_look(c, now, &look_s))
		sooner(&in_s, look_s);
	sooner(&in_s, prune_next_look(c, now));
	if (in_s < blocked_s)
		in_s = blocked_s;
	*ret_in_s = in_s;
	return in_s <= 0;
}

void list_again(struct cycle *c, struct moment now)
{
	int64_t at[] = {now.wall_s, clock_now(c, now), clock_server_now(c, now),
		clock_now(c, now) + c->seen_skew_s};
	int64_t first_s = at[0], last_s = at[0];

	listing_done(&c->reading);
	listing_init(&c->reading, now.wall_s, now.boot_s);
	/* Sets are dated by the service; its Date header may come from elsewhere. */
	for (size_t i = 1; i < ARRAY_SIZE(at); i++) {
		first_s = at[i] < first_s ? at[i] : first_s;
		last_s = at[i] > last_s ? at[i] : last_s;
	}
	c->window_from_s = first_s - WINDOW_BACK_S;
	c->window_to_s = last_s + WINDOW_AHEAD_S;
	c->dates_missing = false;
	interned_clear(&c->clock_doubt);
}

/* What calls wait for their turn by: see pace/pace.h. */
static void note_due(struct cycle *c, struct moment now)
{
	c->reading_due = c->backup_wanted || c->person_waits || backup_seems_due(c, now);
	if (c->backup_wanted || c->person_waits)
		c->reading_newest_s = SET_NO_TIME;
	else if (c->have_plan)
		c->reading_newest_s = c->plan.newest_valid_s;
	else
		c->reading_newest_s =
			c->create.state == CREATE_DONE ? c->create.called_server_s : SET_NO_TIME;
}

void list_begin(struct cycle *c, struct moment now)
{
	c->reading_tries = 0;
	c->list_now = false;
	c->policy_changed = false;
	c->phase = PHASE_LIST;
	note_due(c, now);
	list_again(c, now);
}

struct effect list_effect(struct cycle *c)
{
	return (struct effect){
		.kind = EFFECT_LIST,
		.list = {.from_s = c->window_from_s,
			.to_s = c->window_to_s,
			.page = c->reading.pages + 1,
			.due = c->reading_due,
			.newest_s = c->reading_newest_s},
	};
}

bool list_is_current(const struct cycle *c, struct moment now)
{
	int64_t boot = now.boot_s - c->listed_at.boot_s, wall = now.wall_s - c->listed_at.wall_s;

	return c->have_listing && !c->listing_failed && boot >= 0 && boot <= LISTING_MAX_AGE_S &&
		wall >= 0 && wall <= LISTING_MAX_AGE_S;
}

bool list_is_fresh(const struct cycle *c, struct moment now)
{
	int64_t age = now.boot_s - c->last_listing.boot_s;

	return c->have_listing && !c->listing_failed && age >= 0 && age <= LISTING_MAX_AGE_S;
}

/* What any page shows counts against taking a backup twice, complete listing or not. */
static void note_starts(struct cycle *c, const struct inventory *inv, struct moment now)
{
	int64_t latest = clock_now(c, now) + FUTURE_SLACK_S;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		if ((s->state == SET_VALID || s->state == SET_RUNNING) && s->start_s <= latest &&
			s->start_s > c->seen_start_s)
			c->seen_start_s = s->start_s;
	}
}

static void failed(struct cycle *c, struct moment now, int64_t not_before_s)
{
	int64_t wait = backoff_s(++c->failures, FAILURE_FIRST_S, FAILURE_MOST_S);

	if (wait < not_before_s)
		wait = not_before_s;
	c->listing_failed = true;
	c->person_waits = false;
	c->list_after_boot_s = now.boot_s + wait;
	cycle_wake(c);
	if (c->have_listing) {
		marks_mask_asked(c);
		prune_plan(c, now);
		prune_tell_plan(c);
	}
	c->phase = PHASE_DECIDE;
}

static void complete(struct cycle *c, struct moment now)
{
	life_take_past(c);
	c->inv = c->reading.inv;
	inventory_trim(&c->inv);
	inventory_init(&c->reading.inv);
	c->listed_at = (struct moment){c->reading.started_s, c->reading.started_boot_s};
	c->have_listing = true;
	c->listing_failed = c->doubtful = c->person_waits = false;
	interned_clear(&c->listing_doubt);
	c->failures = 0;
	c->list_after_boot_s = now.boot_s;
	if (!clock_is_settled(c)) { /* one answer more */
		c->list_now = true;
		c->list_after_boot_s = now.boot_s + FAILURE_FIRST_S;
	}
	c->verify_step++;
	c->seen_start_s = SET_NO_TIME;
	clock_judge_listing(c, now);
	if (c->clock_doubt[0])
		report(c, REPORT_CLOCK_DOUBT, LEVEL_WARNING, NULL,
			"the clock is in doubt, so nothing is deleted: %s", c->clock_doubt);
	life_follow_listing(c, now);
	marks_follow_deletes(c, now);
	marks_follow_plan(c, now);
	life_forget_past(c);
	backup_after_listing(c, now);
	c->phase = PHASE_RECORD_LISTING;
}

static void doubted(struct cycle *c, const char *what, struct moment now)
{
	char printable[480];

	if (++c->reading_tries < READINGS) {
		list_again(c, now);
		return;
	}
	text_copy_printable(printable, sizeof(printable), what);
	interned_set(&c->listing_doubt, "%s", printable);
	c->doubtful = true;
	report(c, REPORT_LISTING_DOUBT, LEVEL_WARNING, NULL,
		"the listing is in doubt after %d readings, so nothing is deleted: %s", READINGS,
		what);
	failed(c, now, 0);
}

static void take_page(struct cycle *c, const struct page *page, struct moment now)
{
	struct error err = {0};
	int r = listing_add(&c->reading, page, &err);

	if (!page->foreign[0])
		note_starts(c, &page->inv, now);
	if (r > 0)
		complete(c, now);
	else if (r < 0)
		doubted(c, err.text, now);
}

/* True if the window was drawn by a clock that turns out to be wrong: then the pages do not hold
 * all sets. */
static bool window_is_off(const struct cycle *c, struct moment now)
{
	int64_t centre = clock_now(c, now) + c->seen_skew_s;

	return centre > c->window_to_s ||
		centre < c->window_from_s + WINDOW_BACK_S - WINDOW_AHEAD_S;
}

void list_answer(struct cycle *c, const struct event *e, struct moment now)
{
	const struct answer *a = e->answer;

	clock_saw(c, now, a->server_s);
	if (a->kind == ANSWER_OK && e->page) {
		if (a->server_s == 0)
			c->dates_missing = true;
		if (window_is_off(c, now))
			doubted(c, "the clock was set while the sets were listed", now);
		else
			take_page(c, e->page, now);
		return;
	}
	interned_set(&c->listing_doubt, "%s%s%s", a->code[0] ? a->code : "no answer",
		a->message[0] ? ": " : "", a->message);
	/* A page that does not read is a doubt, and is read again at once like any other. */
	if (a->unreadable && ++c->reading_tries < READINGS) {
		list_again(c, now);
		return;
	}
	c->doubtful = a->unreadable;
	report_answer(c, REPORT_LISTING_FAILED, LEVEL_WARNING, a, "the sets could not be listed");
	failed(c, now, retry_after_s(a));
}
