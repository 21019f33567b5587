#include "cloud/recipe.h"

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

void recipe_done(struct recipe *r)
{
	keys_done(&r->keys);
	memory_erase_string(r->what); /* a URI or a command may hold a secret */
	free(r->oidc_provider);
	for (size_t i = 0; i < r->role_count; i++)
		role_done(&r->roles[i]);
	free(r->roles);
	free(r->source);
	*r = (struct recipe){0};
}

const char *recipe_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool recipe_env_is_true(const char *name)
{
	const char *value = recipe_env(name);

	return value && strcasecmp(value, "true") == 0;
}

int recipe_add_role(struct recipe *r, struct role *role, struct error *err)
{
	const char *named = recipe_env("ALIBABA_CLOUD_ROLE_SESSION_NAME");

	if (!role->arn || !*role->arn) {
		role_done(role);
		return error_set(err, EINVAL, "there is no role to assume");
	}
	if (role->duration_s == 0)
		role->duration_s = RECIPE_SESSION_S;
	if (role->duration_s < RECIPE_SESSION_MIN_S) {
		role_done(role);
		return error_set(
			err, EINVAL, "a session lasts at least %d seconds", RECIPE_SESSION_MIN_S);
	}
	if (!role->session_name)
		role->session_name = xstrdup(named ? named : "retaind");
	r->roles = xreallocarray(r->roles, r->role_count + 1, sizeof(struct role));
	r->roles[r->role_count++] = *role;
	*role = (struct role){0};
	return 0;
}

int recipe_use_ecs(struct recipe *r, const char *role, struct error *err)
{
	if (recipe_env_is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
		return error_set(err, EACCES,
			"the metadata service is switched off by "
			"ALIBABA_CLOUD_ECS_METADATA_DISABLED");
	r->kind = RECIPE_ECS;
	r->what = xstrdup(role ? role : recipe_env("ALIBABA_CLOUD_ECS_METADATA"));
	return 0;
}
