/* The rows of the table of keys, and how a key is found in it. */
#include "policyfile/keys.h"

#include "base/text.h"
#include "notify/kind.h"
#include "policyfile/model.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)

static const struct key_word failed_words[] = {{"keep", FAILED_KEEP}, {0}};
static const struct key_word fresh_words[] = {{"auto", FRESH_AUTO}, {"off", FRESH_OFF}, {0}};
static const struct key_word prove_words[] = {{"off", PROVE_OFF}, {0}};
static const struct key_word login_words[] = {{"chain", LOGIN_CHAIN}, {"systemd", LOGIN_SYSTEMD},
	{"environment", LOGIN_ENVIRONMENT}, {"oidc", LOGIN_OIDC}, {"profile", LOGIN_PROFILE},
	{"ini", LOGIN_INI}, {"ecs", LOGIN_ECS}, {"uri", LOGIN_URI}, {0}};
static const struct key_word network_words[] = {{"public", false}, {"vpc", true}, {0}};
static const struct key_word edition_words[] = {
	{"lakehouse", EDITION_LAKEHOUSE}, {"warehouse", EDITION_WAREHOUSE}, {0}};
static const struct key_word retention_words[] = {{"check", CLOUD_RETENTION_CHECK},
	{"ensure", CLOUD_RETENTION_ENSURE}, {"ignore", CLOUD_RETENTION_IGNORE}, {0}};
static const struct key_word point_in_time_words[] = {{"keep", POINT_IN_TIME_KEEP},
	{"warn", POINT_IN_TIME_WARN}, {"ignore", POINT_IN_TIME_IGNORE}, {0}};

static const struct key_word kind_words[] = {{"healthchecks", NOTIFY_HEALTHCHECKS},
	{"ping", NOTIFY_PING}, {"webhook", NOTIFY_WEBHOOK}, {"dingtalk", NOTIFY_DINGTALK},
	{"feishu", NOTIFY_FEISHU}, {"wecom", NOTIFY_WECOM}, {"slack", NOTIFY_SLACK},
	{"ntfy", NOTIFY_NTFY}, {"alertmanager", NOTIFY_ALERTMANAGER}, {0}};
static const struct key_word level_words[] = {
	{"critical", NOTIFY_CRITICAL}, {"warning", NOTIFY_WARNING}, {"resolved", NOTIFY_WELL}, {0}};

static const struct key_word language_words[] = {
	{"en", NOTIFY_ENGLISH}, {"zh", NOTIFY_CHINESE}, {0}};

_Static_assert(ARRAY_SIZE(language_words) == NOTIFY_LANGUAGE_COUNT + 1, "each language its word");
_Static_assert(ARRAY_SIZE(kind_words) == NOTIFY_KIND_COUNT + 1, "each kind of sink has its word");
_Static_assert(ARRAY_SIZE(point_in_time_words) == POINT_IN_TIME_MODE_COUNT + 1, "and each mode");
_Static_assert(ARRAY_SIZE(login_words) == LOGIN_COUNT + 1, "each login has its word");

#define LAYER SCOPE_LAYER
#define FOUND SCOPE_FOUND
#define ACCOUNT SCOPE_ACCOUNT
#define SINK SCOPE_SINK

/* Where the value of a key is kept. */
#define MEMBER(name, object, member) \
	OBJECT_##name, offsetof(struct object, member), sizeof(((struct object *)NULL)->member)
#define IN_FILE(member) MEMBER(FILE, policyfile, member)
#define IN_ACCOUNT(member) MEMBER(ACCOUNT, account, member)
#define IN_POLICY(member) MEMBER(POLICY, policy, member)
#define IN_DISCOVERY(member) MEMBER(DISCOVERY, discovery, member)
#define IN_SINK(member) MEMBER(SINK, sink, member)

#define BIT(value) (1u << (value))
#define SWITCHES (BIT(NOTIFY_HEALTHCHECKS) | BIT(NOTIFY_PING))
#define SECRET_KINDS                                                                          \
	(BIT(NOTIFY_WEBHOOK) | BIT(NOTIFY_DINGTALK) | BIT(NOTIFY_FEISHU) | BIT(NOTIFY_NTFY) | \
		BIT(NOTIFY_ALERTMANAGER))

const struct key keys[FIELD_COUNT] = {
	[FIELD_VERSION] = {"version", SCOPE_FILE, TYPE_VERSION, .least = 1, .most = 1,
		.doc = "The version of this format; always 1."},
	[FIELD_DEFAULTS] = {"defaults", SCOPE_FILE, TYPE_LAYER,
		.doc = "What holds for every cluster unless its policy or the cluster itself says "
		       "otherwise."},
	[FIELD_POLICIES] = {"policies", SCOPE_FILE, TYPE_POLICIES,
		.doc = "Named policies: each overrides the defaults, key by key, for the clusters "
		       "that name it."},
	[FIELD_CLUSTERS] = {"clusters", SCOPE_FILE, TYPE_CLUSTERS,
		.doc = "The clusters, each with its id and whatever differs for it alone."},

	[FIELD_HISTORY] = {"history", SCOPE_FILE, TYPE_SPAN, IN_FILE(history), .least = DAY_S,
		.doc = "How long the daemon remembers what it did, for `retainctl history`; "
		       "default 1y."},
	[FIELD_METRICS] = {"metrics", SCOPE_FILE, TYPE_MAPPING,
		.doc = "Where the daemon shows numbers to Prometheus; nowhere by default."},
	[FIELD_TEXTFILE] = {"metrics.textfile", SCOPE_FILE, TYPE_TEXTFILE,
		IN_FILE(metrics_textfile),
		.doc = "A file for the node exporter's textfile collector; its name has to end in "
		       ".prom."},
	[FIELD_LISTEN] = {"metrics.listen", SCOPE_FILE, TYPE_ADDRESS, IN_FILE(metrics_listen),
		.doc = "An address and a port to serve /metrics on by HTTP, such as "
		       "127.0.0.1:9879."},

	[FIELD_ACCOUNTS] = {"accounts", SCOPE_FILE, TYPE_ACCOUNTS,
		.doc = "Named ways into the cloud; the one named `default` is used where none is "
		       "named."},

	[FIELD_NOTIFY] = {"notify", SCOPE_FILE, TYPE_SINKS,
		.doc = "Who is told what is wrong, and that the daemon is alive; nobody by "
		       "default."},

	[FIELD_LOGIN] = {"login", ACCOUNT, TYPE_WORD, IN_ACCOUNT(login), .words = login_words,
		.doc = "Where the keys come from; default chain: the first place that has some, in "
		       "the order of the cloud's own clients."},
	[FIELD_PROFILE] = {"profile", ACCOUNT, TYPE_NAME, IN_ACCOUNT(profile),
		.logins = BIT(LOGIN_PROFILE) | BIT(LOGIN_INI),
		.doc = "With login profile or ini: which profile or section of the file."},
	[FIELD_FILE] = {"file", ACCOUNT, TYPE_FILE, IN_ACCOUNT(file),
		.logins = BIT(LOGIN_PROFILE) | BIT(LOGIN_INI),
		.doc = "With login profile or ini: another file, an absolute path."},
	[FIELD_ECS_ROLE] = {"ecs_role", ACCOUNT, TYPE_ID, IN_ACCOUNT(ecs_role),
		.logins = BIT(LOGIN_ECS),
		.doc = "With login ecs: the role of the instance; found out by default."},
	[FIELD_URI] = {"uri", ACCOUNT, TYPE_URL, IN_ACCOUNT(uri), .logins = BIT(LOGIN_URI),
		.doc = "With login uri: where the keys are fetched; http only from this machine."},
	[FIELD_OIDC_PROVIDER] = {"oidc_provider", ACCOUNT, TYPE_OIDC_PROVIDER,
		IN_ACCOUNT(oidc_provider), .logins = BIT(LOGIN_OIDC),
		.doc = "With login oidc: the identity provider; default "
		       "$ALIBABA_CLOUD_OIDC_PROVIDER_ARN."},
	[FIELD_OIDC_TOKEN_FILE] = {"oidc_token_file", ACCOUNT, TYPE_FILE,
		IN_ACCOUNT(oidc_token_file), .logins = BIT(LOGIN_OIDC),
		.doc = "With login oidc: the file of its token; default "
		       "$ALIBABA_CLOUD_OIDC_TOKEN_FILE."},
	[FIELD_ROLE] = {"role", ACCOUNT, TYPE_ROLE, IN_ACCOUNT(role),
		.doc = "A role to assume with what the login gives, such as "
		       "acs:ram::123456789012:role/retaind; with login oidc, the role of the "
		       "token."},
	[FIELD_ROLE_SESSION_NAME] = {"role_session_name", ACCOUNT, TYPE_SESSION_NAME,
		IN_ACCOUNT(role_session_name), .of_role = true,
		.doc = "What the role's sessions are called in the cloud's logs; default retaind."},
	[FIELD_EXTERNAL_ID] = {"external_id", ACCOUNT, TYPE_EXTERNAL_ID, IN_ACCOUNT(external_id),
		.of_role = true,
		.doc = "The external id that the role of another account asks for."},
	[FIELD_SESSION_POLICY] = {"session_policy", ACCOUNT, TYPE_JSON, IN_ACCOUNT(session_policy),
		.of_role = true,
		.doc = "A RAM policy, in JSON, that narrows what the role's sessions may do."},
	[FIELD_STS_ENDPOINT] = {"sts_endpoint", ACCOUNT, TYPE_ENDPOINT, IN_ACCOUNT(sts_endpoint),
		.doc = "Another host to get sessions from, such as sts.cn-hangzhou.aliyuncs.com."},
	[FIELD_ENDPOINT] = {"endpoint", ACCOUNT, TYPE_ENDPOINT, IN_ACCOUNT(endpoint),
		.doc = "Another host to call, for all regions; $RETAIND_ENDPOINT overrides it."},
	[FIELD_CA_FILE] = {"ca_file", ACCOUNT, TYPE_FILE, IN_ACCOUNT(ca_file),
		.doc = "The authorities to trust for TLS, a PEM file; default the system's."},
	[FIELD_SESSION] = {"session", ACCOUNT, TYPE_DURATION, IN_ACCOUNT(session_s), .least = 900,
		.most = 43200, .of_role = true,
		.doc = "How long a session of the role lasts, 15min to 12h; default 1h."},
	[FIELD_NETWORK] = {"network", ACCOUNT, TYPE_WORD, IN_ACCOUNT(vpc), .words = network_words,
		.doc = "Which of the cloud's hosts are called: those of the internet, or of its "
		       "own networks (vpc); default public."},
	[FIELD_RATE] = {"rate", ACCOUNT, TYPE_INTEGER, IN_ACCOUNT(rate), .least = 1, .most = 500,
		.doc = "At most so many calls a second in each region; default 20."},
	[FIELD_CONCURRENCY] = {"concurrency", ACCOUNT, TYPE_INTEGER, IN_ACCOUNT(concurrency),
		.least = 1, .most = 200,
		.doc = "At most so many calls at once in each region; default 16."},

	[FIELD_SINK_KIND] = {"kind", SINK, TYPE_WORD, IN_SINK(kind), .words = kind_words,
		.doc = "What takes the messages; healthchecks and ping are dead man's switches, "
		       "which are pinged while all is well."},
	[FIELD_URL_FILE] = {"url_file", SINK, TYPE_CREDENTIAL, IN_SINK(url_file),
		.doc = "The file that holds the URL, which is a secret: the name of a credential "
		       "of the unit, or an absolute path."},
	[FIELD_SECRET_FILE] = {"secret_file", SINK, TYPE_CREDENTIAL, IN_SINK(secret_file),
		.kinds = SECRET_KINDS,
		.doc = "The file that holds the key of a robot's signature (`none`: it has none), "
		       "or a token."},
	[FIELD_SINK_CA_FILE] = {"ca_file", SINK, TYPE_FILE, IN_SINK(ca_file),
		.doc = "The authorities to trust for TLS, a PEM file; default the system's."},
	[FIELD_SINK_EVERY] = {"every", SINK, TYPE_DURATION, IN_SINK(every_s),
		.kinds = SWITCHES | BIT(NOTIFY_ALERTMANAGER), .least = 60, .most = DAY_S,
		.doc = "How often a switch is pinged, and an Alertmanager told what is still "
		       "wrong; default 5min."},
	[FIELD_SINK_ON] = {"on", SINK, TYPE_LEVELS, IN_SINK(on),
		.kinds = BIT(NOTIFY_KIND_COUNT) - 1 - (SWITCHES), .words = level_words,
		.doc = "What is told: default [critical, warning, resolved]."},
	[FIELD_SINK_LANGUAGE] = {"language", SINK, TYPE_WORD, IN_SINK(language),
		.kinds = BIT(NOTIFY_ALERTMANAGER) - 1 - (SWITCHES), .words = language_words,
		.doc = "The language of the messages: en (the default), or zh."},

	[FIELD_ID] = {"id", SCOPE_CLUSTER, TYPE_CLUSTER_ID, IN_POLICY(cluster),
		.doc = "The cluster's id (DBClusterId), such as amv-bp1xxxxxxxxxxxxx."},
	[FIELD_NAME] = {"name", SCOPE_CLUSTER, TYPE_CLUSTER_NAME, IN_POLICY(name),
		.doc = "A label for people; the id if not given."},
	[FIELD_POLICY] = {"policy", SCOPE_CLUSTER | FOUND, TYPE_POLICY_NAME, IN_POLICY(policy_name),
		.doc = "The entry of `policies` that this cluster follows."},
	[FIELD_REMOTE] = {"remote", SCOPE_CLUSTER, TYPE_FLAG, IN_POLICY(remote),
		.doc = "Whether the copies in other regions are pruned, instead of the sets in its "
		       "own; default false."},

	[FIELD_DISCOVER] = {"discover", FOUND, TYPE_MAPPING,
		.doc = "Instead of an id: every cluster that matches all of this, looked for again "
		       "and again."},
	[FIELD_FIND_REGION] = {"discover.region", FOUND, TYPE_REGION, IN_DISCOVERY(region),
		.doc = "The region to look in; default the one of the layers."},
	[FIELD_FIND_TAGS] = {"discover.tags", FOUND, TYPE_TAGS, IN_DISCOVERY(tags), .most = 20,
		.doc = "Only clusters that have all of these tags, at most 20."},
	[FIELD_FIND_NAME] = {"discover.name", FOUND, TYPE_NAME, IN_DISCOVERY(name_pattern),
		.doc = "Only clusters whose description matches this pattern of a shell, such as "
		       "orders-*."},
	[FIELD_FIND_EXCLUDE] = {"discover.exclude", FOUND, TYPE_IDS, IN_DISCOVERY(exclude),
		.doc = "Not the clusters with these ids."},
	[FIELD_FIND_EVERY] = {"discover.every", FOUND, TYPE_DURATION, IN_DISCOVERY(every_s),
		.least = 60, .most = 7 * DAY_S,
		.doc = "How often to look, at least 1min; default 15min."},
	[FIELD_FORGET_AFTER] = {"discover.forget_after", FOUND, TYPE_DURATION,
		IN_DISCOVERY(forget_after_s), .least = 60, .most = 3660 * DAY_S,
		.doc = "A cluster that has not been found for this long is forgotten; default 7d."},

	[FIELD_REGION] = {"region", LAYER, TYPE_REGION, IN_POLICY(region),
		.doc = "The cloud region of the cluster, such as cn-hangzhou."},
	[FIELD_ACCOUNT] = {"account", LAYER, TYPE_ACCOUNT_NAME, IN_POLICY(account),
		.doc = "The entry of `accounts` that the cluster is reached with; default "
		       "`default`."},
	[FIELD_EDITION] = {"edition", LAYER, TYPE_WORD, IN_POLICY(edition), .words = edition_words,
		.doc = "Which of the cloud's interfaces the cluster speaks: lakehouse (2021-12-01, "
		       "the default), or warehouse (2019-03-15: it prunes only, since that has no "
		       "call that makes a backup)."},
	[FIELD_CLOUD_RETENTION] = {"cloud_retention", LAYER, TYPE_WORD, IN_POLICY(cloud_retention),
		.words = retention_words,
		.doc = "If the cloud itself keeps sets for less long than this policy needs: check "
		       "tells it (the default), ensure raises it (it is never lowered), ignore "
		       "does neither."},
	[FIELD_TIMEZONE] = {"timezone", LAYER, TYPE_TIMEZONE, IN_POLICY(zone),
		.doc = "The zone of schedule, blackout and calendar buckets, such as "
		       "Asia/Shanghai; default UTC."},

	[FIELD_BACKUP] = {"backup", LAYER, TYPE_MAPPING, .doc = "When backups are taken."},
	[FIELD_SCHEDULE] = {"backup.schedule", LAYER, TYPE_SCHEDULE, IN_POLICY(schedule.calendar),
		.doc = "When backups are due: a calendar expression as in systemd.time(7), or "
		       "`none` to prune only."},
	[FIELD_EVERY] = {"backup.every", LAYER, TYPE_EVERY, IN_POLICY(schedule.every_s), .least = 1,
		.most = 366 * DAY_S,
		.doc = "Instead of schedule: a backup each time this much has passed, such as 6h."},
	[FIELD_JITTER] = {"backup.jitter", LAYER, TYPE_DURATION, IN_POLICY(schedule.jitter_s),
		.most = DAY_S,
		.doc = "Moves each cluster's slots by its own part of this, so that a fleet does "
		       "not start at once; default 0."},
	[FIELD_BLACKOUT] = {"backup.blackout", LAYER, TYPE_WINDOWS, IN_POLICY(schedule.blackouts),
		.doc = "Weekly windows of local time, such as Mon..Fri 09:00-19:00; a slot inside "
		       "one waits for its end."},
	[FIELD_CATCH_UP] = {"backup.catch_up", LAYER, TYPE_BOOLEAN, IN_POLICY(schedule.catch_up),
		.doc = "Whether one backup makes up for slots that were missed; default true."},

	[FIELD_KEEP] = {"keep", LAYER, TYPE_MAPPING,
		.doc = "Which backup sets are kept; a set that no rule keeps is deleted."},
#define RULE_KEY(rule, row) \
	[FIELD_##rule] = {"keep." #row, LAYER, TYPE_RULE, IN_POLICY(keep), .most = 1000000},
	RULES(RULE_KEY)

		[FIELD_PROTECT] = {"protect", LAYER, TYPE_PROTECT, IN_POLICY(protected_sets),
			.doc = "Sets that are never deleted and use up no rule's count: ids, ids "
			       "with an "
			       "end and a reason {id, until, reason}, or ranges of time {from, "
			       "to}."},
	[FIELD_FAILED_SETS] = {"failed_sets", LAYER, TYPE_DURATION, IN_POLICY(failed_sets_s),
		.most = 3660 * DAY_S, .words = failed_words,
		.doc = "The age at which failed sets are deleted, or `keep` to leave them; default "
		       "7d."},

	[FIELD_SAFETY] = {"safety", LAYER, TYPE_MAPPING,
		.doc = "What stands between an expired set and its deletion."},
	[FIELD_MINIMUM] = {"safety.minimum", LAYER, TYPE_INTEGER, IN_POLICY(safety.minimum),
		.least = 1, .most = 1000000,
		.doc = "This many of the newest valid sets always remain; default 1, and never "
		       "less than 1."},
	[FIELD_GRACE] = {"safety.grace", LAYER, TYPE_DURATION, IN_POLICY(safety.grace_s),
		.most = 366 * DAY_S,
		.doc = "How long listings have to agree that a set is expired before it is "
		       "deleted; default 24h."},
	[FIELD_MAX_DELETE_PERCENT] = {"safety.max_delete_percent", LAYER, TYPE_INTEGER,
		IN_POLICY(safety.max_delete_percent), .most = 100,
		.doc = "A plan to delete more of the listed sets than this waits for approval "
		       "(from 10 sets up); 100 switches it off; default 50."},
	[FIELD_FRESH_WITHIN] = {"safety.fresh_within", LAYER, TYPE_DURATION,
		IN_POLICY(safety.fresh_within_s), .least = 1, .most = 3660 * DAY_S,
		.words = fresh_words,
		.doc = "Nothing is deleted unless a valid set is younger than this; `auto` takes "
		       "it from the schedule and from how long backups take, `off` does "
		       "without; default auto."},
	[FIELD_POINT_IN_TIME] = {"safety.point_in_time", LAYER, TYPE_WORD,
		IN_POLICY(safety.point_in_time), .words = point_in_time_words,
		.doc = "Full sets that a restore to the second needs, as far back as the cloud "
		       "keeps the log: keep keeps the newest of each day (the default), warn "
		       "deletes them and tells how much shorter that time becomes, ignore says "
		       "nothing."},
	[FIELD_PROVE_EVERY] = {"safety.prove_every", LAYER, TYPE_DURATION,
		IN_POLICY(safety.prove_every_s), .least = 1, .most = 3660 * DAY_S,
		.words = prove_words,
		.doc = "A warning tells that no restore was proven (`retainctl proved`) for longer "
		       "than this; default off."},
	[FIELD_REFRESH] = {"refresh", LAYER, TYPE_DURATION, IN_POLICY(refresh_s), .least = 1,
		.most = 7 * DAY_S,
		.doc = "How often the sets are listed when nothing else is due; default 1h."},
	[FIELD_STORAGE] = {"storage", LAYER, TYPE_MAPPING,
		.doc = "What the cloud takes for the storage of backup sets, so that sizes are "
		       "shown in money, too."},
	[FIELD_PRICE] = {"storage.price", LAYER, TYPE_DECIMAL, IN_POLICY(storage.price_billionths),
		.most = 1000000,
		.doc = "The price of a GB for an hour, such as 0.00022; no money is shown by "
		       "default."},
	[FIELD_CURRENCY] = {"storage.currency", LAYER, TYPE_CURRENCY, IN_POLICY(storage.currency),
		.doc = "The currency of the price, such as CNY; it is shown beside each amount."},
	[FIELD_FREE] = {"storage.free", LAYER, TYPE_DECIMAL, IN_POLICY(storage.free_billionths),
		.most = 999999999, .doc = "So many GB of each cluster cost nothing; default 0."},

	[FIELD_FROM] = {"from", SCOPE_RANGE, TYPE_INSTANT,
		.doc = "The first instant of the range, RFC 3339."},
	[FIELD_TO] = {"to", SCOPE_RANGE, TYPE_INSTANT,
		.doc = "The last instant of the range, RFC 3339."},
};

const char *key_name(const struct key *k)
{
	const char *dot = strrchr(k->path, '.');

	return dot ? dot + 1 : k->path;
}

const char *key_doc(const struct key *k)
{
	return k->type == TYPE_RULE ? rule_rows[key_rule(k)]->help : k->doc;
}

const char *key_word(const struct key *k, int64_t value)
{
	for (const struct key_word *w = k->words; w && w->word; w++)
		if (w->value == value)
			return w->word;
	return NULL;
}

bool key_is_below(const struct key *k, const struct key *parent)
{
	const char *dot = strchr(k->path, '.');
	size_t length = dot ? (size_t)(dot - k->path) : 0;

	if (!parent || !dot)
		return !parent && !dot;
	return strncmp(parent->path, k->path, length) == 0 && !parent->path[length];
}

/* True if `k` stands right below `parent` in the scope. */
static bool is_child(const struct key *k, enum scope scope, enum field parent)
{
	return k->scopes & (unsigned)scope &&
		key_is_below(k, parent == FIELD_COUNT ? NULL : &keys[parent]);
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

/* The first key of this name, wherever it stands; one of a discovery only if there is no other. */
static const struct key *find_anywhere(const char *name)
{
	const struct key *found = NULL;

	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++)
		if (strcmp(key_name(k), name) == 0 &&
			(!found || found->scopes == SCOPE_FOUND || found->scopes == SCOPE_SINK))
			found = k;
	return found;
}

/* Of a key of the layers. */
static void hint_in_layer(enum scope scope, const struct key *k, char ret[KEY_HINT_SIZE])
{
	int parent = (int)strcspn(k->path, ".");

	if (!k->path[parent])
		(void)snprintf(
			ret, KEY_HINT_SIZE, " (it belongs in 'defaults', a policy or a cluster)");
	else
		(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs under '%.*s'%s)", parent, k->path,
			scope == SCOPE_FILE ? " in 'defaults', a policy or a cluster" : "");
}

/* The key whose entries it belongs to; NULL if it belongs to none of these. */
static const char *list_of(const struct key *k)
{
	if (k->scopes == SCOPE_SINK)
		return "notify";
	return k->scopes == SCOPE_ACCOUNT ? "accounts" : NULL;
}

/* Where else the key is known, in words; false if nowhere. */
static bool hint_elsewhere(enum scope scope, const char *name, char ret[KEY_HINT_SIZE])
{
	const struct key *k = find_anywhere(name);
	const char *dot = k ? strchr(k->path, '.') : NULL;

	if (!k || k->scopes == SCOPE_RANGE)
		return false;
	if (list_of(k))
		(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs to an entry of '%s')", list_of(k));
	else if (dot && k->scopes == SCOPE_FILE)
		(void)snprintf(ret, KEY_HINT_SIZE,
			" (it belongs under '%.*s' at the top of the file)", (int)(dot - k->path),
			k->path);
	else if (!(k->scopes & ((unsigned)scope | SCOPE_LAYER)))
		(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs at the top of the file)");
	else if (dot && k->scopes == SCOPE_FOUND)
		(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs under 'discover')");
	else if (!(k->scopes & SCOPE_DEFAULTS))
		(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs to a cluster%s)",
			scope == SCOPE_FOUND ? " with an id" : "");
	else
		hint_in_layer(scope, k, ret);
	return true;
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
