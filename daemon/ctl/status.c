#include "ctl/online.h"

static enum paint paint_of(const char *state)
{
	static const struct {
		const char *state;
		enum paint paint;
	} rows[] = {{"well", PAINT_GREEN}, {"backing-up", PAINT_GREEN}, {"pruning", PAINT_GREEN},
		{"held", PAINT_YELLOW}, {"trouble", PAINT_RED}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(state, rows[i].state) == 0)
			return rows[i].paint;
	return PAINT_DIM;
}

static void add_row(struct table *t, const cJSON *c)
{
	static const char *const counts[] = {"sets", "valid", "kept", "expired", "deleting"};
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(c, "timezone"));
	const char *state = online_string(c, "state"), *name = online_string(c, "name");
	char when[CIVIL_TEXT_SIZE];

	online_add_cell(t, PAINT_NONE, *name ? name : online_string(c, "cluster"));
	online_add_cell(t, paint_of(state), state);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		table_printf(t, "%lld", (long long)online_int(c, counts[i]));
	online_time(c, "newest_valid", z, "none", when);
	table_add(t, when);
	if (json_get_string(json_get(c, "running_backup"), "since")) {
		table_add(t, "running now");
		return;
	}
	online_time(c, "next_backup", z, "none", when);
	table_add(t, when);
}

static void add_table(struct text *out, const cJSON *clusters)
{
	static const char *const titles[] = {"CLUSTER", "STATE", ">SETS", ">VALID", ">KEPT",
		">EXPIRED", ">DELETING", "NEWEST VALID SET", "NEXT BACKUP"};
	_cleanup_(table_done) struct table t;
	const cJSON *c;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (c, clusters)
		add_row(&t, c);
	if (cJSON_GetArraySize(clusters) > 0)
		table_print(&t, terminal_has_colour(stdout), out);
}

/* What a cluster needs people to know, below the table. */
static void add_remarks(struct text *out, const cJSON *c)
{
	_cleanup_(text_done) struct text remarks = TEXT_INIT(65536);
	const char *trouble = online_string(c, "trouble");
	bool complete = true;

	if (*trouble) {
		text_add(&remarks, "  trouble: ");
		online_add_text(&remarks, trouble);
		text_add(&remarks, "\n");
	}
	(void)json_get_bool(c, "complete", &complete);
	if (!complete && json_get_string(c, "listed"))
		text_add(&remarks, "  the last listing was not complete\n");
	online_add_holds(&remarks, "  ", json_get(c, "holds"));
	if (online_int(c, "quarantined") > 0)
		text_printf(&remarks,
			"  %lld set(s) cannot be judged: `retainctl plan` tells which\n",
			(long long)online_int(c, "quarantined"));
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
	bool ok = true;

	(void)json_get_bool(policy, "ok", &ok);
	text_add(out, "policy ");
	online_add_text(out, online_string(policy, "path"));
	text_add(out, ", loaded ");
	online_add_text(out, online_string(policy, "loaded"));
	text_add(out, "\n");
	if (ok)
		return;
	text_add(out,
		"the file has changed and was refused; the policy in force is the one loaded "
		"before: ");
	online_add_text(out, online_string(policy, "error"));
	text_add(out, "\n");
}

static void print_status(const cJSON *status)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const cJSON *clusters = json_get(status, "clusters"), *c;

	online_add_text(&out, online_string(status, "summary"));
	text_add(&out, "\nretaind ");
	online_add_text(&out, online_string(status, "version"));
	text_add(&out, ", running since ");
	online_add_text(&out, online_string(status, "started"));
	text_add(&out, "\n");
	add_policy(&out, json_get(status, "policy"));
	text_add(&out, "\n");
	add_table(&out, clusters);
	cJSON_ArrayForEach (c, clusters)
		add_remarks(&out, c);
	command_output(&out);
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct online o = {0};
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	result = online_call(&o, "Status", NULL, &reply);
	if (result != CTL_WELL)
		return result;
	if (o.json)
		online_print_json(json_get(reply.parameters, "status"));
	else
		print_status(json_get(reply.parameters, "status"));
	return CTL_WELL;
}

const struct command command_status = {
	.name = "status",
	.usage = "[--json] [--socket PATH]",
	.summary = "show how the daemon and its clusters are",
	.help = "      --json         as JSON\n" ONLINE_HELP
		"\nTimes of a cluster are in its zone.\n",
	.run = run,
};
