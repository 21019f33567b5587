/* retainctl approve: lets plans go that are larger than safety.max_delete_percent. */
#include "ctl/online.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

#define HASH_LEAST 12
#define HASH_DIGITS 64

/* Lower-cases the hash in place; false if it cannot be one. */
static bool normalize(char *hash)
{
	size_t n = strlen(hash);

	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)hash[i]))
			return false;
		hash[i] = (char)tolower((unsigned char)hash[i]);
	}
	return n >= HASH_LEAST && n <= HASH_DIGITS;
}

static int approve(const struct online *o, const char *cluster, const char *hash)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	int result;

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_string(&w, "plan", hash);
	json_object_end(&w);
	result = online_call(o, "Approve", &parameters, &reply);
	if (result == CTL_WELL && o->json)
		online_print_json(reply.parameters);
	else if (result == CTL_WELL)
		(void)printf("approved: plan %s of %s\n", hash, cluster);
	return result;
}

/* --- all that wait --- */

static const char *approval(const cJSON *cluster)
{
	const cJSON *hold;

	cJSON_ArrayForEach (hold, json_get(cluster, "holds")) {
		if (strcmp(online_string(hold, "hold"), "approval") == 0)
			return online_string(hold, "detail");
	}
	return NULL;
}

/* Prints a table of the plans that await approval, and returns how many there are. */
static size_t show_all(const struct online *o, const cJSON *clusters)
{
	static const char *const titles[] = {"~CLUSTER", "=ID", "=PLAN", "WHAT"};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const struct screen screen = terminal_screen(o->wide);
	_cleanup_(table_done) struct table t;
	size_t count = 0;
	const cJSON *c;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (c, clusters) {
		_cleanup_free_ char *hash = xstrndup(online_string(c, "plan"), HASH_LEAST);
		if (!approval(c))
			continue;
		count++;
		online_add_cell(&t, PAINT_NONE, online_string(c, "name"));
		online_add_cell(&t, PAINT_NONE, online_string(c, "cluster"));
		online_add_cell(&t, PAINT_NONE, hash);
		online_add_cell(&t, PAINT_YELLOW, approval(c));
	}
	if (count > 0)
		table_print(&t, &screen, &out);
	command_output(&out);
	(void)fflush(stdout);
	return count;
}

/* Asks on the terminal; only "yes" is yes. */
static bool person_agrees(size_t count)
{
	char line[16] = "";

	(void)fprintf(stderr,
		"The sets that these %zu plan%s name will be deleted when their grace is over. "
		"That cannot be undone.\n`retainctl plan CLUSTER` shows each set. Approve %s? "
		"[yes/no] ",
		count, count == 1 ? "" : "s", count == 1 ? "it" : "them all");
	return fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0;
}

static int approve_all(const struct online *o, bool yes)
{
	_cleanup_(reply_done) struct reply reply = {0};
	int result = online_call(o, "Status", NULL, &reply);
	const cJSON *clusters = json_get(json_get(reply.parameters, "status"), "clusters"), *c;
	size_t count;

	if (result != CTL_WELL)
		return result;
	count = show_all(o, clusters);
	if (count == 0) {
		(void)puts("no plan awaits approval");
		return CTL_WELL;
	}
	if (!yes && !isatty(STDIN_FILENO))
		return command_failed("nothing was approved: there is no terminal to ask on; "
				      "--yes is the answer");
	if (!yes && !person_agrees(count))
		return command_failed("nothing was approved");
	/* By the hash that was shown: the daemon refuses a plan that has changed since. */
	cJSON_ArrayForEach (c, clusters) {
		if (approval(c) &&
			approve(o, online_string(c, "cluster"), online_string(c, "plan")) !=
				CTL_WELL)
			result = CTL_FAILED;
	}
	return result;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct online o = {.timeout_s = 60}; /* it is written to the disk first */
	bool all = false, yes = false;
	const struct option options[] = {
		{.name = "all", .letter = 'a', .flag = &all},
		{.name = "yes", .letter = 'y', .flag = &yes},
		{.name = "json", .flag = &o.json},
		{.name = "wide", .flag = &o.wide},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (all && (operands > 0 || o.json))
		return command_usage(
			self, "--all goes without %s", operands ? "a cluster" : "--json");
	if (yes && !all)
		return command_usage(self, "--yes belongs to --all");
	if (all)
		return approve_all(&o, yes);
	if (operands != 2)
		return command_usage(self,
			"a cluster and the hash of its plan are needed (`retainctl plan` shows "
			"it)");
	if (!normalize(argv[2]))
		return command_usage(self,
			"'%s' is not the hash of a plan: %d to %d hexadecimal digits", argv[2],
			HASH_LEAST, HASH_DIGITS);
	return approve(&o, argv[1], argv[2]);
}

const struct command command_approve = {
	.name = "approve",
	.usage = "CLUSTER HASH [--json] [--socket PATH] | --all [--yes] [--wide] [--socket PATH]",
	.summary = "let a plan go that is larger than safety.max_delete_percent",
	.help = "  -a, --all          every plan that awaits approval: shows them, and asks\n"
		"  -y, --yes          ... and does not ask\n"
		"      --wide         whole cells, however wide the terminal is\n"
		"      --json         as JSON\n" ONLINE_HELP "\n"
		"HASH names the plan, as `retainctl plan CLUSTER` shows it: all of it, or its "
		"first 12 digits\n"
		"at least. If the plan has changed since, it is refused. What is approved may go "
		"when its\n"
		"grace is over; what expires later is not approved. Sets that showed late count "
		"from then on,\n"
		"and kept sets that another hand deleted are no trouble any more.\n",
	.run = run,
};
