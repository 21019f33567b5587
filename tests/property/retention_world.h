/* Random policies and inventories for the property tests. All from a seed. */
#pragma once

#include "fixture.h"

#define WORLD_NOW_S 1795219200 /* 2026-11-21T00:00:00Z */

struct world {
	uint64_t seed;
	struct dice dice;
	struct policy *policy;
	struct inventory inv;
	struct mark_view *marks; /* inv.count */
	struct plan_input in;    /* of the above; listing complete, clock well */
};

enum world_kind {
	WORLD_ANY,   /* everything at once: parents, doubts, expiries, protection, zones */
	WORLD_PLAIN, /* valid sets without parents, in UTC, without protection */
};

/* Of at most `most` sets. */
void world_init(struct world *w, uint64_t seed, enum world_kind kind, int most);
void world_done(struct world *w);

/* Copies the sets that `keep` says (by index) to `to`, which is initialised. */
void world_filter(const struct inventory *from, const bool *keep, struct inventory *to);

/* "seed 17: WHAT" with the world's sets, and the test fails. */
__attribute__((noreturn)) void world_fail(const struct world *w, const char *what);

/* Seeds come from 1 on; RETAIND_SEED=N runs that one alone. Calls `check` for each. */
void world_each_seed(int count, void (*check)(uint64_t seed));
