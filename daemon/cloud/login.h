/* How an account logs in: where its keys come from, and which role it assumes with them. */
#pragma once

#include <stdint.h>

enum login_from {
	LOGIN_FROM_CHAIN, /* the first that is there, in the order of the vendor's own clients */
	LOGIN_FROM_SYSTEMD,
	LOGIN_FROM_ENVIRONMENT,
	LOGIN_FROM_OIDC,
	LOGIN_FROM_PROFILE,
	LOGIN_FROM_INI,
	LOGIN_FROM_ECS,
	LOGIN_FROM_URI,
};

/* Strings are borrowed, and NULL if they are not given. */
struct login_options {
	enum login_from from;
	const char *profile;           /* profile, ini: the profile or section */
	const char *file;              /* profile, ini: another file */
	const char *ecs_role;          /* ecs: NULL is discovered */
	const char *uri;               /* uri: NULL is the environment's */
	const char *oidc_provider;     /* oidc: NULL is the environment's */
	const char *oidc_token_file;   /* oidc: likewise */
	const char *role;              /* to assume; with oidc the role of the token */
	const char *role_session_name; /* NULL: "retaind" */
	const char *external_id;
	const char *session_policy;
	int64_t session_s; /* 0: 3600 */
	const char *sts_endpoint;
};

/* How it stands, for people. */
struct login_state {
	const char *source;  /* of the keys in use: "environment", "ECS metadata"; NULL: none yet */
	int64_t lasts_s;     /* what is left of the session; 0: keys without an end, or none */
	const char *trouble; /* why the last attempt failed; NULL: it did not */
};
