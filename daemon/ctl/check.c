/* The command that checks policy files. */
#include "base/jsonwriter.h"
#include "cloud/keyfile.h"
#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/terminal.h"
#include "notify/request.h"
#include "policyfile/message.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define MESSAGES_MAX_BYTES (16 * 1024 * 1024)

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

/* The URL of a sink, where it can be read here: the file may be of another machine, or for the
 * service alone. Nothing of it is quoted (S9). */
static void check_url(const struct sink *s, const char *path, struct messages *m)
{
	_cleanup_(keyfile_erasep) char *url = NULL;
	struct error err = {0};
	int r = *s->url_file == '/' ? keyfile_read(s->url_file, false, &url, &err) : -ENOENT;

	if (r == -ENOENT || r == -EACCES)
		return;
	if (r == 0)
		keyfile_trim(url);
	if (r == 0 && !*url)
		r = error_set(&err, EINVAL, "it is empty");
	if (r == 0)
		r = notify_url_check(url, &err);
	if (r < 0)
		messages_add_file(
			m, SEVERITY_WARNING, path, "the url_file %s: %s", s->url_file, err.text);
}

static void check_urls(const struct policyfile *f, const char *path, struct messages *m)
{
	for (size_t i = 0; i < f->sink_count; i++)
		check_url(f->sinks[i], path, m);
}

static bool has_protection(const struct policy *p, const struct protected_set *s)
{
	for (size_t i = 0; i < p->protected_set_count; i++)
		if (p->protected_sets[i].until_s == s->until_s &&
			text_equal(p->protected_sets[i].id, s->id))
			return true;
	return false;
}

/* Once for the clusters that have it from `defaults`. The linter has no clock. */
static void check_ends(const struct policyfile *f, const char *path, struct messages *m)
{
	for (size_t i = 0; i < f->cluster_count; i++) {
		const struct policy *p = f->clusters[i];
		for (size_t k = 0; k < p->protected_set_count; k++) {
			const struct protected_set *s = &p->protected_sets[k];
			char end[CIVIL_TEXT_SIZE];
			if (s->until_s > time(NULL) ||
				(i > 0 && has_protection(f->clusters[i - 1], s)))
				continue;
			zone_format(p->zone, s->until_s, end);
			messages_add_file(m, SEVERITY_WARNING, path,
				"the protection of set %s of %s ended at %s: take it out, or give "
				"a later `until`",
				s->id, p->cluster, end);
		}
	}
}

/* What is no matter of the file alone. */
static void check_around(const struct policyfile *f, const char *path, struct messages *m)
{
	check_urls(f, path, m);
	check_ends(f, path, m);
}

/* True if the file has no errors. Errors and a bad summary go to standard error, as a compiler's.
 */
static bool check_file(const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	struct policyfile_counts counts = {0};
	int r = policyfile_load(path, TRUST_TELL, &f, &messages, &counts);
	struct messages more = {0};

	if (r >= 0)
		check_around(f, path, &more);
	messages_print(&more, &messages);
	counts.warnings += more.warnings;
	messages_done(&more);
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
	struct messages more = {0};
	bool good;

	json_object_begin(w, NULL);
	json_string(w, "file", path);
	json_array_begin(w, "messages");
	good = policyfile_load_json(path, TRUST_TELL, &f, w, &counts) >= 0;
	if (good)
		check_around(f, path, &more);
	messages_print_json(&more, w);
	json_array_end(w);
	json_int(w, "errors", counts.errors);
	json_int(w, "warnings", counts.warnings + more.warnings);
	messages_done(&more);
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
		"line and column. Exits with 1 if a file has errors; warnings alone are well. "
		"A url_file of\n"
		"`notify` is judged if it can be read here, and an end of `protect` by the "
		"clock.\n",
	.run = run,
};
