#include "policyfile/message.h"

#include "policyfile/width.h"

#include <stdarg.h>
#include <stdio.h>

/* A longer line is cut to this many bytes around the caret. */
#define SNIPPET_BEFORE 80
#define SNIPPET_AFTER 60

/* Length of the line break at `s`, 0 if there is none. */
static size_t line_break(const char *s, size_t left)
{
	if (s[0] == '\n')
		return 1;
	if (s[0] == '\r')
		return left > 1 && s[1] == '\n' ? 2 : 1;
	if (left > 1 && memcmp(s, "\xc2\x85", 2) == 0)
		return 2;
	if (left > 2 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

static void add_line(struct messages *m, size_t offset)
{
	m->lines = memory_grow(m->lines, &m->line_capacity, m->line_count + 1, sizeof(*m->lines));
	m->lines[m->line_count++] = offset;
}

void messages_init(struct messages *m, const char *name, const char *data, size_t size)
{
	*m = (struct messages){.name = name, .data = data, .size = size};
	add_line(m, 0);
	for (size_t i = 0; i < size;) {
		size_t length = line_break(data + i, size - i);
		i += length ? length : 1;
		if (length)
			add_line(m, i);
	}
}

void messages_done(struct messages *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i].text);
	free(m->list);
	free(m->lines);
	*m = (struct messages){0};
}

void messages_add(
	struct messages *m, enum severity severity, struct position at, const char *format, ...)
{
	struct message *message;
	char *text = NULL;
	va_list args;

	m->errors += severity == SEVERITY_ERROR;
	m->warnings += severity == SEVERITY_WARNING;
	if (m->count >= MESSAGES_MAX)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	m->list = memory_grow(m->list, &m->capacity, m->count + 1, sizeof(*m->list));
	message = &m->list[m->count];
	*message = (struct message){
		.at = at,
		.order = severity == SEVERITY_NOTE && m->count > 0 ? message[-1].order : at,
		.number = m->count,
		.severity = severity,
		.text = text,
	};
	m->count++;
}

struct position messages_position(const struct messages *m, size_t offset)
{
	size_t low = 0, high = m->line_count;
	struct position at;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (m->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	at = (struct position){.line = low};
	for (size_t i = m->lines[low]; i < offset && i < m->size; at.column++) {
		uint32_t character;
		i += width_decode(m->data + i, m->size - i, &character);
	}
	return at;
}

/* The bytes of a line, without its break. */
static void find_line(const struct messages *m, size_t line, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = m->lines[line], end = begin;

	while (end < m->size && !line_break(m->data + end, m->size - end))
		end++;
	*ret_begin = begin;
	*ret_end = end;
}

static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* Writes the bytes with what a terminal would act on replaced, or (`blank`) as much empty space as
 * they take: tabs stay tabs, so that a caret after them stands right whatever their width is. */
static void add_bytes(struct text *out, const char *s, size_t length, bool blank)
{
	while (length > 0) {
		uint32_t character;
		size_t used = width_decode(s, length, &character);
		if (character == '\t')
			text_add(out, "\t");
		else if (blank)
			text_add_bytes(out, "  ", (size_t)width_of(character));
		else if (is_control(character))
			text_add(out, "?");
		else if (character == 0xfffd)
			text_add(out, "\xef\xbf\xbd");
		else
			text_add_bytes(out, s, used);
		s += used;
		length -= used;
	}
}

/* Moves to the begin of the character that the byte belongs to. */
static size_t character_begin(const char *s, size_t begin, size_t at)
{
	while (at > begin && ((unsigned char)s[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static void print_snippet(const struct messages *m, struct position at, struct text *out)
{
	size_t begin, end, caret;
	bool cut_before, cut_after;

	if (at.line >= m->line_count)
		return;
	find_line(m, at.line, &begin, &end);
	caret = begin;
	for (size_t i = 0; i < at.column && caret < end; i++) {
		uint32_t character;
		caret += width_decode(m->data + caret, end - caret, &character);
	}
	cut_before = caret - begin > SNIPPET_BEFORE && end - begin > SNIPPET_BEFORE + SNIPPET_AFTER;
	cut_after = end - caret > SNIPPET_AFTER && end - begin > SNIPPET_BEFORE + SNIPPET_AFTER;
	if (cut_before)
		begin = character_begin(m->data, begin, caret - SNIPPET_BEFORE);
	if (cut_after)
		end = character_begin(m->data, begin, caret + SNIPPET_AFTER);
	if (begin == end)
		return;
	text_add(out, cut_before ? "..." : "");
	add_bytes(out, m->data + begin, end - begin, false);
	text_add(out, cut_after ? "...\n" : "\n");
	text_add(out, cut_before ? "   " : "");
	add_bytes(out, m->data + begin, caret - begin, true);
	text_add(out, "^\n");
}

static int compare_positions(const struct position *a, const struct position *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

static int compare_messages(const void *a, const void *b)
{
	const struct message *x = a, *y = b;
	int order = compare_positions(&x->order, &y->order);

	return order ? order : x->number < y->number ? -1 : 1;
}

void messages_print(struct messages *m, struct text *out)
{
	static const char *const words[] = {"error", "warning", "note"};
	size_t shown = 0;

	if (m->count > 1)
		qsort(m->list, m->count, sizeof(*m->list), compare_messages);
	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];
		text_printf(out, "%s:%zu:%zu: %s: %s\n", m->name, message->at.line + 1,
			message->at.column + 1, words[message->severity], message->text);
		print_snippet(m, message->at, out);
		shown += message->severity != SEVERITY_NOTE;
	}
	if (shown < (size_t)m->errors + (size_t)m->warnings)
		text_printf(out, "%s: %zu more not shown\n", m->name,
			(size_t)m->errors + (size_t)m->warnings - shown);
}
