/* Files that commands read and write. */
#include "ctl/files.h"

#include "ctl/command.h"
#include "ctl/terminal.h"
#include "retention/reach.h"
#include "retention/set.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLOUD_DAYS_MAX 36500
#define MESSAGES_MAX_BYTES (4 * 1024 * 1024)

struct policyfile *files_load_policy(const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	struct policyfile *f = NULL;

	if (policyfile_load(path, TRUST_ALL, &f, &messages, NULL) >= 0)
		return f;
	terminal_print_messages(messages.s ? messages.s : "");
	return NULL;
}

struct policy *files_find_cluster(const struct policyfile *f, const char *id_or_name)
{
	struct policy *p = policyfile_find(f, id_or_name);
	_cleanup_free_ const char **names = NULL;
	const char *nearest;

	if (p)
		return p;
	names = xcalloc(2 * f->cluster_count + 1, sizeof(*names));
	for (size_t i = 0; i < f->cluster_count; i++) {
		names[2 * i] = f->clusters[i]->name;
		names[2 * i + 1] = f->clusters[i]->cluster;
	}
	nearest = text_nearest(id_or_name, names);
	(void)command_failed("no cluster '%s' in %s%s%s%s%s", id_or_name, f->path,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "",
		f->discovery_count ? "; those that `discover` finds are known to the daemon alone"
				   : "");
	return NULL;
}

int files_read(const char *path, struct text *ret, struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char buffer[65536];
	size_t n;
	int r = 0;

	if (!f)
		return error_set(err, errno, "%s cannot be read: %s", path, strerror(errno));
	errno = 0;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		text_add_bytes(ret, buffer, n);
	if (ferror(f))
		r = error_set(
			err, errno ? errno : EIO, "%s cannot be read: %s", path, strerror(errno));
	else if (ret->full)
		r = error_set(err, EFBIG, "%s is larger than %zu bytes", path, ret->max);
	if (!standard)
		(void)fclose(f);
	return r;
}

static int not_written(const char *path, int code)
{
	return command_failed("%s cannot be written: %s", path, strerror(code));
}

static int write_all(int fd, const struct text *t)
{
	for (size_t done = 0; done < t->length;) {
		ssize_t n = write(fd, t->s + done, t->length - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* For a device, a pipe or a socket, which stays what it is. */
static int write_through(const char *path, bool is_link, const struct text *t)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | (is_link ? 0 : O_NOFOLLOW)), r;
	struct stat st;

	if (fd < 0)
		return not_written(path, errno);
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? -ESTALE : write_all(fd, t);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? not_written(path, -r) : CTL_WELL;
}

/* The permissions of the file before, or else those that the umask gives a new file. */
static mode_t mode_of(const struct stat *before)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return before ? before->st_mode & 0777 : 0666 & ~mask;
}

/* The file is written under a name beside it that nobody can guess, then renamed: it is there
 * whole, or as it was. */
static int replace(const char *path, const struct stat *before, const struct text *t)
{
	_cleanup_free_ char *beside = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(beside, O_CLOEXEC), r;

	if (fd < 0)
		return not_written(path, errno);
	r = write_all(fd, t);
	if (r == 0 && fchmod(fd, mode_of(before)) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(beside);
	return r < 0 ? not_written(path, -r) : CTL_WELL;
}

/* True for /dev/stdout, and for the file to which the shell has sent our output. */
static bool is_standard_output(const struct stat *st)
{
	struct stat own;

	return fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == st->st_dev &&
		own.st_ino == st->st_ino;
}

/* False if the path is a link that is neither ours nor root's. */
static bool find_link(const char *path, bool *ret_is_link)
{
	struct stat link;

	*ret_is_link = lstat(path, &link) == 0 && S_ISLNK(link.st_mode);
	return !*ret_is_link || link.st_uid == 0 || link.st_uid == geteuid();
}

int files_write(const char *path, const struct text *t)
{
	_cleanup_free_ char *target = NULL;
	struct stat st;
	bool exists = stat(path, &st) == 0, is_link = false;

	if (strcmp(path, "-") == 0 || (exists && is_standard_output(&st))) {
		command_output(t); /* main() finds out whether that worked */
		return CTL_WELL;
	}
	if (!find_link(path, &is_link))
		return command_failed("%s is a symbolic link of another user", path);
	if (exists && !S_ISREG(st.st_mode))
		return write_through(path, is_link, t);
	target = is_link ? realpath(path, NULL) : xstrdup(path);
	return target ? replace(target, exists ? &st : NULL, t) : not_written(path, errno);
}

void files_add_minute(struct text *out, const struct zone *z, int64_t instant_s)
{
	struct civil c;

	civil_from_seconds(zone_local(z, instant_s), &c);
	text_printf(
		out, "%04" PRId64 "-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

void files_add_seconds(struct text *out, const struct zone *z, int64_t since_s, int64_t after_s)
{
	text_add(out, "to the second since ");
	files_add_minute(out, z, since_s);
	if (after_s == since_s)
		return;
	text_add(out, "; after these deletes ");
	if (after_s == SET_NO_TIME) {
		text_add(out, "no more");
		return;
	}
	text_add(out, "since ");
	files_add_minute(out, z, after_s);
}

bool files_parse_cloud_days(const char *s, int64_t *ret_s)
{
	uint64_t days;

	if (!text_to_u64(s, &days) || days > CLOUD_DAYS_MAX)
		return false;
	*ret_s = (int64_t)days * 86400;
	return true;
}

bool files_parse_log_days(const char *s, int64_t *ret_days)
{
	size_t length = strlen(s);
	_cleanup_free_ char *digits =
		xstrndup(s, length > 0 && s[length - 1] == 'd' ? length - 1 : length);
	uint64_t days;

	if (!text_to_u64(digits, &days) || (days > 0 && days < CLOUD_DAYS_LEAST) ||
		days > CLOUD_DAYS_MOST)
		return false;
	*ret_days = (int64_t)days;
	return true;
}
