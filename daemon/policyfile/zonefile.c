/* Finds and reads the files of time zones. */
#include "policyfile/zonefile.h"

#include "policyfile/readfile.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

enum {
	FILE_SIZE_MAX = 256 * 1024, /* the largest of tzdata's is under 4 KiB; more is cut off */
	NAME_LENGTH_MAX = 255,
	CANDIDATES_MAX = 1000,
};

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

/* True for a relative path in the letters that tzdata uses. A dot is not among them, so that no
 * path leads out of the directory. */
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

static int read_zone(const char *dir, const char *name, struct text *ret, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	struct stat st;
	int r = readfile(path, ret, &st);

	if (r == -ENOENT || r == -ENOTDIR)
		return refuse_unknown(dir, name, err);
	if (r == -EINVAL || r == -EISDIR)
		return error_set(
			err, EINVAL, "'%s' is not a time zone: %s is not a TZif file", name, path);
	if (r < 0)
		return error_set(err, -r, "cannot read the time zone %s: %s", path, strerror(-r));
	return 0;
}

int zonefile_load(const char *name, struct zone **ret, struct error *err)
{
	_cleanup_(text_done) struct text data = TEXT_INIT(FILE_SIZE_MAX);
	const char *dir = zone_directory();
	char shown[NAME_LENGTH_MAX + 1];
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
	r = read_zone(dir, name, &data, err);
	if (r < 0)
		return r;
	r = zone_parse(name, data.s ? data.s : "", data.length, ret, err);
	if (r < 0)
		(void)error_add(err, "cannot use the time zone '%s' (of %s)", name, dir);
	return r;
}
