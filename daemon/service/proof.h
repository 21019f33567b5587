/* Whether a restore was proven lately enough (safety.prove_every). Values alone: no clock. */
#pragma once

#include "base/text.h"
#include "retention/policy.h"
#include "store/orders.h"

/* `last` is the last proven restore of the policy's cluster; NULL: there was none. True if it is
 * older than the policy asks for, or missing. */
bool proof_is_overdue(const struct policy *p, const struct order *last, int64_t now_s);

/* "the last proven restore of orders is 120 d old, and the policy wants one every 90 d". Without
 * `named` the name of the cluster is left out, where it stands before anyway. */
void proof_say(const struct policy *p, const struct order *last, int64_t now_s, bool named,
	struct text *out);
