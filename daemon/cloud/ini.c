/* Profiles in the ini file of the SDKs. */
#include "cloud/profile.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

/* Cuts blanks at both ends, in place. */
static char *trim(char *s)
{
	size_t length;

	s += strspn(s, " \t\r");
	length = strlen(s);
	while (length > 0 && strchr(" \t\r", s[length - 1]))
		s[--length] = '\0';
	return s;
}

/* Removes the quotes around a value, as the vendor's readers do. */
static char *unquote(char *s)
{
	size_t length = strlen(s);

	if (length < 2 || (*s != '"' && *s != '\'') || s[length - 1] != *s)
		return s;
	s[length - 1] = '\0';
	return s + 1;
}

enum ini_key {
	INI_TYPE,
	INI_ID,
	INI_SECRET,
	INI_ROLE_NAME,
	INI_ROLE_ARN,
	INI_SESSION_NAME,
	INI_POLICY,
	INI_COUNT,
};

static const char *const ini_keys[INI_COUNT] = {"type", "access_key_id", "access_key_secret",
	"role_name", "role_arn", "role_session_name", "policy"};

struct ini {
	const char *values[INI_COUNT]; /* NULL: missing or empty */
	bool found;
};

/* "[section]". False if it is not of this form. */
static bool read_head(char *line, const char *section, bool *ret_inside)
{
	char *close = strchr(line, ']');

	if (!close || close[1])
		return false;
	*close = '\0';
	*ret_inside = strcmp(trim(line + 1), section) == 0;
	return true;
}

/* "key = value", which is kept if the line is inside of the section. False if it is not of this
 * form. */
static bool read_value(char *line, bool inside, struct ini *ret)
{
	char *value = strchr(line, '=');

	if (!value)
		return false;
	*value++ = '\0';
	line = trim(line);
	value = unquote(trim(value));
	for (size_t i = 0; inside && *value && i < INI_COUNT; i++)
		if (strcmp(line, ini_keys[i]) == 0)
			ret->values[i] = value;
	return true;
}

/* Reads the keys of a section. The values point into `text`. Returns 0, or the number of the line
 * that does not read. */
static size_t read_ini(char *text, const char *section, struct ini *ret)
{
	char *rest = text, *line;
	bool inside = false;

	for (size_t number = 1; (line = strsep(&rest, "\n")); number++) {
		line = trim(line);
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (*line == '[') {
			if (!read_head(line, section, &inside))
				return number;
			ret->found |= inside;
		} else if (!read_value(line, inside, ret)) {
			return number;
		}
	}
	return 0;
}

/* Names a section to people. */
struct place {
	const char *path;
	char section[64];
};

static int read_key(
	const struct ini *ini, const struct place *p, struct provider *ret, struct error *err)
{
	const char *id = ini->values[INI_ID], *secret = ini->values[INI_SECRET];

	if (!id && !secret)
		return 0;
	if (!id || !secret)
		return error_set(err, EINVAL, "%s: section [%s] has no %s", p->path, p->section,
			id ? "access_key_secret" : "access_key_id");
	ret->kind = PROVIDER_KEYS;
	ret->keys = (struct keys){.id = xstrdup(id), .secret = xstrdup(secret)};
	return 1;
}

static int read_role(
	const struct ini *ini, const struct place *p, struct provider *ret, struct error *err)
{
	const char *arn = ini->values[INI_ROLE_ARN];
	struct role role = {0};
	int r = read_key(ini, p, ret, err);

	if (r < 0)
		return r;
	if (!arn)
		arn = provider_env("ALIBABA_CLOUD_ROLE_ARN");
	if (r == 0 || !arn)
		return error_set(err, EINVAL, "%s: section [%s] has no %s", p->path, p->section,
			r == 0 ? "access_key_id" : "role_arn");
	role.arn = xstrdup(arn);
	role.session_name = xstrdup(ini->values[INI_SESSION_NAME]);
	role.policy = xstrdup(ini->values[INI_POLICY]);
	r = provider_add_role(ret, &role, err);
	return r < 0 ? error_add(err, "%s: section [%s]", p->path, p->section) : 1;
}

static int read_section(
	const struct ini *ini, const struct place *p, struct provider *ret, struct error *err)
{
	const char *type = ini->values[INI_TYPE];

	if (!type || strcmp(type, "access_key") == 0)
		return read_key(ini, p, ret, err);
	if (strcmp(type, "ram_role_arn") == 0)
		return read_role(ini, p, ret, err);
	if (strcmp(type, "ecs_ram_role") == 0) {
		if (provider_use_ecs(ret, ini->values[INI_ROLE_NAME], err) < 0)
			return error_add(err, "%s: section [%s]", p->path, p->section);
		return 1;
	}
	/* The value is not quoted: it may be a secret in the wrong place. */
	return error_set(err, EOPNOTSUPP,
		"%s: section [%s] has another type than access_key, ecs_ram_role and ram_role_arn",
		p->path, p->section);
}

int profile_from_ini(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err)
{
	/* strsep() writes NULs into the copy, so it is wiped by its length, not as a string. */
	size_t size = strlen(text) + 1, bad_line;
	_cleanup_free_ char *copy = xstrdup(text);
	struct place place = {.path = path};
	struct ini ini = {0};
	int r;

	if (!profile)
		profile = "default";
	text_copy_printable(place.section, sizeof(place.section), profile);
	bad_line = read_ini(copy, profile, &ini);
	if (bad_line > 0)
		r = error_set(
			err, EBADMSG, "%s:%zu: neither [section] nor key = value", path, bad_line);
	else if (!ini.found)
		r = error_set(err, ENOENT, "%s: there is no section [%s]", path, place.section);
	else
		r = read_section(&ini, &place, ret, err);
	explicit_bzero(copy, size);
	if (r > 0)
		ret->source = xasprintf("section [%s] of %s", place.section, path);
	return r;
}
