/* What is remembered of single sets (S7): since when they are expired, what a person approved, and
 * which delete calls named them. */
#pragma once

#include "cycle/ledger.h"
#include "cycle/outbox.h"
#include "retention/plan.h"

#define ASK_AGAIN_S 3600 /* the cloud takes 10 to 20 minutes to delete: ask again after an hour */

struct remembered {
	struct mark m;
	bool dirty;             /* not on disk yet */
	bool writing;           /* in the RECORD effect under way, as it was then */
	bool dropped;           /* to be removed from disk */
	int64_t refused_boot_s; /* when the cloud refused just this set; 0: never */
	uint8_t listed_state;   /* enum set_state that the last listing shows, of a set asked for */
	bool stuck_told;
	bool delete_told; /* that it is being deleted, and no call was accepted since */
};

struct marks {
	struct remembered *all; /* sorted by id */
	size_t count;
	int64_t listed_s, agreed_s; /* as in the ledger */
	int32_t apart_s[2];         /* likewise */
	const struct mark **put;    /* scratch of the last RECORD effect */
	const char **drop;
};

/* Takes the ledger's marks over, and leaves nothing in it but its sets. */
void marks_load(struct marks *m, struct ledger *l);
void marks_done(struct marks *m);

struct remembered *marks_find(const struct marks *m, const char *id); /* NULL: none */
/* Gives each of these sets (indices of `inv`) a mark, unless it has one. */
void marks_add(struct marks *m, const struct inventory *inv, const uint32_t *sets, size_t count);
/* Something of the set is not to be remembered any more: takes the mark away if that was all. */
void mark_let_go(struct remembered *r);
bool mark_is_refused(const struct remembered *r, struct moment now); /* for a day */
/* Sets that delete calls named, and that are not gone yet. */
size_t marks_asked(const struct marks *m);

/* After a complete listing: makes each set of it that was asked for SET_DELETING, counts the
 * listings that lack one, and forgets the others that it lacks. `now_s`: the time to go by;
 * `doubted`: of the clock, so that the window that was listed may be wrong and nothing is absent.
 */
void marks_follow_listing(struct marks *m, struct outbox *o, struct inventory *inv,
	struct moment now, int64_t now_s, bool doubted);
/* Forgets sets that are gone, some at a time, each part of which is to be written down before the
 * next. True if there were any. */
bool marks_take_gone(struct marks *m, struct outbox *o, struct moment now);
/* Makes each set that was asked for SET_DELETING, before a plan is made from `inv` once more. */
void marks_mask_asked(const struct marks *m, struct inventory *inv);

/* The clock that grace is measured on goes on by `since_s`, at most by `most_s`. */
void marks_agree(struct marks *m, int64_t since_s, int64_t most_s);
/* The same for the first listing of a run. Where the program runs from time to time, `most_s` is
 * too little: it goes on by a quarter more than the lesser of the last two distances between runs,
 * so that one long time without a run gives no credit, and a steady rhythm does. */
void marks_agree_run(struct marks *m, int64_t since_s, int64_t most_s);
/* This run lasts, so that there is no rhythm of runs. */
void marks_forget_runs(struct marks *m);
/* Of sets that the plan keeps all is forgotten, unless they were asked for. */
void marks_forget_kept(struct marks *m, struct outbox *o, const struct inventory *inv,
	const struct plan *p, struct moment now);
/* Grace begins for the doomed sets of the plan that have none yet: `ret_newly` (room for
 * p->doomed_count) gets their indices. Returns how many these are. */
size_t marks_begin_grace(struct marks *m, const struct inventory *inv, const struct plan *p,
	struct moment now, uint32_t *ret_newly);
/* A set that was asked for is wanted again: if it expires once more its grace begins anew. */
void marks_want_again(struct remembered *r, struct outbox *o, struct moment now);
/* A person approves all doomed sets of the plan. */
void marks_approve(struct marks *m, struct outbox *o, const struct inventory *inv,
	const struct plan *p, struct moment now);
/* What the plan wants to know; `ret` has room for inv->count. */
void marks_view(const struct marks *m, const struct inventory *inv, struct moment now,
	struct mark_view *ret);

/* Puts all that is not on disk into the record that is to be written. */
void marks_record(struct marks *m, struct record *to);
/* What was put is on disk, or is to be put again. */
void marks_recorded(struct marks *m, bool ok);
void marks_rest(struct marks *m); /* lets go of scratch memory */
