/* The page of `retainctl report`: a section for each cluster, below the index. */
#include "ctl/report.h"
#include "ctl/report_words.h"

#include <inttypes.h>
#include <stdio.h>

#define EXPIRED_SHOWN 50 /* of the sets that are to go; the kept ones are all shown */
#define NEXT_SHOWN 5     /* of the sets that expire next */

static void add_fact(struct text *out, const char *name)
{
	text_printf(out, "<div><dt>%s</dt><dd>", name);
}

/* A time that has passed is not shown as the next. */
static void add_next_backup(struct text *out, const cJSON *c, const struct zone *z, int64_t now_s)
{
	int64_t at_s;

	if (!report_instant(c, "next_backup", &at_s) || at_s > now_s)
		report_add_minute(out, c, "next_backup", z, "none");
	else
		report_add_next(out, c, now_s);
}

/* Only the daemon knows of it. */
static void add_proof(
	struct text *out, const cJSON *c, const struct zone *z, const struct report_data *d)
{
	const cJSON *proof = json_get(c, "proved");

	if (!proof)
		return;
	add_fact(out, "Last proven restore");
	report_add_minute(out, proof, "at", z, "none");
	if (cJSON_IsObject(proof)) {
		text_add(out, " <span class=\"soft\">");
		report_add_distance(out, proof, "at", d->now_s);
		text_add(out, "</span>");
	}
	text_add(out, "</dd></div>");
}

static void add_facts(
	struct text *out, const cJSON *c, const struct zone *z, const struct report_data *d)
{
	static const struct {
		const char *verdict, *name;
	} rows[] = {{"delete", "Expired"}, {"deleting", "Being deleted"}, {"failed", "Failed"},
		{"quarantine", "Quarantined"}};
	const cJSON *plan = json_get(c, "plan");
	_cleanup_(text_done) struct text seconds = TEXT_INIT(256);

	text_add(out, "<dl>");
	add_fact(out, "Newest valid set");
	report_add_minute(out, c, "newest_valid", z, "none");
	if (json_get_string(c, "newest_valid")) {
		text_add(out, " <span class=\"soft\">");
		report_add_distance(out, c, "newest_valid", d->now_s);
		text_add(out, "</span>");
	}
	text_add(out, "</dd></div>");
	add_fact(out, "Next backup");
	add_next_backup(out, c, z, d->now_s);
	text_add(out, "</dd></div>");
	if (online_add_seconds(&seconds, plan, z)) {
		add_fact(out, "Can be restored");
		report_add_escaped(out, seconds.s);
		text_add(out, "</dd></div>");
	}
	add_fact(out, "Kept");
	text_printf(out, "%zu of %d sets</dd></div>", report_count_kept(plan),
		cJSON_GetArraySize(json_get(plan, "sets")));
	add_fact(out, "Size");
	amount_add_size(out, report_size(plan));
	amount_add_cost(out, plan);
	text_add(out, "</dd></div>");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = report_count(plan, rows[i].verdict);
		if (count == 0)
			continue;
		add_fact(out, rows[i].name);
		text_printf(out, "%zu</dd></div>", count);
	}
	add_proof(out, c, z, d);
	add_fact(out, "Time zone");
	report_add_escaped(out, online_string(c, "timezone"));
	text_add(out, "</dd></div></dl>\n");
}

static void add_holds(struct text *out, const cJSON *plan)
{
	const cJSON *hold;

	if (cJSON_GetArraySize(json_get(plan, "delete")) == 0 ||
		cJSON_GetArraySize(json_get(plan, "holds")) == 0)
		return;
	text_add(out, "<h3>What holds the deletes</h3><ul>\n");
	cJSON_ArrayForEach (hold, json_get(plan, "holds")) {
		text_add(out, "<li><b>");
		report_add_escaped(out, online_string(hold, "hold"));
		text_add(out, "</b>: ");
		report_add_escaped(out, online_string(hold, "detail"));
		text_add(out, "</li>\n");
	}
	text_add(out, "</ul>\n");
}

static int by_expiry(const void *a, const void *b)
{
	int64_t x = INT64_MAX, y = INT64_MAX;

	(void)report_instant(*(const cJSON *const *)a, "expires", &x);
	(void)report_instant(*(const cJSON *const *)b, "expires", &y);
	return (x > y) - (x < y);
}

static void add_next(struct text *out, const cJSON *plan, const struct zone *z, int64_t now_s)
{
	const cJSON *sets = json_get(plan, "sets"), *set;
	_cleanup_free_ const cJSON **next =
		xcalloc((size_t)cJSON_GetArraySize(sets), sizeof(*next));
	size_t count = 0;
	int64_t at_s;

	cJSON_ArrayForEach (set, sets) {
		if (report_instant(set, "expires", &at_s) && at_s > now_s)
			next[count++] = set;
	}
	if (count == 0)
		return;
	qsort(next, count, sizeof(*next), by_expiry);
	text_add(out, "<h3>Expiring next, if the schedule keeps running</h3><ol>\n");
	for (size_t i = 0; i < count && i < NEXT_SHOWN; i++) {
		text_add(out, "<li>");
		report_add_minute(out, next[i], "expires", z, "");
		text_add(out, ": set ");
		report_add_escaped(out, online_string(next[i], "id"));
		text_add(out, " of ");
		report_add_minute(out, next[i], "time", z, "an unknown time");
		text_add(out, "</li>\n");
	}
	text_add(out, "</ol>\n");
}

static void add_sets(struct text *out, const cJSON *plan, const struct zone *z)
{
	const cJSON *sets = json_get(plan, "sets"), *set;
	size_t left_out = 0, expired = 0;

	if (cJSON_GetArraySize(sets) == 0)
		return;
	text_printf(out,
		"<details><summary>All %d sets, and why</summary><table class=\"sets\"><thead><tr>"
		"<th scope=\"col\">Id<th scope=\"col\">Time<th scope=\"col\" class=\"n\">Size"
		"<th scope=\"col\">Verdict<th scope=\"col\">Expires<th scope=\"col\">Reason"
		"</thead><tbody>\n",
		cJSON_GetArraySize(sets));
	cJSON_ArrayForEach (set, sets) {
		if (strcmp(online_string(set, "verdict"), "delete") == 0 &&
			++expired > EXPIRED_SHOWN) {
			left_out++;
			continue;
		}
		text_add(out, "<tr><td>");
		report_add_escaped(out, online_string(set, "id"));
		text_add(out, "<td>");
		report_add_minute(out, set, "time", z, "?");
		text_add(out, "<td class=\"n\">");
		if (online_int(set, "size") > 0)
			amount_add_size(out, online_int(set, "size"));
		text_add(out, "<td>");
		report_add_escaped(out, online_string(set, "verdict"));
		text_add(out, "<td>");
		report_add_minute(out, set, "expires", z, "");
		text_add(out, "<td>");
		report_add_escaped(out, online_string(set, "reason"));
		text_add(out, "\n");
	}
	text_add(out, "</tbody></table>");
	if (left_out > 0)
		text_printf(out, "<p class=\"soft\">and %zu more that are expired</p>", left_out);
	text_add(out, "</details>\n");
}

static void add_history(struct text *out, const cJSON *entries, const struct zone *z)
{
	static const char *const keys[] = {"kind", "set", "outcome", "reason"};
	const cJSON *e;

	if (cJSON_GetArraySize(entries) == 0)
		return;
	text_add(out,
		"<details><summary>History</summary><table class=\"past\"><thead><tr>"
		"<th scope=\"col\">Time<th scope=\"col\">What<th scope=\"col\">Set"
		"<th scope=\"col\">Outcome<th scope=\"col\">Reason</thead><tbody>\n");
	cJSON_ArrayForEach (e, entries) {
		text_add(out, "<tr><td>");
		report_add_minute(out, e, "time", z, "?");
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			text_add(out, "<td>");
			report_add_escaped(out, online_string(e, keys[i]));
		}
		text_add(out, "\n");
	}
	text_add(out, "</tbody></table></details>\n");
}

/* A line that says why the cluster is not well. */
static void add_reason(struct text *out, const cJSON *c, const struct zone *z)
{
	_cleanup_(text_done) struct text reason = TEXT_INIT(65536);

	report_add_reason(&reason, c, z);
	if (!reason.length)
		return;
	text_add(out, "<p class=\"");
	report_add_escaped(out, report_state(c));
	text_add(out, "\">");
	text_add(out, report_state_words(c));
	text_add(out, ": ");
	text_add(out, reason.s);
	text_add(out, "</p>\n");
}

/* `full`: with every set, and the history. */
static void add_cluster(
	struct text *out, const cJSON *c, int number, bool full, const struct report_data *d)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(c, "timezone"));
	const cJSON *plan = json_get(c, "plan");

	if (full)
		text_printf(out, "<section id=\"c%d\" aria-labelledby=\"h%d\"><h2 id=\"h%d\">",
			number, number, number);
	else
		text_printf(out, "<section id=\"c%d\"><h2>", number);
	report_add_escaped(out, report_name(c));
	text_add(out, " <small>");
	report_add_escaped(out, online_string(c, "cluster"));
	text_add(out, "</small></h2>\n");
	add_reason(out, c, z);
	if (cJSON_IsObject(plan)) {
		add_facts(out, c, z, d);
		report_timeline(plan, d->now_s, full, out);
		if (full) {
			add_holds(out, plan);
			add_next(out, plan, z, d->now_s);
			add_sets(out, plan, z);
		}
	} else {
		text_add(out, "<p>No listing of its sets.</p>\n");
	}
	if (full)
		add_history(out, json_get(c, "entries"), z);
	text_add(out,
		full ? "<p class=\"top\"><a href=\"#top\">Back to the clusters</a></p></section>\n"
		     : "</section>\n");
}

static void add_head(struct text *out, const struct report_data *d, const char *now)
{
	text_printf(out,
		"<!DOCTYPE html>\n<html lang=\"en\" id=\"top\"><head><meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"img-src data:; style-src 'unsafe-inline'; script-src '%s'\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>Backup sets, %s</title>\n<style>%s%s</style></head>\n<body>\n"
		"<a class=\"skip\" href=\"#clusters\">Skip to the clusters</a>\n"
		"<header><h1>Backup sets</h1>\n<p>",
		report_script_hash, now, report_style, report_narrow_style);
	report_add_escaped(out, d->summary);
	text_printf(out,
		"</p>\n<p class=\"soft\">Made by retainctl " RETAIND_VERSION " at %s, from ", now);
	report_add_escaped(out, d->source);
	text_add(out, ". Times of a cluster are in its zone.</p></header>\n");
}

void report_html(const struct report_data *d, struct text *out)
{
	bool small = cJSON_GetArraySize(d->clusters) <= REPORT_SMALL;
	char now[CIVIL_TEXT_SIZE];
	const cJSON *c;
	int number = 0;

	civil_format_utc(d->now_s, now);
	add_head(out, d, now);
	report_index(d, out);
	text_add(out, "<main id=\"clusters\">\n");
	if (!small)
		text_printf(out,
			"<p class=\"soft\">Of the first %d clusters every set and the history are "
			"shown. Of any other, <code>retainctl plan CLUSTER</code> and "
			"<code>retainctl history CLUSTER</code> tell them.</p>\n",
			REPORT_FULL);
	cJSON_ArrayForEach (c, d->clusters) {
		add_cluster(out, c, number, small || number < REPORT_FULL, d);
		number++;
	}
	text_printf(out, "</main>\n<script>%s</script>\n</body></html>\n", report_script);
}
