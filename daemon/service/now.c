/* The clocks, read in this one place. */
#include "service/now.h"

struct moment now_moment(void)
{
	struct timespec wall, boot;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct moment){.wall_s = wall.tv_sec, .boot_s = boot.tv_sec};
}

uint64_t now_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int64_t now_boot_us(void)
{
	return (int64_t)now_us(CLOCK_BOOTTIME);
}
