/* The one table of keys that a policy file may hold. It drives the loader, the suggestions, and the
 * test that config/policy.schema.json says the same. */
#pragma once

#include <stddef.h>
#include <stdint.h>

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
	FIELD_SESSION,
	FIELD_STS_ENDPOINT,
	FIELD_ENDPOINT,
	FIELD_NETWORK,
	FIELD_CA_FILE,
	FIELD_RATE,
	FIELD_CONCURRENCY,
	/* an entry of `clusters` alone */
	FIELD_ID,
	FIELD_NAME,
	FIELD_POLICY,
	FIELD_REMOTE,
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
	FIELD_LAST, /* as enum rule, in its order */
	FIELD_WITHIN,
	FIELD_HOURLY,
	FIELD_DAILY,
	FIELD_WEEKLY,
	FIELD_MONTHLY,
	FIELD_QUARTERLY,
	FIELD_YEARLY,
	FIELD_PROTECT,
	FIELD_FAILED_SETS,
	FIELD_SAFETY,
	FIELD_MINIMUM,
	FIELD_GRACE,
	FIELD_MAX_DELETE_PERCENT,
	FIELD_FRESH_WITHIN,
	FIELD_REFRESH,
	/* a range in `protect` */
	FIELD_FROM,
	FIELD_TO,
	/* which clusters are meant, instead of an id */
	FIELD_DISCOVER,
	FIELD_FIND_REGION,
	FIELD_FIND_TAGS,
	FIELD_FIND_NAME,
	FIELD_FIND_EXCLUDE,
	FIELD_FIND_EVERY,
	FIELD_FORGET_AFTER,
	FIELD_COUNT,
};

/* Where a key may stand: a bit each. */
enum scope {
	SCOPE_FILE = 1,
	SCOPE_DEFAULTS = 2,
	SCOPE_POLICY = 4,
	SCOPE_CLUSTER = 8,
	SCOPE_RANGE = 16,
	SCOPE_FOUND = 32, /* clusters that are discovered */
	SCOPE_ACCOUNT = 64,
	SCOPE_LAYER = SCOPE_DEFAULTS | SCOPE_POLICY | SCOPE_CLUSTER | SCOPE_FOUND,
};

enum key_type {
	TYPE_VERSION,
	TYPE_LAYER,    /* mapping: the keys with SCOPE_DEFAULTS */
	TYPE_POLICIES, /* mapping from names to layers */
	TYPE_CLUSTERS, /* list of mappings */
	TYPE_MAPPING,  /* the keys below "path." */
	TYPE_ID,
	TYPE_NAME,
	TYPE_POLICY_NAME,
	TYPE_REGION,
	TYPE_TIMEZONE,
	TYPE_SCHEDULE,
	TYPE_DURATION, /* of fixed length: no months */
	TYPE_WINDOWS,
	TYPE_BOOLEAN,
	TYPE_COUNT_RULE,
	TYPE_SPAN_RULE,
	TYPE_BUCKET_RULE,
	TYPE_PROTECT,
	TYPE_INTEGER,
	TYPE_INSTANT,
	TYPE_SPAN,     /* a duration that may have months */
	TYPE_PATH,     /* absolute */
	TYPE_ADDRESS,  /* numbers: "127.0.0.1:9879", "[::1]:9879" */
	TYPE_WORD,     /* one of `word` */
	TYPE_ACCOUNTS, /* mapping from names to accounts */
	TYPE_ACCOUNT_NAME,
	TYPE_FILE,     /* absolute path */
	TYPE_ENDPOINT, /* a host, or a URL without a path */
	TYPE_URL,
	TYPE_ROLE,          /* acs:ram::123:role/name */
	TYPE_OIDC_PROVIDER, /* acs:ram::123:oidc-provider/name */
	TYPE_SESSION_NAME,
	TYPE_EXTERNAL_ID,
	TYPE_JSON, /* a text that holds a JSON object */
	TYPE_TAGS, /* mapping from texts to texts */
	TYPE_IDS,  /* list of ids */
	TYPE_COUNT,
};

/* A word that stands for a value. */
struct key_word {
	const char *word;
	int64_t value;
};

struct key {
	const char *path; /* within its scope, dotted: "backup.jitter" */
	unsigned scopes;
	enum key_type type;
	int64_t least, most; /* TYPE_INTEGER, and TYPE_DURATION in seconds */
	const struct key_word
		*word;   /* TYPE_WORD: all; TYPE_DURATION: accepted in its place; ended by NULL */
	const char *doc; /* one line; the schema's description */
};
extern const struct key keys[FIELD_COUNT];

/* The last part of the path, as it stands in the file. */
const char *key_name(const struct key *k);

/* The key `name` in a mapping; `parent` is FIELD_COUNT at the top of the scope. NULL if unknown. */
const struct key *key_find(enum scope scope, enum field parent, const char *name);
static inline enum field key_field(const struct key *k)
{
	return (enum field)(k - keys);
}

/* What to say of an unknown key: " (did you mean 'daily'?)", " (it belongs under 'keep')", or "".
 */
#define KEY_HINT_SIZE 128
void key_hint(enum scope scope, enum field parent, const char *name, char ret[KEY_HINT_SIZE]);
