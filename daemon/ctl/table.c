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

static bool is_right(const struct table *t, size_t column)
{
	return t->titles && t->titles[column][0] == '>';
}

static const char *title(const struct table *t, size_t column)
{
	return t->titles[column] + is_right(t, column);
}

static void add_spaces(struct text *out, size_t count)
{
	while (count-- > 0)
		text_add(out, " ");
}

/* How many bytes of `s` fit into `columns`, when the last column is for "…". */
static size_t cut_at(const char *s, size_t columns)
{
	size_t at = 0, used = 0, left = strlen(s);

	while (at < left) {
		uint32_t character;
		size_t length = width_decode(s + at, left - at, &character);
		size_t width = (size_t)width_of(character);
		if (used + width + 1 > columns)
			break;
		used += width;
		at += length;
	}
	return at;
}

struct place {
	size_t width;
	const char *paint;
	bool right, last;
};

/* One cell with what stands between it and the next; nothing after the last. */
static void print_cell(struct text *out, const char *s, const struct place *p)
{
	size_t full = width_of_text(s), bytes = full > p->width ? cut_at(s, p->width) : strlen(s);
	_cleanup_free_ char *shown = xasprintf("%.*s%s", (int)bytes, s, full > p->width ? "…" : "");
	size_t used = width_of_text(shown), space = p->width > used ? p->width - used : 0;

	if (p->right)
		add_spaces(out, space);
	text_add(out, p->paint);
	text_add(out, shown);
	text_add(out, *p->paint ? PAINT_END : "");
	if (!p->last)
		add_spaces(out, GAP + (p->right ? 0 : space));
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

/* Takes what is too much from the widest columns. Those to the right are numbers, and stay whole.
 */
static void fit(const struct table *t, size_t columns, size_t *widths)
{
	size_t total = GAP * (t->columns - 1);

	for (size_t i = 0; i < t->columns; i++)
		total += widths[i];
	for (; total > columns; total--) {
		size_t widest = t->columns;
		for (size_t i = 0; i < t->columns; i++)
			if (!is_right(t, i) && widths[i] > LEAST_WIDTH &&
				(widest == t->columns || widths[i] >= widths[widest]))
				widest = i;
		if (widest == t->columns)
			return;
		widths[widest]--;
	}
}

void table_print(const struct table *t, const struct screen *screen, struct text *out)
{
	_cleanup_free_ size_t *widths = widths_of(t);

	if (screen->columns > 0)
		fit(t, screen->columns, widths);
	for (size_t i = 0; t->titles && i < t->columns; i++) {
		struct place p = {widths[i], screen->colour ? paint_codes[PAINT_BOLD] : "",
			is_right(t, i), i + 1 == t->columns};
		print_cell(out, title(t, i), &p);
	}
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->columns;
		struct place p = {widths[column],
			screen->colour ? paint_codes[t->cells[i].paint] : "", is_right(t, column),
			column + 1 == t->columns};
		print_cell(out, t->cells[i].text, &p);
	}
}
