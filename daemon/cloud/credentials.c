#include "cloud/credentials.h"

#include "base/text.h"
#include "cloud/profile.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKED_MAX ((size_t)700) /* of the 1024 bytes that an error's line has */

/* No key is kept: every call reads its source anew, so that a rotated key is in force at once and
 * there is no copy to go stale. */
struct credentials {
	char *source; /* of the keys handed out last */
};

struct search {
	struct keys keys;
	char *source;
	struct text looked; /* where nothing was found, for people */
};

struct credentials *credentials_new(void)
{
	return xcalloc(1, sizeof(struct credentials));
}

void credentials_free(struct credentials *c)
{
	if (!c)
		return;
	free(c->source);
	free(c);
}

void keys_done(struct keys *k)
{
	memory_erase_string(k->id);
	memory_erase_string(k->secret);
	memory_erase_string(k->token);
	*k = (struct keys){0};
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static void looked(struct search *s, const char *where, const char *why)
{
	text_printf(&s->looked, "%s%s (%s)", s->looked.length ? ", " : "", where, why);
}

/* One file of $CREDENTIALS_DIRECTORY; the service manager sees to its mode. *ret stays NULL if the
 * file is not there. */
static int read_credential(const char *directory, const char *name, char **ret, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	char *text = NULL;
	size_t length;
	int r;

	r = profile_read_file(path, false, &text, err);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
	if (length == 0) {
		free(text);
		return error_set(err, EINVAL, "%s: is empty", path);
	}
	*ret = text;
	return 0;
}

static int from_directory(struct search *s, struct error *err)
{
	const char *directory = env("CREDENTIALS_DIRECTORY");
	struct keys *k = &s->keys;
	int r;

	if (!directory) {
		looked(s, "$CREDENTIALS_DIRECTORY", "not set");
		return 0;
	}
	r = read_credential(directory, "access-key-id", &k->id, err);
	if (r == 0)
		r = read_credential(directory, "access-key-secret", &k->secret, err);
	if (r == 0)
		r = read_credential(directory, "security-token", &k->token, err);
	if (r < 0)
		return r;
	if (!k->id && !k->secret && !k->token) {
		looked(s, directory, "no access-key-id");
		return 0;
	}
	if (!k->id || !k->secret)
		return error_set(err, EINVAL, "%s: has no %s", directory,
			k->id ? "access-key-secret" : "access-key-id");
	s->source = xstrdup("systemd credentials");
	return 1;
}

static int from_environment(struct search *s, struct error *err)
{
	const char *id = env("ALIBABA_CLOUD_ACCESS_KEY_ID");
	const char *secret = env("ALIBABA_CLOUD_ACCESS_KEY_SECRET");

	if (!id && !secret) {
		looked(s, "ALIBABA_CLOUD_ACCESS_KEY_ID", "not set");
		return 0;
	}
	if (!id || !secret)
		return error_set(err, EINVAL,
			"environment: ALIBABA_CLOUD_ACCESS_KEY_%s is set, but not "
			"ALIBABA_CLOUD_ACCESS_KEY_%s",
			id ? "ID" : "SECRET", id ? "SECRET" : "ID");
	s->keys.id = xstrdup(id);
	s->keys.secret = xstrdup(secret);
	s->keys.token = xstrdup(env("ALIBABA_CLOUD_SECURITY_TOKEN"));
	s->source = xstrdup("environment");
	return 1;
}

/* The path that a variable names, or the one below the home directory; NULL without a home. */
static char *file_path(const char *variable, const char *below_home)
{
	const char *given = env(variable), *home = env("HOME");

	if (given)
		return xstrdup(given);
	if (!home) {
		const struct passwd *user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	return home && *home ? xasprintf("%s/%s", home, below_home) : NULL;
}

static int from_file(struct search *s, const char *variable, const char *below_home,
	int (*read_profile)(
		const char *, const char *, const char *, struct keys *, struct error *),
	struct error *err)
{
	_cleanup_free_ char *path = file_path(variable, below_home);
	char *text = NULL;
	int r;

	if (!path) {
		looked(s, below_home, "no home directory");
		return 0;
	}
	r = profile_read_file(path, true, &text, err);
	/* A home that is closed to the service has no say, unless the file was named. */
	if (r == -ENOENT || r == -ENOTDIR || (r == -EACCES && !env(variable))) {
		looked(s, path, r == -EACCES ? "closed to this user" : "no such file");
		return 0;
	}
	if (r < 0)
		return r;
	r = read_profile(text, path, env("ALIBABA_CLOUD_PROFILE"), &s->keys, err);
	memory_erase_string(text);
	if (r == 0)
		looked(s, path, "no key in it");
	if (r > 0)
		s->source = TAKE_PTR(path);
	return r;
}

static int from_cli(struct search *s, struct error *err)
{
	const char *off = env("ALIBABA_CLOUD_CLI_PROFILE_DISABLED");

	if (off && strcasecmp(off, "true") == 0) {
		looked(s, "CLI profile", "switched off");
		return 0;
	}
	return from_file(
		s, "ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json", profile_from_cli, err);
}

static int from_ini(struct search *s, struct error *err)
{
	return from_file(s, "ALIBABA_CLOUD_CREDENTIALS_FILE", ".alibabacloud/credentials",
		profile_from_ini, err);
}

/* Keys go into headers: what is not visible ASCII could end one and begin another. */
static bool is_clean(const char *s)
{
	for (; s && *s; s++)
		if (*s <= 0x20 || *s >= 0x7f)
			return false;
	return true;
}

static void search_done(struct search *s)
{
	keys_done(&s->keys);
	free(s->source);
	text_done(&s->looked);
}

int credentials_get(struct credentials *c, struct keys *ret, struct error *err)
{
	static int (*const sources[])(struct search *, struct error *) = {
		from_directory, from_environment, from_cli, from_ini};
	_cleanup_(search_done) struct search s = {.looked = TEXT_INIT(LOOKED_MAX)};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sources); i++)
		r = sources[i](&s, err);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(err, ENOKEY, "no access key found; looked at: %s",
			s.looked.s ? s.looked.s : "-");
	if (!is_clean(s.keys.id) || !is_clean(s.keys.secret) || !is_clean(s.keys.token))
		return error_set(err, EINVAL,
			"%s: a key or token has a blank or a character that no key has", s.source);
	free(c->source);
	c->source = TAKE_PTR(s.source);
	*ret = s.keys;
	ret->source = c->source;
	s.keys = (struct keys){0};
	return 0;
}
