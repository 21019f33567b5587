/* A table of text: columns two spaces apart, cut where the screen is too narrow. */
#include "ctl/table.h"

#include "policyfile/width.h"

#include <stdarg.h>
#include <stdio.h>

#define GAP 2         /* columns between two cells */
#define LEAST_WIDTH 6 /* of a column that is cut */

void table_init(struct table *t, size_t columns, const char *const *titles)
{
	*t = (struct table){.columns = columns, .titles = titles};
}

void table_done(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct table){0};
}

static void add_cell(struct table *t, enum paint paint, char *text)
{
	t->cells = memory_grow(t->cells, &t->capacity, t->count + 1, sizeof(*t->cells));
	t->cells[t->count++] = (struct table_cell){.text = text, .paint = paint};
}

void table_add(struct table *t, const char *text)
{
	add_cell(t, PAINT_NONE, xstrdup(text));
}

void table_add_painted(struct table *t, enum paint paint, const char *text)
{
	add_cell(t, paint, xstrdup(text));
}

void table_printf(struct table *t, const char *format, ...)
{
	_cleanup_(text_done) struct text cell = TEXT_INIT(4096);
	char buffer[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buffer, sizeof(buffer), format, args);
	va_end(args);
	text_add(&cell, buffer);
	add_cell(t, PAINT_NONE, text_take(&cell));
}

/* How the title marks the column; see table.h. */
static char mark(const struct table *t, size_t column)
{
	char first = t->titles ? t->titles[column][0] : '\0';

	return first == '>' || first == '=' || first == '~' ? first : '\0';
}

static bool is_right(const struct table *t, size_t column)
{
	return mark(t, column) == '>';
}

static const char *title(const struct table *t, size_t column)
{
	return t->titles[column] + (mark(t, column) != '\0');
}

static void add_spaces(struct text *out, size_t count)
{
	while (count-- > 0)
		text_add(out, " ");
}

/* How many bytes of `s` fit into `columns`. */
static size_t fitting(const char *s, size_t columns)
{
	size_t at = 0, used = 0, left = strlen(s);

	while (at < left) {
		uint32_t character;
		size_t length = width_decode(s + at, left - at, &character);
		size_t width = (size_t)width_of(character);
		if (used + width > columns)
			break;
		used += width;
		at += length;
	}
	return at;
}

/* Returns a copy of `s` with "…" for its end or its middle. */
static char *cut(const char *s, size_t columns, bool in_the_middle)
{
	size_t head = fitting(s, in_the_middle ? columns / 2 : columns - 1), tail = strlen(s);

	if (in_the_middle) {
		uint32_t character;
		tail = head;
		while (width_of_text(s + tail) > columns - 1 - columns / 2)
			tail += width_decode(s + tail, strlen(s + tail), &character);
	}
	return xasprintf("%.*s…%s", (int)head, s, s + tail);
}

struct place {
	size_t width;
	const char *paint;
	char mark;
	bool last;
};

/* One cell with what stands between it and the next; nothing after the last. */
static void print_cell(struct text *out, const char *s, const struct place *p)
{
	_cleanup_free_ char *shown =
		width_of_text(s) > p->width ? cut(s, p->width, p->mark == '~') : xstrdup(s);
	size_t used = width_of_text(shown), space = p->width > used ? p->width - used : 0;

	if (p->mark == '>')
		add_spaces(out, space);
	text_add(out, p->paint);
	text_add(out, shown);
	text_add(out, *p->paint ? PAINT_END : "");
	if (!p->last)
		add_spaces(out, GAP + (p->mark == '>' ? 0 : space));
	text_add(out, p->last ? "\n" : "");
}

/* The width of the widest cell of each column. Owned by the caller. */
static size_t *widths_of(const struct table *t)
{
	size_t *widths = xcalloc(t->columns, sizeof(*widths));

	for (size_t i = 0; t->titles && i < t->columns; i++)
		widths[i] = width_of_text(title(t, i));
	for (size_t i = 0; i < t->count; i++) {
		size_t width = width_of_text(t->cells[i].text);
		if (width > widths[i % t->columns])
			widths[i % t->columns] = width;
	}
	return widths;
}

/* The widest column that may be cut further; t->columns if there is none. */
static size_t widest_to_cut(const struct table *t, const size_t *widths, bool whole_ones_too)
{
	size_t widest = t->columns;

	for (size_t i = 0; i < t->columns; i++) {
		bool whole = is_right(t, i) || (mark(t, i) == '=' && !whole_ones_too);
		if (!whole && widths[i] > LEAST_WIDTH &&
			(widest == t->columns || widths[i] >= widths[widest]))
			widest = i;
	}
	return widest;
}

/* A column without any text tells nobody anything. */
static bool is_empty(const struct table *t, size_t column)
{
	for (size_t i = column; i < t->count; i += t->columns)
		if (*t->cells[i].text)
			return false;
	return t->count > 0;
}

static size_t total_width(const struct table *t, const size_t *widths)
{
	size_t total = 0;

	for (size_t i = 0; i < t->columns; i++)
		total += widths[i] > 0 ? widths[i] + GAP : 0;
	return total > GAP ? total - GAP : 0;
}

/* Where it is too much: leaves the empty columns out (width 0), and takes the rest from the widest.
 */
static void fit(const struct table *t, size_t columns, size_t *widths)
{
	for (size_t i = 0; i < t->columns && total_width(t, widths) > columns; i++)
		if (is_empty(t, i))
			widths[i] = 0;
	for (size_t total = total_width(t, widths); total > columns; total--) {
		size_t widest = widest_to_cut(t, widths, false);
		if (widest == t->columns)
			widest = widest_to_cut(t, widths, true);
		if (widest == t->columns)
			return;
		widths[widest]--;
	}
}

/* A line of `t->columns` cells: the titles, or a row. */
static void print_line(struct text *out, const struct table *t, const size_t *widths,
	const struct table_cell *row, bool colour)
{
	size_t last = 0;

	for (size_t i = 0; i < t->columns; i++)
		last = widths[i] > 0 ? i : last;
	for (size_t i = 0; i <= last; i++) {
		enum paint paint = row ? row[i].paint : PAINT_BOLD;
		struct place p = {
			widths[i], colour ? paint_codes[paint] : "", mark(t, i), i == last};
		if (widths[i] > 0)
			print_cell(out, row ? row[i].text : title(t, i), &p);
	}
}

void table_print(const struct table *t, const struct screen *screen, struct text *out)
{
	_cleanup_free_ size_t *widths = widths_of(t);

	if (screen->columns > 0)
		fit(t, screen->columns, widths);
	if (t->titles)
		print_line(out, t, widths, NULL, screen->colour);
	for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
		print_line(out, t, widths, t->cells + i, screen->colour);
}
