/* Colours, where there is a terminal to show them. */
#pragma once

#include <stdbool.h>
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

/* Writes the messages of the policy loader to standard error. */
void terminal_print_messages(const char *messages);
