#include "cloud/profile.h"

#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 << 10)

static void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void erase_stringp(char **s)
{
	memory_erase_string(*s);
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
	if (private && (st.st_mode & 077))
		return error_set(err, EPERM, "%s: others may read it (mode %04o): chmod 0600 %s",
			path, (unsigned)st.st_mode & 07777u, path);
	return 0;
}

int profile_read_file(const char *path, bool private, char **ret, struct error *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_(erase_stringp) char *text = NULL;
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
		explicit_bzero(text, length); /* what lies behind the NUL too */
		return error_set(err, EINVAL, "%s: has a NUL byte", path);
	}
	*ret = TAKE_PTR(text);
	return 0;
}

/* A field that is missing or empty is NULL. */
static const char *field(const cJSON *profile, const char *name)
{
	const char *value = json_get_string(profile, name);

	return value && *value ? value : NULL;
}

static const cJSON *find_profile(const cJSON *config, const char *name)
{
	const cJSON *profiles = json_get(config, "profiles"), *profile;

	cJSON_ArrayForEach (profile, profiles)
		if (text_equal(json_get_string(profile, "name"), name))
			return profile;
	return NULL;
}

/* Kinds of credentials that the CLI and the SDKs know and we do not. Any other word is not told: it
 * may be a secret in the wrong place. */
static const char *known_kind(const char *kind)
{
	static const char *const kinds[] = {"RamRoleArn", "EcsRamRole", "RsaKeyPair",
		"RamRoleArnWithEcs", "RamRoleArnWithRoleName", "ChainableRamRoleArn", "External",
		"CredentialsURI", "OIDC", "CloudSSO", "OAuth", "ram_role_arn", "ecs_ram_role",
		"rsa_key_pair", "oidc_role_arn", "credentials_uri", "bearer", "sts"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcasecmp(kind, kinds[i]) == 0)
			return kinds[i];
	return "?";
}

/* The keys of one profile; see profile_from_cli(). */
static int read_profile(const cJSON *profile, const char *path, const char *shown, struct keys *ret,
	struct error *err)
{
	const char *mode = field(profile, "mode"), *token = NULL;
	const char *id = field(profile, "access_key_id");
	const char *secret = field(profile, "access_key_secret");

	if (mode && strcasecmp(mode, "StsToken") == 0) {
		token = field(profile, "sts_token");
		if (!token)
			return error_set(
				err, EINVAL, "%s: profile '%s' has no sts_token", path, shown);
	} else if (mode && strcasecmp(mode, "AK") != 0) {
		return error_set(err, EOPNOTSUPP,
			"%s: profile '%s' has mode '%s'; retaind supports AK and StsToken", path,
			shown, known_kind(mode));
	}
	if (!id && !secret)
		return 0;
	if (!id || !secret)
		return error_set(err, EINVAL, "%s: profile '%s' has no %s", path, shown,
			id ? "access_key_secret" : "access_key_id");
	*ret = (struct keys){.id = xstrdup(id), .secret = xstrdup(secret), .token = xstrdup(token)};
	return 1;
}

int profile_from_cli(const char *text, const char *path, const char *profile, struct keys *ret,
	struct error *err)
{
	_cleanup_(json_erasep) cJSON *config = NULL;
	const cJSON *found;
	char shown[64];

	/* The parser's own words might quote the file. */
	if (json_parse(text, strlen(text), &config, NULL) < 0)
		return error_set(
			err, EBADMSG, "%s: not well-formed JSON (or a key occurs twice)", path);
	if (!profile)
		profile = field(config, "current");
	if (!profile)
		profile = "default";
	text_copy_printable(shown, sizeof(shown), profile);
	found = find_profile(config, profile);
	if (!found)
		return error_set(err, ENOENT, "%s: there is no profile '%s'", path, shown);
	return read_profile(found, path, shown, ret, err);
}

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

struct ini {
	const char *type, *id, *secret; /* NULL: missing or empty */
	bool found;
};

/* Reads the section's three keys; they point into `text`. 0, or the number of a line that does not
 * read. */
static size_t read_ini(char *text, const char *section, struct ini *ret)
{
	char *rest = text, *line;
	bool inside = false;

	for (size_t number = 1; (line = strsep(&rest, "\n")); number++) {
		char *value;
		line = trim(line);
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (*line == '[') {
			char *close = strchr(line, ']');
			if (!close || close[1])
				return number;
			*close = '\0';
			inside = strcmp(trim(line + 1), section) == 0;
			ret->found |= inside;
			continue;
		}
		value = strchr(line, '=');
		if (!value)
			return number;
		*value++ = '\0';
		line = trim(line);
		value = trim(value);
		if (!inside || !*value)
			continue;
		if (strcmp(line, "type") == 0)
			ret->type = value;
		else if (strcmp(line, "access_key_id") == 0)
			ret->id = value;
		else if (strcmp(line, "access_key_secret") == 0)
			ret->secret = value;
	}
	return 0;
}

int profile_from_ini(const char *text, const char *path, const char *profile, struct keys *ret,
	struct error *err)
{
	/* strsep() cuts lines with NULs: the whole is wiped by its length, not as a string. */
	size_t size = strlen(text) + 1, bad_line;
	_cleanup_free_ char *copy = xstrdup(text);
	struct ini ini = {0};
	char shown[64];
	int r = 1;

	text_copy_printable(shown, sizeof(shown), profile ? profile : "default");
	bad_line = read_ini(copy, profile ? profile : "default", &ini);
	if (bad_line > 0) {
		r = error_set(
			err, EBADMSG, "%s:%zu: neither [section] nor key = value", path, bad_line);
	} else if (!ini.found) {
		r = error_set(err, ENOENT, "%s: there is no section [%s]", path, shown);
	} else if (ini.type && strcmp(ini.type, "access_key") != 0) {
		r = error_set(err, EOPNOTSUPP,
			"%s: section [%s] has type '%s'; retaind supports access_key", path, shown,
			known_kind(ini.type));
	} else if (!ini.id && !ini.secret) {
		r = 0;
	} else if (!ini.id || !ini.secret) {
		r = error_set(err, EINVAL, "%s: section [%s] has no %s", path, shown,
			ini.id ? "access_key_secret" : "access_key_id");
	} else {
		*ret = (struct keys){.id = xstrdup(ini.id), .secret = xstrdup(ini.secret)};
	}
	explicit_bzero(copy, size);
	return r;
}
