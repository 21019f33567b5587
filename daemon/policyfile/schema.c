#include "policyfile/schema.h"

#include "base/text.h"
#include "policyfile/account.h"
#include "retention/policy.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)

static const struct key_word failed_words[] = {{"keep", FAILED_KEEP}, {0}};
static const struct key_word fresh_words[] = {{"auto", FRESH_AUTO}, {"off", FRESH_OFF}, {0}};
static const struct key_word login_words[] = {{"chain", LOGIN_CHAIN}, {"systemd", LOGIN_SYSTEMD},
	{"environment", LOGIN_ENVIRONMENT}, {"oidc", LOGIN_OIDC}, {"profile", LOGIN_PROFILE},
	{"ini", LOGIN_INI}, {"ecs", LOGIN_ECS}, {"uri", LOGIN_URI}, {0}};
static const struct key_word network_words[] = {{"public", false}, {"vpc", true}, {0}};
static const struct key_word edition_words[] = {
	{"lakehouse", EDITION_LAKEHOUSE}, {"warehouse", EDITION_WAREHOUSE}, {0}};
static const struct key_word retention_words[] = {{"check", CLOUD_RETENTION_CHECK},
	{"ensure", CLOUD_RETENTION_ENSURE}, {"ignore", CLOUD_RETENTION_IGNORE}, {0}};

#define LAYER SCOPE_LAYER
#define FOUND SCOPE_FOUND
#define ACCOUNT SCOPE_ACCOUNT

const struct key keys[FIELD_COUNT] = {
	[FIELD_VERSION] = {"version", SCOPE_FILE, TYPE_VERSION, 1, 1, NULL,
		"The version of this format; always 1."},
	[FIELD_DEFAULTS] = {"defaults", SCOPE_FILE, TYPE_LAYER, 0, 0, NULL,
		"What holds for every cluster unless its policy or the cluster itself says "
		"otherwise."},
	[FIELD_POLICIES] = {"policies", SCOPE_FILE, TYPE_POLICIES, 0, 0, NULL,
		"Named policies: each overrides the defaults, key by key, for the clusters that "
		"name it."},
	[FIELD_CLUSTERS] = {"clusters", SCOPE_FILE, TYPE_CLUSTERS, 0, 0, NULL,
		"The clusters, each with its id and whatever differs for it alone."},

	[FIELD_HISTORY] = {"history", SCOPE_FILE, TYPE_SPAN, DAY_S, 0, NULL,
		"How long the daemon remembers what it did, for `retainctl history`; default 2y."},
	[FIELD_METRICS] = {"metrics", SCOPE_FILE, TYPE_MAPPING, 0, 0, NULL,
		"Where the daemon shows numbers to Prometheus; nowhere by default."},
	[FIELD_TEXTFILE] = {"metrics.textfile", SCOPE_FILE, TYPE_PATH, 0, 0, NULL,
		"A file for the node exporter's textfile collector; its name has to end in .prom."},
	[FIELD_LISTEN] = {"metrics.listen", SCOPE_FILE, TYPE_ADDRESS, 0, 0, NULL,
		"An address and a port to serve /metrics on by HTTP, such as 127.0.0.1:9879."},

	[FIELD_ACCOUNTS] = {"accounts", SCOPE_FILE, TYPE_ACCOUNTS, 0, 0, NULL,
		"Named ways into the cloud; the one named `default` is used where none is named."},
	[FIELD_LOGIN] = {"login", ACCOUNT, TYPE_WORD, 0, 0, login_words,
		"Where the keys come from; default chain: the first place that has some, in the "
		"order of the cloud's own clients."},
	[FIELD_PROFILE] = {"profile", ACCOUNT, TYPE_NAME, 0, 0, NULL,
		"With login profile or ini: which profile or section of the file."},
	[FIELD_FILE] = {"file", ACCOUNT, TYPE_FILE, 0, 0, NULL,
		"With login profile or ini: another file, an absolute path."},
	[FIELD_ECS_ROLE] = {"ecs_role", ACCOUNT, TYPE_ID, 0, 0, NULL,
		"With login ecs: the role of the instance; found out by default."},
	[FIELD_URI] = {"uri", ACCOUNT, TYPE_URL, 0, 0, NULL,
		"With login uri: where the keys are fetched; http only from this machine."},
	[FIELD_OIDC_PROVIDER] = {"oidc_provider", ACCOUNT, TYPE_OIDC_PROVIDER, 0, 0, NULL,
		"With login oidc: the identity provider; default "
		"$ALIBABA_CLOUD_OIDC_PROVIDER_ARN."},
	[FIELD_OIDC_TOKEN_FILE] = {"oidc_token_file", ACCOUNT, TYPE_FILE, 0, 0, NULL,
		"With login oidc: the file of its token; default $ALIBABA_CLOUD_OIDC_TOKEN_FILE."},
	[FIELD_ROLE] = {"role", ACCOUNT, TYPE_ROLE, 0, 0, NULL,
		"A role to assume with what the login gives, such as "
		"acs:ram::123456789012:role/retaind; with login oidc, the role of the token."},
	[FIELD_ROLE_SESSION_NAME] = {"role_session_name", ACCOUNT, TYPE_SESSION_NAME, 0, 0, NULL,
		"What the role's sessions are called in the cloud's logs; default retaind."},
	[FIELD_EXTERNAL_ID] = {"external_id", ACCOUNT, TYPE_EXTERNAL_ID, 0, 0, NULL,
		"The external id that the role of another account asks for."},
	[FIELD_SESSION_POLICY] = {"session_policy", ACCOUNT, TYPE_JSON, 0, 0, NULL,
		"A RAM policy, in JSON, that narrows what the role's sessions may do."},
	[FIELD_SESSION] = {"session", ACCOUNT, TYPE_DURATION, 900, 43200, NULL,
		"How long a session of the role lasts, 15min to 12h; default 1h."},
	[FIELD_STS_ENDPOINT] = {"sts_endpoint", ACCOUNT, TYPE_ENDPOINT, 0, 0, NULL,
		"Another host to get sessions from, such as sts.cn-hangzhou.aliyuncs.com."},
	[FIELD_ENDPOINT] = {"endpoint", ACCOUNT, TYPE_ENDPOINT, 0, 0, NULL,
		"Another host to call, for all regions; $RETAIND_ENDPOINT overrides it."},
	[FIELD_NETWORK] = {"network", ACCOUNT, TYPE_WORD, 0, 0, network_words,
		"Which of the cloud's hosts are called: those of the internet, or of its own "
		"networks (vpc); default public."},
	[FIELD_CA_FILE] = {"ca_file", ACCOUNT, TYPE_FILE, 0, 0, NULL,
		"The authorities to trust for TLS, a PEM file; default the system's."},
	[FIELD_RATE] = {"rate", ACCOUNT, TYPE_INTEGER, 1, 500, NULL,
		"At most so many calls a second in each region; default 20."},
	[FIELD_CONCURRENCY] = {"concurrency", ACCOUNT, TYPE_INTEGER, 1, 200, NULL,
		"At most so many calls at once in each region; default 16."},

	[FIELD_ID] = {"id", SCOPE_CLUSTER, TYPE_ID, 0, 0, NULL,
		"The cluster's id (DBClusterId), such as amv-bp1xxxxxxxxxxxxx."},
	[FIELD_NAME] = {"name", SCOPE_CLUSTER, TYPE_NAME, 0, 0, NULL,
		"A label for people; the id if not given."},
	[FIELD_POLICY] = {"policy", SCOPE_CLUSTER | FOUND, TYPE_POLICY_NAME, 0, 0, NULL,
		"The entry of `policies` that this cluster follows."},
	[FIELD_REMOTE] = {"remote", SCOPE_CLUSTER, TYPE_BOOLEAN, 0, 0, NULL,
		"Whether the copies in other regions are pruned, instead of the sets in its own; "
		"default false."},

	[FIELD_REGION] = {"region", LAYER, TYPE_REGION, 0, 0, NULL,
		"The cloud region of the cluster, such as cn-hangzhou."},
	[FIELD_ACCOUNT] = {"account", LAYER, TYPE_ACCOUNT_NAME, 0, 0, NULL,
		"The entry of `accounts` that the cluster is reached with; default `default`."},
	[FIELD_EDITION] = {"edition", LAYER, TYPE_WORD, 0, 0, edition_words,
		"Which of the cloud's interfaces the cluster speaks: lakehouse (2021-12-01, the "
		"default), or warehouse (2019-03-15: it prunes only, since that has no call that "
		"makes a backup)."},
	[FIELD_CLOUD_RETENTION] = {"cloud_retention", LAYER, TYPE_WORD, 0, 0, retention_words,
		"If the cloud itself keeps sets for less long than this policy needs: check tells "
		"it (the default), ensure raises it (it is never lowered), ignore does neither."},
	[FIELD_TIMEZONE] = {"timezone", LAYER, TYPE_TIMEZONE, 0, 0, NULL,
		"The zone of schedule, blackout and calendar buckets, such as Asia/Shanghai; "
		"default UTC."},

	[FIELD_BACKUP] = {"backup", LAYER, TYPE_MAPPING, 0, 0, NULL, "When backups are taken."},
	[FIELD_SCHEDULE] = {"backup.schedule", LAYER, TYPE_SCHEDULE, 0, 0, NULL,
		"When backups are due: a calendar expression as in systemd.time(7), or `none` to "
		"prune only."},
	[FIELD_EVERY] = {"backup.every", LAYER, TYPE_DURATION, 1, 366 * DAY_S, NULL,
		"Instead of schedule: a backup each time this much has passed, such as 6h."},
	[FIELD_JITTER] = {"backup.jitter", LAYER, TYPE_DURATION, 0, DAY_S, NULL,
		"Moves each cluster's slots by its own part of this, so that a fleet does not "
		"start at once; default 0."},
	[FIELD_BLACKOUT] = {"backup.blackout", LAYER, TYPE_WINDOWS, 0, 0, NULL,
		"Weekly windows of local time, such as Mon..Fri 09:00-19:00; a slot inside one "
		"waits for its end."},
	[FIELD_CATCH_UP] = {"backup.catch_up", LAYER, TYPE_BOOLEAN, 0, 0, NULL,
		"Whether one backup makes up for slots that were missed; default true."},

	[FIELD_KEEP] = {"keep", LAYER, TYPE_MAPPING, 0, 0, NULL,
		"Which backup sets are kept; a set that no rule keeps is deleted."},
	[FIELD_LAST] = {"keep.last", LAYER, TYPE_COUNT_RULE, 0, 1000000, NULL,
		"Keeps the newest N sets, or all."},
	[FIELD_WITHIN] = {"keep.within", LAYER, TYPE_SPAN_RULE, 0, 0, NULL,
		"Keeps every set younger than this, measured from the newest valid set."},
	[FIELD_HOURLY] = {"keep.hourly", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each hour: for the newest N hours that have one, for a "
		"span, or all."},
	[FIELD_DAILY] = {"keep.daily", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each day: for the newest N days that have one, for a "
		"span, or all."},
	[FIELD_WEEKLY] = {"keep.weekly", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each ISO week: for the newest N weeks that have one, for "
		"a span, or all."},
	[FIELD_MONTHLY] = {"keep.monthly", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each month: for the newest N months that have one, for a "
		"span, or all."},
	[FIELD_QUARTERLY] = {"keep.quarterly", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each quarter: for the newest N quarters that have one, "
		"for a span, or all."},
	[FIELD_YEARLY] = {"keep.yearly", LAYER, TYPE_BUCKET_RULE, 0, 1000000, NULL,
		"Keeps the newest set of each year: for the newest N years that have one, for a "
		"span, or all."},
	[FIELD_PROTECT] = {"protect", LAYER, TYPE_PROTECT, 0, 0, NULL,
		"Sets that are never deleted and use up no rule's count: ids, or ranges of time "
		"{from, to}."},
	[FIELD_FAILED_SETS] = {"failed_sets", LAYER, TYPE_DURATION, 0, 3660 * DAY_S, failed_words,
		"The age at which failed sets are deleted, or `keep` to leave them; default 7d."},

	[FIELD_SAFETY] = {"safety", LAYER, TYPE_MAPPING, 0, 0, NULL,
		"What stands between an expired set and its deletion."},
	[FIELD_MINIMUM] = {"safety.minimum", LAYER, TYPE_INTEGER, 0, 1000000, NULL,
		"This many of the newest valid sets always remain; default 1, and never less than "
		"1."},
	[FIELD_GRACE] = {"safety.grace", LAYER, TYPE_DURATION, 0, 366 * DAY_S, NULL,
		"How long listings have to agree that a set is expired before it is deleted; "
		"default 24h."},
	[FIELD_MAX_DELETE_PERCENT] = {"safety.max_delete_percent", LAYER, TYPE_INTEGER, 0, 100,
		NULL,
		"A plan to delete more of the listed sets than this waits for approval (from 10 "
		"sets up); 100 switches it off; default 50."},
	[FIELD_FRESH_WITHIN] = {"safety.fresh_within", LAYER, TYPE_DURATION, 1, 3660 * DAY_S,
		fresh_words,
		"Nothing is deleted unless a valid set is younger than this; `auto` takes it from "
		"the schedule, `off` does without; default auto."},
	[FIELD_REFRESH] = {"refresh", LAYER, TYPE_DURATION, 1, 7 * DAY_S, NULL,
		"How often the sets are listed when nothing else is due; default 1h."},

	[FIELD_FROM] = {"from", SCOPE_RANGE, TYPE_INSTANT, 0, 0, NULL,
		"The first instant of the range, RFC 3339."},
	[FIELD_TO] = {"to", SCOPE_RANGE, TYPE_INSTANT, 0, 0, NULL,
		"The last instant of the range, RFC 3339."},

	[FIELD_DISCOVER] = {"discover", FOUND, TYPE_MAPPING, 0, 0, NULL,
		"Instead of an id: every cluster that matches all of this, looked for again and "
		"again."},
	[FIELD_FIND_REGION] = {"discover.region", FOUND, TYPE_REGION, 0, 0, NULL,
		"The region to look in; default the one of the layers."},
	[FIELD_FIND_TAGS] = {"discover.tags", FOUND, TYPE_TAGS, 0, 20, NULL,
		"Only clusters that have all of these tags, at most 20."},
	[FIELD_FIND_NAME] = {"discover.name", FOUND, TYPE_NAME, 0, 0, NULL,
		"Only clusters whose description matches this pattern of a shell, such as "
		"orders-*."},
	[FIELD_FIND_EXCLUDE] = {"discover.exclude", FOUND, TYPE_IDS, 0, 0, NULL,
		"Not the clusters with these ids."},
	[FIELD_FIND_EVERY] = {"discover.every", FOUND, TYPE_DURATION, 60, 7 * DAY_S, NULL,
		"How often to look, at least 1min; default 15min."},
	[FIELD_FORGET_AFTER] = {"discover.forget_after", FOUND, TYPE_DURATION, 60, 3660 * DAY_S,
		NULL, "A cluster that has not been found for this long is forgotten; default 7d."},
};

const char *key_name(const struct key *k)
{
	const char *dot = strrchr(k->path, '.');

	return dot ? dot + 1 : k->path;
}

/* True if `k` stands right below `parent` in the scope. */
static bool is_child(const struct key *k, enum scope scope, enum field parent)
{
	const char *dot = strchr(k->path, '.');
	size_t length = dot ? (size_t)(dot - k->path) : 0;

	if (!(k->scopes & (unsigned)scope))
		return false;
	if (parent == FIELD_COUNT)
		return !dot;
	return dot && strlen(keys[parent].path) == length &&
		strncmp(keys[parent].path, k->path, length) == 0;
}

const struct key *key_find(enum scope scope, enum field parent, const char *name)
{
	bool top = parent == FIELD_COUNT;

	/* With ten thousand clusters most keys are to be passed over at a glance. */
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++)
		if ((!top || *k->path == *name) && is_child(k, scope, parent) &&
			strcmp(key_name(k), name) == 0)
			return k;
	return NULL;
}

/* Where else the key is known, in words; false if nowhere. */
static bool hint_elsewhere(enum scope scope, const char *name, char ret[KEY_HINT_SIZE])
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *dot = strchr(keys[i].path, '.');
		if (strcmp(key_name(&keys[i]), name) != 0)
			continue;
		if (keys[i].scopes == SCOPE_ACCOUNT)
			(void)snprintf(
				ret, KEY_HINT_SIZE, " (it belongs to an entry of 'accounts')");
		else if (dot && keys[i].scopes == SCOPE_FILE)
			(void)snprintf(ret, KEY_HINT_SIZE,
				" (it belongs under '%.*s' at the top of the file)",
				(int)(dot - keys[i].path), keys[i].path);
		else if (!(keys[i].scopes & (unsigned)scope) && !(keys[i].scopes & SCOPE_LAYER))
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs at the top of the file)");
		else if (dot && keys[i].scopes == SCOPE_FOUND)
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs under 'discover')");
		else if (!(keys[i].scopes & SCOPE_DEFAULTS))
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs to a cluster%s)",
				scope == SCOPE_FOUND ? " with an id" : "");
		else if (dot)
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs under '%.*s'%s)",
				(int)(dot - keys[i].path), keys[i].path,
				scope == SCOPE_FILE ? " in 'defaults', a policy or a cluster" : "");
		else
			(void)snprintf(ret, KEY_HINT_SIZE,
				" (it belongs in 'defaults', a policy or a cluster)");
		return keys[i].scopes != SCOPE_RANGE;
	}
	return false;
}

void key_hint(enum scope scope, enum field parent, const char *name, char ret[KEY_HINT_SIZE])
{
	const char *names[FIELD_COUNT + 1];
	const char *nearest;
	size_t count = 0;

	ret[0] = '\0';
	if (hint_elsewhere(scope, name, ret))
		return;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (is_child(&keys[i], scope, parent))
			names[count++] = key_name(&keys[i]);
	names[count] = NULL;
	nearest = text_nearest(name, names);
	if (nearest)
		(void)snprintf(ret, KEY_HINT_SIZE, " (did you mean '%s'?)", nearest);
	else
		ret[0] = '\0';
}
