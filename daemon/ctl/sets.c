/* retainctl sets: the backup sets of a cluster as the daemon last listed them. */
#include "ctl/files.h"
#include "ctl/online.h"
#include "ctl/pager.h"
#include "ctl/report_words.h"
#include "time/duration.h"

#include <stdio.h>

/* How old the set is at `now_s`; "?" if its time is not known. */
static void add_age(struct table *t, const cJSON *set, int64_t now_s)
{
	char age[DURATION_TEXT_SIZE] = "?";
	int64_t at_s;

	if (report_instant(set, "BackupStartTime", &at_s))
		duration_format_seconds(now_s > at_s ? now_s - at_s : 0, age);
	table_add(t, age);
}

static void add_row(struct table *t, const cJSON *set, const struct zone *z, int64_t now_s)
{
	_cleanup_(text_done) struct text size = TEXT_INIT(64), when = TEXT_INIT(1024);
	const char *status = online_string(set, "BackupStatus");
	bool valid = strcmp(status, "Success") == 0;
	int64_t at_s;

	if (report_instant(set, "BackupStartTime", &at_s))
		files_add_minute(&when, z, at_s);
	else
		text_add(&when, online_string(set, "BackupStartTime"));
	if (json_get(set, "BackupSize"))
		amount_add_size(&size, online_int(set, "BackupSize"));
	online_add_cell(t, PAINT_NONE, online_string(set, "BackupId"));
	online_add_cell(t, PAINT_NONE, when.s ? when.s : "?");
	add_age(t, set, now_s);
	table_add(t, size.s ? size.s : "?");
	online_add_cell(t, valid ? PAINT_GREEN : PAINT_YELLOW, status);
	online_add_cell(t, PAINT_NONE, online_string(set, "ParentBackupId"));
}

static void print_sets(const struct online *o, const cJSON *parameters)
{
	static const char *const titles[] = {
		"=ID", "=BEGUN", ">AGE", ">SIZE", "STATUS", "BUILT ON"};
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(parameters, "timezone"));
	const cJSON *sets = json_get(json_get(json_get(parameters, "reply"), "Items"), "Backup"),
		    *set;
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const struct screen screen = terminal_screen(o->wide);
	_cleanup_(table_done) struct table t;
	char listed[CIVIL_TEXT_SIZE];
	int64_t now_s = 0;

	(void)report_instant(parameters, "time", &now_s);
	online_time(parameters, "listed", z, "?", listed);
	online_add_cluster(&out, parameters);
	text_printf(
		&out, ": %d sets, listed at %s, in the zone ", cJSON_GetArraySize(sets), listed);
	online_add_text(&out, online_string(parameters, "timezone"));
	text_add(&out, "\n\n");
	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (set, sets)
		add_row(&t, set, z, now_s);
	if (cJSON_GetArraySize(sets) > 0)
		table_print(&t, &screen, &out);
	pager_show(&out, screen.columns, o->no_pager);
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct online o = {0};
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		ONLINE_SCREEN_OPTIONS(o),
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self, operands ? "one cluster at a time" : "which cluster?");
	result = online_call_for(&o, "Sets", argv[1], &reply);
	if (result != CTL_WELL)
		return result;
	if (!cJSON_IsObject(json_get(reply.parameters, "reply")))
		return command_failed(
			"the sets of %s could not be listed so far (`retainctl status` "
			"tells why)",
			argv[1]);
	if (o.json)
		online_print_json(json_get(reply.parameters, "reply"));
	else
		print_sets(&o, reply.parameters);
	return CTL_WELL;
}

const struct command command_sets = {
	.name = "sets",
	.usage = "CLUSTER [--json] [--wide] [--no-pager] [--socket PATH]",
	.summary = "show the backup sets of a cluster, with their age and size",
	.help = "      --json         as a reply of DescribeBackups, which evaluate, forecast, "
		"diff and "
		"report\n                     read\n" ONLINE_SCREEN_HELP ONLINE_HELP "\n"
		"The sets are those of the daemon's last complete listing; `retainctl prune` lists "
		"them "
		"anew.\n",
	.run = run,
};
