/* retainctl release: ends a hold. */
#include "ctl/order.h"

static int run(const struct command *self, int argc, char **argv)
{
	static const struct ordering ordering = {.method = "Release"};

	return order_run(self, &ordering, argc, argv);
}

const struct command command_release = {
	.name = "release",
	.usage = "[CLUSTER] [--json] [--socket PATH]",
	.summary = "let the deletes go on that `hold` stopped",
	.help = "      --json         as JSON\n" ONLINE_HELP "\n"
		"Without CLUSTER it ends the hold of all clusters. One that is held by itself too "
		"stays held\n"
		"until it is released by itself. Every other hold stays in force: grace, approval, "
		"freshness.\n",
	.run = run,
};
