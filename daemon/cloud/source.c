/* Finds an account's provider in files and variables. */
#include "cloud/source.h"

#include "base/text.h"
#include "cloud/keyfile.h"
#include "cloud/profile.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define LOOKED_MAX ((size_t)700) /* an error has room for 1024 bytes */

/* A function that looks at one source returns 1 if it made the provider, 0 if the source does not
 * exist, and an error if the source is broken. */
struct search {
	const struct login_options *options;
	const char *account, *no_ecs;
	bool chain;
	struct provider provider;
	struct text looked; /* the places without keys, for people */
};

static void search_done(struct search *s)
{
	provider_done(&s->provider);
	text_done(&s->looked);
}

/* Notes a place without keys. `why` NULL: it does not exist. */
static int looked(struct search *s, const char *where, const char *why)
{
	text_add(&s->looked, s->looked.length ? ", " : "");
	if (why)
		text_printf(&s->looked, "%s (%s)", where, why);
	else
		text_printf(&s->looked, "no %s", where);
	return 0;
}

static bool is_default(const struct search *s)
{
	return !s->account || strcmp(s->account, "default") == 0;
}

/* Reads one file of $CREDENTIALS_DIRECTORY, whose mode is the service manager's. *ret stays NULL if
 * there is no such file. */
static int read_credential(const struct search *s, const char *directory, const char *name,
	char **ret, struct error *err)
{
	_cleanup_free_ char *path = is_default(s)
		? xasprintf("%s/%s", directory, name)
		: xasprintf("%s/%s.%s", directory, s->account, name);
	char *text = NULL;
	int r;

	r = keyfile_read(path, false, &text, err);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	keyfile_trim(text);
	if (!*text) {
		free(text);
		return error_set(err, EINVAL, "%s: is empty", path);
	}
	*ret = text;
	return 0;
}

static int read_credentials(
	const struct search *s, const char *directory, struct keys *k, struct error *err)
{
	int r = read_credential(s, directory, "access-key-id", &k->id, err);

	if (r == 0)
		r = read_credential(s, directory, "access-key-secret", &k->secret, err);
	if (r == 0)
		r = read_credential(s, directory, "security-token", &k->token, err);
	return r;
}

static int from_systemd(struct search *s, struct error *err)
{
	const char *directory = provider_env("CREDENTIALS_DIRECTORY");
	const char *prefix = is_default(s) ? "" : s->account, *dot = is_default(s) ? "" : ".";
	struct keys *k = &s->provider.keys;
	int r;

	if (!directory)
		return looked(s, "$CREDENTIALS_DIRECTORY", NULL);
	r = read_credentials(s, directory, k, err);
	if (r < 0)
		return r;
	if (!k->id && !k->secret && !k->token) {
		_cleanup_free_ char *why = xasprintf("no %s%saccess-key-id", prefix, dot);
		return looked(s, directory, why);
	}
	if (!k->id || !k->secret)
		return error_set(err, EINVAL, "%s: has no %s%s%s", directory, prefix, dot,
			k->id ? "access-key-secret" : "access-key-id");
	s->provider.source = xstrdup("systemd credentials");
	return 1;
}

static int from_environment(struct search *s, struct error *err)
{
	const char *id = provider_env("ALIBABA_CLOUD_ACCESS_KEY_ID");
	const char *secret = provider_env("ALIBABA_CLOUD_ACCESS_KEY_SECRET");

	if (!id && !secret)
		return looked(s, "ALIBABA_CLOUD_ACCESS_KEY_ID", NULL);
	if (!id || !secret)
		return error_set(err, EINVAL,
			"environment: ALIBABA_CLOUD_ACCESS_KEY_%s is set, but not "
			"ALIBABA_CLOUD_ACCESS_KEY_%s",
			id ? "ID" : "SECRET", id ? "SECRET" : "ID");
	s->provider.keys = (struct keys){.id = xstrdup(id),
		.secret = xstrdup(secret),
		.token = xstrdup(provider_env("ALIBABA_CLOUD_SECURITY_TOKEN"))};
	s->provider.source = xstrdup("environment");
	return 1;
}

/* The role that the options of the account name. */
static struct role role_of_options(const struct login_options *o)
{
	return (struct role){.arn = xstrdup(o->role),
		.session_name = xstrdup(o->role_session_name),
		.external_id = xstrdup(o->external_id),
		.policy = xstrdup(o->session_policy),
		.duration_s = o->session_s};
}

static int from_oidc(struct search *s, struct error *err)
{
	static const struct login_options none;
	const struct login_options *o = s->chain ? &none : s->options;
	const char *file = o->oidc_token_file, *provider = o->oidc_provider;
	struct role role;
	int r;

	if (!file)
		file = provider_env("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
	if (!provider)
		provider = provider_env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
	if (!file)
		return looked(s, "ALIBABA_CLOUD_OIDC_TOKEN_FILE", NULL);
	if (!provider)
		return looked(s, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", NULL);
	if (!o->role && !provider_env("ALIBABA_CLOUD_ROLE_ARN"))
		return looked(s, "ALIBABA_CLOUD_ROLE_ARN", NULL);
	role = role_of_options(o);
	role.external_id = NULL; /* AssumeRoleWithOIDC has none */
	if (!role.arn)
		role.arn = xstrdup(provider_env("ALIBABA_CLOUD_ROLE_ARN"));
	r = provider_add_role(&s->provider, &role, err);
	if (r < 0)
		return r;
	s->provider.kind = PROVIDER_OIDC;
	s->provider.what = xstrdup(file);
	s->provider.oidc_provider = xstrdup(provider);
	s->provider.source = xasprintf("OIDC token %s", file);
	return 1;
}

/* `given`, or the path below the home directory. NULL: there is no home directory. */
static char *file_path(const char *given, const char *below_home)
{
	const char *home = provider_env("HOME");

	if (given)
		return xstrdup(given);
	if (!home) {
		const struct passwd *user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	return home && *home ? xasprintf("%s/%s", home, below_home) : NULL;
}

/* The chain heeds no options of the account. */
static const char *given_or_env(const struct search *s, const char *option, const char *variable)
{
	return option && !s->chain ? option : provider_env(variable);
}

static int from_file(struct search *s, const char *variable, const char *below_home,
	int (*read_profile)(
		const char *, const char *, const char *, struct provider *, struct error *),
	struct error *err)
{
	const char *profile = given_or_env(s, s->options->profile, "ALIBABA_CLOUD_PROFILE");
	const char *given = given_or_env(s, s->options->file, variable);
	_cleanup_free_ char *path = NULL;
	_cleanup_(keyfile_erasep) char *text = NULL;
	int r;

	path = file_path(given, below_home);
	if (!path)
		return looked(s, "home directory", NULL);
	r = keyfile_read(path, true, &text, err);
	/* A home that the service may not read does not count, unless the file was named. */
	if (r == -ENOENT || r == -ENOTDIR || (r == -EACCES && !given))
		return looked(s, path, r == -EACCES ? "closed to this user" : NULL);
	if (r < 0)
		return r;
	r = read_profile(text, path, profile, &s->provider, err);
	return r == 0 ? looked(s, path, "no key in it") : r;
}

static int from_cli(struct search *s, struct error *err)
{
	if (s->chain && provider_env_is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))
		return looked(s, "CLI profile", "switched off");
	return from_file(
		s, "ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json", profile_from_cli, err);
}

static int from_ini(struct search *s, struct error *err)
{
	return from_file(s, "ALIBABA_CLOUD_CREDENTIALS_FILE", ".alibabacloud/credentials",
		profile_from_ini, err);
}

static int from_ecs(struct search *s, struct error *err)
{
	int r;

	if (s->no_ecs) {
		text_printf(&s->looked, ", %s", s->no_ecs);
		return 0;
	}
	r = provider_use_ecs(&s->provider, s->chain ? NULL : s->options->ecs_role, err);
	if (r < 0)
		return s->chain ? looked(s, "ECS metadata", "switched off") : r;
	s->provider.perhaps = s->chain;
	s->provider.source = xstrdup("ECS metadata");
	return 1;
}

static int from_uri(struct search *s, struct error *err)
{
	const char *uri = s->chain ? NULL : s->options->uri;

	(void)err;
	if (!uri)
		uri = provider_env("ALIBABA_CLOUD_CREDENTIALS_URI");
	if (!uri)
		return looked(s, "ALIBABA_CLOUD_CREDENTIALS_URI", NULL);
	s->provider.kind = PROVIDER_URI;
	s->provider.what = xstrdup(uri);
	s->provider.source = xstrdup("credentials URI");
	return 1;
}

typedef int source(struct search *s, struct error *err);

static int search_chain(struct search *s, struct error *err)
{
	static source *const sources[] = {
		from_systemd, from_environment, from_oidc, from_cli, from_ini, from_ecs, from_uri};
	int r = 0;

	s->chain = true;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sources); i++)
		r = sources[i](s, err);
	return r;
}

static int search(struct search *s, struct error *err)
{
	static source *const sources[] = {
		[LOGIN_FROM_CHAIN] = search_chain,
		[LOGIN_FROM_SYSTEMD] = from_systemd,
		[LOGIN_FROM_ENVIRONMENT] = from_environment,
		[LOGIN_FROM_OIDC] = from_oidc,
		[LOGIN_FROM_PROFILE] = from_cli,
		[LOGIN_FROM_INI] = from_ini,
		[LOGIN_FROM_ECS] = from_ecs,
		[LOGIN_FROM_URI] = from_uri,
	};

	return sources[s->options->from](s, err);
}

int source_find(const struct login_options *o, const char *account, const char *no_ecs,
	struct provider *ret, struct error *err)
{
	_cleanup_(search_done) struct search s = {.options = o,
		.account = account,
		.no_ecs = no_ecs,
		.looked = TEXT_INIT(LOOKED_MAX)};
	int r = search(&s, err);

	if (r < 0)
		return r;
	if (r == 0)
		return error_set(
			err, ENOKEY, "no access key found: %s", s.looked.s ? s.looked.s : "-");
	if (s.provider.keys.id && !keys_are_clean(&s.provider.keys))
		return error_set(err, EINVAL,
			"%s: a key or token has a blank or a character that no key has",
			s.provider.source);
	/* With OIDC the role is assumed by the token itself. */
	if (o->role && o->from != LOGIN_FROM_OIDC) {
		struct role role = role_of_options(o);
		if (!role.session_name)
			role.session_name = xstrdup("retaind");
		r = provider_add_role(&s.provider, &role, err);
		if (r < 0)
			return r;
	}
	*ret = s.provider;
	s.provider = (struct provider){0};
	return 0;
}
