/* The rules of the file, written down a second time: slow, plain, and from DESIGN.md alone. */
#pragma once

#include "simulation/oracle.h"

enum opinion {
	OPINION_KEPT,
	OPINION_EXPIRED,
	OPINION_NONE, /* runs, fails, is quarantined, is being deleted */
};

/* One opinion per set of `sets`; those with skip[i] count for nothing. Owned by the caller. */
enum opinion *oracle_opinions(const struct oracle_set *sets, size_t count, const bool *skip,
	const struct policy *p, const struct ordered *ordered, int64_t log_days, int64_t now_s);
