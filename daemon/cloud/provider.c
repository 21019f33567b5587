/* A provider of credentials as a value. */
#include "cloud/provider.h"

#include "base/memory.h"

#include <errno.h>
#include <strings.h>

static void role_done(struct role *r)
{
	free(r->arn);
	free(r->session_name);
	free(r->external_id);
	free(r->policy);
	free(r->sts_endpoint);
	*r = (struct role){0};
}

void provider_done(struct provider *r)
{
	keys_done(&r->keys);
	memory_erase_string(r->what); /* a URI or a command may hold a secret */
	free(r->oidc_provider);
	for (size_t i = 0; i < r->role_count; i++)
		role_done(&r->roles[i]);
	free(r->roles);
	free(r->source);
	*r = (struct provider){0};
}

const char *provider_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool provider_env_is_true(const char *name)
{
	const char *value = provider_env(name);

	return value && strcasecmp(value, "true") == 0;
}

int provider_add_role(struct provider *r, struct role *role, struct error *err)
{
	const char *named = provider_env("ALIBABA_CLOUD_ROLE_SESSION_NAME");

	if (!role->arn || !*role->arn) {
		role_done(role);
		return error_set(err, EINVAL, "there is no role to assume");
	}
	if (role->duration_s == 0)
		role->duration_s = PROVIDER_SESSION_S;
	if (role->duration_s < PROVIDER_SESSION_MIN_S) {
		role_done(role);
		return error_set(
			err, EINVAL, "a session lasts at least %d seconds", PROVIDER_SESSION_MIN_S);
	}
	if (!role->session_name)
		role->session_name = xstrdup(named ? named : "retaind");
	r->roles = xreallocarray(r->roles, r->role_count + 1, sizeof(struct role));
	r->roles[r->role_count++] = *role;
	*role = (struct role){0};
	return 0;
}

int provider_use_ecs(struct provider *r, const char *role, struct error *err)
{
	if (provider_env_is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
		return error_set(err, EACCES,
			"the metadata service is switched off by "
			"ALIBABA_CLOUD_ECS_METADATA_DISABLED");
	r->kind = PROVIDER_ECS;
	r->what = xstrdup(role ? role : provider_env("ALIBABA_CLOUD_ECS_METADATA"));
	return 0;
}
