/* Reads small files that hold secrets. */
#include "cloud/keyfile.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 << 10)

static void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

void keyfile_erasep(char **s)
{
	memory_erase_string(*s);
}

int keyfile_check_trust(const char *path, const struct stat *st, mode_t refused, const char *mode,
	struct error *err)
{
	const struct passwd *owner = getpwuid(st->st_uid);

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, EPERM,
			"%s: its owner is %s (uid %u), and neither root nor this service: chown %u "
			"%s; chmod %s %s",
			path, owner ? owner->pw_name : "nobody known", (unsigned)st->st_uid,
			(unsigned)geteuid(), path, mode, path);
	if (st->st_mode & refused)
		return error_set(err, EPERM, "%s: others may %s it (mode %04o): chmod %s %s", path,
			refused & S_IROTH ? "read" : "write", (unsigned)st->st_mode & 07777u, mode,
			path);
	return 0;
}

static int check_file(int fd, const char *path, bool private, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	if ((size_t)st.st_size > FILE_MAX)
		return error_set(err, EFBIG, "%s: larger than 64 KiB, so no file of keys", path);
	return private ? keyfile_check_trust(path, &st, 077, "0600", err) : 0;
}

int keyfile_read(const char *path, bool private, char **ret, struct error *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_(keyfile_erasep) char *text = NULL;
	size_t length = 0;
	int r;

	if (fd < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	r = check_file(fd, path, private, err);
	if (r < 0)
		return r;
	text = xcalloc(FILE_MAX + 1, 1);
	for (;;) {
		ssize_t n = read(fd, text + length, FILE_MAX - length);
		if (n < 0)
			return error_set(err, errno, "%s: %s", path, strerror(errno));
		if (n == 0)
			break;
		length += (size_t)n;
	}
	if (memchr(text, '\0', length)) {
		explicit_bzero(text, length); /* also what stands behind the NUL */
		return error_set(err, EINVAL, "%s: has a NUL byte", path);
	}
	*ret = TAKE_PTR(text);
	return 0;
}

void keyfile_trim(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
}
