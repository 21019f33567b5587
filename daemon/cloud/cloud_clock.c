/* The time of day as the service has it. */
#include "cloud/cloud_clock.h"

#include <time.h>

static int64_t seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return t.tv_sec;
}

int64_t cloud_clock_boot(void)
{
	return seconds(CLOCK_BOOTTIME);
}

int64_t cloud_clock_wall(void)
{
	return seconds(CLOCK_REALTIME);
}

void cloud_clock_see(struct cloud_clock *c, int64_t wall_s)
{
	c->wall_s = wall_s;
	c->at_boot_s = cloud_clock_boot();
}

int64_t cloud_clock_now(const struct cloud_clock *c)
{
	return c->wall_s + c->skew_s + cloud_clock_boot() - c->at_boot_s;
}

void cloud_clock_learn(struct cloud_clock *c, int64_t server_s)
{
	c->skew_s += server_s - cloud_clock_now(c);
}
