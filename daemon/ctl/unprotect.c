/* retainctl unprotect: ends the protection of a set. */
#include "ctl/order.h"

static int run(const struct command *self, int argc, char **argv)
{
	static const struct ordering ordering = {.method = "Unprotect", .takes_set = true};

	return order_run(self, &ordering, argc, argv);
}

const struct command command_unprotect = {
	.name = "unprotect",
	.usage = "CLUSTER SET [--json] [--socket PATH]",
	.summary = "let the rules decide on a set that `protect` kept",
	.help = "      --json         as JSON\n" ONLINE_HELP "\n"
		"If no rule keeps the set, it is deleted when its grace has passed. What "
		"`protect:` in the policy\n"
		"file says stays in force.\n",
	.run = run,
};
