/* Finds and reads the files of time zones. */
#include "policyfile/zonefile.h"

#include "policyfile/readfile.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

enum {
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
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

/* The zone that tzdata says this is another name of. It says so of old names, too, whose files may
 * not be installed. Owned by the caller; NULL: it is none. */
static char *read_link(const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/tzdata.zi", dir);
	_cleanup_(close_file) FILE *f = fopen(path, "re");
	char line[512], target[128], link[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "L %127s %127s", target, link) == 2 && text_equal(link, name))
			return xstrdup(target);
	return NULL;
}

static bool is_among(char *const *names, const char *name)
{
	for (; *names; names++)
		if (text_equal(*names, name))
			return true;
	return false;
}

char *zonefile_instead(const char *name)
{
	const char *dir = zone_directory();
	_cleanup_free_ char *target = read_link(dir, name);
	_cleanup_(free_names) char **known = target ? read_known_names(dir) : NULL;

	if (!target || is_among(known, name) || !is_among(known, target))
		return NULL;
	return TAKE_PTR(target);
}

/* Cities that people name a zone after, and tzdata does not: mostly those of the cloud's regions.
 */
static const char *zone_of_city(const char *name)
{
	static const struct {
		const char *city, *zone;
	} cities[] = {
		{"Beijing", "Asia/Shanghai"},
		{"Peking", "Asia/Shanghai"},
		{"Hangzhou", "Asia/Shanghai"},
		{"Shenzhen", "Asia/Shanghai"},
		{"Guangzhou", "Asia/Shanghai"},
		{"Qingdao", "Asia/Shanghai"},
		{"Zhangjiakou", "Asia/Shanghai"},
		{"Hohhot", "Asia/Shanghai"},
		{"Ulanqab", "Asia/Shanghai"},
		{"Chengdu", "Asia/Shanghai"},
		{"Nanjing", "Asia/Shanghai"},
		{"Wuhan", "Asia/Shanghai"},
		{"Mumbai", "Asia/Kolkata"},
		{"Frankfurt", "Europe/Berlin"},
		{"Virginia", "America/New_York"},
		{"Silicon_Valley", "America/Los_Angeles"},
	};
	const char *slash = strrchr(name, '/'), *city = slash ? slash + 1 : name;

	for (size_t i = 0; i < ARRAY_SIZE(cities); i++)
		if (strcasecmp(cities[i].city, city) == 0)
			return cities[i].zone;
	return NULL;
}

static int refuse_unknown(const char *dir, const char *name, struct error *err)
{
	_cleanup_(free_names) char **known = read_known_names(dir);
	_cleanup_free_ char *target = read_link(dir, name);
	const char *nearest = target;

	if (!known[0])
		return error_set(err, ENOENT,
			"there is no time zone '%s' in %s: install tzdata (or use UTC)", name, dir);
	for (char **candidate = known; *candidate && !nearest; candidate++)
		if (strcasecmp(*candidate, name) == 0)
			nearest = *candidate;
	if (!nearest)
		nearest = zone_of_city(name);
	if (!nearest)
		nearest = text_nearest(name, (const char *const *)known);
	if (nearest)
		return error_set(err, ENOENT, "there is no time zone '%s' (did you mean '%s'?)",
			name, nearest);
	return error_set(err, ENOENT,
		"there is no time zone '%s': use a name such as Asia/Shanghai or UTC", name);
}

static int read_file(const char *dir, const char *name, struct text *ret, struct error *err)
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

int zonefile_read(const char *name, struct text *ret, struct error *err)
{
	char shown[NAME_LENGTH_MAX + 1];

	if (is_valid_name(name))
		return read_file(zone_directory(), name, ret, err);
	text_copy_printable(shown, sizeof(shown), name);
	return error_set(err, EINVAL,
		"'%s' is not the name of a time zone: use one such as Asia/Shanghai or UTC", shown);
}

int zonefile_parse(const char *name, const struct text *data, struct zone **ret, struct error *err)
{
	int r = zone_parse(name, data->s ? data->s : "", data->length, ret, err);

	if (r < 0)
		(void)error_add(
			err, "cannot use the time zone '%s' (of %s)", name, zone_directory());
	return r;
}

int zonefile_load(const char *name, struct zone **ret, struct error *err)
{
	_cleanup_(text_done) struct text data = TEXT_INIT(ZONEFILE_MAX_BYTES);
	int r;

	if (text_equal(name, "UTC")) {
		*ret = zone_utc();
		return 0;
	}
	r = zonefile_read(name, &data, err);
	return r < 0 ? r : zonefile_parse(name, &data, ret, err);
}
