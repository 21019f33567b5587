#include "ctl/online.h"

#include <errno.h>

/* The exit codes of monitoring plugins. */
enum {
	HEALTH_CRITICAL = 2,
	HEALTH_UNKNOWN = 3,
};

/* A check that cannot be made is unknown; but a daemon that is down is as bad as it gets. */
static int unreachable(const struct error *err)
{
	bool down = err->code == ECONNREFUSED;

	(void)printf("%s: %s\n", down ? "CRITICAL" : "UNKNOWN", err->text);
	return down ? HEALTH_CRITICAL : HEALTH_UNKNOWN;
}

static int print_health(const struct reply *reply, bool json)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(1024 * 1024);
	const char *performance = online_string(reply->parameters, "performance");
	int64_t result = HEALTH_UNKNOWN;

	if (!json_get_int(reply->parameters, "exit", false, &result) || result < 0 ||
		result > HEALTH_UNKNOWN)
		result = HEALTH_UNKNOWN;
	if (json) {
		online_print_json(reply->parameters);
		return (int)result;
	}
	online_add_text(&out, online_string(reply->parameters, "text"));
	if (*performance) {
		text_add(&out, " | ");
		online_add_text(&out, performance);
	}
	text_add(&out, "\n");
	command_output(&out);
	return (int)result;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	_cleanup_free_ char *text = NULL;
	struct jsonwriter w = {.out = &parameters};
	const char *cluster = NULL;
	struct online o = {0};
	struct error err = {0};
	const struct option options[] = {
		{.name = "cluster", .letter = 'c', .value = &cluster},
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	/* Wrong usage is no finding about the daemon, which 2 would be. */
	if (operands < 0)
		return HEALTH_UNKNOWN;
	if (operands > 0) {
		(void)command_usage(self, "'%s' is one word too many", argv[1]);
		return HEALTH_UNKNOWN;
	}
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_object_end(&w);
	if (connection_call(o.socket, "Health", parameters.s, false, &reply, &err) < 0)
		return unreachable(&err);
	if (!reply.error)
		return print_health(&reply, o.json);
	text = online_error_text(&reply);
	(void)printf("UNKNOWN: %s\n", text);
	return HEALTH_UNKNOWN;
}

const struct command command_health = {
	.name = "health",
	.usage = "[--cluster CLUSTER] [--json] [--socket PATH]",
	.summary = "tell whether all is well, as monitoring plugins do",
	.help = "  -c, --cluster CLUSTER  of one cluster; default all\n"
		"      --json             as JSON\n"
		"      --socket PATH      of the daemon; default $RETAIND_SOCKET, "
		"or " CONNECTION_SOCKET "\n\n"
		"One line, and after a | the data: 'NAME newest_age' in seconds with its "
		"thresholds, which\ncome from the schedule (safety.fresh_within), 'NAME valid', "
		"'NAME expired'.\n"
		"Exit codes: 0 well, 1 warning (held, or a set is late), 2 critical (in trouble, "
		"no "
		"fresh set,\nor the daemon is not running), 3 unknown.\n",
	.run = run,
};
