/* What the history tells of single sets besides their deletion: when one was first seen, when it
 * expired and what had kept it until then. Which rules kept it on
 * each day in between is not stored: that would be a line a set and day, and `plan` says it for
 * today. */
#pragma once

#include "cycle/marks.h"

/* The listing before, while the new one is looked at. */
struct life {
	struct inventory past;
	struct verdict *past_verdicts;
	struct inventory_index *past_index; /* NULL until it is asked for */
	bool have_past;                     /* there was one, with a plan */
	bool replanned;                     /* ... which another policy has changed since */
};

/* Moves `inv` away, and copies the verdicts of its plan; NULL: it has no plan. */
void life_take_past(struct life *l, struct inventory *inv, const struct plan *p);
void life_forget_past(struct life *l);

/* Tells which sets of the new listing are new. */
void life_follow_listing(struct life *l, struct outbox *o, const struct inventory *inv,
	const struct marks *m, struct moment now);
/* Tells of sets (indices of `inv`) that the new plan finds expired for the first time. */
void life_tell_expired(struct life *l, struct outbox *o, const struct inventory *inv,
	const struct plan *p, const uint32_t *sets, size_t count, struct moment now);
