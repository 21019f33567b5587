/* How to come by keys: what to begin with, and which roles to assume with it, one after the other.
 * Made from files and variables without asking anybody (cloud/source.h); carried out by
 * cloud/fetch.h. */
#pragma once

#include "base/error.h"
#include "cloud/credentials.h"

#include <stddef.h>
#include <stdint.h>

#define PROVIDER_SESSION_S 3600 /* how long a session is to last, if nobody says: STS's default */
#define PROVIDER_SESSION_MIN_S 900 /* what STS gives at least: AssumeRole, DurationSeconds */

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
	PROVIDER_KEYS,     /* `keys`; alone, they are what the account uses, and never expire */
	PROVIDER_OIDC,     /* the token in the file `what`, for the first of the roles */
	PROVIDER_ECS,      /* the instance's metadata service; `what`: the role, NULL: discovered */
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
	bool perhaps; /* PROVIDER_ECS as the chain's guess: without such a service it goes on */
};
void provider_done(struct provider *r); /* wipes and frees */

/* Adds a role to assume; takes its strings over. Without a session name it gets that of
 * $ALIBABA_CLOUD_ROLE_SESSION_NAME, or "retaind"; without a duration an hour. -EINVAL: it has no
 * ARN, or too short a duration, and is done. */
int provider_add_role(struct provider *r, struct role *role, struct error *err);

/* Makes it the metadata service's: `role` may be NULL ($ALIBABA_CLOUD_ECS_METADATA, or discovered).
 * -EACCES: $ALIBABA_CLOUD_ECS_METADATA_DISABLED. */
int provider_use_ecs(struct provider *r, const char *role, struct error *err);

/* A variable's value; NULL if it is not set or empty. */
const char *provider_env(const char *name);
bool provider_env_is_true(const char *name); /* "true", in any case, as the SDKs have it */
