/* The table of the keys that a policy file may hold, one row a key. Reading, printing, comparing,
 * the suggestions in messages and config/policy.schema.json all follow from it. */
#pragma once

#include "retention/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULE_FIELD(rule, row) FIELD_##rule,

/* In the order in which they are printed. */
enum field {
	/* the file */
	FIELD_VERSION,
	FIELD_DEFAULTS,
	FIELD_POLICIES,
	FIELD_CLUSTERS,
	FIELD_HISTORY,
	FIELD_METRICS,
	FIELD_TEXTFILE,
	FIELD_LISTEN,
	FIELD_ACCOUNTS,
	FIELD_NOTIFY,
	/* an account */
	FIELD_LOGIN,
	FIELD_PROFILE,
	FIELD_FILE,
	FIELD_ECS_ROLE,
	FIELD_URI,
	FIELD_OIDC_PROVIDER,
	FIELD_OIDC_TOKEN_FILE,
	FIELD_ROLE,
	FIELD_ROLE_SESSION_NAME,
	FIELD_EXTERNAL_ID,
	FIELD_SESSION_POLICY,
	FIELD_STS_ENDPOINT,
	FIELD_ENDPOINT,
	FIELD_CA_FILE,
	FIELD_SESSION,
	FIELD_NETWORK,
	FIELD_RATE,
	FIELD_CONCURRENCY,
	/* an entry of `notify` */
	FIELD_SINK_KIND,
	FIELD_URL_FILE,
	FIELD_SECRET_FILE,
	FIELD_SINK_CA_FILE,
	FIELD_SINK_EVERY,
	FIELD_SINK_ON,
	FIELD_SINK_LANGUAGE,
	/* an entry of `clusters` alone */
	FIELD_ID,
	FIELD_NAME,
	FIELD_POLICY,
	FIELD_REMOTE,
	/* an entry that discovers clusters */
	FIELD_DISCOVER,
	/* below `discover` */
	FIELD_FIND_REGION,
	FIELD_FIND_TAGS,
	FIELD_FIND_NAME,
	FIELD_FIND_EXCLUDE,
	FIELD_FIND_EVERY,
	FIELD_FORGET_AFTER,
	/* every layer: defaults, a named policy, a cluster */
	FIELD_REGION,
	FIELD_ACCOUNT,
	FIELD_EDITION,
	FIELD_CLOUD_RETENTION,
	FIELD_TIMEZONE,
	FIELD_BACKUP,
	FIELD_SCHEDULE,
	FIELD_EVERY,
	FIELD_JITTER,
	FIELD_BLACKOUT,
	FIELD_CATCH_UP,
	FIELD_KEEP,
	RULES(RULE_FIELD) /* FIELD_RULE_LAST, ... */
	FIELD_PROTECT,
	FIELD_FAILED_SETS,
	FIELD_SAFETY,
	FIELD_MINIMUM,
	FIELD_GRACE,
	FIELD_MAX_DELETE_PERCENT,
	FIELD_FRESH_WITHIN,
	FIELD_POINT_IN_TIME,
	FIELD_PROVE_EVERY,
	FIELD_REFRESH,
	FIELD_STORAGE,
	FIELD_PRICE,
	FIELD_CURRENCY,
	FIELD_FREE,
	/* a range in `protect` */
	FIELD_FROM,
	FIELD_TO,
	FIELD_COUNT,
};

/* Where a key may stand: a bit each. */
enum scope {
	SCOPE_FILE = 1,
	SCOPE_DEFAULTS = 2,
	SCOPE_POLICY = 4,
	SCOPE_CLUSTER = 8,
	SCOPE_RANGE = 16,
	SCOPE_FOUND = 32, /* an entry that discovers clusters */
	SCOPE_ACCOUNT = 64,
	SCOPE_SINK = 128,
	SCOPE_LAYER = SCOPE_DEFAULTS | SCOPE_POLICY | SCOPE_CLUSTER | SCOPE_FOUND,
};

/* What sort of value a key takes; types.c has a row for each. */
enum key_type {
	/* read by the parts of the loader that know the shape of the file */
	TYPE_VERSION,
	TYPE_LAYER,    /* mapping: the keys with SCOPE_DEFAULTS */
	TYPE_POLICIES, /* mapping from names to layers */
	TYPE_CLUSTERS, /* list of mappings */
	TYPE_ACCOUNTS, /* mapping from names to accounts */
	TYPE_SINKS,    /* list of mappings */
	TYPE_MAPPING,  /* the keys whose paths begin with this one's */
	TYPE_CLUSTER_ID,
	TYPE_CLUSTER_NAME,
	TYPE_POLICY_NAME,
	TYPE_INSTANT, /* of a range in `protect` */
	/* texts, kept as a string of their own; key_is_text() */
	TYPE_ID,
	TYPE_NAME,
	TYPE_REGION,
	TYPE_ACCOUNT_NAME,
	TYPE_TEXTFILE,   /* absolute path that ends in .prom */
	TYPE_ADDRESS,    /* numbers: "127.0.0.1:9879", "[::1]:9879" */
	TYPE_FILE,       /* absolute path */
	TYPE_CREDENTIAL, /* of a file with a secret: its name among the credentials, or absolute */
	TYPE_ENDPOINT,   /* a host, or a URL without a path */
	TYPE_URL,
	TYPE_ROLE,          /* acs:ram::123:role/name */
	TYPE_OIDC_PROVIDER, /* acs:ram::123:oidc-provider/name */
	TYPE_SESSION_NAME,
	TYPE_EXTERNAL_ID,
	TYPE_CURRENCY, /* CNY */
	TYPE_JSON,     /* a text that holds a JSON object */
	/* numbers, kept in as many bytes as the member has */
	TYPE_WORD, /* one of `words` */
	TYPE_BOOLEAN,
	TYPE_FLAG, /* a boolean that is false unless given, and then not printed */
	TYPE_INTEGER,
	TYPE_DURATION, /* of fixed length: no months; or one of `words` */
	/* the rest */
	TYPE_DECIMAL, /* kept in billionths; not printed if it is 0, the default */
	TYPE_SPAN,    /* a duration that may have months */
	TYPE_TIMEZONE,
	TYPE_SCHEDULE,
	TYPE_EVERY, /* a duration that takes the schedule's place */
	TYPE_WINDOWS,
	TYPE_RULE, /* what the keep rule of the same name takes */
	TYPE_PROTECT,
	TYPE_TAGS,   /* mapping from texts to texts */
	TYPE_IDS,    /* list of ids */
	TYPE_LEVELS, /* list of `words`, kept as bits */
	TYPE_COUNT,
};

/* The structs that values are kept in (model.h, retention/policy.h). */
enum object {
	OBJECT_NONE,
	OBJECT_FILE,
	OBJECT_ACCOUNT,
	OBJECT_POLICY,
	OBJECT_DISCOVERY,
	OBJECT_SINK,
	OBJECT_COUNT,
};

/* The structs at hand; those that there are not are NULL. */
struct objects {
	const void *of[OBJECT_COUNT];
};
#define OBJECTS(kind, value) (&(struct objects){.of = {[OBJECT_##kind] = (value)}})
/* Of an entry that discovers clusters. */
#define OBJECTS_FOUND(d) \
	(&(struct objects){.of = {[OBJECT_DISCOVERY] = (d), [OBJECT_POLICY] = (d)->template}})

/* A word that stands for a value. */
struct key_word {
	const char *word;
	int64_t value;
};

struct key {
	const char *path; /* within its scope, dotted: "backup.jitter" */
	unsigned scopes;
	enum key_type type;
	enum object object;           /* whose member the value is, */
	size_t offset, size;          /* and which, in bytes */
	int64_t least, most;          /* integers, decimals in whole ones, durations in seconds */
	const struct key_word *words; /* ended by NULL */
	unsigned logins; /* accounts: those that the key goes with, a bit each; 0: any */
	unsigned kinds;  /* sinks: those that the key goes with, a bit each; 0: any */
	bool of_role;    /* accounts: says something of the role, and needs one */
	const char *doc; /* see key_doc() */
};
extern const struct key keys[FIELD_COUNT];

/* The keep rule of a key of TYPE_RULE. */
static inline enum rule key_rule(const struct key *k)
{
	return (enum rule)(k - &keys[FIELD_KEEP + 1]);
}

/* The last part of the path, as it stands in the file. */
const char *key_name(const struct key *k);

/* One line of what it is; the description in the schema. */
const char *key_doc(const struct key *k);

/* The word that stands for a value; NULL if none does. */
const char *key_word(const struct key *k, int64_t value);

/* True if `k` stands right below the mapping `parent`; NULL: at the top. */
bool key_is_below(const struct key *k, const struct key *parent);

/* The key `name` in a mapping; `parent` is FIELD_COUNT at the top of the scope. NULL if unknown. */
const struct key *key_find(enum scope scope, enum field parent, const char *name);
static inline enum field key_field(const struct key *k)
{
	return (enum field)(k - keys);
}

static inline bool key_is_text(const struct key *k)
{
	return k->type >= TYPE_ID && k->type <= TYPE_JSON;
}

/* What to say of an unknown key: " (did you mean 'daily'?)", " (it belongs under 'keep')", or "".
 */
#define KEY_HINT_SIZE 128
void key_hint(enum scope scope, enum field parent, const char *name, char ret[KEY_HINT_SIZE]);
