/* Pages of DescribeBackups put together to a listing (S2). */
#include "retention/listing.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>

/* Far above what any cluster has (24 sets a day for 730 days are 17,520): more is nonsense. */
#define LISTING_MAX_SETS 10000000
#define LISTING_MAX_PAGES 100000

#define ID_SHOWN 64 /* bytes of an id that a line for people shows */

void page_init(struct page *p)
{
	*p = (struct page){0};
}

void page_done(struct page *p)
{
	inventory_done(&p->inv);
	page_init(p);
}

void listing_init(struct listing *l, int64_t started_s, int64_t started_boot_s)
{
	*l = (struct listing){
		.started_s = started_s, .started_boot_s = started_boot_s, .total = -1};
}

void listing_done(struct listing *l)
{
	inventory_done(&l->inv);
	listing_init(l, 0, 0);
}

static int doubt_of_page(const struct listing *l, const struct page *p, struct error *err)
{
	char foreign[ID_SHOWN];

	if (l->complete)
		return error_set(err, EBADMSG, "a page after the last one");
	if (l->pages >= LISTING_MAX_PAGES)
		return error_set(err, EBADMSG, "more than %d pages", LISTING_MAX_PAGES);
	if (p->number != l->page + 1)
		return error_set(err, EBADMSG,
			"page %" PRId64 " where page %" PRId64 " was asked for", p->number,
			l->page + 1);
	if (p->total < 0 || p->total > LISTING_MAX_SETS)
		return error_set(err, EBADMSG, "an impossible count of %" PRId64 " sets", p->total);
	if (l->total >= 0 && p->total != l->total)
		return error_set(err, EBADMSG,
			"a count that changed from %" PRId64 " to %" PRId64 " between pages",
			l->total, p->total);
	if (p->foreign[0]) {
		text_copy_printable(foreign, sizeof(foreign), p->foreign);
		return error_set(err, EBADMSG, "a set of another cluster (%s)", foreign);
	}
	return 0;
}

static bool is_same(const struct inventory *inv, size_t one, size_t other)
{
	const struct set *a = &inv->sets[one], *b = &inv->sets[other];

	return a->start_s == b->start_s && a->expires_s == b->expires_s &&
		a->size_bytes == b->size_bytes && a->duration_s == b->duration_s &&
		a->state == b->state && a->doubt == b->doubt && a->note == b->note &&
		text_equal(set_parent(inv, one), set_parent(inv, other));
}

/* The first set of this window that is in it twice, or that an earlier window showed otherwise;
 * SIZE_MAX if there is none. `ret_shared` tells of each set whether this window and an earlier one
 * showed it. */
static size_t find_doubtful(const struct inventory *inv, size_t earlier, bool *ret_shared)
{
	struct inventory_index *index = inventory_index_new(inv);
	size_t doubtful = SIZE_MAX;

	for (size_t i = earlier; i < inv->count && doubtful == SIZE_MAX; i++) {
		size_t first = inventory_find(index, set_id(inv, i));
		if (first == i)
			continue;
		if (first >= earlier || ret_shared[first] || !is_same(inv, first, i))
			doubtful = i;
		ret_shared[first] = ret_shared[i] = true;
	}
	inventory_index_free(index);
	return doubtful;
}

/* All that were announced are there: 1, unless one of them is there twice. What an earlier window
 * showed just so is kept once. */
static int finish(struct listing *l, struct error *err)
{
	struct inventory *inv = &l->inv;
	_cleanup_free_ bool *shared = xcalloc(inv->count + 1, sizeof(*shared));
	size_t doubtful = find_doubtful(inv, l->earlier, shared), kept = l->earlier;
	char id[ID_SHOWN];

	if (doubtful != SIZE_MAX) {
		text_copy_printable(id, sizeof(id), set_id(inv, doubtful));
		return error_set(err, EBADMSG, "set %s is listed twice", id);
	}
	for (size_t i = l->earlier; i < inv->count; i++)
		if (!shared[i])
			inv->sets[kept++] = inv->sets[i];
	inv->count = kept;
	return 1;
}

static int take_page(struct listing *l, const struct page *p, struct error *err)
{
	int r = doubt_of_page(l, p, err);
	size_t count;

	if (r != 0)
		return r;
	l->total = p->total;
	l->pages++;
	l->page++;
	inventory_append(&l->inv, &p->inv);
	count = l->inv.count - l->earlier;
	if (count == (size_t)l->total)
		return finish(l, err);
	if (count > (size_t)l->total || p->inv.count == 0)
		return error_set(
			err, EBADMSG, "%zu sets where %" PRId64 " were announced", count, l->total);
	return 0;
}

int listing_add(struct listing *l, const struct page *p, struct error *err)
{
	int r;

	if (l->doubted)
		return error_set(err, EBADMSG, "an earlier page was in doubt");
	r = take_page(l, p, err);
	l->complete = r > 0;
	l->doubted = r < 0;
	return r;
}

void listing_next_window(struct listing *l)
{
	l->earlier = l->inv.count;
	l->page = 0;
	l->total = -1;
	l->complete = false;
}
