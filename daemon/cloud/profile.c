/* Profiles in the CLI's config.json. */
#include "cloud/profile.h"

#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define CHAIN_MAX 8 /* the longest chain of profiles that name a source_profile */

/* What all functions that read a mode need. */
struct reader {
	const cJSON *config, *profile;
	const char *path;
	char shown[64]; /* the profile's name, for people */
	int depth;      /* in the chain of source_profile */
	struct provider *provider;
};

static int read_profile(struct reader *r, const char *name, struct error *err);

/* A field that is missing or empty is NULL. */
static const char *field(const struct reader *r, const char *name)
{
	const char *value = json_get_string(r->profile, name);

	return value && *value ? value : NULL;
}

static int lacks(const struct reader *r, const char *name, struct error *err)
{
	return error_set(err, EINVAL, "%s: profile '%s' has no %s", r->path, r->shown, name);
}

/* 1, or 0 if there is neither id nor secret. */
static int read_key(struct reader *r, bool with_token, struct error *err)
{
	const char *id = field(r, "access_key_id"), *secret = field(r, "access_key_secret");

	if (!id && !secret)
		return 0;
	if (!id || !secret)
		return lacks(r, id ? "access_key_secret" : "access_key_id", err);
	r->provider->kind = PROVIDER_KEYS;
	r->provider->keys = (struct keys){.id = xstrdup(id),
		.secret = xstrdup(secret),
		.token = xstrdup(with_token ? field(r, "sts_token") : NULL)};
	return 1;
}

static int mode_key(struct reader *r, struct error *err)
{
	return read_key(r, false, err);
}

static int mode_token(struct reader *r, struct error *err)
{
	if (!field(r, "sts_token"))
		return lacks(r, "sts_token", err);
	return read_key(r, true, err);
}

static char *sts_endpoint(const struct reader *r)
{
	const char *given = field(r, "sts_endpoint"), *region = field(r, "sts_region");
	bool vpc = false;

	(void)json_get_bool(r->profile, "enable_vpc", &vpc);
	if (given)
		return xstrdup(given);
	return region ? xasprintf("sts%s.%s.aliyuncs.com", vpc ? "-vpc" : "", region) : NULL;
}

static int read_role(struct reader *r, struct error *err)
{
	const char *arn = field(r, "ram_role_arn");
	struct role role = {0};

	if (!arn)
		arn = provider_env("ALIBABA_CLOUD_ROLE_ARN");
	if (!arn)
		return lacks(r, "ram_role_arn", err);
	(void)json_get_int(r->profile, "expired_seconds", false, &role.duration_s);
	role.arn = xstrdup(arn);
	role.session_name = xstrdup(field(r, "ram_session_name"));
	role.external_id = xstrdup(field(r, "external_id"));
	role.policy = xstrdup(field(r, "policy"));
	role.sts_endpoint = sts_endpoint(r);
	if (provider_add_role(r->provider, &role, err) < 0)
		return error_add(err, "%s: profile '%s'", r->path, r->shown);
	return 1;
}

/* Like the CLI, and unlike the SDKs, this takes a token beside the key. */
static int mode_role(struct reader *r, struct error *err)
{
	int k = read_key(r, true, err);

	if (k == 0)
		return lacks(r, "access_key_id", err);
	return k < 0 ? k : read_role(r, err);
}

static int mode_ecs(struct reader *r, struct error *err)
{
	if (provider_use_ecs(r->provider, field(r, "ram_role_name"), err) < 0)
		return error_add(err, "%s: profile '%s'", r->path, r->shown);
	return 1;
}

static const char *field_or_env(const struct reader *r, const char *name, const char *variable)
{
	const char *value = field(r, name);

	return value ? value : provider_env(variable);
}

static int mode_oidc(struct reader *r, struct error *err)
{
	const char *provider =
		field_or_env(r, "oidc_provider_arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
	const char *file = field_or_env(r, "oidc_token_file", "ALIBABA_CLOUD_OIDC_TOKEN_FILE");

	if (!provider || !file)
		return lacks(r, provider ? "oidc_token_file" : "oidc_provider_arn", err);
	r->provider->kind = PROVIDER_OIDC;
	r->provider->oidc_provider = xstrdup(provider);
	r->provider->what = xstrdup(file);
	return read_role(r, err);
}

static int mode_chained(struct reader *r, struct error *err)
{
	const char *name = field(r, "source_profile");
	struct reader source = *r;
	int k;

	if (!name)
		return lacks(r, "source_profile", err);
	if (++source.depth >= CHAIN_MAX)
		return error_set(err, ELOOP,
			"%s: profile '%s' has a source_profile that leads in a circle, or too far",
			r->path, r->shown);
	k = read_profile(&source, name, err);
	if (k == 0)
		return lacks(&source, "access_key_id", err);
	return k < 0 ? k : read_role(r, err);
}

static int mode_uri(struct reader *r, struct error *err)
{
	const char *uri = field(r, "credentials_uri");

	if (!uri)
		return lacks(r, "credentials_uri", err);
	r->provider->kind = PROVIDER_URI;
	r->provider->what = xstrdup(uri);
	return 1;
}

static int mode_external(struct reader *r, struct error *err)
{
	const char *command = field(r, "process_command");

	if (!command)
		return lacks(r, "process_command", err);
	r->provider->kind = PROVIDER_EXTERNAL;
	r->provider->what = xstrdup(command);
	return 1;
}

static const struct {
	const char *name;
	int (*read)(struct reader *r, struct error *err);
} modes[] = {
	{"AK", mode_key},
	{"StsToken", mode_token},
	{"RamRoleArn", mode_role},
	{"EcsRamRole", mode_ecs},
	{"OIDC", mode_oidc},
	{"ChainableRamRoleArn", mode_chained},
	{"CredentialsURI", mode_uri},
	{"External", mode_external},
};

/* Modes that the CLI and the SDKs know and we do not. Other words are not quoted: one may be a
 * secret in the wrong place. */
static const char *foreign_kind(const char *kind)
{
	static const char *const kinds[] = {"CloudSSO", "OAuth", "RsaKeyPair", "BearerToken",
		"Anonymous", "RamRoleArnWithRoleName"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcasecmp(kind, kinds[i]) == 0)
			return kinds[i];
	return "?";
}

static const cJSON *find_profile(const cJSON *config, const char *name)
{
	const cJSON *profiles = json_get(config, "profiles"), *profile;

	cJSON_ArrayForEach (profile, profiles)
		if (text_equal(json_get_string(profile, "name"), name))
			return profile;
	return NULL;
}

/* The provider of one profile; see profile_from_cli(). */
static int read_profile(struct reader *r, const char *name, struct error *err)
{
	const char *mode;

	text_copy_printable(r->shown, sizeof(r->shown), name);
	r->profile = find_profile(r->config, name);
	if (!r->profile)
		return error_set(err, ENOENT, "%s: there is no profile '%s'", r->path, r->shown);
	mode = field(r, "mode");
	if (!mode)
		mode = "AK";
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (strcasecmp(mode, modes[i].name) == 0)
			return modes[i].read(r, err);
	return error_set(err, EOPNOTSUPP,
		"%s: profile '%s' has mode '%s', by which no service can log in; use EcsRamRole, "
		"OIDC, RamRoleArn, ChainableRamRoleArn, AK, StsToken, CredentialsURI or External",
		r->path, r->shown, foreign_kind(mode));
}

int profile_from_cli(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err)
{
	_cleanup_(json_erasep) cJSON *config = NULL;
	struct reader reader = {.path = path, .provider = ret};
	int r;

	/* The parser's own text might quote the file. */
	if (json_parse(text, strlen(text), &config, NULL) < 0)
		return error_set(
			err, EBADMSG, "%s: not well-formed JSON (or a key occurs twice)", path);
	reader.config = config;
	if (!profile)
		profile = json_get_string(config, "current");
	if (!profile || !*profile)
		profile = "default";
	r = read_profile(&reader, profile, err);
	if (r > 0)
		ret->source = xasprintf("profile '%s' of %s", reader.shown, path);
	return r;
}
