/* retainctl evaluate: what a policy would keep and delete of saved backup sets, and why. */
#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/pager.h"
#include "ctl/replies.h"
#include "ctl/table.h"
#include "outlook/expiry.h"
#include "outlook/plan_json.h"
#include "retention/explain.h"

#include <inttypes.h>
#include <time.h>

#define OUTPUT_MAX_BYTES (1024 * 1024 * 1024)
#define IDS_SHOWN 20

static enum paint paint_of(const struct verdict *v)
{
	switch ((enum verdict_kind)v->kind) {
	case VERDICT_DELETE:
		return PAINT_RED;
	case VERDICT_KEEP:
	case VERDICT_PROTECT:
		return PAINT_GREEN;
	case VERDICT_QUARANTINE:
		return PAINT_YELLOW;
	case VERDICT_FAILED:
	case VERDICT_DELETING:
		break;
	}
	return PAINT_DIM;
}

/* "2027-01-24 02:00 (daily, then weekly)" */
static void add_expiry(
	struct table *t, const struct expiry *x, const struct zone *z, const struct screen *screen)
{
	_cleanup_(text_done) struct text cell = TEXT_INIT(1024);

	if (x && x->expires_s != SET_NO_TIME)
		files_add_minute(&cell, z, x->expires_s);
	else
		text_add(&cell, x ? "never" : "-");
	if (x && x->count > 0 && !screen_is_narrow(screen)) {
		text_add(&cell, " (");
		expiry_describe(x, &cell);
		text_add(&cell, ")");
	}
	table_add(t, cell.s);
}

/* Without seconds and offset where the table has to fit a screen; the zone is named above it. */
static void add_time(
	struct text *out, const struct set *set, const struct zone *z, const struct screen *screen)
{
	char when[CIVIL_TEXT_SIZE] = "?";

	if (set->start_s != SET_NO_TIME && screen->columns > 0) {
		files_add_minute(out, z, set->start_s);
		return;
	}
	if (set->start_s != SET_NO_TIME)
		zone_format(z, set->start_s, when);
	text_add(out, when);
}

static void print_sets(const struct plan_input *in, const struct plan *plan,
	const struct screen *screen, struct text *out)
{
	static const char *const titles[] = {"=ID", "=TIME", "VERDICT", "REASON", "EXPIRES"};
	struct explanation *e = explanation_new(in, plan);
	_cleanup_free_ struct expiry *expiry =
		expiry_new(in->inv, in->policy, in->cloud_s, in->log_days, in->now_s);
	_cleanup_(table_done) struct table t;

	table_init(&t, ARRAY_SIZE(titles), titles);
	for (size_t i = 0; i < plan->count; i++) {
		_cleanup_(text_done) struct text reason = TEXT_INIT(4096);
		const uint32_t index = plan->newest_first[i];
		const struct set *set = &in->inv->sets[index];
		const struct verdict *v = &plan->verdicts[index];
		_cleanup_(text_done) struct text when = TEXT_INIT(64);
		char id[80];
		text_copy_printable(id, sizeof(id), set_id(in->inv, index));
		explanation_reason(e, index, &reason);
		table_add(&t, id);
		add_time(&when, set, in->policy->zone, screen);
		table_add(&t, when.s);
		table_add_painted(&t, paint_of(v), verdict_name(v));
		table_add(&t, reason.s ? reason.s : "");
		add_expiry(&t, expiry_find(expiry, index, v), in->policy->zone, screen);
	}
	explanation_free(e);
	table_print(&t, screen, out);
}

static void print_deletes(const struct plan_input *in, const struct plan *plan, struct text *out)
{
	size_t calls = (plan->doomed_count + PLAN_BATCH - 1) / PLAN_BATCH;

	if (plan->doomed_count == 0) {
		text_printf(out, "%zu sets, none to delete\n", plan->count);
		return;
	}
	text_printf(out, "%zu sets, %zu to delete in %zu call%s, oldest first:", plan->count,
		plan->doomed_count, calls, calls == 1 ? "" : "s");
	for (size_t i = 0; i < plan->doomed_count && i < IDS_SHOWN; i++)
		text_printf(out, " %s", set_id(in->inv, plan->doomed[i]));
	if (plan->doomed_count > IDS_SHOWN)
		text_printf(out, " and %zu more", plan->doomed_count - IDS_SHOWN);
	text_printf(out, "\nplan %s\n", plan->hash);
}

static void print_holds(const struct plan *plan, struct text *out)
{
	for (int hold = 0; hold < HOLD_COUNT; hold++)
		if (plan->holds & 1u << hold)
			text_printf(
				out, "held (%s): %s\n", hold_names[hold], plan->hold_detail[hold]);
}

static void print_text(const struct plan_input *in, const struct plan *plan,
	const struct screen *screen, struct text *out)
{
	const struct policy *p = in->policy;
	char now[CIVIL_TEXT_SIZE];

	zone_format(p->zone, in->now_s, now);
	text_printf(out, "%s%s%s%s at %s, in the zone %s\n\n", p->name,
		strcmp(p->name, p->cluster) ? " (" : "",
		strcmp(p->name, p->cluster) ? p->cluster : "",
		strcmp(p->name, p->cluster) ? ")" : "", now, zone_name(p->zone));
	if (plan->count) {
		print_sets(in, plan, screen, out);
		text_add(out, "\n");
	}
	if (plan->second_since_s != SET_NO_TIME) {
		text_add(out, "can be restored ");
		files_add_seconds(out, p->zone, plan->second_since_s, plan->second_after_s);
		text_add(out, "\n");
	}
	print_deletes(in, plan, out);
	print_holds(plan, out);
}

/* How it is shown: --json, --wide, --no-pager. */
struct form {
	bool json, wide, no_pager;
};

static void print_plan(const struct plan_input *in, const struct form *form)
{
	const struct screen screen = terminal_screen(form->wide);
	_cleanup_(text_done) struct text out = TEXT_INIT(OUTPUT_MAX_BYTES);
	struct jsonwriter w = {.out = &out};
	struct plan plan;

	plan_make(in, &plan);
	if (form->json) {
		plan_json(in, &plan, &w, NULL);
		text_add(&out, "\n");
	} else {
		print_text(in, &plan, &screen, &out);
	}
	plan_done(&plan);
	pager_show(&out, form->json ? 0 : screen.columns, form->no_pager || form->json);
}

/* `in`: what the options say of the world; the sets and the policy are read here. */
static int evaluate(const char *policy, const char *cluster, const char *sets, struct plan_input in,
	const struct form *form)
{
	_cleanup_(policyfile_freep) struct policyfile *f = files_load_policy(policy);
	const struct policy *p = f ? files_find_cluster(f, cluster) : NULL;
	struct replies replies = {.doubt = ""};
	int result;

	if (!p)
		return CTL_FAILED;
	result = replies_read(sets, p, in.now_s, &replies);
	if (result == CTL_WELL) {
		in.policy = p;
		in.inv = &replies.listing.inv;
		in.listing_complete = replies.listing.complete && !*replies.doubt;
		in.listing_doubt = *replies.doubt ? replies.doubt : NULL;
		print_plan(&in, form);
	}
	replies_done(&replies);
	return result;
}

/* What the options say of the world: the time, and how long the cloud keeps things. */
static int read_world(const struct command *self, const char *now, const char *cloud_days,
	const char *log_days, struct plan_input *ret)
{
	if (now && !civil_parse_instant(now, true, &ret->now_s))
		return command_usage(self, "'%s' is not a time such as 2026-11-21T00:00:00Z", now);
	if (cloud_days && !files_parse_cloud_days(cloud_days, &ret->cloud_s))
		return command_usage(self, FILES_CLOUD_DAYS_WRONG, cloud_days);
	if (log_days && !files_parse_log_days(log_days, &ret->log_days))
		return command_usage(self, FILES_LOG_DAYS_WRONG, log_days);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	const char *policy = NULL, *cluster = NULL, *sets = NULL, *now = NULL, *cloud_days = NULL,
		   *log_days = NULL;
	struct plan_input in = {.now_s = time(NULL)};
	struct form form = {0};
	const struct option options[] = {
		{.name = "policy", .letter = 'p', .value = &policy},
		{.name = "cluster", .letter = 'c', .value = &cluster},
		{.name = "sets", .letter = 's', .value = &sets},
		{.name = "now", .value = &now},
		{.name = "cloud-retention", .value = &cloud_days},
		{.name = "log-retention", .value = &log_days},
		{.name = "json", .flag = &form.json},
		{.name = "wide", .flag = &form.wide},
		{.name = "no-pager", .flag = &form.no_pager},
	};
	int result, operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' belongs to no option", argv[1]);
	if (!policy || !cluster || !sets)
		return command_usage(self, "%s is missing",
			!policy            ? "--policy"
				: !cluster ? "--cluster"
					   : "--sets");
	result = read_world(self, now, cloud_days, log_days, &in);
	return result == CTL_WELL ? evaluate(policy, cluster, sets, in, &form) : result;
}

const struct command command_evaluate = {
	.name = "evaluate",
	.usage = "--policy FILE --cluster CLUSTER --sets FILE|- [--now TIME] [--json] [...]",
	.summary = "show what a policy would keep and delete of saved backup sets, and why",
	.help = "  -p, --policy FILE      the policy file\n"
		"  -c, --cluster CLUSTER  by id or name\n"
		"  -s, --sets FILE        saved replies of DescribeBackups, one or several pages "
		"one after\n"
		"                         the other; - reads standard input\n"
		"      --now TIME         evaluate as if it were then, RFC 3339; default now\n"
		"      --cloud-retention DAYS\n"
		"                         the cloud takes a set at this age, where the set does "
		"not say\n"
		"                         when (its BackupExpiredTime); default: not known\n"
		"      --log-retention DAYS\n"
		"                         the cloud keeps the log for so long, as 7d: full sets "
		"that a\n"
		"                         restore to the second needs are kept; default: no log\n"
		"      --json             as JSON\n"
		"      --wide             whole cells, however wide the terminal is\n" PAGER_HELP
		"\n"
		"Nothing is deleted. A set that no rule keeps shows `delete`; the holds at the end "
		"say what\n"
		"would stop its deletion now. Nothing counts as waited for its grace. EXPIRES is "
		"when "
		"the set\n"
		"falls out if the schedule keeps running, and which rules hold it until then.\n",
	.run = run,
};
