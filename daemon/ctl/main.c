/* retainctl: what a person types. */
#include "ctl/command.h"
#include "ctl/fold.h"
#include "ctl/pager.h"
#include "ctl/table.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

/* In the order in which help shows them. A command without a summary is not shown. */
static const struct command *const commands[] = {
	&command_check,
	&command_show,
	&command_evaluate,
	&command_calendar,
	&command_forecast,
	&command_diff,
	&command_status,
	&command_plan,
	&command_sets,
	&command_approve,
	&command_backup,
	&command_prune,
	&command_hold,
	&command_release,
	&command_protect,
	&command_unprotect,
	&command_restore,
	&command_proved,
	&command_history,
	&command_health,
	&command_doctor,
	&command_report,
	&command_notify,
	&command_record,
	&command_reload,
	&command_complete,
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands) + 2] = {"help"};
	const char *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i + 1] = commands[i]->name;
	nearest = text_nearest(name, names);
	(void)fprintf(stderr, "retainctl: unknown command '%s'%s%s%s\nsee `retainctl --help`\n",
		name, nearest ? " (did you mean '" : "", nearest ? nearest : "",
		nearest ? "'?)" : "");
	return CTL_USAGE;
}

static void print_overview(FILE *to)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(65536);
	_cleanup_(table_done) struct table t;

	text_add(&out, "usage: retainctl COMMAND [...]\n\n");
	table_init(&t, 2, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i]->summary)
			continue;
		table_printf(&t, "  %s", commands[i]->name);
		table_add(&t, commands[i]->summary);
	}
	table_print(&t, &(struct screen){.colour = terminal_has_colour(to)}, &out);
	text_add(&out,
		"\n`retainctl help COMMAND` tells more; `retainctl --version` the version.\n"
		"Exit codes: 0 well, 1 failed, 2 wrong usage.\n");
	if (to == stdout)
		pager_show(&out, terminal_screen(false).columns, false);
	else
		(void)fputs(out.s, to);
}

static int print_help(const struct command *c)
{
	const size_t columns = terminal_screen(false).columns;
	_cleanup_(text_done) struct text out = TEXT_INIT(65536);
	_cleanup_free_ char *usage = xasprintf("usage: retainctl %s %s\n\n", c->name, c->usage);

	fold_add(&out, usage, columns);
	fold_add_help(&out, c->help, columns);
	text_add(&out, "\n");
	pager_show(&out, 0, false);
	return CTL_WELL;
}

static int help(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_overview(stdout);
		return CTL_WELL;
	}
	c = find_command(argv[1]);
	return c ? print_help(c) : unknown_command(argv[1]);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	if (!name) {
		print_overview(stderr);
		return CTL_USAGE;
	}
	if (strcmp(name, "--version") == 0) {
		(void)printf("retainctl %s\n", RETAIND_VERSION);
		return CTL_WELL;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc - 1, argv + 1);
	c = find_command(name);
	if (!c)
		return unknown_command(name);
	return asks_for_help(argc - 1, argv + 1) ? print_help(c) : c->run(c, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int result;

	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others */
	result = dispatch(argc, argv);

	if (fflush(stdout) == EOF || ferror(stdout)) {
		(void)fprintf(stderr, "retainctl: standard output cannot be written: %s\n",
			strerror(errno));
		return CTL_FAILED;
	}
	return result;
}
