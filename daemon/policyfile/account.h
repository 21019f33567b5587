/* A way into the cloud: how to log in, which role to assume, which endpoints, how fast. */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_DEFAULT "default" /* what a cluster uses that names none */
#define ACCOUNT_ROLE_SESSION "retaind"

enum login {
	LOGIN_CHAIN, /* the first that is there, in the order of the vendor's own clients */
	LOGIN_SYSTEMD,
	LOGIN_ENVIRONMENT,
	LOGIN_OIDC,
	LOGIN_PROFILE, /* of the vendor's command line */
	LOGIN_INI,
	LOGIN_ECS,
	LOGIN_URI,
	LOGIN_COUNT,
};
extern const char *const login_names[LOGIN_COUNT + 1]; /* "chain" .. "uri", then NULL */

/* Strings are owned, and NULL if the file does not give them, but for `name` and
 * `role_session_name`. */
struct account {
	char *name;
	enum login login;
	char *profile;         /* with profile and ini: which one of the file */
	char *file;            /* with profile and ini: absolute */
	char *ecs_role;        /* with ecs */
	char *uri;             /* with uri */
	char *oidc_provider;   /* with oidc */
	char *oidc_token_file; /* with oidc: absolute */
	char *role;            /* to assume with what the login gives; with oidc the token's own */
	char *role_session_name;
	char *external_id;
	char *session_policy; /* JSON */
	int64_t session_s;
	char *sts_endpoint; /* a host, or a URL without a path */
	char *endpoint;     /* likewise, as $RETAIND_ENDPOINT */
	char *ca_file;      /* absolute */
	bool vpc;           /* the endpoints inside the cloud's own network */
	int rate;           /* calls a second, per region */
	int concurrency;    /* calls at once, per region */
};

/* The built-in account of this name: the chain, all defaults. */
struct account *account_new(const char *name);
struct account *account_copy(const struct account *a);
void account_free(struct account *a); /* accepts NULL */
DEFINE_CLEANUP(struct account *, account_free)

/* True if both are the same in everything but the name. */
bool account_same(const struct account *a, const struct account *b);
