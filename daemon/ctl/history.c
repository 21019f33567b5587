/* retainctl history: what the daemon did, or the life of one set. */
#include "ctl/life.h"
#include "ctl/pager.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 100000

/* "ok 1D7F8A3B-...; expired: no rule keeps it" */
static void add_detail(struct text *out, const cJSON *e)
{
	static const char *const keys[] = {"reason", "code", "request_id"};
	int64_t count = online_int(e, "count");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = online_string(e, keys[i]);
		if (!*value)
			continue;
		text_add(out, out->length > 0 ? "; " : "");
		text_add(out, value);
	}
	if (count > 0)
		text_printf(out, "%s%lld set(s)", out->length > 0 ? "; " : "", (long long)count);
}

static void add_row(struct table *t, const cJSON *e)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(e, "timezone"));
	_cleanup_(text_done) struct text detail = TEXT_INIT(65536);
	const char *name = online_string(e, "name"), *outcome = online_string(e, "outcome");
	char when[CIVIL_TEXT_SIZE];

	online_time(e, "time", z, "?", when);
	table_add(t, when);
	online_add_cell(t, PAINT_NONE, *name ? name : online_string(e, "cluster"));
	online_add_cell(t, PAINT_NONE, online_string(e, "kind"));
	online_add_cell(t, PAINT_NONE, online_string(e, "set"));
	online_add_cell(
		t, *outcome && strcmp(outcome, "ok") != 0 ? PAINT_YELLOW : PAINT_NONE, outcome);
	add_detail(&detail, e);
	online_add_cell(t, PAINT_NONE, detail.s ? detail.s : "");
}

static void print_entries(const cJSON *entries)
{
	static const char *const titles[] = {"TIME", "CLUSTER", "WHAT", "SET", "OUTCOME", "DETAIL"};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const struct screen screen = terminal_screen(false);
	_cleanup_(table_done) struct table t;
	const cJSON *e;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (e, entries)
		add_row(&t, e);
	if (cJSON_GetArraySize(entries) > 0)
		table_print(&t, &screen, &out);
	else
		text_add(&out, "nothing is recorded\n");
	pager_show(&out, false);
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	const char *set = NULL, *number = NULL;
	uint64_t limit = LIMIT_DEFAULT;
	struct online o = {.timeout_s = 60}; /* of years, from the disk */
	const struct option options[] = {
		{.name = "set", .letter = 's', .value = &set},
		{.name = "number", .letter = 'n', .value = &number},
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 1)
		return command_usage(self, "'%s' is one word too many", argv[2]);
	if (number && (!text_to_u64(number, &limit) || limit < 1 || limit > LIMIT_MAX))
		return command_usage(
			self, "-n takes a number from 1 to %d, not '%s'", LIMIT_MAX, number);
	if (set)
		return life_show(&o, operands ? argv[1] : NULL, set);
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", operands ? argv[1] : NULL);
	json_int(&w, "limit", (int64_t)limit);
	json_object_end(&w);
	result = online_call(&o, "History", &parameters, &reply);
	if (result != CTL_WELL)
		return result;
	(o.json ? online_print_json : print_entries)(json_get(reply.parameters, "entries"));
	return CTL_WELL;
}

const struct command command_history = {
	.name = "history",
	.usage = "[CLUSTER] [--set ID] [-n N] [--json] [--socket PATH]",
	.summary = "show what the daemon did, newest first",
	.help = "  -s, --set ID       the life of this set: when it was first seen, when and why "
		"it\n"
		"                     expired, was deleted and verified gone; and what keeps it "
		"now\n"
		"  -n, --number N     how many lines; default 50\n"
		"      --json         as JSON\n" ONLINE_HELP "\n"
		"Lines older than `history` in the policy file (default 1y) are forgotten.\n",
	.run = run,
};
