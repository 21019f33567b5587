/* A listing: pages of DescribeBackups put together, complete or not (promise S2). Pure.
 *
 * Any doubt about a page makes the listing incomplete for good; only a new one can be complete. The
 * pages may be those of one window of time after the other: each window has its own count and
 * pages. */
#pragma once

#include "base/error.h"
#include "retention/set.h"

/* One reply of DescribeBackups, as read from JSON. */
struct page {
	int64_t total;        /* TotalCount */
	int64_t number;       /* PageNumber */
	struct inventory inv; /* the sets on this page */
	char foreign[128];    /* the first DBClusterId on the page that is not the one asked for; ""
				 none */
};
void page_init(struct page *p);
void page_done(struct page *p);

struct listing {
	struct inventory inv;
	int64_t started_s;      /* wall clock at the first request, ours */
	int64_t started_boot_s; /* CLOCK_BOOTTIME then */
	int64_t pages;          /* taken in, of all windows */
	int64_t page;           /* the last one of this window; 0 before the first */
	int64_t total;          /* of this window; -1 before its first page */
	size_t earlier;         /* sets of the windows before this one */
	bool complete;          /* so is each window */
	bool doubted;           /* a page was in doubt: never complete */
};

void listing_init(struct listing *l, int64_t started_s, int64_t started_boot_s);
void listing_done(struct listing *l);

/* Takes a page in. 1: the listing is now complete; 0: ask for page l->page + 1 next;
 * < 0 with *err: this listing can never be complete (-EBADMSG; the text says which doubt: a count
 * that changed from 300 to 299, set 763 twice, cluster amv-2 on a listing of amv-1, 40 sets where
 * 50 were announced, more than 100000 pages ...). A set that an earlier window showed already
 * counts once if it is the same, and is a doubt if it is not. */
int listing_add(struct listing *l, const struct page *p, struct error *err);
/* The listing, complete so far, goes on with page 1 of another window. */
void listing_next_window(struct listing *l);

#define LISTING_MAX_AGE_S 300 /* promise S2: no delete on an older one */
