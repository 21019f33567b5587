/* The state of the daemon as a page of text. */
#include "ctl/status_text.h"

#include "ctl/amount.h"
#include "time/duration.h"

#include <stdio.h>

#define LARGE_FLEET 50 /* clusters; of more than that a terminal shows ... */
#define FIRST_SHOWN 20 /* ... so many */
#define COMMANDS_SHOWN 3

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

/* True if the daemon has not listed the sets since its start, so that it knows of none. */
static bool is_unknown(const cJSON *c)
{
	return !flag(c, "complete", true) && online_int(c, "sets") == 0;
}

static void add_newest(struct table *t, const cJSON *c, int64_t now_s)
{
	char age[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (is_unknown(c)) {
		table_add_painted(t, PAINT_DIM, "?");
		return;
	}
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

/* The first hold that a person can end, or else grace, which ends by itself. NULL if there is none.
 */
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
static enum paint describe_matter(struct text *matter, const cJSON *c, int64_t now_s)
{
	const cJSON *prune = json_get(c, "prune"), *hold = first_hold(c);
	bool is_grace = hold && strcmp(online_string(hold, "hold"), "grace") == 0;

	if (*online_string(c, "trouble")) {
		text_add(matter, online_string(c, "trouble"));
		return PAINT_RED;
	}
	if (*online_string(c, "paused")) {
		text_add(matter, online_string(c, "paused"));
		return PAINT_YELLOW;
	}
	if (json_get(prune, "calls")) {
		add_progress(matter, prune, now_s);
		return PAINT_NONE;
	}
	if (hold)
		text_printf(
			matter, "%s%s", is_grace ? "grace: " : "", online_string(hold, "detail"));
	return is_grace ? PAINT_DIM : hold ? PAINT_YELLOW : PAINT_NONE;
}

static void add_row(struct table *t, const cJSON *c, bool narrow, int64_t now_s)
{
	static const char *const counts[] = {"sets", "kept", "expired"};
	_cleanup_(text_done) struct text matter = TEXT_INIT(4096);
	const struct status_state *state = &status_states[status_rank(c)];
	const char *name = online_string(c, "name");
	enum paint paint;

	online_add_cell(t, PAINT_NONE, *name ? name : online_string(c, "cluster"));
	online_add_cell(t, state->paint, state->words ? state->words : online_string(c, "state"));
	add_newest(t, c, now_s);
	add_next(t, c, now_s);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (is_unknown(c))
			table_add_painted(t, PAINT_DIM, "?");
		else
			table_printf(t, "%lld", (long long)online_int(c, counts[i]));
	paint = describe_matter(&matter, c, now_s);
	if (!narrow)
		online_add_cell(t, paint, matter.s ? matter.s : "");
}

static void add_listed(struct text *out, const cJSON *c, int64_t now_s)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(c, "timezone"));
	char age[DURATION_TEXT_SIZE], when[CIVIL_TEXT_SIZE];
	int64_t at_s;

	if (flag(c, "complete", true) || !instant(c, "listed", &at_s))
		return;
	duration_format_seconds(now_s > at_s ? now_s - at_s : 0, age);
	zone_format(z, at_s, when);
	text_printf(out, "  the last complete listing is of %s, %s ago\n", when, age);
}

/* "  to the second since 2026-11-23 02:00 (Asia/Shanghai)" */
static void add_seconds(struct text *out, const cJSON *c)
{
	const char *zone = online_string(c, "timezone");
	_cleanup_(zone_freep) struct zone *z = online_zone(zone);
	_cleanup_(text_done) struct text seconds = TEXT_INIT(256);

	if (!online_add_seconds(&seconds, c, z))
		return;
	text_printf(out, "  %s (", seconds.s);
	online_add_text(out, zone);
	text_add(out, ")\n");
}

/* What is the matter, which a narrow table leaves out. */
static void add_whole_matter(struct text *out, const cJSON *c)
{
	const char *trouble = online_string(c, "trouble"), *paused = online_string(c, "paused");

	if (status_states[status_rank(c)].well)
		return;
	if (*trouble || *paused) {
		text_add(out, "  ");
		online_add_text(out, *trouble ? trouble : paused);
		text_add(out, "\n");
	}
	if (first_hold(c))
		online_add_holds(out, "  ", json_get(c, "holds"));
}

static void add_cloud_days(struct text *out, const cJSON *c)
{
	int64_t cloud = online_int(c, "cloud_days"), needs = online_int(c, "needs_days");

	if (cloud > 0 && needs > cloud)
		text_printf(out,
			"  the cloud itself keeps sets for %lld days only; the policy needs %lld\n",
			(long long)cloud, (long long)needs);
}

/* What a person may approve beside the deletes. */
static void add_seen(struct text *out, const cJSON *c)
{
	int64_t late = online_int(c, "late"), vanished = online_int(c, "vanished");

	if (late > 0)
		text_printf(out, "  %lld set%s showed late and count%s for nothing yet\n",
			(long long)late, online_plural(late), online_plural_verb(late));
	if (vanished > 0)
		text_printf(out, "  %lld kept set%s deleted by another hand\n", (long long)vanished,
			vanished == 1 ? " was" : "s were");
	if (late == 0 && vanished == 0)
		return;
	text_add(out, "  when you have looked into it:\n    retainctl approve ");
	command_add_word(out, online_string(c, "cluster"));
	text_printf(out, " %.16s\n", online_string(c, "plan"));
}

/* Of a cluster that was asked for by name, or whose policy wants another. */
static void add_proof(struct text *out, const cJSON *c, bool named, int64_t now_s)
{
	bool overdue = flag(c, "proof_overdue", false);
	char of[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (!named && !overdue)
		return;
	if (instant(json_get(c, "proved"), "at", &at_s)) {
		duration_format_seconds(now_s > at_s ? now_s - at_s : 0, of);
		text_printf(out, "  last proven restore: %s ago, set ", of);
		online_add_text(out, online_string(json_get(c, "proved"), "set"));
		text_add(out, ", by ");
		online_add_text(out, online_string(json_get(c, "proved"), "by"));
	} else {
		text_add(out, "  last proven restore: none");
	}
	if (overdue) {
		duration_format_seconds(online_int(c, "prove_every_s"), of);
		text_printf(out, "; the policy wants one every %s", of);
	}
	text_add(out, "\n");
}

/* What a cluster needs people to know, and the table has no room for. */
static void add_remarks(
	struct text *out, const cJSON *c, const struct status_view *view, int64_t now_s)
{
	_cleanup_(text_done) struct text remarks = TEXT_INIT(65536);
	int64_t unjudged = online_int(c, "quarantined") - online_int(c, "late");
	int64_t failed = online_int(c, "failed");

	if (screen_is_narrow(&view->screen))
		add_whole_matter(&remarks, c);
	else if (first_hold(c) && cJSON_GetArraySize(json_get(c, "holds")) > 1)
		online_add_holds(&remarks, "  ", json_get(c, "holds"));
	add_listed(&remarks, c, now_s);
	if (view->choice.cluster_count > 0) /* of all clusters it would be too much */
		add_seconds(&remarks, c);
	add_cloud_days(&remarks, c);
	if (unjudged > 0) {
		text_printf(&remarks,
			"  %lld set%s cannot be judged; to see which:\n    retainctl plan ",
			(long long)unjudged, online_plural(unjudged));
		command_add_word(&remarks, online_string(c, "cluster"));
		text_add(&remarks, "\n");
	}
	add_seen(&remarks, c);
	add_proof(&remarks, c, view->choice.cluster_count > 0, now_s);
	if (failed > 0)
		text_printf(&remarks, "  %lld failed set%s\n", (long long)failed,
			online_plural(failed));
	if (!remarks.s)
		return;
	text_add(out, "\n");
	online_add_cluster(out, c);
	text_add(out, "\n");
	text_add(out, remarks.s);
}

/* The first line is the message. The line of the file and the caret below it are shown by check. */
static void add_first_line(struct text *out, const char *lines)
{
	_cleanup_free_ char *first = xstrndup(lines, strcspn(lines, "\n"));

	online_add_text(out, first);
}

static void add_policy(struct text *out, const cJSON *policy, const struct zone *z)
{
	char loaded[CIVIL_TEXT_SIZE];

	online_time(policy, "loaded", z, "?", loaded);
	text_add(out, "policy ");
	online_add_text(out, online_string(policy, "path"));
	text_printf(out, ", loaded %s\n", loaded);
	if (flag(policy, "ok", true))
		return;
	text_add(out,
		"the file has changed and was refused; the policy in force is the one loaded "
		"before: ");
	add_first_line(out, online_string(policy, "error"));
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

/* The line of health has the first, and of the others how many there are. */
static void add_warnings(struct text *out, const cJSON *warnings)
{
	for (int i = 1; i < cJSON_GetArraySize(warnings); i++) {
		text_add(out, "warning: ");
		online_add_text(out, online_string(cJSON_GetArrayItem(warnings, i), "text"));
		text_add(out, "\n");
	}
}

/* The commands for plans that await approval. They stand last, so that they are on the screen. */
static void add_commands(struct text *out, const cJSON *const *clusters, size_t count)
{
	size_t waiting = 0;

	for (size_t i = 0; i < count; i++) {
		const cJSON *hold = first_hold(clusters[i]);
		if (!hold || strcmp(online_string(hold, "hold"), "approval") != 0)
			continue;
		if (++waiting > COMMANDS_SHOWN)
			continue;
		text_add(out, waiting == 1 ? "\n" : "");
		text_add(out, "to look at the plan of ");
		online_add_text(out, online_string(clusters[i], "name"));
		text_add(out, ", and approve it:\n  retainctl plan ");
		command_add_word(out, online_string(clusters[i], "cluster"));
		text_add(out, "\n");
	}
	if (waiting > COMMANDS_SHOWN)
		text_printf(out, "%zu plans more await approval:\n  retainctl approve --all\n",
			waiting - COMMANDS_SHOWN);
}

/* "7 sets in all: 1.2 TiB, 12.30 CNY a month". */
static void add_storage(struct text *out, const cJSON *const *clusters, size_t count)
{
	struct amount_total total = {0};
	int64_t sets = 0;

	for (size_t i = 0; i < count; i++) {
		sets += online_int(clusters[i], "sets");
		amount_count(&total, online_int(clusters[i], "size"), clusters[i]);
	}
	if (total.bytes == 0)
		return;
	text_printf(out, "%lld sets in all: ", (long long)sets);
	amount_add_total(out, &total);
	text_add(out, "\n");
}

static void add_clusters(
	struct text *out, const cJSON *clusters, const struct status_view *view, int64_t now_s)
{
	static const char *const titles[] = {"~CLUSTER", "=STATE", ">NEWEST SET", ">NEXT BACKUP",
		">SETS", ">KEPT", ">EXPIRED", "WHAT IS THE MATTER"};
	size_t count, shown;
	_cleanup_free_ const cJSON **chosen = status_order(clusters, &view->choice, &count);
	bool limited = view->screen.columns > 0 && !view->all && !view->choice.not_well &&
		count > LARGE_FLEET;
	bool narrow = screen_is_narrow(&view->screen); /* the matter stands below, then */
	_cleanup_(table_done) struct table t;

	shown = limited ? FIRST_SHOWN : count;
	table_init(&t, ARRAY_SIZE(titles) - narrow, titles);
	for (size_t i = 0; i < shown; i++)
		add_row(&t, chosen[i], narrow, now_s);
	if (shown > 0)
		table_print(&t, &view->screen, out);
	add_storage(out, chosen, count);
	if (limited)
		text_printf(out, "and %zu more; --all shows them, --not-well those that need you\n",
			count - shown);
	for (size_t i = 0; i < shown; i++)
		add_remarks(out, chosen[i], view, now_s);
	add_commands(out, chosen, count);
}

/* That of the clusters, so that a screen has one; UTC where they differ. Borrowed. */
static const char *common_zone(const cJSON *clusters)
{
	const char *zone = NULL;
	const cJSON *c;

	cJSON_ArrayForEach (c, clusters) {
		if (zone && strcmp(zone, online_string(c, "timezone")) != 0)
			return "UTC";
		zone = online_string(c, "timezone");
	}
	return zone && *zone ? zone : "UTC";
}

void status_text(const cJSON *status, const struct status_view *view, struct text *out)
{
	const char *zone = common_zone(json_get(status, "clusters"));
	_cleanup_(zone_freep) struct zone *z = online_zone(zone);
	char started[CIVIL_TEXT_SIZE];
	int64_t now_s = 0;

	(void)instant(status, "time", &now_s);
	online_time(status, "started", z, "?", started);
	online_add_text(out, online_string(status, "summary"));
	text_add(out, "\nretaind ");
	online_add_text(out, online_string(status, "version"));
	text_printf(out, ", running since %s, in the zone ", started);
	online_add_text(out, zone);
	text_add(out, "\n");
	add_policy(out, json_get(status, "policy"), z);
	add_discoveries(out, json_get(status, "discoveries"), now_s);
	add_warnings(out, json_get(status, "warnings"));
	text_add(out, "\n");
	add_clusters(out, json_get(status, "clusters"), view, now_s);
}
