/* What people ordered by command, as it is in force for one cluster. */
#pragma once

#include "cycle/cycle.h"
#include "store/orders.h"

/* "by root (uid 0) since 2026-11-30T22:15:00Z until ...: the reason". Owned by the caller. */
char *in_force_words(const struct order *o, const struct zone *z);

/* The policy with the sets that are protected by command. `given` itself if there are none, else a
 * copy, owned by the caller. `o` may be NULL. */
struct policy *in_force_policy(const struct orders *o, struct policy *given);

/* The last restore of the cluster that was proved; NULL: none was. `o` may be NULL. Borrowed. */
const struct order *in_force_proof(const struct orders *o, const char *cluster);

/* Tells the cycle of its holds. */
void in_force_feed(const struct orders *o, struct cycle *c, const struct policy *p);
