#include "policyfile/message.h"

#include "policyfile/secret.h"
#include "policyfile/width.h"

#include <inttypes.h>
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

static void add_line(struct source *s, size_t offset)
{
	s->lines = memory_grow(s->lines, &s->line_capacity, s->line_count + 1, sizeof(*s->lines));
	s->lines[s->line_count++] = offset;
}

uint32_t messages_source(struct messages *m, const char *name, const char *data, size_t size)
{
	struct source *s;

	m->sources = memory_grow(
		m->sources, &m->source_capacity, m->source_count + 1, sizeof(*m->sources));
	s = &m->sources[m->source_count];
	*s = (struct source){.name = name, .data = data, .size = size};
	add_line(s, 0);
	for (size_t i = 0; i < size;) {
		size_t length = line_break(data + i, size - i);
		i += length ? length : 1;
		if (length)
			add_line(s, i);
	}
	return (uint32_t)m->source_count++;
}

void messages_done(struct messages *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i].text);
	free(m->list);
	for (size_t i = 0; i < m->source_count; i++)
		free(m->sources[i].lines);
	free(m->sources);
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
	const struct source *s = &m->sources[m->source_count - 1];
	size_t low = 0, high = s->line_count;
	struct position at = {.source = (uint32_t)m->source_count - 1};

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (s->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	at.line = (uint32_t)low;
	for (size_t i = s->lines[low]; i < offset && i < s->size; at.column++) {
		uint32_t character;
		i += width_decode(s->data + i, s->size - i, &character);
	}
	return at;
}

/* The bytes of a line, without its break. */
static void find_line(const struct source *s, size_t line, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = s->lines[line], end = begin;

	while (end < s->size && !line_break(s->data + end, s->size - end))
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

static void print_snippet(const struct source *s, struct position at, struct text *out)
{
	size_t begin, end, caret, secret;
	bool cut_before, cut_after, hidden;

	if (at.line >= s->line_count)
		return;
	find_line(s, at.line, &begin, &end);
	secret = secret_find(s, at.line);
	hidden = secret < end;
	end = hidden ? secret : end;
	caret = begin;
	for (size_t i = 0; i < at.column && caret < end; i++) {
		uint32_t character;
		caret += width_decode(s->data + caret, end - caret, &character);
	}
	cut_before = caret - begin > SNIPPET_BEFORE && end - begin > SNIPPET_BEFORE + SNIPPET_AFTER;
	cut_after = end - caret > SNIPPET_AFTER && end - begin > SNIPPET_BEFORE + SNIPPET_AFTER;
	if (cut_before)
		begin = character_begin(s->data, begin, caret - SNIPPET_BEFORE);
	if (cut_after)
		end = character_begin(s->data, begin, caret + SNIPPET_AFTER);
	if (begin >= end)
		return;
	text_add(out, cut_before ? "..." : "");
	add_bytes(out, s->data + begin, end - begin, false);
	text_add(out, hidden ? " (not shown)\n" : cut_after ? "...\n" : "\n");
	text_add(out, cut_before ? "   " : "");
	add_bytes(out, s->data + begin, caret - begin, true);
	text_add(out, "^\n");
}

bool position_before(struct position a, struct position b)
{
	if (a.source != b.source)
		return a.source < b.source;
	return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static int compare_messages(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (position_before(x->order, y->order))
		return -1;
	return position_before(y->order, x->order) || x->number > y->number ? 1 : -1;
}

void messages_print(struct messages *m, struct text *out)
{
	static const char *const words[] = {"error", "warning", "note"};
	size_t shown = 0;

	if (m->count > 1)
		qsort(m->list, m->count, sizeof(*m->list), compare_messages);
	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];
		const struct source *s = &m->sources[message->at.source];
		text_printf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s: %s\n", s->name,
			message->at.line + 1, message->at.column + 1, words[message->severity],
			message->text);
		print_snippet(s, message->at, out);
		shown += message->severity != SEVERITY_NOTE;
	}
	if (shown < (size_t)m->errors + (size_t)m->warnings)
		text_printf(out, "%s: %zu more not shown\n", m->sources[0].name,
			(size_t)m->errors + (size_t)m->warnings - shown);
}
