/* Lines for people: entries of the journal, or `<N>` lines on stderr. */
#include "service/journal.h"

#include "base/text.h"
#include "service/messages.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_MAX (1u << 20)
#define END_WAIT_MS 1000

void journal_init(struct journal *j, int max_level)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	*j = (struct journal){.max_level = max_level, .queue = {.fd = STDERR_FILENO}};
	j->structured = stream && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
	if (j->structured)
		journal_queue_open(&j->queue, "/run/systemd/journal/socket");
}

void journal_end(struct journal *j)
{
	(void)journal_flush(j);
	journal_queue_end(&j->queue, END_WAIT_MS);
}

/* The journal's native protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ */
static void field(struct text *entry, const char *name, const char *value)
{
	uint64_t length;

	if (!value || !value[0])
		return;
	if (!strchr(value, '\n')) {
		text_printf(entry, "%s=%s\n", name, value);
		return;
	}
	length = htole64(strlen(value));
	text_printf(entry, "%s\n", name);
	text_add_bytes(entry, (const char *)&length, sizeof(length));
	text_printf(entry, "%s\n", value);
}

static void put(struct journal *j, struct text *entry)
{
	size_t length = entry->length;

	journal_queue_put(&j->queue, text_take(entry), length);
}

/* An entry with the fields that all have. */
static void begin(struct text *entry, const char *id, int level, const char *line)
{
	char priority[4];

	(void)snprintf(priority, sizeof(priority), "%d", level);
	field(entry, "MESSAGE", line);
	field(entry, "PRIORITY", priority);
	field(entry, "MESSAGE_ID", id);
	field(entry, "SYSLOG_IDENTIFIER", "retaind");
}

static void write_line(struct journal *j, const char *id, enum report_level level, const char *line)
{
	struct text entry = TEXT_INIT(ENTRY_MAX);

	if (j->structured)
		begin(&entry, id, (int)level, line);
	else
		text_printf(&entry, "<%d>%s\n", (int)level, line);
	put(j, &entry);
}

bool journal_flush(struct journal *j)
{
	bool empty = journal_queue_flush(&j->queue);
	int64_t lost = j->queue.lost - j->told_lost;
	_cleanup_free_ char *line = NULL;

	if (lost == 0 || !empty)
		return empty;
	line = xasprintf("%" PRId64 " line%s of the log could not be written, and %s lost", lost,
		lost == 1 ? "" : "s", lost == 1 ? "is" : "are");
	j->told_lost = j->queue.lost;
	write_line(j, message_ids[MESSAGE_LOST], LEVEL_WARNING, line);
	return journal_queue_flush(&j->queue);
}

void journal_report(struct journal *j, const char *name, const char *id, const struct report *r)
{
	struct text entry = TEXT_INIT(ENTRY_MAX);
	_cleanup_free_ char *line = NULL;

	if ((int)r->level > j->max_level)
		return;
	line = xasprintf("%s: %s", name, r->text);
	if (!j->structured) {
		write_line(j, NULL, r->level, line);
		return;
	}
	begin(&entry, report_ids[r->kind], (int)r->level, line);
	field(&entry, "RETAIND_CLUSTER", id);
	field(&entry, "RETAIND_NAME", name);
	field(&entry, "RETAIND_SET", r->set);
	field(&entry, "RETAIND_REASON", r->reason);
	field(&entry, "RETAIND_PLAN", r->plan);
	field(&entry, "RETAIND_REQUEST_ID", r->request_id);
	field(&entry, "RETAIND_CODE", r->code);
	put(j, &entry);
}

void journal_say(struct journal *j, enum service_message message, enum report_level level,
	const char *format, ...)
{
	struct text all = TEXT_INIT(1 << 20);
	char *lines, *rest, *line;
	va_list args;
	char *formatted = NULL;

	if ((int)level > j->max_level)
		return;
	va_start(args, format);
	if (vasprintf(&formatted, format, args) < 0)
		formatted = NULL;
	va_end(args);
	text_add(&all, formatted ? formatted : format);
	free(formatted);
	rest = lines = text_take(&all);
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			write_line(j, message_ids[message], level, line);
	free(lines);
}
