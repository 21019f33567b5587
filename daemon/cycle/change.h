/* What the three changes in the cloud have in common: a backup is created, sets are deleted, the
 * cloud's own retention is raised. Each has its intent on disk before its call, and its outcome
 * after it (S4); cycle.c leads them through these phases. */
#pragma once

#include "cycle/answer.h"
#include "cycle/at_hand.h"
#include "cycle/clock.h"
#include "cycle/reading.h"
#include "retention/policy.h"

/* What a change is told of the rest of its cycle, at one moment. All borrowed. */
struct context {
	struct moment now;
	int64_t now_s; /* the time to go by: clock_now() */
	const struct policy *policy;
	const struct clock *clock;
	const struct reading *reading;
	const struct at_hand *hand;
	struct marks *marks;
	struct outbox *out;
	bool paused;   /* the cluster takes no changes now */
	bool held;     /* a person holds the deletes now */
	bool outdated; /* a policy, a pause or a hold came after the listing: what was decided on it
			* must not be carried out */
	bool dry_run;
};

enum change_kind { CHANGE_CREATE, CHANGE_DELETE, CHANGE_RAISE, CHANGE_COUNT };

/* `self` is the sub-struct of the cycle that the change has to itself. */
struct change {
	/* Decides on the call, and puts its intent into the outbox. False: nothing is to be called;
	 * a dry run only tells what it would have called. */
	bool (*intend)(void *self, const struct context *x);
	/* The intent is on disk: tells people so, right before the call. False: it may not be sent
	 * any more, and nobody was told. */
	bool (*announce)(const void *self, const struct context *x);
	/* The last check before the call, which may have waited since its intent. */
	bool (*may_send)(const void *self, const struct context *x);
	struct effect (*effect)(const void *self);
	/* The call's answer: puts its outcome into the outbox. */
	void (*answer)(void *self, const struct context *x, const struct answer *a);
	/* The call is not made after all: likewise, with an answer of ours that says why. True if a
	 * new listing is wanted. */
	bool (*stop)(void *self, const struct context *x, const struct answer *a);
	const char *too_late; /* why it is stopped if it may not be sent any more */
	bool runs;            /* after one call the plan at hand may want another */
};
