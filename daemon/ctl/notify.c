/* retainctl notify --test: one message to each sink, and what came back. */
#include "ctl/online.h"

static int show(const cJSON *sinks)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(1 << 20);
	int result = CTL_WELL;
	const cJSON *sink;

	cJSON_ArrayForEach (sink, sinks) {
		bool taken = false;
		(void)json_get_bool(sink, "taken", &taken);
		online_add_text(&out, online_string(sink, "sink"));
		text_add(&out, taken ? ": taken (" : ": failed: ");
		online_add_text(&out, online_string(sink, "text"));
		text_add(&out, taken ? ")\n" : "\n");
		if (!taken)
			result = CTL_FAILED;
	}
	command_output(&out);
	return result;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct online o = {.timeout_s = 60};
	bool test = false;
	const struct option options[] = {
		{.name = "test", .flag = &test},
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;
	const cJSON *sink;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	if (!test)
		return command_usage(self, "there is nothing to do but --test");
	result = online_call(&o, "NotifyTest", NULL, &reply);
	if (result != CTL_WELL)
		return result;
	if (!o.json)
		return show(json_get(reply.parameters, "sinks"));
	online_print_json(reply.parameters);
	cJSON_ArrayForEach (sink, json_get(reply.parameters, "sinks")) {
		bool taken = false;
		if (!json_get_bool(sink, "taken", &taken) || !taken)
			result = CTL_FAILED;
	}
	return result;
}

const struct command command_notify = {
	.name = "notify",
	.usage = "--test [--json] [--socket PATH]",
	.summary = "send one test message to each sink of the policy",
	.help = "      --test         send it, and show what each sink made of it\n"
		"      --json         as JSON\n" ONLINE_HELP "\n"
		"Exits with 1 if a sink did not take its message. In a dry run, too, it is sent.\n",
	.run = run,
};
