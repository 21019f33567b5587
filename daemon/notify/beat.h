/* When a dead man's switch is pinged: every so often while all is well, and at once when it no
 * longer is. Who is not pinged raises the alarm, so that a loop that hangs and a machine that is
 * off are told of by somebody else. */
#pragma once

#include "notify/kind.h"

#include <stdbool.h>
#include <stdint.h>

#define BEAT_LEAST_S 20 /* between two pings: Healthchecks takes five in a minute */

struct beat {
	int64_t next_boot_s; /* not before this */
	bool pinged;         /* ... unless what was said last is no longer so */
	bool well;           /* what was said last */
	bool in_flight;
	int failures; /* in a row */
};

enum beat_ping { BEAT_NONE, BEAT_WELL, BEAT_FAIL };

/* What to send now. NOTIFY_UNKNOWN sends nothing: a cluster that was never listed is not known to
 * be fresh. The caller sends it, and then says beat_sent(). */
enum beat_ping beat_next(struct beat *b, enum notify_level health, int64_t every_s, int64_t boot_s);
/* `silent`: there was nothing to send. */
void beat_sent(struct beat *b, enum beat_ping ping, bool taken, int64_t every_s, int64_t boot_s);
