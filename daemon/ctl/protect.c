/* retainctl protect: a set is never deleted. */
#include "ctl/order.h"

static int run(const struct command *self, int argc, char **argv)
{
	static const struct ordering ordering = {
		.method = "Protect", .takes_set = true, .takes_end = true};

	return order_run(self, &ordering, argc, argv);
}

const struct command command_protect = {
	.name = "protect",
	.usage = "CLUSTER SET [--until T] [--reason TEXT] [--json] [--socket PATH]",
	.summary = "keep one set, whatever the rules say",
	.help = ORDER_END_HELP "      --json         as JSON\n" ONLINE_HELP "\n"
			       "The set has to be listed (`retainctl sets CLUSTER`). It is never "
			       "deleted and uses up no rule's\n"
			       "count, and what it depends on is kept, too. A day before the end "
			       "it is told, and at the end.\n"
			       "`protect:` in the policy file adds up with it.\n",
	.run = run,
};
