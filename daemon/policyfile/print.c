#include "policyfile/policyfile.h"

#include <inttypes.h>
#include <stdio.h>

/* In double quotes, as YAML and JSON both read it. */
static void print_quoted(struct text *out, const char *s)
{
	text_add(out, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_add(out, "\\");
		text_add_bytes(out, s, 1);
	}
	text_add(out, "\"");
}

/* Durations of fixed length: in days where they come out even. */
static void print_seconds(struct text *out, const char *key, int64_t seconds)
{
	struct duration d = {.days = seconds / 86400, .seconds = seconds % 86400};
	char value[DURATION_TEXT_SIZE];

	duration_format(&d, value);
	text_printf(out, "%s: %s\n", key, value);
}

static void print_schedule(const struct schedule *s, struct text *out)
{
	text_add(out, "    backup:\n");
	if (s->kind == SCHEDULE_NONE) {
		text_add(out, "      schedule: none\n");
	} else if (s->kind == SCHEDULE_EVERY) {
		print_seconds(out, "      every", s->every_s);
	} else {
		_cleanup_free_ char *calendar = calendar_format(s->calendar);
		text_add(out, "      schedule: ");
		print_quoted(out, calendar);
		text_add(out, "\n");
	}
	print_seconds(out, "      jitter", s->jitter_s);
	text_add(out, "      blackout: [");
	for (size_t i = 0; i < s->blackout_count; i++) {
		char window[WINDOW_TEXT_SIZE];
		window_format(&s->blackouts[i], window);
		text_add(out, i ? ", " : "");
		print_quoted(out, window);
	}
	text_printf(out, "]\n      catch_up: %s\n", s->catch_up ? "true" : "false");
}

static void print_keep(const struct policy *p, struct text *out)
{
	text_add(out, "    keep:\n");
	for (int rule = 0; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &p->keep[rule];
		char value[DURATION_TEXT_SIZE] = "0";
		if (k->kind == KEEP_NUMBER)
			(void)snprintf(value, sizeof(value), "%" PRId64, k->number);
		else if (k->kind == KEEP_SPAN)
			duration_format(&k->span, value);
		else if (k->kind == KEEP_ALL)
			(void)snprintf(value, sizeof(value), "all");
		text_printf(out, "      %s: %s\n", rule_names[rule], value);
	}
}

static void print_protect(const struct policy *p, struct text *out)
{
	if (p->protected_id_count + p->protected_range_count == 0) {
		text_add(out, "    protect: []\n");
		return;
	}
	text_add(out, "    protect:\n");
	for (size_t i = 0; i < p->protected_id_count; i++) {
		text_add(out, "      - ");
		print_quoted(out, p->protected_ids[i]);
		text_add(out, "\n");
	}
	for (size_t i = 0; i < p->protected_range_count; i++) {
		char from[CIVIL_TEXT_SIZE], to[CIVIL_TEXT_SIZE];
		civil_format_utc(p->protected_ranges[i].from_s, from);
		civil_format_utc(p->protected_ranges[i].to_s, to);
		text_printf(out, "      - {from: \"%s\", to: \"%s\"}\n", from, to);
	}
}

static void print_safety(const struct policy *p, struct text *out)
{
	text_printf(out, "    safety:\n      minimum: %" PRId64 "\n", p->safety.minimum);
	print_seconds(out, "      grace", p->safety.grace_s);
	text_printf(out, "      max_delete_percent: %d\n", p->safety.max_delete_percent);
	if (p->safety.fresh_within_s == FRESH_AUTO)
		text_add(out, "      fresh_within: auto\n");
	else if (p->safety.fresh_within_s == FRESH_OFF)
		text_add(out, "      fresh_within: \"off\"\n");
	else
		print_seconds(out, "      fresh_within", p->safety.fresh_within_s);
}

static void print_cluster(const struct policy *p, struct text *out)
{
	if (p->policy_name)
		text_printf(out, "  # with the policy %s\n", p->policy_name);
	text_add(out, "  - id: ");
	print_quoted(out, p->cluster);
	text_add(out, "\n    name: ");
	print_quoted(out, p->name);
	text_printf(out, "\n    region: %s\n    timezone: ", p->region ? p->region : "");
	print_quoted(out, zone_name(p->zone));
	text_add(out, "\n");
	print_schedule(&p->schedule, out);
	print_keep(p, out);
	print_protect(p, out);
	if (p->failed_sets_s == FAILED_KEEP)
		text_add(out, "    failed_sets: keep\n");
	else
		print_seconds(out, "    failed_sets", p->failed_sets_s);
	print_safety(p, out);
	print_seconds(out, "    refresh", p->refresh_s);
}

static void print_general(const struct policyfile *f, struct text *out)
{
	const char *const values[] = {f->metrics_textfile, f->metrics_listen};
	static const char *const names[] = {"textfile", "listen"};
	char history[DURATION_TEXT_SIZE];

	duration_format(&f->history, history);
	text_printf(out, "history: %s\n", history);
	if (values[0] || values[1])
		text_add(out, "metrics:\n");
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (values[i]) {
			text_printf(out, "  %s: ", names[i]);
			print_quoted(out, values[i]);
			text_add(out, "\n");
		}
}

void policyfile_print(const struct policy *p, struct text *out)
{
	text_add(out, "version: 1\nclusters:\n");
	print_cluster(p, out);
}

void policyfile_print_all(const struct policyfile *f, struct text *out)
{
	text_add(out, "version: 1\n");
	print_general(f, out);
	text_printf(out, "clusters:%s\n", f->cluster_count ? "" : " []");
	for (size_t i = 0; i < f->cluster_count; i++)
		print_cluster(f->clusters[i], out);
}
