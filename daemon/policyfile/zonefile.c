/* Finds and reads the files of time zones. */
#include "policyfile/zonefile.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_SIZE_MAX = 256 * 1024, /* the largest of tzdata's is under 4 KiB; more is cut off */
	NAME_LENGTH_MAX = 255,
	CANDIDATES_MAX = 1000,
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void close_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static const char *zone_directory(void)
{
	const char *dir = secure_getenv("TZDIR");

	return dir && *dir ? dir : "/usr/share/zoneinfo";
}

/* A relative path below the directory, in the letters that tzdata uses: no dot is among them. */
static bool is_valid_name(const char *name)
{
	if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/") !=
			strlen(name) ||
		strlen(name) > NAME_LENGTH_MAX)
		return false;
	return *name != '\0' && *name != '/' && !strstr(name, "//") &&
		name[strlen(name) - 1] != '/';
}

/* The third column of zone.tab, which tzdata installs beside the zones. Returns an array of owned
 * strings, ended by NULL. */
static char **read_known_names(const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/zone.tab", dir);
	_cleanup_(close_file) FILE *f = fopen(path, "re");
	char **names = xcalloc(CANDIDATES_MAX + 1, sizeof(*names));
	char line[512], name[128];
	size_t count = 0;

	while (f && count < CANDIDATES_MAX && fgets(line, sizeof(line), f))
		if (*line != '#' && sscanf(line, "%*s %*s %127s", name) == 1)
			names[count++] = xstrdup(name);
	return names;
}

static void free_names(char ***names)
{
	for (char **name = *names; *name; name++)
		free(*name);
	free(*names);
}

static int refuse_unknown(const char *dir, const char *name, struct error *err)
{
	_cleanup_(free_names) char **known = read_known_names(dir);
	const char *nearest = NULL;

	if (!known[0])
		return error_set(err, ENOENT,
			"there is no time zone '%s' in %s: install tzdata (or use UTC)", name, dir);
	for (char **candidate = known; *candidate && !nearest; candidate++)
		if (strcasecmp(*candidate, name) == 0)
			nearest = *candidate;
	if (!nearest)
		nearest = text_nearest(name, (const char *const *)known);
	if (nearest)
		return error_set(err, ENOENT, "there is no time zone '%s' (did you mean '%s'?)",
			name, nearest);
	return error_set(err, ENOENT,
		"there is no time zone '%s': use a name such as Asia/Shanghai or UTC", name);
}

/* Reads at most `size` bytes. Returns how many, or a negative errno. */
static ssize_t read_all(int fd, void *to, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, (char *)to + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* Reads a zone's file into *ret, of FILE_SIZE_MAX bytes. Returns its size, or a negative errno. */
static ssize_t read_zone(const char *dir, const char *name, char **ret, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name), *data = NULL;
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t size;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return refuse_unknown(dir, name, err);
	if (fd < 0)
		return error_set(
			err, errno, "cannot open the time zone %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(
			err, EINVAL, "'%s' is not a time zone: %s is not a TZif file", name, path);
	data = xmalloc(FILE_SIZE_MAX);
	size = read_all(fd, data, FILE_SIZE_MAX);
	if (size < 0)
		return error_set(err, (int)-size, "cannot read the time zone %s: %s", path,
			strerror((int)-size));
	*ret = TAKE_PTR(data);
	return size;
}

int zonefile_load(const char *name, struct zone **ret, struct error *err)
{
	const char *dir = zone_directory();
	_cleanup_free_ char *data = NULL;
	char shown[NAME_LENGTH_MAX + 1];
	ssize_t size;
	int r;

	if (text_equal(name, "UTC")) {
		*ret = zone_utc();
		return 0;
	}
	if (!is_valid_name(name)) {
		text_copy_printable(shown, sizeof(shown), name);
		return error_set(err, EINVAL,
			"'%s' is not the name of a time zone: use one such as Asia/Shanghai or UTC",
			shown);
	}
	size = read_zone(dir, name, &data, err);
	if (size < 0)
		return (int)size;
	r = zone_parse(name, data, (size_t)size, ret, err);
	if (r < 0)
		(void)error_add(err, "cannot use the time zone '%s' (of %s)", name, dir);
	return r;
}
