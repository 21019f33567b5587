/* Collects messages, and prints them with their lines and carets. */
#include "policyfile/message.h"

#include "policyfile/secret.h"
#include "policyfile/width.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A longer line is cut to this many bytes around the caret. */
#define SNIPPET_BEFORE 80
#define SNIPPET_AFTER 60

uint32_t messages_source(struct messages *m, const char *name, const char *data, size_t size)
{
	m->sources = memory_grow(
		m->sources, &m->source_capacity, m->source_count + 1, sizeof(*m->sources));
	lines_init(&m->sources[m->source_count], name, data, size);
	return (uint32_t)m->source_count++;
}

void messages_done(struct messages *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->list[i].file);
		free(m->list[i].text);
	}
	free(m->list);
	for (size_t i = 0; i < m->source_count; i++)
		lines_done(&m->sources[i]);
	free(m->sources);
	*m = (struct messages){0};
}

/* Returns the message, to be filled in; NULL if it is only counted. */
__attribute__((format(printf, 3, 0))) static struct message *add_message(
	struct messages *m, enum severity severity, const char *format, va_list args)
{
	struct message *message;

	m->errors += severity == SEVERITY_ERROR;
	m->warnings += severity == SEVERITY_WARNING;
	if (m->count >= MESSAGES_MAX)
		return NULL;
	m->list = memory_grow(m->list, &m->capacity, m->count + 1, sizeof(*m->list));
	message = &m->list[m->count];
	*message = (struct message){.number = m->count, .severity = severity};
	if (vasprintf(&message->text, format, args) < 0)
		abort();
	m->count++;
	return message;
}

void messages_add(
	struct messages *m, enum severity severity, struct position at, const char *format, ...)
{
	struct message *message;
	va_list args;

	va_start(args, format);
	message = add_message(m, severity, format, args);
	va_end(args);
	if (!message)
		return;
	message->at = at;
	message->order = severity == SEVERITY_NOTE && message > m->list ? message[-1].order : at;
}

void messages_add_file(
	struct messages *m, enum severity severity, const char *file, const char *format, ...)
{
	struct message *message;
	va_list args;

	va_start(args, format);
	message = add_message(m, severity, format, args);
	va_end(args);
	if (message)
		message->file = xstrdup(file);
}

struct position messages_position(const struct messages *m, size_t offset)
{
	const struct lines *s = &m->sources[m->source_count - 1];
	struct position at = {
		.source = (uint32_t)m->source_count - 1, .line = (uint32_t)lines_find(s, offset)};

	for (size_t i = s->begins[at.line]; i < offset && i < s->size; at.column++) {
		uint32_t character;
		i += width_decode(s->data + i, s->size - i, &character);
	}
	return at;
}

static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* Writes the bytes, with '?' for characters that a terminal would act on; or, if `blank`, as much
 * empty space as they take. Tabs stay tabs, so that a caret after them stands right whatever their
 * width is. */
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

/* Where the character begins that the byte belongs to. */
static size_t character_begin(const char *s, size_t begin, size_t at)
{
	while (at > begin && ((unsigned char)s[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* The byte that a column begins at, or the end of its line. */
static size_t find_column(const struct lines *s, size_t begin, size_t end, uint32_t column)
{
	for (; column > 0 && begin < end; column--) {
		uint32_t character;
		begin += width_decode(s->data + begin, end - begin, &character);
	}
	return begin;
}

static void print_snippet(const struct lines *s, struct position at, struct text *out)
{
	size_t begin, end, caret, secret;
	bool cut_before, cut_after, hidden;

	if (at.line >= s->count)
		return;
	lines_bounds(s, at.line, &begin, &end);
	secret = secret_find(s, at.line);
	hidden = secret < end;
	end = hidden ? secret : end;
	caret = find_column(s, begin, end, at.column);
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

/* Those about whole files come first, in their order. */
static int compare_messages(const void *a, const void *b)
{
	const struct message *x = a, *y = b;

	if (!x->file != !y->file)
		return x->file ? -1 : 1;
	if (position_before(x->order, y->order))
		return -1;
	return position_before(y->order, x->order) || x->number > y->number ? 1 : -1;
}

static const char *const severities[] = {"error", "warning", "note", "hint"};

/* Returns how many errors and warnings there are whose messages are not kept. */
static size_t sort_messages(struct messages *m)
{
	size_t kept = 0;

	if (m->count > 1)
		qsort(m->list, m->count, sizeof(*m->list), compare_messages);
	for (size_t i = 0; i < m->count; i++)
		kept += m->list[i].severity < SEVERITY_NOTE;
	return (size_t)m->errors + (size_t)m->warnings - kept;
}

void messages_print(struct messages *m, struct text *out)
{
	size_t left_out = sort_messages(m);

	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];
		const char *severity = severities[message->severity];
		const struct lines *s;
		if (message->file) {
			text_printf(out, "%s: %s: %s\n", message->file, severity, message->text);
			continue;
		}
		s = &m->sources[message->at.source];
		text_printf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s: %s\n", s->name,
			message->at.line + 1, message->at.column + 1, severity, message->text);
		print_snippet(s, message->at, out);
	}
	if (left_out)
		text_printf(out, "%s: %zu more not shown\n", m->sources[0].name, left_out);
}

void messages_print_json(struct messages *m, struct jsonwriter *w)
{
	(void)sort_messages(m);
	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];
		json_object_begin(w, NULL);
		if (message->file) {
			json_string(w, "file", message->file);
			json_null(w, "line");
			json_null(w, "column");
		} else {
			json_string(w, "file", m->sources[message->at.source].name);
			json_int(w, "line", (int64_t)message->at.line + 1);
			json_int(w, "column", (int64_t)message->at.column + 1);
		}
		json_string(w, "severity", severities[message->severity]);
		json_string(w, "message", message->text);
		json_object_end(w);
	}
}
