/* What people ordered by command, as the file of orders keeps it: it survives every crash. */
#pragma once

#include "cycle/effect.h"
#include "simulation/cloud.h"

/* The daemon goes by a clock that may be minutes off: so long before its end an order is not
 * insisted on. */
#define ORDERED_SLACK_S 600

struct ordered {
	int64_t held_until_s[HOLD_SCOPE_COUNT]; /* 0: not held */
	struct ordered_set {
		char id[CLOUD_ID_SIZE];
		int64_t until_s;
	} * sets; /* that are protected */
	size_t count, capacity;
};

void ordered_done(struct ordered *o);
void ordered_protect(struct ordered *o, const char *id, int64_t until_s);
void ordered_unprotect(struct ordered *o, size_t i);
bool ordered_holds(const struct ordered *o, int64_t now_s);
bool ordered_protects(const struct ordered *o, const char *id, int64_t now_s);
/* Without that slack: it may be protected now, or was when a plan of the last minutes was made. */
bool ordered_may_protect(const struct ordered *o, const char *id, int64_t now_s);
/* Changes when one begins or ends. */
uint64_t ordered_digest(const struct ordered *o, int64_t now_s);
