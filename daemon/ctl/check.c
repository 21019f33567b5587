#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/terminal.h"

#include <stdio.h>

#define MESSAGES_MAX_BYTES (16 * 1024 * 1024)

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

/* True if the file has no errors. Errors and a bad summary go to standard error, as a compiler's.
 */
static bool check_file(const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	struct policyfile_counts counts = {0};
	int r = policyfile_load(path, TRUST_TELL, &f, &messages, &counts);

	terminal_print_messages(messages.s ? messages.s : "");
	if (r < 0)
		(void)fprintf(stderr, "%s: %d error%s, %d warning%s\n", path, counts.errors,
			plural(counts.errors), counts.warnings, plural(counts.warnings));
	else
		(void)printf("%s: well: %zu cluster%s, %d warning%s\n", path, f->cluster_count,
			plural((int)f->cluster_count), counts.warnings, plural(counts.warnings));
	if (r >= 0 && f->discovery_count)
		(void)printf("%s: which clusters `discover` finds (%zu entr%s) shows at run time "
			     "only: `retainctl status`\n",
			path, f->discovery_count, f->discovery_count == 1 ? "y" : "ies");
	return r >= 0;
}

static int run(const struct command *self, int argc, char **argv)
{
	int operands = command_options(self, argc, argv, NULL, 0), result = CTL_WELL;

	if (operands < 0)
		return CTL_USAGE;
	if (operands == 0)
		return command_usage(self, "which file?");
	for (int i = 1; i <= operands; i++)
		if (!check_file(argv[i]))
			result = CTL_FAILED;
	return result;
}

const struct command command_check = {
	.name = "check",
	.usage = "FILE...",
	.summary = "check policy files: every error and warning, with its place",
	.help = "Reads each policy file as the daemon would, and tells all errors and warnings "
		"with their\n"
		"line and column. Exits with 1 if a file has errors; warnings alone are well.\n",
	.run = run,
};
