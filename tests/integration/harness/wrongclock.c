/* For LD_PRELOAD: the wall clock is so many seconds off as the file named by WRONG_CLOCK says, read
 * anew each time. CLOCK_BOOTTIME is off by a second number there, as after a sleep; without one it
 * is right, as when a person sets the date. Other clocks are left alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset_s(bool boot)
{
	const char *path = getenv("WRONG_CLOCK");
	char text[32] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return strtol(boot ? text + strcspn(text, " ") : text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*next)(clockid_t, struct timespec *);
	int r;

	if (!next) {
		void *symbol = dlsym(RTLD_NEXT, "clock_gettime");
		next = *(int (**)(clockid_t, struct timespec *)) & symbol;
	}
	r = next(clock, ret);
	if (r == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ret->tv_sec += offset_s(false);
	if (r == 0 && clock == CLOCK_BOOTTIME)
		ret->tv_sec += offset_s(true);
	return r;
}

time_t time(time_t *ret)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (ret)
		*ret = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec t = {0};

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	*ret = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
	return 0;
}
