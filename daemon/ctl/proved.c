/* retainctl proved: a restore of a set was tried, and went well. */
#include "ctl/order.h"

static int run(const struct command *self, int argc, char **argv)
{
	static const struct ordering ordering = {
		.method = "Proved", .takes_set = true, .takes_by = true};

	return order_run(self, &ordering, argc, argv);
}

const struct command command_proved = {
	.name = "proved",
	.usage = "CLUSTER SET --by TEXT [--json] [--socket PATH]",
	.summary = "note that a restore of a set was tried and went well",
	.help = "      --by TEXT      who restored it: one line of at most 200 bytes\n"
		"      --json         as JSON\n" ONLINE_HELP "\n"
		"The set has to be listed (`retainctl sets CLUSTER`). `retainctl restore CLUSTER` "
		"shows the last one.\n",
	.run = run,
};
