/* The files themselves: the lock that makes us their owner, and damaged ones moved aside. */
#include "store/file.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What SQLite may have put next to the file. The file itself comes first: without it the others
 * mean nothing, but without the others it might pass for an older state. */
static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

#define PID_SIZE 16   /* bytes of a pid in decimal digits, and a line break */
#define LOCK_SIZE 128 /* more than any version has written to its lock file */

static int busy(const char *path, int fd, struct error *err)
{
	char pid[PID_SIZE] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	return error_set(err, EBUSY, "%s: another retaind owns this state file%s%s", path,
		pid[0] ? ": process " : "", pid);
}

/* Opens or makes the lock file. It is emptied later, so whatever else has that name is refused: a
 * link, a pipe, a file with another name besides, or one that holds too much. */
static int open_lock(const char *name, int *ret_fd, struct error *err)
{
	int fd =
		open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return error_set(
			err, errno, "%s: cannot create the lock file: %s", name, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
		st.st_size < LOCK_SIZE) {
		*ret_fd = fd;
		return 0;
	}
	(void)close(fd);
	return error_set(err, EEXIST, "%s is not the lock file of retaind: move it away", name);
}

int file_lock(const char *path, int *ret_fd, struct error *err)
{
	_cleanup_free_ char *name = xasprintf("%s.lock", path);
	char pid[PID_SIZE];
	int fd = -1, r = open_lock(name, &fd, err);

	if (r < 0)
		return r;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int code = errno;
		r = code == EWOULDBLOCK
			? busy(path, fd, err)
			: error_set(err, code, "%s: cannot lock: %s", name, strerror(code));
		(void)close(fd);
		return r;
	}
	/* The pid is a help for people; a full disk may refuse it. The lock is the kernel's. */
	(void)snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		errno = 0;
	*ret_fd = fd;
	return 0;
}

void file_unlock(int fd)
{
	if (fd < 0)
		return;
	if (ftruncate(fd, 0) < 0)
		errno = 0; /* the pid stays; without the lock it means nothing */
	(void)close(fd);
}

/* https://www.sqlite.org/fileformat.html section 1.3: the magic, then the write and read versions
 * at 18 and 19, which we leave at 1 or 2. SQLite opens other write versions for reading only. */
static bool header_is_known(const unsigned char *header, ssize_t n)
{
	if (n == 0)
		return true;
	return n == 100 && memcmp(header, "SQLite format 3", 16) == 0 && header[18] >= 1 &&
		header[18] <= 2 && header[19] >= 1 && header[19] <= 2;
}

static int64_t big_endian(const unsigned char *at)
{
	return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
		at[3]);
}

int file_prepare(
	const char *path, bool *ret_created, struct file_header *ret_header, struct error *err)
{
	unsigned char header[100] = "";
	struct stat st;
	ssize_t n;
	bool created = false;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), code;

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		created = fd >= 0;
	}
	if (fd < 0)
		return error_set(err, errno, "%s: cannot open: %s", path, strerror(errno));
	code = fstat(fd, &st) < 0 ? errno : 0;
	n = pread(fd, header, sizeof(header), 0);
	if (n < 0 && !code && S_ISREG(st.st_mode))
		code = errno;
	(void)close(fd);
	if (code)
		return error_set(err, code, "%s: cannot read: %s", path, strerror(code));
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	if (!header_is_known(header, n))
		return error_set(err, EBADMSG, "%s: not a file of retaind", path);
	*ret_created = created;
	*ret_header = (struct file_header){
		.version = big_endian(header + 60), .application_id = big_endian(header + 68)};
	return 0;
}

static int sync_directory(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

void file_discard(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_free_ char *name = xasprintf("%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
}

static int rename_all(const char *from, const char *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_free_ char *a = xasprintf("%s%s", from, suffixes[i]);
		_cleanup_free_ char *b = xasprintf("%s%s", to, suffixes[i]);
		/* Only the first may fail the whole: an orphaned -wal is dropped by SQLite. */
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_NOREPLACE) < 0 && i == 0)
			return -errno;
	}
	return sync_directory(to);
}

int file_move_aside(const char *path, const char *what, char **ret_to, struct error *err)
{
	time_t now = time(NULL);
	char stamp[20];
	struct tm tm;
	int r;

	(void)gmtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	for (int attempt = 1; attempt <= 100; attempt++) {
		_cleanup_free_ char *to = attempt == 1
			? xasprintf("%s.%s-%s", path, what, stamp)
			: xasprintf("%s.%s-%s.%d", path, what, stamp, attempt);
		r = rename_all(path, to);
		if (r == 0)
			*ret_to = TAKE_PTR(to);
		if (r != -EEXIST)
			break;
	}
	if (r < 0)
		return error_set(
			err, -r, "%s: %s, and cannot be moved aside: %s", path, what, strerror(-r));
	return 0;
}

void file_move_back(const char *path, const char *from)
{
	(void)rename_all(from, path);
}

struct file_identity file_identify(const char *path, const char *suffix)
{
	_cleanup_free_ char *name = xconcat(path, suffix, "");
	struct stat st;

	if (stat(name, &st) < 0)
		return (struct file_identity){0};
	return (struct file_identity){st.st_dev, st.st_ino};
}

bool file_is_at(const struct file_identity *file, const char *path, const char *suffix)
{
	struct file_identity found = file_identify(path, suffix);

	return found.device == file->device && found.inode == file->inode;
}

bool file_exists(const char *path)
{
	return file_identify(path, "").inode != 0;
}

int file_replace(const char *from, const char *to, struct error *err)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC), code = fd < 0 || fsync(fd) < 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	for (size_t i = 1; !code && i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_free_ char *name = xconcat(to, suffixes[i], "");
		(void)unlink(name);
	}
	if (!code && rename(from, to) < 0)
		code = errno;
	if (!code)
		code = -sync_directory(to);
	return code ? error_set(err, code, "%s: cannot write: %s", to, strerror(code)) : 0;
}
