/* From page to complete listing (S2). */
#include "cycle/reading.h"

#include "base/text.h"
#include "cycle/backoff.h"
#include "retention/slot.h"

#include <errno.h>

#define WINDOW_BACK_S (800 * INT64_C(86400)) /* the cloud keeps sets for at most 730 days */
#define WINDOW_AHEAD_S INT64_C(86400)
#define READINGS 3 /* of a listing whose pages do not fit together */

/* The service may leave a long window without an answer. After so many times in a row it is read in
 * slices, and after at most so many listings in slices it is tried again as a whole. The first
 * slice is a short one: if that has no answer either, the length is not to blame. */
#define UNANSWERED 2
#define SLICINGS_MOST 32
#define SLICE_S (200 * INT64_C(86400))
#define NARROW_S (30 * INT64_C(86400)) /* the first slice; all slices if SLICE_S fails */
#define OVERLAP_S INT64_C(3600)

#define RETRY_FIRST_S 5
#define RETRY_MOST_S 600

void reading_init(struct reading *r, struct moment now)
{
	*r = (struct reading){
		.ended_boot_s = -1, .seen_start_s = SET_NO_TIME, .after_boot_s = now.boot_s};
	listing_init(&r->pages, 0, 0);
	interned_clear(&r->doubt);
	interned_clear(&r->told);
}

void reading_done(struct reading *r)
{
	listing_done(&r->pages);
	interned_clear(&r->doubt);
	interned_clear(&r->told);
}

void reading_restart(struct reading *r, struct moment now, int64_t first_s, int64_t last_s)
{
	listing_done(&r->pages);
	listing_init(&r->pages, now.wall_s, now.boot_s);
	r->window_from_s = first_s - WINDOW_BACK_S;
	r->window_to_s = last_s + WINDOW_AHEAD_S;
	r->dates_missing = false;
	r->sliced = r->unanswered >= UNANSWERED &&
		r->slicings < backoff_wait_s(r->unanswered - 1, 1, SLICINGS_MOST);
	r->slice = 0;
}

/* Slices go from the oldest to the newest, so that a set that is new meanwhile shows. They overlap,
 * so that a set at the border of two shows whether or not a window has its ends. */
static void slice_of(const struct reading *r, int64_t *ret_from_s, int64_t *ret_to_s)
{
	int64_t each_s = r->narrow ? NARROW_S : SLICE_S;

	*ret_from_s = r->window_from_s;
	*ret_to_s = r->window_to_s;
	if (!r->sliced)
		return;
	if (r->slice > 0)
		*ret_from_s += NARROW_S + (r->slice - 1) * each_s - OVERLAP_S;
	backoff_sooner(ret_to_s, r->window_from_s + NARROW_S + r->slice * each_s);
}

struct effect reading_effect(const struct reading *r)
{
	int64_t from_s, to_s;

	slice_of(r, &from_s, &to_s);
	return (struct effect){
		.kind = EFFECT_LIST,
		.list = {.from_s = from_s,
			.to_s = to_s,
			.page = r->pages.page + 1,
			.begins = r->pages.pages == 0,
			.due = r->due,
			.newest_s = r->newest_s},
	};
}

static bool window_is_off(const struct reading *r, int64_t told_s)
{
	return told_s > r->window_to_s ||
		told_s < r->window_from_s + WINDOW_BACK_S - WINDOW_AHEAD_S;
}

/* A slice is complete. True if it was the last one. */
static bool next_slice(struct reading *r)
{
	int64_t from_s, to_s;

	slice_of(r, &from_s, &to_s);
	if (to_s == r->window_to_s)
		return true;
	r->slice++;
	listing_next_window(&r->pages);
	return false;
}

int reading_take_page(struct reading *r, const struct page *page, int64_t now_s, int64_t told_s,
	struct error *err)
{
	int complete;

	if (window_is_off(r, told_s))
		return error_set(err, EBADMSG, "the clock was set while the sets were listed");
	/* Whatever a page shows counts against taking a backup twice, complete listing or not. */
	if (!page->foreign[0])
		backoff_later(&r->seen_start_s, slot_newest_start(&page->inv, now_s));
	complete = listing_add(&r->pages, page, err);
	return complete > 0 ? next_slice(r) : complete;
}

static void forget_slices(struct reading *r)
{
	r->unanswered = 0;
	r->narrow = false;
}

void reading_complete(struct reading *r, struct moment now, struct inventory *ret)
{
	*ret = r->pages.inv;
	inventory_trim(ret);
	inventory_init(&r->pages.inv);
	r->begun = (struct moment){r->pages.started_s, r->pages.started_boot_s};
	r->ended_boot_s = r->after_boot_s = now.boot_s;
	r->listed = true;
	r->failed = r->doubtful = r->person_waits = false;
	interned_clear(&r->doubt);
	r->failures = 0;
	r->seen_start_s = SET_NO_TIME;
	r->slicings++;
	if (!r->sliced)
		forget_slices(r);
}

bool reading_may_try_again(struct reading *r)
{
	return ++r->tries < READINGS;
}

bool reading_unanswered(struct reading *r)
{
	bool narrower = r->slice > 0 && !r->narrow;

	if (!r->sliced) {
		r->slicings = 0;
		return ++r->unanswered > UNANSWERED;
	}
	if (r->slice == 0)
		forget_slices(r);
	r->narrow |= narrower;
	return narrower;
}

const char *reading_slices(const struct reading *r)
{
	return !r->sliced ? "" : r->narrow ? " in slices of 30 days" : " in slices of 200 days";
}

void reading_fail(struct reading *r, struct moment now, int64_t not_before_s)
{
	int64_t wait_s = backoff_wait_s(++r->failures, RETRY_FIRST_S, RETRY_MOST_S);

	backoff_later(&wait_s, not_before_s);
	r->failed = true;
	r->person_waits = false;
	r->after_boot_s = now.boot_s + wait_s;
}

bool reading_is_current(const struct reading *r, struct moment now)
{
	int64_t boot_s = now.boot_s - r->begun.boot_s, wall_s = now.wall_s - r->begun.wall_s;

	return r->listed && !r->failed && boot_s >= 0 && boot_s <= LISTING_MAX_AGE_S &&
		wall_s >= 0 && wall_s <= LISTING_MAX_AGE_S;
}

bool reading_is_fresh(const struct reading *r, struct moment now)
{
	int64_t age_s = now.boot_s - r->ended_boot_s;

	return r->listed && !r->failed && age_s >= 0 && age_s <= LISTING_MAX_AGE_S;
}
