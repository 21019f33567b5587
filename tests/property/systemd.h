/* Calendar expressions as `systemd-analyze calendar` reads them. A test that uses this fails where
 * systemd-analyze is missing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BATCH = 50, /* expressions a call, at most */
	ITERATIONS = 5,
};

struct answer {
	bool refused;
	bool lost; /* it knew no next instant, nor that there is none */
	char normalized[4096];
	int64_t next[ITERATIONS];
	int count;
};

/* Asks for the next instants from `base_s` on, that one included: systemd counts in microseconds
 * and takes what is strictly later than the base. The environment has to say TZ=UTC and LC_ALL=C.
 */
void ask_systemd(int64_t base_s, char *const *expressions, struct answer *answers, size_t count);
