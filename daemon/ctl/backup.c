/* retainctl backup: takes a backup now. */
#include "ctl/act.h"

static void add_set(struct text *out, const cJSON *parameters)
{
	if (!*online_string(parameters, "set"))
		return;
	text_add(out, ", set ");
	online_add_text(out, online_string(parameters, "set"));
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct act act = {.method = "Backup",
		.until = "the backup is complete",
		.keeps = true,
		.add_result = add_set};

	return act_run(self, &act, argc, argv);
}

const struct command command_backup = {
	.name = "backup",
	.usage = "CLUSTER [--wait [--timeout DURATION]] [--keep-until T [--reason TEXT]] [--json] "
		 "[--socket PATH]",
	.summary = "take a backup now",
	.help = "  -w, --wait         until the set is complete, or it is known why not\n"
		"      --timeout T    wait no longer than that, such as 30min; then exit with 1\n"
		"      --keep-until T\n"
		"                     protects the set that this backup makes until then (RFC "
		"3339)\n"
		"      --reason TEXT  why, for people: one line of at most 200 bytes\n"
		"      --json         as JSON: an outcome (begun, done, refused, failed or "
		"unknown)\n"
		"                     and a text\n" ONLINE_HELP "\n"
		"Without --wait it ends when the cloud has begun the backup. It exits with 1 and "
		"says "
		"why, if\nthe backup was refused, has failed or cannot begin now.\n",
	.run = run,
};
