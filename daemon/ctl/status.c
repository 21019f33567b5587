#include "ctl/status_text.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WATCH_S 2

/* Cursor to the corner, no wrapping; what a line or the page leaves over is cleared. The terminal
 * is as it was after each page: a signal at any time leaves it in order. */
#define PAGE_BEGIN "\x1b[H\x1b[?7l"
#define LINE_END "\x1b[K\r\n"
#define PAGE_END "\x1b[J\x1b[?7h"

/* As many lines as the terminal has. */
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

static void add_page(const struct online *o, struct text *out)
{
	_cleanup_(reply_done) struct reply reply = {0};
	struct error err = {0};

	text_printf(out, "every %d s; ^C ends\n\n", WATCH_S);
	if (connection_call(o->socket, "Status", "{}", 0, &reply, &err) < 0)
		text_printf(out, "%s\n", err.text);
	else if (reply.error)
		text_printf(out, "retaind answered %s\n", reply.error);
	else
		status_text(json_get(reply.parameters, "status"), terminal_has_colour(stdout), out);
}

/* Until a signal asks it to end; also while the daemon is away. */
static int watch(const struct online *o)
{
	const struct timespec pause = {.tv_sec = WATCH_S};
	sigset_t ends;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)fputs("\x1b[2J", stdout);
	do {
		_cleanup_(text_done) struct text page = TEXT_INIT(ONLINE_OUTPUT_MAX);
		(void)sigprocmask(SIG_UNBLOCK, &ends, NULL); /* the daemon may take long */
		add_page(o, &page);
		(void)sigprocmask(SIG_BLOCK, &ends, NULL);
		show_page(page.s);
	} while (sigtimedwait(&ends, NULL, &pause) < 0);
	(void)fputs("\n", stdout); /* the terminal has shown ^C */
	return CTL_WELL;
}

static int print_once(const struct online *o)
{
	_cleanup_(reply_done) struct reply reply = {0};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	int result = online_call(o, "Status", NULL, &reply);

	if (result != CTL_WELL)
		return result;
	if (o->json) {
		online_print_json(json_get(reply.parameters, "status"));
		return CTL_WELL;
	}
	status_text(json_get(reply.parameters, "status"), terminal_has_colour(stdout), &out);
	command_output(&out);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct online o = {0};
	bool watching = false;
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		{.name = "watch", .letter = 'w', .flag = &watching},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	if (watching && o.json)
		return command_usage(self, "--watch and --json exclude each other");
	if (watching && !isatty(STDOUT_FILENO))
		return command_usage(self, "--watch needs a terminal");
	return watching ? watch(&o) : print_once(&o);
}

const struct command command_status = {
	.name = "status",
	.usage = "[--watch | --json] [--socket PATH]",
	.summary = "show how the daemon and its clusters are",
	.help = "  -w, --watch        show it again every 2 s, until ^C\n"
		"      --json         as JSON\n" ONLINE_HELP
		"\nWhat is worst stands first. NEWEST SET is the age of the newest valid backup "
		"set; it is\nred when it is older than safety.fresh_within. Of the SETS listed "
		"some are KEPT, some are\nEXPIRED and not yet deleted; the last column says why "
		"not, or what else is the matter.\n",
	.run = run,
};
