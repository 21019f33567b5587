/* The terminal: its colours and its width. */
#include "ctl/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_UNKNOWN 80

const char *const paint_codes[PAINT_COUNT] = {
	[PAINT_NONE] = "",
	[PAINT_BOLD] = "\x1b[1m",
	[PAINT_DIM] = "\x1b[2m",
	[PAINT_RED] = "\x1b[31m",
	[PAINT_GREEN] = "\x1b[32m",
	[PAINT_YELLOW] = "\x1b[33m",
};

bool terminal_has_colour(FILE *f)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_colour && *no_colour)
		return false;
	return isatty(fileno(f)) && term && *term && strcmp(term, "dumb") != 0;
}

struct screen terminal_screen(bool wide)
{
	struct screen screen = {.colour = terminal_has_colour(stdout)};
	struct winsize size = {0};

	if (wide || !isatty(STDOUT_FILENO))
		return screen;
	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	screen.columns = size.ws_col ? size.ws_col : COLUMNS_UNKNOWN;
	return screen;
}

/* Paints the word after the place: "policy.yaml:12:5: error: ...". */
static void print_painted(const char *line, size_t length)
{
	static const struct {
		const char *word;
		enum paint paint;
	} words[] = {
		{": error: ", PAINT_RED}, {": warning: ", PAINT_YELLOW}, {": note: ", PAINT_DIM}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = memmem(line, length, words[i].word, strlen(words[i].word));
		size_t before = at ? (size_t)(at - line) + 2 : 0, word = strlen(words[i].word) - 3;
		if (!at)
			continue;
		(void)fprintf(stderr, "%s%.*s" PAINT_END "%s%.*s" PAINT_END "%.*s",
			paint_codes[PAINT_BOLD], (int)before, line, paint_codes[words[i].paint],
			(int)word, line + before, (int)(length - before - word),
			line + before + word);
		return;
	}
	(void)fwrite(line, 1, length, stderr);
}

void terminal_print_messages(const char *messages)
{
	if (!terminal_has_colour(stderr)) {
		(void)fputs(messages, stderr);
		return;
	}
	while (*messages) {
		const char *end = strchr(messages, '\n');
		size_t length = end ? (size_t)(end - messages) + 1 : strlen(messages);
		print_painted(messages, length);
		messages += length;
	}
}
