/* A table of text: columns two spaces apart, as wide as their widest cell where there is room. */
#pragma once

#include "base/text.h"
#include "ctl/terminal.h"

struct table_cell {
	char *text;
	enum paint paint;
};

struct table {
	size_t columns;
	/* Borrowed. The first character may mark the column: '>' numbers, which stand to the right
	 * and are never cut; '=' times, ids and commands, which are cut after all others; '~'
	 * names, which are cut in the middle, since those of a fleet often differ at the end only.
	 */
	const char *const *titles;
	struct table_cell *cells; /* row by row */
	size_t count, capacity;
};

/* `titles` has `columns` entries; NULL for a table without a first line. */
void table_init(struct table *t, size_t columns, const char *const *titles);
void table_done(struct table *t);

/* The next cell, from left to right and from top to bottom. The text is copied. */
void table_add(struct table *t, const char *text);
void table_add_painted(struct table *t, enum paint paint, const char *text);
void table_printf(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends the table to `out`. No line is wider than the screen: the longest cells are cut, and "…"
 * stands for what is left out. */
void table_print(const struct table *t, const struct screen *screen, struct text *out);
