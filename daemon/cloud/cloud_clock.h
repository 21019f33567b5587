/* The time of day that goes into requests: the wall clock as the callers tell it, carried on by
 * CLOCK_BOOTTIME, and corrected by the service's own time. */
#pragma once

#include <stdint.h>

struct cloud_clock {
	int64_t wall_s, at_boot_s; /* the wall clock at an instant of CLOCK_BOOTTIME */
	int64_t skew_s;            /* how far the service's clock is ahead of ours */
};

int64_t cloud_clock_boot(void); /* CLOCK_BOOTTIME, in seconds */
int64_t cloud_clock_wall(void); /* CLOCK_REALTIME */
void cloud_clock_see(struct cloud_clock *c, int64_t wall_s);
int64_t cloud_clock_now(const struct cloud_clock *c);
/* Takes over the service's time. The service refuses requests that are dated more than 15 minutes
 * off, and the refusal tells its own time. A machine with a wrong clock can so list sets and take
 * backups (S6). */
void cloud_clock_learn(struct cloud_clock *c, int64_t server_s);
