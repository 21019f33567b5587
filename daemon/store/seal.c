/* A file that was closed in order need not be read whole when it is opened: of a year of a large
 * fleet that takes longer than all else together. What it looked like then stands in the lock file;
 * whatever touched it since has changed its time or size. Rows that promises rest on are checked
 * all the same. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORTH_BYTES (16 * 1024 * 1024) /* smaller ones are read in no time */
#define SEAL_SIZE 128

/* False if there is nothing to be sealed, or not worth it. */
static bool format(const char *path, char ret[SEAL_SIZE])
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", path);
	struct stat st;

	if (stat(wal, &st) == 0 && st.st_size > 0)
		return false;
	if (stat(path, &st) < 0 || st.st_size < WORTH_BYTES)
		return false;
	(void)snprintf(ret, SEAL_SIZE, "closed %ju %jd %jd.%09ld\n", (uintmax_t)st.st_ino,
		(intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return true;
}

bool seal_is_whole(int fd, const char *path)
{
	char seal[SEAL_SIZE], found[SEAL_SIZE] = "";
	ssize_t n = pread(fd, found, sizeof(found) - 1, 0);

	return n > 0 && format(path, seal) && strcmp(seal, found) == 0;
}

void seal_put(int fd, const char *path)
{
	char seal[SEAL_SIZE];

	/* Without it, the file is read whole. */
	if (format(path, seal) && pwrite(fd, seal, strlen(seal), 0) < 0)
		(void)!ftruncate(fd, 0);
}
