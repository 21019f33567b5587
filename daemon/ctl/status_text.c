#include "ctl/status_text.h"

#include "time/duration.h"

#include <stdio.h>

/* Worst first, as the rows are sorted. */
static const struct {
	const char *state;
	const char *words;
	enum paint paint;
} states[] = {
	{"trouble", "TROUBLE", PAINT_RED},
	{"held", "held", PAINT_YELLOW},
	{"paused", "paused", PAINT_YELLOW},
	{"waiting", "not listed yet", PAINT_DIM},
	{"pruning", "pruning", PAINT_GREEN},
	{"backing-up", "backing up", PAINT_GREEN},
	{"well", "well", PAINT_GREEN},
};

static size_t rank_of(const cJSON *cluster)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(states) &&
		strcmp(states[i].state, online_string(cluster, "state")) != 0)
		i++;
	return i;
}

static int by_rank(const void *a, const void *b)
{
	size_t x = rank_of(*(const cJSON *const *)a), y = rank_of(*(const cJSON *const *)b);

	if (x != y)
		return x < y ? -1 : 1;
	return strcmp(online_string(*(const cJSON *const *)a, "name"),
		online_string(*(const cJSON *const *)b, "name"));
}

static bool instant(const cJSON *object, const char *key, int64_t *ret_s)
{
	const char *s = json_get_string(object, key);

	return s && civil_parse_instant(s, false, ret_s);
}

static bool flag(const cJSON *object, const char *key, bool otherwise)
{
	bool value = otherwise;

	(void)json_get_bool(object, key, &value);
	return value;
}

static void add_newest(struct table *t, const cJSON *c, int64_t now_s)
{
	char age[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (!instant(c, "newest_valid", &at_s)) {
		table_add_painted(t, PAINT_RED, "none");
		return;
	}
	duration_format_seconds(now_s > at_s ? now_s - at_s : 0, age);
	table_add_painted(t, flag(c, "fresh", true) ? PAINT_NONE : PAINT_RED, age);
}

static void add_next(struct table *t, const cJSON *c, int64_t now_s)
{
	char in[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (json_get_string(json_get(c, "running_backup"), "since")) {
		table_add_painted(t, PAINT_GREEN, "running now");
	} else if (!instant(c, "next_backup", &at_s)) {
		table_add_painted(t, PAINT_DIM, "none");
	} else if (at_s <= now_s) {
		table_add(t, "due now");
	} else {
		duration_format_seconds(at_s - now_s, in);
		table_printf(t, "in %s", in);
	}
}

/* "3 of 7 calls, 210 of 664 sets gone, done in about 4 min" */
static void add_progress(struct text *out, const cJSON *prune, int64_t now_s)
{
	char left[DURATION_TEXT_SIZE];
	int64_t end_s;

	text_printf(out, "%lld of %lld calls, %lld of %lld sets gone",
		(long long)online_int(prune, "calls_done"), (long long)online_int(prune, "calls"),
		(long long)online_int(prune, "gone"), (long long)online_int(prune, "sets"));
	if (!instant(prune, "estimated_end", &end_s))
		return;
	duration_format_seconds(end_s > now_s ? end_s - now_s : 0, left);
	text_printf(out, ", done in about %s", left);
}

/* The hold that a person can do something about; grace, if there is no other. NULL: none. */
static const cJSON *first_hold(const cJSON *c)
{
	const cJSON *hold, *first = NULL;

	if (online_int(c, "expired") == 0)
		return NULL;
	cJSON_ArrayForEach (hold, json_get(c, "holds")) {
		if (strcmp(online_string(hold, "hold"), "grace") != 0)
			return hold;
		first = hold;
	}
	return first;
}

/* What is the matter, in words. */
static void add_matter(struct table *t, const cJSON *c, int64_t now_s)
{
	_cleanup_(text_done) struct text matter = TEXT_INIT(4096);
	const cJSON *prune = json_get(c, "prune"), *hold = first_hold(c);
	enum paint paint = PAINT_NONE;

	if (*online_string(c, "trouble")) {
		text_add(&matter, online_string(c, "trouble"));
		paint = PAINT_RED;
	} else if (*online_string(c, "paused")) {
		text_add(&matter, online_string(c, "paused"));
		paint = PAINT_YELLOW;
	} else if (json_get(prune, "calls")) {
		add_progress(&matter, prune, now_s);
	} else if (hold && strcmp(online_string(hold, "hold"), "grace") == 0) {
		text_printf(&matter, "grace: %s", online_string(hold, "detail"));
		paint = PAINT_DIM;
	} else if (hold) {
		text_add(&matter, online_string(hold, "detail"));
		paint = PAINT_YELLOW;
	}
	online_add_cell(t, paint, matter.s ? matter.s : "");
}

static void add_row(struct table *t, const cJSON *c, int64_t now_s)
{
	static const char *const counts[] = {"sets", "kept", "expired"};
	const char *name = online_string(c, "name");
	size_t rank = rank_of(c);

	online_add_cell(t, PAINT_NONE, *name ? name : online_string(c, "cluster"));
	if (rank < ARRAY_SIZE(states))
		table_add_painted(t, states[rank].paint, states[rank].words);
	else
		online_add_cell(t, PAINT_NONE, online_string(c, "state"));
	add_newest(t, c, now_s);
	add_next(t, c, now_s);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		table_printf(t, "%lld", (long long)online_int(c, counts[i]));
	add_matter(t, c, now_s);
}

/* What a cluster needs people to know, and the table has no room for. */
static void add_remarks(struct text *out, const cJSON *c)
{
	_cleanup_(text_done) struct text remarks = TEXT_INIT(65536);
	const cJSON *hold = first_hold(c);

	if (hold && cJSON_GetArraySize(json_get(c, "holds")) > 1)
		online_add_holds(&remarks, "  ", json_get(c, "holds"));
	if (hold && strcmp(online_string(hold, "hold"), "approval") == 0) {
		text_add(&remarks, "  to look at it, and approve it: retainctl plan ");
		command_add_word(&remarks, online_string(c, "cluster"));
		text_add(&remarks, "\n");
	}
	if (!flag(c, "complete", true) && json_get_string(c, "listed")) {
		text_add(&remarks, "  the last complete listing is of ");
		online_add_text(&remarks, online_string(c, "listed"));
		text_add(&remarks, "\n");
	}
	if (online_int(c, "needs_days") > online_int(c, "cloud_days") &&
		online_int(c, "cloud_days") > 0)
		text_printf(&remarks,
			"  the cloud itself keeps sets for %lld days only; the policy needs %lld\n",
			(long long)online_int(c, "cloud_days"),
			(long long)online_int(c, "needs_days"));
	if (online_int(c, "quarantined") > 0) {
		text_printf(&remarks,
			"  %lld set(s) cannot be judged; to see which: retainctl plan ",
			(long long)online_int(c, "quarantined"));
		command_add_word(&remarks, online_string(c, "cluster"));
		text_add(&remarks, "\n");
	}
	if (online_int(c, "failed") > 0)
		text_printf(&remarks, "  %lld failed set(s)\n", (long long)online_int(c, "failed"));
	if (!remarks.s)
		return;
	text_add(out, "\n");
	online_add_cluster(out, c);
	text_add(out, "\n");
	text_add(out, remarks.s);
}

static void add_policy(struct text *out, const cJSON *policy)
{
	text_add(out, "policy ");
	online_add_text(out, online_string(policy, "path"));
	text_add(out, ", loaded ");
	online_add_text(out, online_string(policy, "loaded"));
	text_add(out, "\n");
	if (flag(policy, "ok", true))
		return;
	text_add(out,
		"the file has changed and was refused; the policy in force is the one loaded "
		"before: ");
	online_add_text(out, online_string(policy, "error"));
	text_add(out, "\n");
}

/* "discovery cn-hangzhou env=prod: 12 clusters, 1 not found any more; looked 3 min ago" */
static void add_discoveries(struct text *out, const cJSON *discoveries, int64_t now_s)
{
	const cJSON *d;

	cJSON_ArrayForEach (d, discoveries) {
		char ago[DURATION_TEXT_SIZE];
		int64_t looked_s, clusters = online_int(d, "clusters");
		text_add(out, "discovery ");
		online_add_text(out, online_string(d, "discovery"));
		text_printf(out, ": %lld cluster%s", (long long)clusters, clusters == 1 ? "" : "s");
		if (online_int(d, "missing") > 0)
			text_printf(out, ", %lld not found any more",
				(long long)online_int(d, "missing"));
		if (online_int(d, "waiting") > 0)
			text_printf(out, ", %lld not Running", (long long)online_int(d, "waiting"));
		if (instant(d, "looked", &looked_s)) {
			duration_format_seconds(now_s > looked_s ? now_s - looked_s : 0, ago);
			text_printf(out, "; looked %s ago", ago);
		} else {
			text_add(out, "; has not looked yet");
		}
		if (*online_string(d, "error")) {
			text_add(out, "; fails: ");
			online_add_text(out, online_string(d, "error"));
		}
		text_add(out, "\n");
	}
}

static void add_clusters(struct text *out, const cJSON *clusters, bool colour, int64_t now_s)
{
	static const char *const titles[] = {"CLUSTER", "STATE", ">NEWEST SET", ">NEXT BACKUP",
		">SETS", ">KEPT", ">EXPIRED", "WHAT IS THE MATTER"};
	size_t count = (size_t)cJSON_GetArraySize(clusters), n = 0;
	_cleanup_free_ const cJSON **sorted = xcalloc(count, sizeof(*sorted));
	_cleanup_(table_done) struct table t;
	const cJSON *c;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (c, clusters)
		sorted[n++] = c;
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), by_rank);
	for (size_t i = 0; i < n; i++)
		add_row(&t, sorted[i], now_s);
	if (n > 0)
		table_print(&t, colour, out);
	for (size_t i = 0; i < n; i++)
		add_remarks(out, sorted[i]);
}

void status_text(const cJSON *status, bool colour, struct text *out)
{
	int64_t now_s = 0;

	(void)instant(status, "time", &now_s);
	online_add_text(out, online_string(status, "summary"));
	text_add(out, "\nretaind ");
	online_add_text(out, online_string(status, "version"));
	text_add(out, ", running since ");
	online_add_text(out, online_string(status, "started"));
	text_add(out, "\n");
	add_policy(out, json_get(status, "policy"));
	add_discoveries(out, json_get(status, "discoveries"), now_s);
	text_add(out, "\n");
	add_clusters(out, json_get(status, "clusters"), colour, now_s);
}
