#include "ctl/table.h"

#include "policyfile/width.h"

#include <stdarg.h>

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

/* One cell with what stands between it and the next; nothing after the last. */
static void print_cell(
	struct text *out, const char *s, const char *paint, size_t width, bool right, bool last)
{
	size_t used = width_of_text(s), space = width > used ? width - used : 0;

	if (right)
		add_spaces(out, space);
	text_add(out, paint);
	text_add(out, s);
	text_add(out, *paint ? PAINT_END : "");
	if (!last)
		add_spaces(out, 2 + (right ? 0 : space));
}

void table_print(const struct table *t, bool colour, struct text *out)
{
	_cleanup_free_ size_t *widths = xcalloc(t->columns, sizeof(*widths));

	for (size_t i = 0; t->titles && i < t->columns; i++)
		widths[i] = width_of_text(title(t, i));
	for (size_t i = 0; i < t->count; i++) {
		size_t width = width_of_text(t->cells[i].text);
		if (width > widths[i % t->columns])
			widths[i % t->columns] = width;
	}
	for (size_t i = 0; t->titles && i < t->columns; i++) {
		bool last = i + 1 == t->columns;
		print_cell(out, title(t, i), colour ? paint_codes[PAINT_BOLD] : "", widths[i],
			is_right(t, i), last);
		text_add(out, last ? "\n" : "");
	}
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->columns;
		bool last = column + 1 == t->columns;
		print_cell(out, t->cells[i].text, colour ? paint_codes[t->cells[i].paint] : "",
			widths[column], is_right(t, column), last);
		text_add(out, last ? "\n" : "");
	}
}
