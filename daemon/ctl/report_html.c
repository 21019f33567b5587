#include "ctl/report.h"

#include "time/duration.h"

#include <inttypes.h>
#include <stdio.h>

#define EXPIRED_SHOWN 50 /* of the sets that are to go; the kept ones are all shown */
#define NEXT_SHOWN 5     /* of the sets that expire next */

/* Colours are named by what they mean; each has a light and a dark value with enough contrast. */
static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#59636e;--line:#d5dae0;"
	"--card:#f6f8fa;--link:#0756ad;--bad:#b3261e;--warn:#8a5a00;--good:#1a6b34;"
	"--c1:#0b6bcb;--c2:#1b7f4b;--c3:#7a4fc0;--c4:#b05a00;--c5:#a8326d;--gone:#8c959f}"
	"@media(prefers-color-scheme:dark){:root{--bg:#12161b;--fg:#e6eaef;--soft:#9aa5b1;"
	"--line:#343c46;--card:#1a2027;--link:#7ab7ff;--bad:#ff8a80;--warn:#f0b860;--good:#7fd69b;"
	"--c1:#5aa9ff;--c2:#5fd08f;--c3:#b69cff;--c4:#ffab57;--c5:#ff85bd;--gone:#7a8591}}"
	"*{box-sizing:border-box}body{margin:0 auto;padding:1rem;max-width:75rem;"
	"background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}"
	"a{color:var(--link)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{"
	"outline:3px solid var(--link);outline-offset:2px}"
	".skip{position:absolute;left:-100vw}.skip:focus{left:1rem;background:var(--bg)}"
	"h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.25rem;margin:0 0 .5rem}"
	"h3{font-size:1rem;margin:1rem 0 .25rem}small,figcaption,.soft{color:var(--soft);"
	"font-size:.875rem;font-weight:400}"
	"section{border:1px solid var(--line);border-radius:.5rem;background:var(--card);"
	"padding:1rem;margin:1rem 0;scroll-margin-top:1rem}"
	".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;"
	"font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.25rem .75rem .25rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}"
	"td:last-child{white-space:normal;min-width:14rem}td.n,th.n{text-align:right}"
	"dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.5rem 1rem;"
	"margin:.5rem 0}dt{color:var(--soft);font-size:.875rem}dd{margin:0}"
	"figure{margin:1rem 0}.lane{display:flex;align-items:center;gap:.5rem;margin:2px 0}"
	".name{flex:0 0 8.5rem;font-size:.875rem}.lane svg{flex:1 1 0;min-width:0;height:20px;"
	"background:var(--bg);border:1px solid var(--line);overflow:visible}"
	".lane path{vector-effect:non-scaling-stroke;stroke-width:3px;fill:none;stroke:var(--c1)}"
	".lane path.grid{stroke:var(--line);stroke-width:1px}"
	"path.within,path.hourly,path.last{stroke:var(--c1)}path.daily{stroke:var(--c2)}"
	"path.weekly{stroke:var(--c3)}path.monthly{stroke:var(--c4)}"
	"path.quarterly,path.yearly{stroke:var(--c5)}.lane path.delete,.lane path.deleting{"
	"stroke:var(--gone);stroke-width:1.5px}path.failed,path.quarantine{stroke:var(--bad)}"
	".ticks{position:relative;flex:1 1 0;height:1.5rem;font-size:.8125rem;color:var(--soft)}"
	".ticks span{position:absolute;transform:translateX(-50%);white-space:nowrap}"
	".ticks .now{right:0;transform:none}summary{cursor:pointer;padding:.25rem 0}"
	"details>ul{padding-left:1.25rem}"
	".trouble,.bad{color:var(--bad);font-weight:600}.held{color:var(--warn);font-weight:600}"
	".well,.pruning,.backing-up{color:var(--good)}.top{margin:1rem 0 0}"
	"@media(max-width:30rem){body{padding:.5rem}section{padding:.75rem .5rem}"
	".name{flex-basis:6.5rem}.ticks .tight{display:none}}";

void report_add_escaped(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			text_add(out, "&amp;");
		else if (*s == '<')
			text_add(out, "&lt;");
		else if (*s == '>')
			text_add(out, "&gt;");
		else if (*s == '"')
			text_add(out, "&quot;");
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			text_add(out, "?");
		else
			text_add_bytes(out, s, 1);
	}
}

bool report_instant(const cJSON *object, const char *key, int64_t *ret_s)
{
	const char *s = json_get_string(object, key);

	return s && civil_parse_instant(s, false, ret_s);
}

void report_add_minute(struct text *out, const cJSON *object, const char *key, const struct zone *z,
	const char *none)
{
	struct civil c;
	int64_t at_s;

	if (!report_instant(object, key, &at_s)) {
		report_add_escaped(out, none);
		return;
	}
	civil_from_seconds(zone_local(z, at_s), &c);
	text_printf(out, "<time>%04" PRId64 "-%02d-%02d %02d:%02d</time>", c.year, c.month, c.day,
		c.hour, c.minute);
}

static const char *name_of(const cJSON *c)
{
	const char *name = online_string(c, "name");

	return *name ? name : online_string(c, "cluster");
}

/* Anchors go by number: an id may hold anything. */
static void add_link(struct text *out, const cJSON *c, int number)
{
	text_printf(out, "<a href=\"#c%d\">", number);
	report_add_escaped(out, name_of(c));
	text_add(out, "</a>");
}

static size_t count_verdict(const cJSON *plan, const char *verdict)
{
	const cJSON *set;
	size_t count = 0;

	cJSON_ArrayForEach (set, json_get(plan, "sets"))
		count += strcmp(online_string(set, "verdict"), verdict) == 0;
	return count;
}

static size_t count_kept(const cJSON *plan)
{
	return count_verdict(plan, "keep") + count_verdict(plan, "protect");
}

/* Offline there is no state: the holds of the plan tell as much. */
static const char *state_of(const cJSON *c)
{
	const char *state = online_string(c, "state");

	return *state ? state : "-";
}

static void add_distance(struct text *out, const cJSON *c, const char *key, int64_t now_s)
{
	char words[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (!report_instant(c, key, &at_s)) {
		text_add(out, "none");
		return;
	}
	duration_format_seconds(at_s > now_s ? at_s - now_s : now_s - at_s, words);
	text_printf(out, at_s > now_s ? "in %s" : "%s ago", words);
}

static void add_index(struct text *out, const struct report_data *d)
{
	const cJSON *c;
	int number = 0;

	text_add(out,
		"<nav aria-labelledby=\"index\"><h2 id=\"index\">Clusters</h2>\n"
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"index\">"
		"<table><thead><tr><th scope=\"col\">Cluster</th><th scope=\"col\">State</th>"
		"<th scope=\"col\">Newest valid set</th><th scope=\"col\">Next backup</th>"
		"<th scope=\"col\" class=\"n\">Kept</th><th scope=\"col\" class=\"n\">Expired</th>"
		"<th scope=\"col\">Trouble</th></tr></thead><tbody>\n");
	cJSON_ArrayForEach (c, d->clusters) {
		const cJSON *plan = json_get(c, "plan");
		text_add(out, "<tr><td>");
		add_link(out, c, number++);
		text_add(out, "</td><td class=\"");
		report_add_escaped(out, state_of(c));
		text_add(out, "\">");
		report_add_escaped(out, state_of(c));
		text_add(out, "</td><td>");
		add_distance(out, c, "newest_valid", d->now_s);
		text_add(out, "</td><td>");
		add_distance(out, c, "next_backup", d->now_s);
		text_printf(out, "</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td>",
			count_kept(plan), count_verdict(plan, "delete"));
		report_add_escaped(out, online_string(c, "trouble"));
		text_add(out, "</td></tr>\n");
	}
	text_add(out, "</tbody></table></div></nav>\n");
}

static void add_fact(struct text *out, const char *name)
{
	text_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void add_facts(
	struct text *out, const cJSON *c, const struct zone *z, const struct report_data *d)
{
	static const struct {
		const char *verdict, *name;
	} rows[] = {{"delete", "Expired"}, {"deleting", "Being deleted"}, {"failed", "Failed"},
		{"quarantine", "Quarantined"}};
	const cJSON *plan = json_get(c, "plan");

	text_add(out, "<dl>");
	add_fact(out, "Newest valid set");
	report_add_minute(out, c, "newest_valid", z, "none");
	if (json_get_string(c, "newest_valid")) {
		text_add(out, " <span class=\"soft\">");
		add_distance(out, c, "newest_valid", d->now_s);
		text_add(out, "</span>");
	}
	text_add(out, "</dd></div>");
	add_fact(out, "Next backup");
	report_add_minute(out, c, "next_backup", z, "none");
	text_add(out, "</dd></div>");
	add_fact(out, "Kept");
	text_printf(out, "%zu of %d sets</dd></div>", count_kept(plan),
		cJSON_GetArraySize(json_get(plan, "sets")));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = count_verdict(plan, rows[i].verdict);
		if (count == 0)
			continue;
		add_fact(out, rows[i].name);
		text_printf(out, "%zu</dd></div>", count);
	}
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

static void add_next(struct text *out, const cJSON *plan, const struct zone *z)
{
	const cJSON *sets = json_get(plan, "sets"), *set;
	_cleanup_free_ const cJSON **next =
		xcalloc((size_t)cJSON_GetArraySize(sets), sizeof(*next));
	size_t count = 0;

	cJSON_ArrayForEach (set, sets) {
		if (json_get_string(set, "expires"))
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
		"<details><summary>All %d sets, and why</summary><div class=\"scroll\" "
		"tabindex=\"0\" role=\"region\" aria-label=\"sets\"><table><thead><tr>"
		"<th scope=\"col\">Id</th><th scope=\"col\">Time</th><th scope=\"col\">Verdict</th>"
		"<th scope=\"col\">Expires</th><th scope=\"col\">Reason</th></tr></thead><tbody>\n",
		cJSON_GetArraySize(sets));
	cJSON_ArrayForEach (set, sets) {
		if (strcmp(online_string(set, "verdict"), "delete") == 0 &&
			++expired > EXPIRED_SHOWN) {
			left_out++;
			continue;
		}
		text_add(out, "<tr><td>");
		report_add_escaped(out, online_string(set, "id"));
		text_add(out, "</td><td>");
		report_add_minute(out, set, "time", z, "?");
		text_add(out, "</td><td>");
		report_add_escaped(out, online_string(set, "verdict"));
		text_add(out, "</td><td>");
		report_add_minute(out, set, "expires", z, "");
		text_add(out, "</td><td>");
		report_add_escaped(out, online_string(set, "reason"));
		text_add(out, "</td></tr>\n");
	}
	text_add(out, "</tbody></table></div>");
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
		"<details><summary>History</summary><div class=\"scroll\" tabindex=\"0\" "
		"role=\"region\" aria-label=\"history\"><table><thead><tr>"
		"<th scope=\"col\">Time</th><th scope=\"col\">What</th><th scope=\"col\">Set</th>"
		"<th scope=\"col\">Outcome</th><th "
		"scope=\"col\">Reason</th></tr></thead><tbody>\n");
	cJSON_ArrayForEach (e, entries) {
		text_add(out, "<tr><td>");
		report_add_minute(out, e, "time", z, "?");
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			text_add(out, "</td><td>");
			report_add_escaped(out, online_string(e, keys[i]));
		}
		text_add(out, "</td></tr>\n");
	}
	text_add(out, "</tbody></table></div></details>\n");
}

static void add_cluster(struct text *out, const cJSON *c, int number, const struct report_data *d)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(c, "timezone"));
	const cJSON *plan = json_get(c, "plan");

	text_printf(out, "<section id=\"c%d\" aria-labelledby=\"h%d\"><h2 id=\"h%d\">", number,
		number, number);
	report_add_escaped(out, name_of(c));
	text_add(out, " <small>");
	report_add_escaped(out, online_string(c, "cluster"));
	text_add(out, "</small></h2>\n");
	if (*online_string(c, "trouble")) {
		text_add(out, "<p class=\"bad\">");
		report_add_escaped(out, online_string(c, "trouble"));
		text_add(out, "</p>\n");
	}
	if (cJSON_IsObject(plan)) {
		add_facts(out, c, z, d);
		report_timeline(plan, d->now_s, out);
		add_holds(out, plan);
		add_next(out, plan, z);
		add_sets(out, plan, z);
	} else {
		text_add(out, "<p>No listing of its sets.</p>\n");
	}
	add_history(out, json_get(c, "entries"), z);
	text_add(out, "<p class=\"top\"><a href=\"#top\">Back to the clusters</a></p></section>\n");
}

void report_html(const struct report_data *d, struct text *out)
{
	char now[CIVIL_TEXT_SIZE];
	const cJSON *c;
	int number = 0;

	civil_format_utc(d->now_s, now);
	text_printf(out,
		"<!DOCTYPE html>\n<html lang=\"en\" id=\"top\"><head><meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>Backup sets, %s</title>\n<style>%s</style></head>\n<body>\n"
		"<a class=\"skip\" href=\"#clusters\">Skip to the clusters</a>\n"
		"<header><h1>Backup sets</h1>\n<p>",
		now, style);
	report_add_escaped(out, d->summary);
	text_printf(out,
		"</p>\n<p class=\"soft\">Made by retainctl " RETAIND_VERSION " at %s, from ", now);
	report_add_escaped(out, d->source);
	text_add(out, ". Times of a cluster are in its zone.</p></header>\n");
	add_index(out, d);
	text_add(out, "<main id=\"clusters\">\n");
	cJSON_ArrayForEach (c, d->clusters)
		add_cluster(out, c, number++, d);
	text_add(out, "</main>\n</body></html>\n");
}
