/* The command that shows the effective policy. */
#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/pager.h"

#define OUTPUT_MAX_BYTES (256 * 1024 * 1024)

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(OUTPUT_MAX_BYTES);
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	const char *cluster = NULL;
	bool no_pager = false;
	const struct option options[] = {
		{.name = "cluster", .letter = 'c', .value = &cluster},
		{.name = "no-pager", .flag = &no_pager},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self, operands == 0 ? "which file?" : "one file, please");
	f = files_load_policy(argv[1]);
	if (!f)
		return CTL_FAILED;
	if (cluster) {
		const struct policy *p = files_find_cluster(f, cluster);
		if (!p)
			return CTL_FAILED;
		policyfile_print(p, policyfile_account(f, p->account), &out);
	} else {
		policyfile_print_all(f, &out);
	}
	pager_show(&out, 0, no_pager); /* a policy file is not folded */
	return CTL_WELL;
}

const struct command command_show = {
	.name = "show",
	.usage = "FILE [--cluster CLUSTER] [--no-pager]",
	.summary = "show the effective policy, after defaults, policy and cluster are merged",
	.help = "  -c, --cluster CLUSTER  only this cluster, by id or name\n" PAGER_HELP "\n"
		"What is printed is a policy file itself, with every value written out.\n",
	.run = run,
};
