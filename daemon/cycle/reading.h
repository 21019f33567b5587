/* From page to complete listing (S2): which pages are asked for, what they come to, and how old the
 * last listing is. */
#pragma once

#include "cycle/effect.h"
#include "retention/listing.h"

struct reading {
	/* The listing under way. */
	struct listing pages; /* put together so far */
	int64_t window_from_s, window_to_s;
	int tries;          /* readings of it that ended in doubt */
	int slice;          /* the one of it under way, from 0 ... */
	int64_t newest_s;   /* start of the newest valid set, as known before */
	bool sliced;        /* ... if it is read in slices of that window */
	bool due;           /* a due backup or a person waits for it */
	bool dates_missing; /* a page came without a Date */

	/* What the last ones came to. */
	bool listed;          /* one was complete */
	bool failed;          /* the last attempt was not complete */
	bool doubtful;        /* ... because pages came that did not fit together or did not read */
	bool transient;       /* ... for a cause that passes by itself within minutes */
	const char *doubt;    /* interned: why it was not complete */
	const char *told;     /* interned: the code of the trouble that was told and is not over */
	struct moment begun;  /* when the first page of the last complete one was asked for */
	int64_t ended_boot_s; /* when its last page came; -1: never */
	int64_t seen_start_s; /* newest valid or running set on any page since the last complete one
			       */
	int failures;         /* attempts in a row */
	int unanswered;       /* times in a row that the whole window was left without an answer */
	int slicings;         /* complete listings in slices since the last such time */
	bool narrow;          /* slices of 200 days were, too */

	/* The next one. */
	int64_t after_boot_s; /* not before */
	bool wanted;          /* as soon as that */
	bool person_waits;    /* a person asked for a prune, or approved one */
};

void reading_init(struct reading *r, struct moment now);
void reading_done(struct reading *r);

/* From the first page. `first_s` and `last_s`: the earliest and the latest time that any clock
 * says. */
void reading_restart(struct reading *r, struct moment now, int64_t first_s, int64_t last_s);
struct effect reading_effect(const struct reading *r);

/* Takes a page in. 1: the listing is complete; 0: the next page is to be asked for; < 0 with *err:
 * in doubt. `now_s`: the time to go by; `told_s`: the time that its Date says, since a window that
 * was drawn by a wrong clock does not hold all sets. */
int reading_take_page(struct reading *r, const struct page *page, int64_t now_s, int64_t told_s,
	struct error *err);
/* Hands the sets of the complete listing over to `ret`, which is empty. */
void reading_complete(struct reading *r, struct moment now, struct inventory *ret);
/* A reading ended in doubt. True if the listing is to be read again at once. */
bool reading_may_try_again(struct reading *r);
/* A page had no answer in time, or an error of the service. True if the listing is to be read again
 * at once, in slices that are known to be answered, or in narrower ones. */
bool reading_unanswered(struct reading *r);
/* What the last complete listing was read in, for people; "" all at once. */
const char *reading_slices(const struct reading *r);
/* The attempt is over, and the next one not before `not_before_s` have passed. */
void reading_fail(struct reading *r, struct moment now, int64_t not_before_s);

/* S2: the last attempt was complete, and began at most five minutes ago by either clock. */
bool reading_is_current(const struct reading *r, struct moment now);
/* The last attempt was complete, and ended at most five minutes ago. */
bool reading_is_fresh(const struct reading *r, struct moment now);
