/* Pages of DescribeBackups put together to a listing (S2). */
#include "retention/listing.h"

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
	if (p->number != l->pages + 1)
		return error_set(err, EBADMSG,
			"page %" PRId64 " where page %" PRId64 " was asked for", p->number,
			l->pages + 1);
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

/* All that were announced are there: 1, unless one of them is there twice. */
static int finish(const struct listing *l, struct error *err)
{
	struct inventory_index *index = inventory_index_new(&l->inv);
	size_t duplicate = inventory_duplicate(index);
	char id[ID_SHOWN];

	inventory_index_free(index);
	if (duplicate == SIZE_MAX)
		return 1;
	text_copy_printable(id, sizeof(id), set_id(&l->inv, duplicate));
	return error_set(err, EBADMSG, "set %s is listed twice", id);
}

static int take_page(struct listing *l, const struct page *p, struct error *err)
{
	int r = doubt_of_page(l, p, err);

	if (r != 0)
		return r;
	l->total = p->total;
	l->pages++;
	inventory_append(&l->inv, &p->inv);
	if (l->inv.count == (size_t)l->total)
		return finish(l, err);
	if (l->inv.count > (size_t)l->total || p->inv.count == 0)
		return error_set(err, EBADMSG, "%zu sets where %" PRId64 " were announced",
			l->inv.count, l->total);
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
