/* For LD_PRELOAD: a disk that takes 30 ms to sync. */
#include <time.h>
#include <unistd.h>

static int slow(void)
{
	struct timespec t = {.tv_nsec = 30 * 1000 * 1000};

	return nanosleep(&t, NULL);
}

int fdatasync(int fd)
{
	(void)fd;
	return slow();
}

int fsync(int fd)
{
	(void)fd;
	return slow();
}
