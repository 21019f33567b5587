/* DeleteBackups (S1, S3, S4): carries the plan at hand out, a batch at a time. */
#pragma once

#include "cycle/change.h"

/* A part of a call that was refused as a whole: [from, from + count) of `split_sets`. */
struct span {
	size_t from, count;
};

struct delete
{
	/* The call being made. */
	const char **ids;
	uint32_t *batch;     /* the same as indices of the inventory */
	struct mark *before; /* each mark as it was before the call; ids are those of the marks */
	size_t batch_count;

	/* The plan at hand. */
	size_t next_allowed;     /* the first of plan.allowed that no call has named */
	size_t asked_since_plan; /* sets of it that calls have named */
	struct span *splits;     /* yet to be tried; a stack */
	uint32_t *split_sets;
	size_t split_count, split_capacity;
	int lone_refusals; /* single sets refused in this run, none accepted since */

	int checks;           /* complete listings since the last call */
	int64_t after_boot_s; /* no call before */
	int failures;         /* calls in a row */
	bool transient;       /* the trouble passes by itself within minutes */
	const char *trouble;  /* interned */
};

extern const struct change delete_change; /* of struct delete */

void delete_init(struct delete *d, struct moment now);
void delete_done(struct delete *d);
void delete_rest(struct delete *d); /* lets go of scratch memory */

/* A person asks for them: what was refused before may have been put right. */
void delete_want(struct delete *d, struct moment now);

/* A plan was made: nothing of it has been asked for. */
void delete_begin_plan(struct delete *d, const struct plan *p);
/* Nothing more of the plan at hand may be asked for: a listing has to come first. */
void delete_end_plan(struct delete *d, const struct plan *p);
/* More of the plan at hand may be asked for. */
bool delete_has_more(const struct delete *d, const struct at_hand *h);

/* With a listing at hand: a call is to be made now. `blocked`: a backup may be under way, or the
 * state file cannot be written. */
bool delete_wants_call(const struct delete *d, const struct context *x, bool blocked);
/* In how many seconds deletes want a listing; INT64_MAX: they want none. `blocked`: a backup may be
 * under way. */
int64_t delete_next_listing(const struct delete *d, const struct context *x, bool blocked);
