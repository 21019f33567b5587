/* The terminal: its colours and its width. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum paint {
	PAINT_NONE,
	PAINT_BOLD,
	PAINT_DIM,
	PAINT_RED,
	PAINT_GREEN,
	PAINT_YELLOW,
	PAINT_COUNT,
};
extern const char *const paint_codes[PAINT_COUNT]; /* the sequence that begins it; "" for none */
#define PAINT_END "\x1b[0m"

/* True if `f` is a terminal that shows colours, and $NO_COLOR (no-color.org) is not set. */
bool terminal_has_colour(FILE *f);

/* What standard output can show. */
struct screen {
	size_t columns; /* 0: no limit */
	bool colour;
};
/* A pipe or a file, and a terminal of which all is wanted (`wide`), have no limit. */
struct screen terminal_screen(bool wide);

/* Too narrow for the last column of a wide table, which would be cut to nothing. */
static inline bool screen_is_narrow(const struct screen *screen)
{
	return screen->columns > 0 && screen->columns < 110;
}

/* Writes the messages of the policy loader to standard error. */
void terminal_print_messages(const char *messages);
