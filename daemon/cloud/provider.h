/* A provider of credentials as a value: where the first keys come from, and which roles to assume
 * with them, one after the other. cloud/source.h makes it from files and variables; cloud/fetch.h
 * carries it out. */
#pragma once

#include "base/error.h"
#include "cloud/credentials.h"

#include <stddef.h>
#include <stdint.h>

#define PROVIDER_SESSION_S 3600    /* the default of STS */
#define PROVIDER_SESSION_MIN_S 900 /* the shortest that STS gives: AssumeRole, DurationSeconds */

/* Strings are owned; NULL if not given. */
struct role {
	char *arn;
	char *session_name;
	char *external_id;
	char *policy;
	char *sts_endpoint; /* NULL: the account's */
	int64_t duration_s;
};

enum provider_kind {
	PROVIDER_KEYS,     /* `keys`; without roles the account uses them as they are */
	PROVIDER_OIDC,     /* the token in the file `what`, for the first of the roles */
	PROVIDER_ECS,      /* the metadata service; `what`: the role, NULL: ask for it */
	PROVIDER_URI,      /* GET `what` */
	PROVIDER_EXTERNAL, /* run the command `what` */
};

struct provider {
	enum provider_kind kind;
	struct keys keys;
	char *what;
	char *oidc_provider;
	struct role *roles;
	size_t role_count;
	char *source; /* for people: "environment", "profile 'ops' of /path" */
	bool perhaps; /* a guess of the chain: if there is no metadata service, the chain goes on */
};
void provider_done(struct provider *r); /* wipes and frees */

/* Adds a role to assume, and takes its strings over. Default for the session name is
 * $ALIBABA_CLOUD_ROLE_SESSION_NAME, then "retaind"; for the duration an hour. -EINVAL: the role has
 * no ARN, or too short a duration; its strings are freed. */
int provider_add_role(struct provider *r, struct role *role, struct error *err);

/* Makes the metadata service the provider. `role` NULL: $ALIBABA_CLOUD_ECS_METADATA, or ask for it.
 * -EACCES: $ALIBABA_CLOUD_ECS_METADATA_DISABLED is set. */
int provider_use_ecs(struct provider *r, const char *role, struct error *err);

/* The value of a variable; NULL if it is not set, or empty. */
const char *provider_env(const char *name);
bool provider_env_is_true(const char *name); /* "true", in any case, as in the SDKs */
