/* retainctl status: how the daemon and its clusters are, once or again and again. */
#include "ctl/fold.h"
#include "ctl/pager.h"
#include "ctl/status_text.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WATCH_S 2

/* A page begins with the cursor in the corner and without wrapping; each line clears the rest of
 * its line, and the end clears the rest of the screen. Wrapping is on again after each page, so
 * that a signal leaves the terminal in order. */
#define PAGE_BEGIN "\x1b[H\x1b[?7l"
#define LINE_END "\x1b[K\r\n"
#define PAGE_END "\x1b[J\x1b[?7h"

/* Writes as many lines of the page as the terminal has. */
static void show_page(const char *page)
{
	struct winsize size = {0};
	size_t lines;

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	lines = size.ws_row > 1 ? size.ws_row - 1u : 23;
	(void)fputs(PAGE_BEGIN, stdout);
	for (; *page && lines > 0; lines--) {
		size_t length = strcspn(page, "\n");
		(void)fwrite(page, 1, length, stdout);
		(void)fputs(LINE_END, stdout);
		page += length + (page[length] == '\n');
	}
	(void)fputs(PAGE_END, stdout);
	(void)fflush(stdout);
}

static void add_page(const struct online *o, const struct status_view *view, struct text *out)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct error err = {0};

	text_printf(out, "every %d s; ^C ends\n\n", WATCH_S);
	if (connection_call(o->socket, "Status", "{}", 0, &reply, &err) < 0)
		text_printf(out, "%s\n", err.text);
	else if (reply.error)
		text_printf(out, "retaind answered %s\n", reply.error);
	else
		status_text(json_get(reply.parameters, "status"), view, out);
}

/* Shows the status again and again until a signal comes, also while there is no daemon. */
static int watch(const struct online *o, struct status_view *view)
{
	const struct timespec pause = {.tv_sec = WATCH_S};
	sigset_t ends;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)fputs("\x1b[2J", stdout);
	do {
		_cleanup_(text_done) struct text page = TEXT_INIT(ONLINE_OUTPUT_MAX),
						 folded = TEXT_INIT(ONLINE_OUTPUT_MAX);
		(void)sigprocmask(SIG_UNBLOCK, &ends, NULL); /* the daemon may take long */
		view->screen = terminal_screen(o->wide);
		add_page(o, view, &page);
		(void)sigprocmask(SIG_BLOCK, &ends, NULL);
		fold_add(&folded, page.s, view->screen.columns);
		show_page(folded.s);
	} while (sigtimedwait(&ends, NULL, &pause) < 0);
	(void)fputs("\n", stdout); /* the terminal has shown ^C */
	return CTL_WELL;
}

static int unknown(const cJSON *clusters, const char *name)
{
	_cleanup_free_ const char **names =
		xcalloc(2 * (size_t)cJSON_GetArraySize(clusters) + 1, sizeof(*names));
	const char *nearest;
	size_t count = 0;
	const cJSON *c;

	cJSON_ArrayForEach (c, clusters) {
		names[count++] = online_string(c, "cluster");
		names[count++] = online_string(c, "name");
	}
	nearest = text_nearest(name, names);
	return command_failed("no cluster '%s' in the policy%s%s%s", name,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
}

/* Leaves only the chosen clusters in the status, in their order. */
static void choose(cJSON *status, const struct status_choice *choice)
{
	size_t count;
	_cleanup_free_ const cJSON **chosen =
		status_order(json_get(status, "clusters"), choice, &count);
	cJSON *left = cJSON_CreateArray();

	for (size_t i = 0; i < count; i++)
		(void)cJSON_AddItemToArray(left, cJSON_Duplicate(chosen[i], true));
	(void)cJSON_ReplaceItemInObject(status, "clusters", left);
}

static int print_once(const struct online *o, struct status_view *view)
{
	_cleanup_(reply_done) struct reply reply = {0};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const struct status_choice *choice = &view->choice;
	int result = online_call(o, "Status", NULL, &reply);
	cJSON *status = json_get(reply.parameters, "status");
	const char *name = status_unknown(json_get(status, "clusters"), choice);

	if (result != CTL_WELL)
		return result;
	if (name)
		return unknown(json_get(status, "clusters"), name);
	if (o->json) {
		if (choice->cluster_count > 0 || choice->not_well || choice->sort != STATUS_WORST)
			choose(status, choice);
		online_print_json(status);
		return CTL_WELL;
	}
	view->screen = terminal_screen(o->wide);
	status_text(status, view, &out);
	pager_show(&out, view->screen.columns, o->no_pager);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct status_view view = {.all = false};
	const char *sort = NULL;
	struct online o = {0};
	bool watching = false;
	const struct option options[] = {
		{.name = "not-well", .flag = &view.choice.not_well},
		{.name = "sort", .value = &sort},
		{.name = "all", .letter = 'a', .flag = &view.all},
		{.name = "watch", .letter = 'w', .flag = &watching},
		{.name = "json", .flag = &o.json},
		ONLINE_SCREEN_OPTIONS(o),
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (sort && !status_parse_sort(sort, &view.choice.sort))
		return command_usage(self, "--sort takes worst, age, name or size, not '%s'", sort);
	if (watching && o.json)
		return command_usage(self, "--watch and --json exclude each other");
	if (watching && !isatty(STDOUT_FILENO))
		return command_usage(self, "--watch needs a terminal");
	view.choice.clusters = argv + 1;
	view.choice.cluster_count = (size_t)operands;
	return watching ? watch(&o, &view) : print_once(&o, &view);
}

const struct command command_status = {
	.name = "status",
	.usage = "[CLUSTER...] [--not-well] [--sort ORDER] [--all] [--watch | --json] [--wide] "
		 "[--no-pager] [--socket PATH]",
	.summary = "show how the daemon and its clusters are",
	.help = "      --not-well     only clusters that are not well\n"
		"      --sort ORDER   worst (default), age of the newest set, name or size\n"
		"  -a, --all          all of a large fleet; a terminal shows the first 20 of more "
		"than 50\n"
		"  -w, --watch        show it again every 2 s, until ^C\n"
		"      --json         as JSON\n" ONLINE_SCREEN_HELP ONLINE_HELP
		"\nWhat is worst stands first. NEWEST SET is the age of the newest valid backup "
		"set; it is\nred when it is older than safety.fresh_within. Of the SETS listed "
		"some are KEPT, some are\nEXPIRED and not yet deleted; the last column says why "
		"not, or what else is the matter.\n",
	.run = run,
};
