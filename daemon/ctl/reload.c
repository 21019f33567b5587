/* retainctl reload: lets the daemon read its policy file again. */
#include "ctl/online.h"

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(1024 * 1024);
	_cleanup_(reply_done) struct reply reply = {0};
	struct online o = {.timeout_s = 60}; /* a large policy takes a while */
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	result = online_call(&o, "Reload", NULL, &reply);
	if (result != CTL_WELL)
		return result;
	if (o.json) {
		online_print_json(reply.parameters);
		return CTL_WELL;
	}
	text_add(&out, online_string(reply.parameters, "changes"));
	if (out.length > 0 && out.s[out.length - 1] != '\n')
		text_add(&out, "\n");
	command_output(&out);
	return CTL_WELL;
}

const struct command command_reload = {
	.name = "reload",
	.usage = "[--json] [--socket PATH]",
	.summary = "let the daemon read its policy file again",
	.help = "      --json         as JSON\n" ONLINE_HELP "\n"
		"All or nothing: a file with an error is refused, its errors are shown, and the "
		"policy in\n"
		"force stays.\n",
	.run = run,
};
