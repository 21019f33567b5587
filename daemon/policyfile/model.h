/* What a policy file says, as plain values; a cluster's part is retention/policy.h. */
#pragma once

#include "base/digest.h"
#include "notify/kind.h"
#include "retention/policy.h"

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

/* A way into the cloud: how to log in, which role to assume, which endpoints, how fast. Strings are
 * owned, and NULL if the file does not give them, but for `name` and `role_session_name`. */
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

/* Who is told. All of it is owned. */
struct sink {
	int kind;          /* enum notify_kind */
	char *url_file;    /* absolute, or the name of a credential */
	char *secret_file; /* likewise; NULL: there is none */
	char *ca_file;     /* absolute, or NULL */
	int64_t every_s;
	int on;       /* 1 << enum notify_level */
	int language; /* enum notify_language */
};

struct discovery_tag {
	char *key, *value;
};

/* Clusters that are found at run time, instead of being listed by id: those that match everything
 * given here. All of it is owned. */
struct discovery {
	char *region;
	char *account;              /* the template's; never NULL */
	char *name_pattern;         /* for fnmatch() on the cluster's description; NULL: any */
	struct discovery_tag *tags; /* sorted by key */
	size_t tag_count;
	char **exclude; /* ids, sorted by strcmp */
	size_t exclude_count;
	int64_t every_s;         /* between two listings */
	int64_t forget_after_s;  /* without being found for this long, a cluster is forgotten */
	struct policy *template; /* for what is found: its cluster and name are "" */
};

struct zonecache;

struct policyfile {
	char *path;
	char digest[DIGEST_HEX_SIZE]; /* of all that was read: inputs_digest() */
	struct policy **clusters;     /* owned, in the file's order */
	size_t cluster_count;
	struct account **accounts; /* owned, sorted by name; always holds "default" */
	size_t account_count;
	struct discovery **discoveries; /* owned, in the file's order */
	size_t discovery_count;
	struct sink **sinks; /* owned, in the file's order */
	size_t sink_count;
	struct zonecache *zones; /* owned: those that the policies name (policyfile/zonecache.h) */
	struct duration history; /* how long the daemon remembers what it did */
	char *metrics_textfile;  /* absolute path, or NULL */
	char *metrics_listen;    /* for address_parse(), or NULL */
};
