/* retainctl health: one line, as monitoring plugins write it. */
#include "ctl/online.h"

#include <errno.h>

/* The exit codes of monitoring plugins. */
enum {
	HEALTH_CRITICAL = 2,
	HEALTH_UNKNOWN = 3,
};

#define LINE_MAX_BYTES 1024 /* with the line break: what every version of NRPE takes */
#define TEXT_MAX_BYTES 600  /* of the line, where data follow */

/* How many of the first `room` bytes hold whole data. A blank separates two data, unless it stands
 * in quotes. */
static size_t whole_data(const char *data, size_t room)
{
	size_t end = 0;
	bool quoted = false;

	for (size_t i = 0; data[i] && i <= room; i++) {
		quoted ^= data[i] == '\'';
		if (data[i] == ' ' && !quoted)
			end = i;
	}
	return end;
}

/* Prints text and data in one line of at most LINE_MAX_BYTES. A long text is cut; a datum that does
 * not fit is left out. Plugins part text and data at the first bar, so the text has none. */
static void print_line(const char *text, const char *performance)
{
	_cleanup_free_ char *words = text_printable(text), *data = text_printable(performance);
	size_t used, room, most = *data ? TEXT_MAX_BYTES : LINE_MAX_BYTES - 1;
	static const char cut[] = "...";
	char line[LINE_MAX_BYTES], *bar;

	while ((bar = strchr(words, '|')))
		*bar = '/';
	if (strlen(words) < most)
		text_copy_printable(line, sizeof(line), words);
	else {
		text_copy_printable(line, most - strlen(cut), words);
		strcat(line, cut);
	}
	used = strlen(line);
	room = sizeof(line) - 2 - used;
	if (*data && strlen(data) + 3 > room)
		data[whole_data(data, room - 3)] = '\0';
	(void)printf("%s%s%s\n", line, *data ? " | " : "", data);
}

/* A daemon that is not running is critical; one that does not answer is unknown. */
static int unreachable(const struct error *err)
{
	bool down = err->code == ECONNREFUSED;
	_cleanup_free_ char *text = xasprintf("%s: %s", down ? "CRITICAL" : "UNKNOWN", err->text);

	print_line(text, "");
	return down ? HEALTH_CRITICAL : HEALTH_UNKNOWN;
}

static int print_health(const struct reply *reply, bool json)
{
	int64_t result = HEALTH_UNKNOWN;

	if (!json_get_int(reply->parameters, "exit", false, &result) || result < 0 ||
		result > HEALTH_UNKNOWN)
		result = HEALTH_UNKNOWN;
	if (json)
		online_print_json(reply->parameters);
	else
		print_line(online_string(reply->parameters, "text"),
			online_string(reply->parameters, "performance"));
	return (int)result;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	_cleanup_free_ char *text = NULL, *line = NULL;
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

	/* Monitoring reads 2 as critical, and wrong usage says nothing of the daemon. */
	if (operands < 0)
		return HEALTH_UNKNOWN;
	if (operands > 0) {
		(void)command_usage(self, "'%s' is one word too many", argv[1]);
		return HEALTH_UNKNOWN;
	}
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_object_end(&w);
	if (connection_call(o.socket, "Health", parameters.s, 0, &reply, &err) < 0)
		return unreachable(&err);
	if (!reply.error)
		return print_health(&reply, o.json);
	text = online_error_text(&reply);
	line = xasprintf("UNKNOWN: %s", text);
	print_line(line, "");
	return HEALTH_UNKNOWN;
}

const struct command command_health = {
	.name = "health",
	.usage = "[--cluster CLUSTER] [--json] [--socket PATH]",
	.summary = "tell whether all is well, as monitoring plugins do",
	.help = "  -c, --cluster CLUSTER  of one cluster; default all\n"
		"      --json             as JSON\n" ONLINE_WIDE_HELP "\n"
		"One line, and after a | the data: 'NAME newest_age' in seconds with its "
		"thresholds, which\ncome from the schedule (safety.fresh_within), 'NAME valid', "
		"'NAME expired'.\n"
		"Exit codes: 0 well, 1 warning (held, or a set is late), 2 critical (in trouble, "
		"no "
		"fresh set,\nor the daemon is not running), 3 unknown.\n",
	.run = run,
};
