/* The time of day as the callers tell it, carried on between calls, and set right by what the
 * service told. */
#pragma once

#include <stdint.h>

struct cloud_clock {
	int64_t wall_s, at_boot_s; /* the wall clock at an instant of CLOCK_BOOTTIME */
	int64_t skew_s;            /* what the service's clock is ahead of ours */
};

int64_t cloud_clock_boot(void); /* CLOCK_BOOTTIME, in seconds */
void cloud_clock_see(struct cloud_clock *c, int64_t wall_s);
/* What goes into a request. */
int64_t cloud_clock_now(const struct cloud_clock *c);
/* The service refuses what is dated over 15 minutes off, and tells its own time as it does. Going
 * by that from then on lets a machine with a wrong clock list and take backups (S6). */
void cloud_clock_learn(struct cloud_clock *c, int64_t server_s);
