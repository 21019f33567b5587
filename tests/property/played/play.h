/* Backups and prunes played forward: what becomes of the sets if the schedule keeps running. Pure;
 * inside of retention/ only.
 *
 * verdicts() judges the sets that are there at the start. From there on each rule is a queue of the
 * sets that it keeps, oldest first, since a new backup changes little: the set before it may leave
 * the same bucket, the last one of a full queue goes, and a window moves on. So a step costs a few
 * operations a rule, however many sets there are. Whatever is not of this kind (the cloud takes a
 * set out of the middle, a failed set comes of age, a window that moves back at the end of a month)
 * is rare, and then verdicts() judges all that are there once more. Tests hold every step to
 * verdicts(). */
#pragma once

#include "retention/policy.h"
#include "retention/set.h"

/* What holds a set: a bit per enum rule, and */
enum {
	PLAY_MINIMUM = RULE_COUNT, /* one of the newest max(1, safety.minimum) valid sets */
	PLAY_PARENT,               /* a set that stays depends on it */
	PLAY_HOLDS,
};

enum play_fate {
	PLAY_THERE,
	PLAY_EXPIRED,  /* fell out of the policy */
	PLAY_VANISHED, /* the cloud's own retention took it */
};

enum play_role {
	PLAY_WALKED,    /* the rules judge it */
	PLAY_PROTECTED, /* valid, but not theirs to judge */
	PLAY_OUTSIDE,   /* counts for nothing: failed, or cannot be judged */
};

#define PLAY_NEW UINT32_MAX

struct play_set {
	int64_t start_s;
	int64_t vanishes_s;  /* the cloud's own expiry; SET_NO_TIME never */
	int64_t end_s;       /* when it met its fate; SET_NO_TIME while it is there */
	uint32_t source;     /* index in the inventory of the start, or PLAY_NEW */
	uint32_t parent;     /* index of a play_set, or PARENT_NONE */
	uint32_t dependents; /* sets that stay and depend on it */
	uint32_t holds;      /* bits; 0 with PLAY_WALKED only for a moment */
	uint16_t queued;     /* bit per rule: stands in its queue */
	uint16_t filler;     /* bit per rule: kept by it as the oldest set of all */
	uint8_t fate, role;
	bool valid;
	bool doubted; /* quarantined at the start, and so for good */
};

struct play_queue {
	uint32_t *sets; /* from begin to end, oldest first */
	size_t begin, end, capacity;
};

struct play_indices {
	uint32_t *at;
	size_t count, capacity;
};

struct play {
	const struct policy *policy;   /* borrowed */
	const struct inventory *given; /* borrowed; NULL: none */
	int64_t cloud_s;               /* the cloud keeps a new set so long; 0: for ever */

	struct play_set *sets; /* oldest first, those that are gone too */
	size_t count, capacity;
	size_t given_count;              /* the first so many are given ones */
	int64_t (*let_go_s)[PLAY_HOLDS]; /* for these: when each hold ended last; or SET_NO_TIME */
	size_t given_held;               /* given sets that are walked and still there */
	size_t live;                     /* valid sets that are there */

	struct play_indices gone; /* sets that the last step (or the start) saw go */

	/* The rest is the engine's own. */
	struct play_queue queues[RULE_COUNT + 1]; /* the last one is PLAY_MINIMUM's */
	int64_t last_bucket[RULE_COUNT];          /* of the newest set in each queue */
	int64_t cutoff_s[RULE_COUNT];             /* of span rules; SET_NO_TIME before the first */
	int64_t newest_s;                         /* of the valid sets; SET_NO_TIME none */
	size_t oldest;                            /* no walked set is there before this one */
	struct play_indices loose;                /* sets that lost their last hold */
	uint32_t *by_vanish; /* given sets that the cloud takes, soonest first ... */
	size_t by_vanish_count, by_vanish_next, new_vanish_next; /* ... and who is next of them */
	int64_t failed_due_s; /* when the next failed set comes of age; INT64_MAX never */
};

/* Sets out from the sets of `given` (NULL: none) as they are at now_s. Running ones count as done;
 * what cannot be judged then never will be. What is expired falls at once. */
void play_begin(struct play *ret, const struct policy *p, const struct inventory *given,
	int64_t cloud_s, int64_t now_s);
void play_done(struct play *p);

/* A backup is made at `at_s`, which must lie after all before it, and all that no longer counts
 * goes. False, and nothing happens, if a set of this or a later start is there: it satisfies the
 * slot. */
bool play_backup(struct play *p, int64_t at_s);
