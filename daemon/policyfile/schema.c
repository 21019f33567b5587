#include "policyfile/schema.h"

#include "base/text.h"
#include "retention/policy.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)

static const struct key_word failed_words[] = {{"keep", FAILED_KEEP}, {0}};
static const struct key_word fresh_words[] = {{"auto", FRESH_AUTO}, {"off", FRESH_OFF}, {0}};

#define LAYER SCOPE_LAYER

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

	[FIELD_ID] = {"id", SCOPE_CLUSTER, TYPE_ID, 0, 0, NULL,
		"The cluster's id (DBClusterId), such as amv-bp1xxxxxxxxxxxxx."},
	[FIELD_NAME] = {"name", SCOPE_CLUSTER, TYPE_NAME, 0, 0, NULL,
		"A label for people; the id if not given."},
	[FIELD_POLICY] = {"policy", SCOPE_CLUSTER, TYPE_POLICY_NAME, 0, 0, NULL,
		"The entry of `policies` that this cluster follows."},

	[FIELD_REGION] = {"region", LAYER, TYPE_REGION, 0, 0, NULL,
		"The cloud region of the cluster, such as cn-hangzhou."},
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
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (strcmp(key_name(&keys[i]), name) == 0 && is_child(&keys[i], scope, parent))
			return &keys[i];
	return NULL;
}

/* Where else the key is known, in words; false if nowhere. */
static bool hint_elsewhere(enum scope scope, const char *name, char ret[KEY_HINT_SIZE])
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *dot = strchr(keys[i].path, '.');
		if (strcmp(key_name(&keys[i]), name) != 0)
			continue;
		if (dot && keys[i].scopes == SCOPE_FILE)
			(void)snprintf(ret, KEY_HINT_SIZE,
				" (it belongs under '%.*s' at the top of the file)",
				(int)(dot - keys[i].path), keys[i].path);
		else if (!(keys[i].scopes & (unsigned)scope) && !(keys[i].scopes & SCOPE_LAYER))
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs at the top of the file)");
		else if (!(keys[i].scopes & SCOPE_DEFAULTS))
			(void)snprintf(ret, KEY_HINT_SIZE, " (it belongs to a cluster)");
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
