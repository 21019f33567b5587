#include "ctl/online.h"

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536), out = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	struct online o = {0};
	const struct option options[] = {
		{.name = "wait", .letter = 'w', .flag = &o.wait},
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self, operands ? "one cluster at a time" : "which cluster?");
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", argv[1]);
	json_bool(&w, "wait", o.wait);
	json_object_end(&w);
	o.patient = o.wait;
	result = online_call(&o, "Prune", &parameters, &reply);
	if (result != CTL_WELL)
		return result;
	if (o.json) {
		online_print_json(reply.parameters);
		return CTL_WELL;
	}
	text_printf(&out, "prune of %s: ", argv[1]);
	online_add_text(&out, online_string(reply.parameters, "outcome"));
	text_printf(&out, ", %lld set(s) deleted\n",
		(long long)online_int(reply.parameters, "deleted"));
	command_output(&out);
	return CTL_WELL;
}

const struct command command_prune = {
	.name = "prune",
	.usage = "CLUSTER [--wait] [--json] [--socket PATH]",
	.summary = "list the sets now, and delete what may go",
	.help = "  -w, --wait         until the sets are gone\n"
		"      --json         as JSON\n" ONLINE_HELP "\n"
		"Every hold stays in force: grace, approval, freshness and the minimum.\n",
	.run = run,
};
