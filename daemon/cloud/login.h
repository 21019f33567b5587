/* How an account logs in: where its keys come from, and which role it assumes with them. */
#pragma once

#include <stdint.h>

enum login_from {
	LOGIN_FROM_CHAIN, /* the first source that exists, in the order of the vendor's clients */
	LOGIN_FROM_SYSTEMD,
	LOGIN_FROM_ENVIRONMENT,
	LOGIN_FROM_OIDC,
	LOGIN_FROM_PROFILE,
	LOGIN_FROM_INI,
	LOGIN_FROM_ECS,
	LOGIN_FROM_URI,
};

/* Strings are borrowed; NULL: not given. */
struct login_options {
	enum login_from from;
	const char *profile;           /* profile, ini: the profile or section */
	const char *file;              /* profile, ini: instead of the usual file */
	const char *ecs_role;          /* ecs: NULL: ask the metadata service */
	const char *uri;               /* uri: NULL: from the environment */
	const char *oidc_provider;     /* oidc: NULL: from the environment */
	const char *oidc_token_file;   /* oidc: NULL: from the environment */
	const char *role;              /* to assume; with oidc the role that the token is for */
	const char *role_session_name; /* NULL: "retaind" */
	const char *external_id;
	const char *session_policy;
	int64_t session_s; /* 0: 3600 */
	const char *sts_endpoint;
};

/* The state of a login, for people. */
struct login_state {
	const char *source; /* of the keys in use: "environment", "ECS metadata"; NULL: none yet */
	int64_t lasts_s; /* the rest of the session; 0: the keys have no end, or there are none */
	const char *trouble; /* why the last attempt failed; NULL: it did not */
};
