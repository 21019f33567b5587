/* retainctl hold: no deletes of a cluster, or of all, until it is released. */
#include "ctl/order.h"

static int run(const struct command *self, int argc, char **argv)
{
	static const struct ordering ordering = {.method = "Hold", .takes_end = true};

	return order_run(self, &ordering, argc, argv);
}

const struct command command_hold = {
	.name = "hold",
	.usage = "[CLUSTER] [--until T] [--reason TEXT] [--json] [--socket PATH]",
	.summary = "stop the deletes of a cluster, or of all",
	.help = ORDER_END_HELP "      --json         as JSON\n" ONLINE_HELP "\n"
			       "Without CLUSTER it holds all clusters, also those that join later. "
			       "No delete call is sent after\n"
			       "the command has ended: of a run under way, too. Backups go on. It "
			       "survives restarts and shows\n"
			       "in `status`, `plan` and `health`, which warns while it lasts. "
			       "`retainctl release` ends it.\n",
	.run = run,
};
