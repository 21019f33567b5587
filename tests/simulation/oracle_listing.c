/* What the pages that the cycle is given come to: the oracle's own complete listing. */
#include "simulation/oracle_inside.h"

#include "base/text.h"

#include <stdlib.h>

static void follow_trails(struct oracle *o)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->followed_count; i++) {
		size_t at = o->followed[i];
		struct oracle_trail *t = &o->trails[at];
		bool there = t->listed < o->listing_count && o->listing[t->listed].number == at;
		t->absent = there ? 0 : t->absent + 1;
		if (t->absent >= 2)
			*t = (struct oracle_trail){.absent = 2};
		else
			o->followed[kept++] = at;
	}
	o->followed_count = kept;
}

/* Changes whenever opinions may: most listings are like the one before. */
static uint64_t digest_of(const struct oracle *o, const struct oracle_view *v, const bool *skip)
{
	uint64_t d = (uint64_t)(uintptr_t)v->policy ^ ordered_digest(v->ordered, latest(v)) ^
		(uint64_t)v->log_days << 48;

	for (size_t i = 0; i < o->listing_count; i++) {
		const struct oracle_set *s = &o->listing[i];
		bool by_time = s->state == SET_FAILED || s->start_s > v->true_s - 600;
		d = (d ^ s->number ^ (uint64_t)s->start_s << 20) * 0x100000001b3u;
		d = (d ^ (uint64_t)s->state ^ (uint64_t)skip[i] << 4) * 0x100000001b3u;
		d ^= by_time ? (uint64_t)v->true_s : 0;
	}
	return d ? d : 1;
}

static void follow_expiry(struct oracle *o, const struct oracle_view *v)
{
	bool *skip = asked_sets(o, v->true_s, NULL, 0);
	uint64_t digest = digest_of(o, v, skip);
	enum opinion *opinions;

	if (digest == o->digest) {
		free(skip);
		return;
	}
	o->digest = digest;
	opinions = opinions_but(o, v, skip);
	for (size_t i = 0; i < o->listing_count; i++) {
		struct oracle_trail *t = trail_at(o, o->listing[i].number);
		if (skip[i])
			continue;
		if (opinions[i] != OPINION_EXPIRED) {
			t->expired = t->approved = false;
		} else if (!t->expired) {
			t->expired = true;
			t->expired_agreed_s = o->agreed_s;
		}
	}
	free(opinions);
	free(skip);
}

/* How far apart two listings agree: twice the refresh, or, before the first listing of a run, as
 * far apart as runs were the last two times (and a quarter more). A run of a quarter of an hour
 * ends the rhythm. The distances are those on disk: what was not written was forgotten. */
static int64_t allowed_distance(const struct oracle_view *v, bool first)
{
	int64_t most_s = 2 * v->policy->refresh_s, rhythm_s;
	const int32_t *apart_s = v->disk->ledger.apart_s;

	if (!first)
		return most_s;
	rhythm_s = (apart_s[0] < apart_s[1] ? apart_s[0] : apart_s[1]) / 4 * 5 + 5;
	return rhythm_s > most_s ? rhythm_s : most_s;
}

static void take_listing(struct oracle *o, const struct oracle_view *v)
{
	int64_t since = 0;
	bool first = !o->have_ended;

	if (o->have_ended) {
		since = v->now.boot_s - o->listing_ended.boot_s;
		o->reading_clock &= distance(v->now.wall_s - o->last_ended.wall_s,
					    v->now.boot_s - o->last_ended.boot_s) <= 300;
	} else if (v->disk->ledger.listed_s) {
		since = v->now.wall_s - v->disk->ledger.listed_s;
	}
	free(o->listing);
	o->listing = TAKE_PTR(o->reading);
	o->listing_count = o->reading_count;
	o->page_newest_s = 0;
	o->listings++;
	for (size_t i = 0; i < o->listing_count; i++)
		trail_at(o, o->listing[i].number)->listed = i;
	o->reading_count = o->reading_capacity = 0;
	if (o->ended_in_doubt && o->have_ended)
		since = 0;
	o->have_listing = true;
	o->listing_clock = o->reading_clock;
	o->listing_began = o->reading_began;
	o->last_ended = v->now;
	if (o->reading_far) /* is read again at once, as if it had not been */
		return;
	o->have_ended = true;
	o->ended_in_doubt = !o->reading_clock;
	o->listing_ended = v->now;
	if (o->listing_clock) {
		int64_t most = allowed_distance(v, first);
		o->agreed_s += since < 0 ? 0 : since < most ? since : most;
		o->before_s = o->judged_s;
		o->judged_s = v->true_s;
		follow_trails(o);
		late_follow_listing(o, v);
		follow_expiry(o, v);
	}
}

/* Where a window ends or begins, a set may be in it or not. */
static bool goes_on(const struct oracle *o, int64_t from_s, int64_t to_s)
{
	return o->reading_sound && o->reading_ends && from_s > o->reading_from_s + 86400 &&
		from_s < o->reading_to_s - 60 && to_s > o->reading_to_s;
}

void oracle_asks_page(struct oracle *o, const struct oracle_view *v, const struct effect *e)
{
	int64_t from_s = e->list.from_s, to_s = e->list.to_s;

	if (e->list.page != 1)
		return;
	if (goes_on(o, from_s, to_s)) {
		o->reading_earlier = o->reading_count;
	} else {
		pace_lists(o, v);
		o->reading_count = o->reading_earlier = 0;
		o->reading_sound = o->reading_clock = true;
		o->reading_far = false;
		o->reading_began = v->now;
		o->reading_from_s = from_s;
	}
	o->reading_to_s = to_s;
	o->reading_pages = 0;
	o->reading_total = -1;
	o->reading_again = 0;
	o->reading_ends = false;
}

/* The set that was read already, or NULL. */
static struct oracle_set *is_read(struct oracle *o, size_t number)
{
	size_t at = trail_at(o, number)->read;

	return at < o->reading_count && o->reading[at].number == number ? &o->reading[at] : NULL;
}

/* By an earlier window, and it was the same then. */
static bool is_read_again(
	const struct oracle *o, const struct oracle_set *before, const struct set *s)
{
	return before && before->window_s < o->reading_to_s && before->start_s == s->start_s &&
		before->expires_s == s->expires_s && before->state == s->state;
}

/* All that the cloud may still have, until now. */
static bool covers_all(const struct oracle *o, const struct oracle_view *v)
{
	return o->reading_from_s <= v->now.wall_s - 731 * INT64_C(86400) &&
		o->reading_to_s >= v->now.wall_s;
}

static void take_sets(struct oracle *o, const struct oracle_view *v, const struct page *page)
{
	for (size_t i = 0; i < page->inv.count; i++) {
		const struct set *s = &page->inv.sets[i];
		struct oracle_set *to;
		size_t number = (size_t)strtoul(set_id(&page->inv, i), NULL, 10);
		struct oracle_set *before = is_read(o, number);
		if (is_read_again(o, before, s)) {
			o->reading_again++;
			before->window_s = o->reading_to_s;
			continue;
		}
		o->reading_sound &= !before;
		o->reading = memory_grow(o->reading, &o->reading_capacity, o->reading_count + 1,
			sizeof(*o->reading));
		trail_at(o, number)->read = o->reading_count;
		to = &o->reading[o->reading_count++];
		*to = (struct oracle_set){.number = number,
			.start_s = s->start_s,
			.expires_s = s->expires_s,
			.state = s->state,
			.window_s = o->reading_to_s};
		if ((s->state == SET_VALID || s->state == SET_RUNNING) && !page->foreign[0] &&
			s->start_s <= v->true_s && s->start_s > o->page_newest_s)
			o->page_newest_s = s->start_s;
		text_copy_printable(to->id, sizeof(to->id), set_id(&page->inv, i));
		text_copy_printable(to->parent, sizeof(to->parent), set_parent(&page->inv, i));
	}
}

void oracle_page(
	struct oracle *o, const struct oracle_view *v, const struct page *page, int64_t date_s)
{
	if (date_s == 0 || distance(date_s, v->now.wall_s) > 300)
		o->reading_clock = false;
	else
		o->offset_s = v->now.wall_s - v->true_s;
	o->reading_far |= date_s && distance(date_s, v->now.wall_s) >= 86400 - 600;
	if (!page) {
		o->reading_sound = false;
		return;
	}
	if (page->foreign[0] || page->number != o->reading_pages + 1 ||
		(o->reading_total >= 0 && page->total != o->reading_total))
		o->reading_sound = false;
	o->reading_total = page->total;
	o->reading_pages++;
	take_sets(o, v, page);
	o->reading_ends = (int64_t)(o->reading_count - o->reading_earlier + o->reading_again) ==
		o->reading_total;
	if (!o->reading_sound || !o->reading_ends || !covers_all(o, v))
		return;
	take_listing(o, v);
	o->reading_ends = false; /* what comes next is another listing */
}
