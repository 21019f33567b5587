/* What is told of protected sets: that one is not listed, that its protection ends, and has ended.
 */
#pragma once

#include "cycle/outbox.h"
#include "retention/listing.h"
#include "retention/policy.h"

/* After a complete listing with the clock in order. `since_s`: the one before, so that each end is
 * told by one listing alone, also across restarts; 0: there was none. *told_unlisted, 0 at first,
 * is what this keeps between two calls. */
void protect_tell(struct outbox *out, const struct policy *p, const struct inventory *inv,
	int64_t since_s, int64_t now_s, uint64_t *told_unlisted);
