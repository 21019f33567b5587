/* The sets of the last complete listing and the plan made from them: what is decided on.
 *
 * Between two listings nobody looks at the sets of most clusters. Then the inventory is packed and
 * the plan's lists are let go. What people ask for at any time (counts, holds, the plan's hash)
 * stays; the rest is made again from the same values when it is needed. */
#pragma once

#include "cycle/marks.h"
#include "retention/pack.h"

#define HARD_HOLDS (~(1u << HOLD_GRACE)) /* grace is as it should be */

/* Of the last plan. */
struct counted {
	uint32_t by_verdict[VERDICT_DELETING + 1];
	int64_t size_bytes; /* of all sets that have one */
};

struct at_hand {
	struct inventory inv; /* sets that a delete call named are SET_DELETING */
	struct plan plan;
	struct plan_input input; /* what the plan was made from */
	struct mark_view *views; /* ... of the marks */
	bool planned;            /* there is a plan */
	struct moment planned_at;
	bool resting; /* the inventory is packed, and the plan has no lists */
	struct pack packed;
	struct counted counted;
};

void at_hand_init(struct at_hand *h);
void at_hand_done(struct at_hand *h);

struct counted at_hand_count(const struct at_hand *h);
void at_hand_rest(struct at_hand *h);
/* True if it rested. */
bool at_hand_wake(struct at_hand *h, const struct marks *m, const struct policy *policy);
