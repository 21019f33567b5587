/* A pager, where a terminal has fewer lines than there are to show. */
#include "ctl/pager.h"

#include "ctl/command.h"
#include "ctl/fold.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_longer_than_the_screen(const struct text *t)
{
	struct winsize size = {0};
	size_t lines = 0;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row)
		return false;
	for (size_t i = 0; i < t->length; i++)
		lines += t->s[i] == '\n';
	return lines + 1 > size.ws_row;
}

/* The command of the pager; NULL if the environment asks for none. */
static const char *chosen_pager(void)
{
	const char *pager = getenv("SYSTEMD_PAGER"), *term = getenv("TERM");

	if (!pager)
		pager = getenv("PAGER");
	if (!pager)
		pager = "less";
	return !*pager || strcmp(pager, "cat") == 0 || !term || strcmp(term, "dumb") == 0 ? NULL
											  : pager;
}

static void show(const struct text *t, bool no_pager)
{
	const char *pager = no_pager || !is_longer_than_the_screen(t) ? NULL : chosen_pager();
	void (*on_interrupt)(int), (*on_pipe)(int);
	FILE *f;

	if (!pager) {
		command_output(t);
		return;
	}
	/* As systemctl has it, but that long lines wrap: tables are cut already. Who may not be
	 * root otherwise starts no shell from it. */
	(void)setenv("LESS", "FRXMK", 0);
	if (geteuid() == 0 && getenv("SUDO_UID"))
		(void)setenv("LESSSECURE", "1", 1);
	on_interrupt = signal(SIGINT, SIG_IGN); /* that is the pager's */
	on_pipe = signal(SIGPIPE, SIG_IGN);
	f = popen(pager, "we");
	if (f)
		(void)fwrite(t->s, 1, t->length, f);
	if (!f || WEXITSTATUS(pclose(f)) == 127)
		command_output(t); /* there is none */
	(void)signal(SIGINT, on_interrupt);
	(void)signal(SIGPIPE, on_pipe);
}

void pager_show(const struct text *t, size_t columns, bool no_pager)
{
	_cleanup_(text_done) struct text folded = TEXT_INIT(t->max);

	if (columns > 0 && t->s)
		fold_add(&folded, t->s, columns);
	show(columns > 0 ? &folded : t, no_pager);
}
