/* Reads regular files whole. */
#include "policyfile/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int read_open(int fd, struct text *ret, struct stat *ret_st)
{
	char buffer[65536];
	ssize_t n = 0;

	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (S_ISDIR(ret_st->st_mode))
		return -EISDIR;
	if (!S_ISREG(ret_st->st_mode))
		return -EINVAL;
	while (!ret->full) {
		n = read(fd, buffer, sizeof(buffer));
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			text_add_bytes(ret, buffer, (size_t)n);
	}
	return n < 0 ? -errno : 0;
}

int readfile(const char *path, struct text *ret, struct stat *ret_st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;

	*ret_st = (struct stat){0};
	if (fd < 0)
		return -errno;
	r = read_open(fd, ret, ret_st);
	(void)close(fd);
	return r;
}
