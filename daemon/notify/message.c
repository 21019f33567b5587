/* The words of a message. */
#include "notify/message.h"

#include "time/civil.h"

#include <stdio.h>

#define TEXT_BYTES 300 /* of what one line says */
#define MORE_BYTES 80  /* of the line that counts the rest */

const char *const notify_topic_names[NOTIFY_TOPIC_COUNT] = {
	[NOTIFY_HEALTH] = "health",
	[NOTIFY_WAS_CRITICAL] = "was_critical",
	[NOTIFY_COMMAND] = "command_failed",
	[NOTIFY_SECONDS] = "point_in_time",
	[NOTIFY_LOWERED] = "cloud_lowered",
	[NOTIFY_TEST] = "test",
};

enum notify_level notify_worst(const struct notify_message *m)
{
	int level = NOTIFY_CRITICAL;

	while (level > NOTIFY_WELL && m->totals[level] == 0)
		level--;
	return (enum notify_level)level;
}

static void add_count(enum notify_language language, enum notify_frame frame, size_t count,
	enum notify_frame *separator, struct text *out)
{
	char number[24];

	if (count == 0)
		return;
	(void)snprintf(number, sizeof(number), "%zu", count);
	notify_frame(language, *separator, NULL, out);
	notify_frame(language, frame, (const char *const[]){number}, out);
	*separator = FRAME_BETWEEN;
}

void notify_title(const struct notify_message *m, struct text *out)
{
	size_t warnings = m->totals[NOTIFY_WARNING];
	enum notify_frame separator = FRAME_AFTER_HOST;

	notify_frame(m->language, FRAME_HOST, (const char *const[]){m->host}, out);
	add_count(m->language, FRAME_CRITICAL_COUNT, m->totals[NOTIFY_CRITICAL], &separator, out);
	add_count(m->language, warnings == 1 ? FRAME_WARNING_COUNT : FRAME_WARNINGS_COUNT, warnings,
		&separator, out);
	add_count(m->language, FRAME_WELL_COUNT, m->totals[NOTIFY_WELL], &separator, out);
}

/* The word depends on the severity, and on an earlier message. */
static const enum notify_frame frames[2][2] = {
	{FRAME_WARNING, FRAME_STILL_WARNING}, {FRAME_CRITICAL, FRAME_STILL_CRITICAL}};

void notify_line_text(enum notify_language language, const struct notify_line *l, struct text *out)
{
	_cleanup_(text_done) struct text words = TEXT_INIT(4096);
	const char *name = *l->cluster ? l->name : "retaind";
	char since[CIVIL_TEXT_SIZE], text[TEXT_BYTES];

	notify_translate(language, l->text, &words);
	text_copy_printable(text, sizeof(text), words.s ? words.s : "");
	civil_format_utc(l->since_s, since);
	if (l->topic == NOTIFY_TEST)
		notify_frame(language, FRAME_TEST, (const char *const[]){text}, out);
	else if (l->level == NOTIFY_WELL)
		notify_frame(language, *l->text ? FRAME_CRITICAL_NO_MORE : FRAME_WELL_AGAIN,
			(const char *const[]){name}, out);
	else
		notify_frame(language, frames[l->level == NOTIFY_CRITICAL][l->reminder],
			(const char *const[]){name, text, since}, out);
}

void notify_lines(const struct notify_message *m, size_t bytes, struct text *out)
{
	size_t begin = out->length, told = 0;
	char more[24];

	for (; told < m->count; told++) {
		_cleanup_(text_done) struct text line = TEXT_INIT(2048);
		notify_line_text(m->language, &m->lines[told], &line);
		if (out->length - begin + line.length + 1 + MORE_BYTES > bytes)
			break;
		text_printf(out, "%s%s", told > 0 ? "\n" : "", line.s);
	}
	if (m->more + m->count - told == 0)
		return;
	(void)snprintf(more, sizeof(more), "%zu", m->more + m->count - told);
	text_add(out, told > 0 ? "\n" : "");
	notify_frame(m->language, FRAME_MORE, (const char *const[]){more}, out);
}
