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

void notify_title(const struct notify_message *m, struct text *out)
{
	size_t critical = m->totals[NOTIFY_CRITICAL], warning = m->totals[NOTIFY_WARNING],
	       well = m->totals[NOTIFY_WELL];
	const char *separator = ": ";

	text_printf(out, "retaind on %s", m->host);
	if (critical > 0) {
		text_printf(out, "%s%zu critical", separator, critical);
		separator = ", ";
	}
	if (warning > 0) {
		text_printf(out, "%s%zu warning%s", separator, warning, warning == 1 ? "" : "s");
		separator = ", ";
	}
	if (well > 0)
		text_printf(out, "%s%zu well again", separator, well);
}

void notify_line_text(const struct notify_line *l, struct text *out)
{
	const char *name = *l->cluster ? l->name : "retaind";
	char since[CIVIL_TEXT_SIZE], text[TEXT_BYTES];

	if (l->topic == NOTIFY_TEST) {
		text_printf(out, "test: %s", l->text);
		return;
	}
	if (l->level == NOTIFY_WELL) {
		text_printf(out, "%s: %s", *l->text ? "no longer critical" : "well again", name);
		return;
	}
	text_copy_printable(text, sizeof(text), l->text);
	text_printf(out, "%s%s %s", l->reminder ? "still " : "",
		l->level == NOTIFY_CRITICAL ? "CRITICAL" : "warning", name);
	if (l->reminder) {
		civil_format_utc(l->since_s, since);
		text_printf(out, " (since %s)", since);
	}
	text_printf(out, ": %s", text);
}

void notify_lines(const struct notify_message *m, size_t bytes, struct text *out)
{
	size_t begin = out->length, told = 0;

	for (; told < m->count; told++) {
		_cleanup_(text_done) struct text line = TEXT_INIT(2048);
		notify_line_text(&m->lines[told], &line);
		if (out->length - begin + line.length + 1 + MORE_BYTES > bytes)
			break;
		text_printf(out, "%s%s", told > 0 ? "\n" : "", line.s);
	}
	if (m->more + m->count - told > 0)
		text_printf(out, "%sand %zu more: see `retainctl status --not-well`",
			told > 0 ? "\n" : "", m->more + m->count - told);
}
