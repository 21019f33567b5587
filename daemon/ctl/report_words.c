/* What the parts of the page share: text that is no markup, times, counts. */
#include "ctl/report_words.h"

#include "ctl/status_order.h"
#include "time/duration.h"

#include <inttypes.h>
#include <stdio.h>

void report_add_escaped(struct text *out, const char *s)
{
	_cleanup_free_ char *shown = text_printable(s);

	for (s = shown; *s; s++) {
		if (*s == '&')
			text_add(out, "&amp;");
		else if (*s == '<')
			text_add(out, "&lt;");
		else if (*s == '>')
			text_add(out, "&gt;");
		else if (*s == '"')
			text_add(out, "&quot;");
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

void report_add_distance(struct text *out, const cJSON *object, const char *key, int64_t now_s)
{
	char words[DURATION_TEXT_SIZE];
	int64_t at_s;

	if (!report_instant(object, key, &at_s)) {
		text_add(out, "none");
		return;
	}
	duration_format_seconds(at_s > now_s ? at_s - now_s : now_s - at_s, words);
	text_printf(out, at_s > now_s ? "in %s" : "%s ago", words);
}

void report_add_next(struct text *out, const cJSON *cluster, int64_t now_s)
{
	int64_t at_s;

	if (json_get_string(json_get(cluster, "running_backup"), "since"))
		text_add(out, "running");
	else if (report_instant(cluster, "next_backup", &at_s) && at_s <= now_s)
		text_add(out, "due now");
	else
		report_add_distance(out, cluster, "next_backup", now_s);
}

const char *report_name(const cJSON *cluster)
{
	const char *name = online_string(cluster, "name");

	return *name ? name : online_string(cluster, "cluster");
}

const char *report_state(const cJSON *cluster)
{
	const char *state = online_string(cluster, "state");

	return *state ? state : "-";
}

const char *report_state_words(const cJSON *cluster)
{
	const char *words = status_states[status_rank(cluster)].words;

	return words ? words : report_state(cluster);
}

/* The first hold but grace, which ends by itself. */
static const char *hold_of(const cJSON *cluster)
{
	const cJSON *hold;

	cJSON_ArrayForEach (hold, json_get(json_get(cluster, "plan"), "holds")) {
		if (strcmp(online_string(hold, "hold"), "grace") != 0)
			return online_string(hold, "detail");
	}
	return "";
}

void report_add_reason(struct text *out, const cJSON *cluster, const struct zone *z)
{
	const char *trouble = online_string(cluster, "trouble");
	const char *paused = online_string(cluster, "paused");
	const cJSON *running = json_get(cluster, "running_backup");
	const cJSON *prune = json_get(cluster, "prune");

	if (*trouble || *paused) {
		report_add_escaped(out, *trouble ? trouble : paused);
	} else if (strcmp(report_state(cluster), "held") == 0) {
		report_add_escaped(out, hold_of(cluster));
	} else if (json_get_string(running, "since")) {
		text_add(out, "a backup runs since ");
		report_add_minute(out, running, "since", z, "");
	} else if (json_get(prune, "calls")) {
		text_printf(out, "%" PRId64 " of %" PRId64 " sets gone", online_int(prune, "gone"),
			online_int(prune, "sets"));
	}
}

size_t report_count(const cJSON *plan, const char *verdict)
{
	const cJSON *set;
	size_t count = 0;

	cJSON_ArrayForEach (set, json_get(plan, "sets"))
		count += strcmp(online_string(set, "verdict"), verdict) == 0;
	return count;
}

size_t report_count_kept(const cJSON *plan)
{
	return report_count(plan, "keep") + report_count(plan, "protect");
}

int64_t report_size(const cJSON *plan)
{
	const cJSON *set;
	int64_t bytes = 0;

	cJSON_ArrayForEach (set, json_get(plan, "sets"))
		bytes += online_int(set, "size") > 0 ? online_int(set, "size") : 0;
	return bytes;
}
