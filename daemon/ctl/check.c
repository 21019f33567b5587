/* The command that checks policy files. */
#include "base/jsonwriter.h"
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

static bool check_file_json(const char *path, struct jsonwriter *w)
{
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	struct policyfile_counts counts = {0};
	bool good;

	json_object_begin(w, NULL);
	json_string(w, "file", path);
	json_array_begin(w, "messages");
	good = policyfile_load_json(path, TRUST_TELL, &f, w, &counts) >= 0;
	json_array_end(w);
	json_int(w, "errors", counts.errors);
	json_int(w, "warnings", counts.warnings);
	json_int(w, "clusters", good ? (int64_t)f->cluster_count : 0);
	json_int(w, "discoveries", good ? (int64_t)f->discovery_count : 0);
	json_object_end(w);
	return good;
}

static int check_json(char **paths, int count)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(MESSAGES_MAX_BYTES);
	struct jsonwriter w = {.out = &out};
	int result = CTL_WELL;

	json_array_begin(&w, NULL);
	for (int i = 0; i < count; i++)
		if (!check_file_json(paths[i], &w))
			result = CTL_FAILED;
	json_array_end(&w);
	text_add(&out, "\n");
	command_output(&out);
	return result;
}

static int run(const struct command *self, int argc, char **argv)
{
	bool json = false;
	const struct option options[] = {{.name = "json", .flag = &json}};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));
	int result = CTL_WELL;

	if (operands < 0)
		return CTL_USAGE;
	if (operands == 0)
		return command_usage(self, "which file?");
	if (json)
		return check_json(argv + 1, operands);
	for (int i = 1; i <= operands; i++)
		if (!check_file(argv[i]))
			result = CTL_FAILED;
	return result;
}

const struct command command_check = {
	.name = "check",
	.usage = "FILE... [--json]",
	.summary = "check policy files: every error and warning, with its place",
	.help = "      --json             as JSON\n"
		"\n"
		"Reads each policy file as the daemon would, and tells all errors and warnings "
		"with their\n"
		"line and column. Exits with 1 if a file has errors; warnings alone are well.\n",
	.run = run,
};
