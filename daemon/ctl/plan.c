/* retainctl plan: what is kept, what would go and what holds it back. */
#include "ctl/online.h"

#include "ctl/amount.h"
#include "ctl/files.h"
#include "ctl/pager.h"

#include <stdio.h>

#define HASH_SHOWN 16 /* digits of the plan's hash on the line to type: 12 would do */

static const char *const verdicts[] = {
	"keep", "protect", "delete", "deleting", "failed", "quarantine"};
static const char *const verdict_words[] = {
	"kept", "protected", "expired", "being deleted", "failed", "that cannot be judged"};
static const enum paint verdict_paints[] = {
	PAINT_GREEN, PAINT_GREEN, PAINT_RED, PAINT_DIM, PAINT_DIM, PAINT_YELLOW};

static size_t verdict_index(const cJSON *set)
{
	const char *verdict = online_string(set, "verdict");
	size_t i = 0;

	while (i < ARRAY_SIZE(verdicts) && strcmp(verdicts[i], verdict) != 0)
		i++;
	return i;
}

/* "731 sets: 67 kept, 664 expired" */
static void add_counts(struct text *out, const cJSON *sets)
{
	size_t counts[ARRAY_SIZE(verdicts) + 1] = {0};
	const char *separator = ": ";
	const cJSON *set;

	cJSON_ArrayForEach (set, sets)
		counts[verdict_index(set)]++;
	text_printf(out, "%d sets", cJSON_GetArraySize(sets));
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (counts[i] > 0) {
			text_printf(out, "%s%zu %s", separator, counts[i], verdict_words[i]);
			separator = ", ";
		}
	text_add(out, "\n");
}

/* "size 12.5 GiB, 2.00 CNY a month; 2.5 GiB of it expired, 0.40 CNY a month" */
static void add_storage(struct text *out, const cJSON *plan)
{
	const cJSON *cost = json_get(plan, "cost"), *saves = json_get(cost, "saves");

	if (online_int(plan, "size") <= 0)
		return;
	text_add(out, "size ");
	amount_add_size(out, online_int(plan, "size"));
	amount_add_cost(out, plan);
	if (online_int(plan, "expired_size") > 0) {
		text_add(out, "; the expired sets take ");
		amount_add_size(out, online_int(plan, "expired_size"));
		if (saves) {
			text_add(out, " of it, ");
			amount_add_money(
				out, saves->valuedouble, json_get_string(cost, "currency"));
			text_add(out, " a month");
		}
	}
	text_add(out, "\n");
}

static bool awaits_approval(const cJSON *plan)
{
	const cJSON *hold;

	cJSON_ArrayForEach (hold, json_get(plan, "holds")) {
		if (strcmp(online_string(hold, "hold"), "approval") == 0)
			return true;
	}
	return false;
}

/* The head: how many sets, what would be deleted, and what holds that back. */
static void add_head(struct text *out, const cJSON *plan, const struct zone *z)
{
	int deletes = cJSON_GetArraySize(json_get(plan, "delete"));
	const char *hash = online_string(plan, "plan");
	_cleanup_(text_done) struct text seconds = TEXT_INIT(256);
	char now[CIVIL_TEXT_SIZE];

	online_time(plan, "now", z, "?", now);
	online_add_cluster(out, plan);
	text_printf(out, " at %s, in the zone ", now);
	online_add_text(out, online_string(plan, "timezone"));
	text_add(out, "\n");
	add_counts(out, json_get(plan, "sets"));
	add_storage(out, plan);
	if (online_add_seconds(&seconds, plan, z))
		text_printf(out, "can be restored %s\n", seconds.s);
	if (deletes > 0) {
		text_printf(out, "plan ");
		online_add_text(out, hash);
		text_printf(out, ": %d to delete, in %lld call%s\n", deletes,
			(long long)online_int(plan, "batches"),
			online_plural(online_int(plan, "batches")));
	} else
		text_add(out, "nothing to delete\n");
	online_add_holds(out, "", json_get(plan, "holds"));
}

/* The command that approves the plan. It stands last, so that it is on the screen. */
static void add_next(struct text *out, const cJSON *plan)
{
	if (!awaits_approval(plan))
		return;
	text_add(out, "to let exactly this plan go:\n  retainctl approve ");
	command_add_word(out, online_string(plan, "cluster"));
	text_printf(out, " %.*s\n", HASH_SHOWN, online_string(plan, "plan"));
}

/* "daily, then weekly", as expiry_describe() has it: of those that let go together one is enough.
 */
static void add_holders(struct text *out, const cJSON *until)
{
	const char *before = NULL;
	const cJSON *phase;

	cJSON_ArrayForEach (phase, until) {
		const char *rule = online_string(phase, "rule");
		const char *end = online_string(phase, "until");
		bool is_cloud = strcmp(rule, "cloud") == 0;
		if (!before || is_cloud || strcmp(before, end) != 0) {
			text_add(out, before ? ", then " : "");
			online_add_text(out, is_cloud ? "the cloud takes it" : rule);
		}
		before = end;
	}
}

/* "2027-01-24 02:00 (daily, then weekly)" */
static void add_expiry(
	struct table *t, const cJSON *set, const struct zone *z, const struct screen *screen)
{
	_cleanup_(text_done) struct text cell = TEXT_INIT(1024);
	const cJSON *until = json_get(set, "until");
	bool known = cJSON_GetArraySize(until) > 0;
	int64_t at_s;

	if (civil_parse_instant(online_string(set, "expires"), false, &at_s))
		files_add_minute(&cell, z, at_s);
	else
		text_add(&cell, known ? "never" : "-");
	if (known && !screen_is_narrow(screen)) {
		text_add(&cell, " (");
		add_holders(&cell, until);
		text_add(&cell, ")");
	}
	table_add(t, cell.s);
}

/* Without seconds and offset where the table has to fit a screen; the zone is named above it. */
static void add_time(
	struct table *t, const cJSON *set, const struct zone *z, const struct screen *screen)
{
	_cleanup_(text_done) struct text cell = TEXT_INIT(1024);
	char when[CIVIL_TEXT_SIZE];
	int64_t at_s;

	if (screen->columns > 0 && civil_parse_instant(online_string(set, "time"), false, &at_s)) {
		files_add_minute(&cell, z, at_s);
		table_add(t, cell.s);
		return;
	}
	online_time(set, "time", z, "?", when);
	table_add(t, when);
}

static void add_sets(
	struct text *out, const cJSON *sets, const struct zone *z, const struct screen *screen)
{
	static const char *const titles[] = {"=ID", "=TIME", "VERDICT", "REASON", "EXPIRES"};
	_cleanup_(table_done) struct table t;
	const cJSON *set;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (set, sets) {
		size_t i = verdict_index(set);
		online_add_cell(&t, PAINT_NONE, online_string(set, "id"));
		add_time(&t, set, z, screen);
		online_add_cell(&t, i < ARRAY_SIZE(verdicts) ? verdict_paints[i] : PAINT_NONE,
			online_string(set, "verdict"));
		online_add_cell(&t, PAINT_NONE, online_string(set, "reason"));
		add_expiry(&t, set, z, screen);
	}
	text_add(out, "\n");
	table_print(&t, screen, out);
}

struct printing {
	const struct online *o;
	bool all;
	struct screen screen;
	struct text out;
	size_t count, waiting; /* so far; those that await approval */
};

static void print_plan(const cJSON *plan, void *data)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(plan, "timezone"));
	struct printing *p = data;

	if (p->o->json) {
		if (p->all)
			(void)putchar(p->count ? ',' : '[');
		online_print_json(plan);
	} else {
		if (p->count)
			text_add(&p->out, "\n");
		add_head(&p->out, plan, z);
		if (!p->all && cJSON_GetArraySize(json_get(plan, "sets")) > 0)
			add_sets(&p->out, json_get(plan, "sets"), z, &p->screen);
		if (!p->all && awaits_approval(plan))
			text_add(&p->out, "\n");
		add_next(&p->out, plan);
	}
	p->count++;
	p->waiting += awaits_approval(plan);
}

/* What is to be typed next, below the plans of several clusters. */
static void add_waiting(struct printing *p)
{
	if (!p->o->json && p->waiting > 1)
		text_printf(&p->out,
			"\n%zu plans await approval; to see them in one table, and approve them:\n"
			"  retainctl approve --all\n",
			p->waiting);
}

/* What was asked for and is not there. An exit code. */
static int tell_missing(const char *cluster, size_t missing, size_t shown)
{
	static const char why[] = "could not be listed so far (`retainctl status` tells why)";

	if (missing == 0)
		return CTL_WELL;
	(void)fflush(stdout);
	if (cluster)
		return command_failed("no plan of %s yet: its sets %s", cluster, why);
	return command_failed(
		"no plan of %zu of %zu clusters yet: their sets %s", missing, missing + shown, why);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct online o = {0};
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		ONLINE_SCREEN_OPTIONS(o),
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;
	struct printing p = {.o = &o, .all = operands == 0, .out = TEXT_INIT(ONLINE_OUTPUT_MAX)};
	size_t missing;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 1)
		return command_usage(self, "'%s' is one word too many", argv[2]);
	p.screen = terminal_screen(o.wide);
	result = online_plans(&o, operands ? argv[1] : NULL, print_plan, &p, &missing);
	add_waiting(&p);
	pager_show(&p.out, p.screen.columns, o.no_pager);
	text_done(&p.out);
	if (result != CTL_WELL)
		return result;
	if (o.json && p.all)
		(void)puts(p.count ? "]" : "[]");
	else if (p.count == 0 && missing == 0)
		(void)puts("no cluster is looked after, so there is no plan");
	return tell_missing(p.all ? NULL : argv[1], missing, p.count);
}

const struct command command_plan = {
	.name = "plan",
	.usage = "[CLUSTER] [--json] [--wide] [--no-pager] [--socket PATH]",
	.summary = "show what the daemon keeps, what it would delete, and what holds it back",
	.help = "      --json         as JSON: the object of a CLUSTER, or an array with one for "
		"each\n" ONLINE_SCREEN_HELP ONLINE_HELP "\n"
		"With a CLUSTER every set is listed with its verdict and the reason. A plan that "
		"awaits\n"
		"approval shows the command that approves exactly this plan. EXPIRES is when a set "
		"falls out\n"
		"if the schedule keeps running, and which rules hold it until then.\n"
		"It exits with 1 if a cluster has no plan, since its sets could not be listed so "
		"far.\n",
	.run = run,
};
