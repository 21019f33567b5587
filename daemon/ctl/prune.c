/* retainctl prune: lists the sets now, and deletes what may go. */
#include "ctl/act.h"

static void add_deleted(struct text *out, const cJSON *parameters)
{
	int64_t deleted = online_int(parameters, "deleted");

	text_printf(out, ", %lld set%s deleted", (long long)deleted, online_plural(deleted));
}

static int run(const struct command *self, int argc, char **argv)
{
	static const struct act act = {.method = "Prune",
		.until = "the sets that may go are gone",
		.add_result = add_deleted};

	return act_run(self, &act, argc, argv);
}

const struct command command_prune = {
	.name = "prune",
	.usage = ACT_USAGE,
	.summary = "list the sets now, and delete what may go",
	.help = "  -w, --wait         until the sets are gone, or it is known why not\n"
		"      --timeout T    wait no longer than that, such as 30min; then exit with 1\n"
		"      --json         as JSON: an outcome (begun, done, held, refused, failed or\n"
		"                     unknown) and a text\n" ONLINE_HELP "\n"
		"Every hold stays in force: grace, approval, freshness and the minimum. Without "
		"--wait it "
		"ends\nwhen the sets have been listed. It exits with 1 and says why, if they "
		"cannot be "
		"listed or\ndeleted, or if something but grace holds them back.\n",
	.run = run,
};
