/* retainctl doctor: looks at everything once, here and through the daemon, and says what to do. */
#include "ctl/files.h"
#include "ctl/online.h"
#include "ctl/pager.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG "/etc/retaind/policy.yaml"
#define WELL_SHOWN 20 /* findings that are well; more are counted */
#define MESSAGES_MAX_BYTES (16 * 1024 * 1024)
#define CHECKS_S 600 /* for calls to the cloud about a hundred clusters */

/* `systemctl enable` makes this link, and the service starts with the machine. */
#define ENABLED "/etc/systemd/system/multi-user.target.wants/retaind.service"

/* The findings of this program and of the daemon, in the form of the daemon's method Doctor. */
struct examination {
	cJSON *findings;
};

static void add(struct examination *x, const char *check, const char *state, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add(struct examination *x, const char *check, const char *state, const char *remedy,
	const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	cJSON *finding = cJSON_CreateObject();
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	(void)cJSON_AddStringToObject(finding, "check", check);
	(void)cJSON_AddStringToObject(finding, "about", "");
	(void)cJSON_AddStringToObject(finding, "state", state);
	(void)cJSON_AddStringToObject(finding, "text", text);
	if (remedy)
		(void)cJSON_AddStringToObject(finding, "remedy", remedy);
	else
		(void)cJSON_AddNullToObject(finding, "remedy");
	(void)cJSON_AddItemToArray(x->findings, finding);
}

/* The first line of the loader's messages, which has its file and place. */
static char *first_line(const struct text *messages)
{
	return messages->s ? xstrndup(messages->s, strcspn(messages->s, "\n")) : xstrdup("");
}

static void look_at_policy(struct examination *x, const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	struct policyfile_counts counts = {0};
	_cleanup_(text_done) struct text remedy = TEXT_INIT(65536);
	int r = policyfile_load(path, TRUST_TELL, &f, &messages, &counts);
	_cleanup_free_ char *line = first_line(&messages);

	text_add(&remedy, "all of it: retainctl check ");
	command_add_word(&remedy, path);
	if (r == -ENOENT)
		add(x, "policy", "bad", "write one; the annotated example is a beginning",
			"%s is not there", path);
	else if (r == -EACCES)
		add(x, "policy", "unknown", "be root, or read it with sudo", "%s", line);
	else if (r < 0)
		add(x, "policy", "bad", remedy.s, "%s", line);
	else if (counts.warnings > 0)
		add(x, "policy", "warning", remedy.s, "%s: %d warning%s", path, counts.warnings,
			online_plural(counts.warnings));
	else if (f->discovery_count > 0)
		add(x, "policy", "well", NULL, "%s: %zu cluster%s, and %zu to be discovered", path,
			f->cluster_count, online_plural((int64_t)f->cluster_count),
			f->discovery_count);
	else
		add(x, "policy", "well", NULL, "%s: %zu cluster%s", path, f->cluster_count,
			online_plural((int64_t)f->cluster_count));
}

/* Compares the policy in force with the file. */
static void look_at_reload(struct examination *x, const cJSON *policy)
{
	const char *loaded = online_string(policy, "loaded"), *error;
	int64_t loaded_s;
	struct stat st;

	error = online_string(policy, "error");
	if (*error)
		add(x, "reload", "bad", "correct the file, then: retainctl reload",
			"the file was rejected; the policy of %s is in force", loaded);
	else if (stat(online_string(policy, "path"), &st) == 0 &&
		civil_parse_instant(loaded, false, &loaded_s) && st.st_mtime > loaded_s)
		add(x, "reload", "warning", "let the daemon read it again: retainctl reload",
			"the file was changed after it was read at %s", loaded);
}

static void look_at_unit(struct examination *x)
{
	if (access("/run/systemd/system", F_OK) == 0 && access(ENABLED, F_OK) != 0)
		add(x, "service", "warning", "systemctl enable retaind",
			"is not begun when the machine is");
}

/* Examines the daemon's version and policy. False if no daemon answers. */
static bool look_at_service(struct examination *x, const struct online *o, const char *config)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct error err = {0};
	const cJSON *status, *policy;
	const char *version, *path;

	if (connection_call(o->socket, "Status", "{}", 0, &reply, &err) < 0) {
		look_at_policy(x, config ? config : CONFIG);
		add(x, "service", "bad",
			err.code == ECONNREFUSED ? "start it: systemctl enable --now retaind"
						 : NULL,
			"%s", err.text);
		return false;
	}
	status = json_get(reply.parameters, "status");
	policy = json_get(status, "policy");
	version = online_string(status, "version");
	path = online_string(policy, "path");
	look_at_policy(x, config ? config : *path ? path : CONFIG);
	if (strcmp(version, RETAIND_VERSION) != 0)
		add(x, "service", "warning", "systemctl restart retaind",
			"retaind %s runs, this is %s", version, RETAIND_VERSION);
	else
		add(x, "service", "well", NULL, "retaind %s runs since %s", version,
			online_string(status, "started"));
	look_at_reload(x, policy);
	return true;
}

/* Adds the daemon's findings. An exit code. */
static int ask_daemon(struct examination *x, const struct online *o, const char *cluster)
{
	_cleanup_(reply_done) struct reply reply = {0};
	const cJSON *finding;
	int result = online_call_for(o, "Doctor", cluster, &reply);

	if (result != CTL_WELL)
		return result;
	cJSON_ArrayForEach (finding, json_get(reply.parameters, "findings"))
		(void)cJSON_AddItemToArray(x->findings, cJSON_Duplicate(finding, true));
	return CTL_WELL;
}

static enum paint paint_of(const char *state)
{
	if (strcmp(state, "well") == 0)
		return PAINT_GREEN;
	return strcmp(state, "bad") == 0 ? PAINT_RED : PAINT_YELLOW;
}

/* One line: "bad      clock     TEXT -> what to do". */
static void add_line(const cJSON *finding, bool colour, struct text *out)
{
	const char *state = online_string(finding, "state");
	const char *about = online_string(finding, "about");
	const char *remedy = online_string(finding, "remedy");
	_cleanup_(text_done) struct text word = TEXT_INIT(64);

	online_add_text(&word, state);
	text_printf(out, "%s%-8s%s ", colour ? paint_codes[paint_of(state)] : "",
		word.s ? word.s : "", colour ? PAINT_END : "");
	text_done(&word);
	word = TEXT_INIT(64);
	online_add_text(&word, online_string(finding, "check"));
	text_printf(out, "%-10s ", word.s ? word.s : "");
	if (*about) {
		online_add_text(out, about);
		text_add(out, ": ");
	}
	online_add_text(out, online_string(finding, "text"));
	if (*remedy) {
		text_add(out, " -> ");
		online_add_text(out, remedy);
	}
	text_add(out, "\n");
}

static size_t count(const struct examination *x, const char *state)
{
	const cJSON *finding;
	size_t n = 0;

	cJSON_ArrayForEach (finding, x->findings)
		n += strcmp(online_string(finding, "state"), state) == 0;
	return n;
}

/* Prints the problems first. More than WELL_SHOWN findings that are well are only counted. */
static void print(const struct examination *x, const struct online *o, bool all)
{
	static const char *const order[] = {"bad", "warning", "unknown", "well"};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	size_t warnings = count(x, "warning"), well = count(x, "well");
	bool counted = !all && well > WELL_SHOWN;
	const cJSON *finding;

	for (size_t i = 0; i < ARRAY_SIZE(order) - counted; i++)
		cJSON_ArrayForEach (finding, x->findings)
			if (strcmp(online_string(finding, "state"), order[i]) == 0)
				add_line(finding, terminal_has_colour(stdout), &out);
	text_printf(&out, "%zu well%s, %zu unknown, %zu warning%s, %zu bad\n", well,
		counted ? " (--all shows them)" : "", count(x, "unknown"), warnings,
		online_plural((int64_t)warnings), count(x, "bad"));
	pager_show(&out, terminal_screen(false).columns, o->no_pager);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct examination x = {.findings = NULL};
	const char *cluster = NULL, *config = NULL;
	bool all = false;
	struct online o = {.timeout_s = CHECKS_S};
	const struct option options[] = {
		{.name = "cluster", .letter = 'c', .value = &cluster},
		{.name = "config", .value = &config},
		{.name = "all", .letter = 'a', .flag = &all},
		{.name = "no-pager", .flag = &o.no_pager},
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));
	int result = CTL_WELL;

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	x.findings = cJSON_CreateArray();
	if (look_at_service(&x, &o, config))
		result = ask_daemon(&x, &o, cluster);
	look_at_unit(&x);
	if (o.json)
		online_print_json(x.findings);
	else
		print(&x, &o, all);
	if (count(&x, "bad") > 0)
		result = CTL_FAILED;
	cJSON_Delete(x.findings);
	return result;
}

const struct command command_doctor = {
	.name = "doctor",
	.usage =
		"[--cluster CLUSTER] [--config FILE] [--all] [--json] [--no-pager] [--socket PATH]",
	.summary = "look at everything once, and tell what works and what to do",
	.help = "  -c, --cluster CLUSTER  look at one cluster; default all, up to 100\n"
		"      --config FILE      the policy file; default the daemon's, or " CONFIG "\n"
		"  -a, --all              name what is well, too, however much it is\n"
		"      --json             as JSON\n" PAGER_HELP ONLINE_WIDE_HELP "\n"
		"The policy file, the service, the login, the cloud's endpoint and its "
		"certificate, "
		"the clock,\neach cluster, what may be called, and what the cloud itself keeps. "
		"Nothing is changed: whether\nbackups may be made and deleted is not tried. After "
		"-> stands what to do.\n"
		"Exits with 1 if something is bad; warnings alone are well.\n",
	.run = run,
};
