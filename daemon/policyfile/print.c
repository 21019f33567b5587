#include "policyfile/policyfile.h"
#include "policyfile/width.h"

#include <inttypes.h>
#include <stdio.h>

/* What YAML would break a line at, or not take as it is. */
static bool is_special(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
		character == 0x2029 || character == 0xfeff || character == 0xfffe ||
		character == 0xffff;
}

/* In double quotes, as YAML and JSON both read it. */
static void print_quoted(struct text *out, const char *s)
{
	size_t left = strlen(s);

	text_add(out, "\"");
	while (left > 0) {
		uint32_t character;
		size_t used = width_decode(s, left, &character);
		if (is_special(character)) {
			text_printf(out, "\\u%04" PRIx32, character);
		} else {
			text_add(out, character == '"' || character == '\\' ? "\\" : "");
			text_add_bytes(out, s, used);
		}
		s += used;
		left -= used;
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

static void print_key(struct text *out, const char *key, const char *value)
{
	text_printf(out, "%s: ", key);
	print_quoted(out, value);
	text_add(out, "\n");
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
		text_printf(out, "      %s: %s\n", rule_rows[rule]->name, value);
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

/* What the layers give, for a cluster or for those that are discovered. */
static void print_layers(const struct policy *p, struct text *out)
{
	text_printf(out, "    region: %s\n", p->region ? p->region : "");
	text_printf(out, "    account: \"%s\"\n", p->account);
	text_printf(out, "    edition: %s\n", edition_names[p->edition]);
	text_printf(out, "    cloud_retention: %s\n", cloud_retention_names[p->cloud_retention]);
	print_key(out, "    timezone", zone_name(p->zone));
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

static void print_policy_name(const struct policy *p, struct text *out)
{
	if (p->policy_name)
		text_printf(out, "  # with the policy %s\n", p->policy_name);
}

static void print_cluster(const struct policy *p, struct text *out)
{
	print_policy_name(p, out);
	print_key(out, "  - id", p->cluster);
	print_key(out, "    name", p->name);
	if (p->remote)
		text_add(out, "    remote: true\n");
	print_layers(p, out);
}

static void print_list(struct text *out, char *const *list, size_t count)
{
	text_add(out, "[");
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? ", " : "");
		print_quoted(out, list[i]);
	}
	text_add(out, "]\n");
}

void policyfile_print_discovery(const struct discovery *d, struct text *out)
{
	print_policy_name(d->template, out);
	text_printf(out, "  - discover:\n      region: %s\n", d->region ? d->region : "");
	if (d->tag_count) {
		text_add(out, "      tags: {");
		for (size_t i = 0; i < d->tag_count; i++) {
			text_add(out, i ? ", " : "");
			print_quoted(out, d->tags[i].key);
			text_add(out, ": ");
			print_quoted(out, d->tags[i].value);
		}
		text_add(out, "}\n");
	}
	if (d->name_pattern)
		print_key(out, "      name", d->name_pattern);
	text_add(out, "      exclude: ");
	print_list(out, d->exclude, d->exclude_count);
	print_seconds(out, "      every", d->every_s);
	print_seconds(out, "      forget_after", d->forget_after_s);
	print_layers(d->template, out);
}

void policyfile_print_account(const struct account *a, struct text *out)
{
	bool assumes = a->role || a->login == LOGIN_OIDC;
	const struct {
		const char *key, *value;
	} texts[] = {
		{"profile", a->profile},
		{"file", a->file},
		{"ecs_role", a->ecs_role},
		{"uri", a->uri},
		{"oidc_provider", a->oidc_provider},
		{"oidc_token_file", a->oidc_token_file},
		{"role", a->role},
		{"role_session_name", assumes ? a->role_session_name : NULL},
		{"external_id", a->external_id},
		{"session_policy", a->session_policy},
		{"sts_endpoint", a->sts_endpoint},
		{"endpoint", a->endpoint},
		{"ca_file", a->ca_file},
	};

	text_printf(out, "  \"%s\":\n    login: %s\n", a->name, login_names[a->login]);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].value) {
			text_printf(out, "    %s", texts[i].key);
			print_key(out, "", texts[i].value);
		}
	if (assumes)
		print_seconds(out, "    session", a->session_s);
	text_printf(out, "    network: %s\n    rate: %d\n    concurrency: %d\n",
		a->vpc ? "vpc" : "public", a->rate, a->concurrency);
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
			text_printf(out, "  %s", names[i]);
			print_key(out, "", values[i]);
		}
}

void policyfile_print(const struct policy *p, const struct account *a, struct text *out)
{
	text_add(out, "version: 1\n");
	if (a) {
		text_add(out, "accounts:\n");
		policyfile_print_account(a, out);
	}
	text_add(out, "clusters:\n");
	print_cluster(p, out);
}

void policyfile_print_all(const struct policyfile *f, struct text *out)
{
	text_add(out, "version: 1\n");
	print_general(f, out);
	text_add(out, "accounts:\n");
	for (size_t i = 0; i < f->account_count; i++)
		policyfile_print_account(f->accounts[i], out);
	text_printf(out, "clusters:%s\n", f->cluster_count + f->discovery_count ? "" : " []");
	for (size_t i = 0; i < f->cluster_count; i++)
		print_cluster(f->clusters[i], out);
	for (size_t i = 0; i < f->discovery_count; i++)
		policyfile_print_discovery(f->discoveries[i], out);
}
