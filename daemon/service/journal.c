/* Lines for people: entries of the journal, or `<N>` lines on stderr. */
#include "service/journal.h"

#include "base/text.h"
#include "service/messages.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

void journal_init(struct journal *j, int max_level)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	j->max_level = max_level;
	j->structured = stream && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

struct fields {
	struct iovec at[16];
	char *owned[16];
	int count;
};

static void field(struct fields *f, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	f->owned[f->count] = xasprintf("%s=%s", name, value);
	f->at[f->count] = (struct iovec){f->owned[f->count], strlen(f->owned[f->count])};
	f->count++;
}

static void send(struct fields *f)
{
	(void)sd_journal_sendv(f->at, f->count);
	for (int i = 0; i < f->count; i++)
		free(f->owned[i]);
}

void journal_report(
	const struct journal *j, const char *name, const char *id, const struct report *r)
{
	struct fields f = {.count = 0};
	char *line, priority[4];

	if ((int)r->level > j->max_level)
		return;
	line = xasprintf("%s: %s", name, r->text);
	if (!j->structured) {
		(void)fprintf(stderr, "<%d>%s\n", (int)r->level, line);
		free(line);
		return;
	}
	(void)snprintf(priority, sizeof(priority), "%d", (int)r->level);
	field(&f, "MESSAGE", line);
	field(&f, "PRIORITY", priority);
	field(&f, "MESSAGE_ID", report_ids[r->kind]);
	field(&f, "RETAIND_CLUSTER", id);
	field(&f, "RETAIND_NAME", name);
	field(&f, "RETAIND_SET", r->set);
	field(&f, "RETAIND_REASON", r->reason);
	field(&f, "RETAIND_PLAN", r->plan);
	field(&f, "RETAIND_REQUEST_ID", r->request_id);
	field(&f, "RETAIND_CODE", r->code);
	field(&f, "SYSLOG_IDENTIFIER", "retaind");
	send(&f);
	free(line);
}

static void say_line(const struct journal *j, enum service_message message, enum report_level level,
	const char *line)
{
	struct fields f = {.count = 0};
	char priority[4];

	if (!j->structured) {
		(void)fprintf(stderr, "<%d>%s\n", (int)level, line);
		return;
	}
	(void)snprintf(priority, sizeof(priority), "%d", (int)level);
	field(&f, "MESSAGE", line);
	field(&f, "PRIORITY", priority);
	field(&f, "MESSAGE_ID", message_ids[message]);
	field(&f, "SYSLOG_IDENTIFIER", "retaind");
	send(&f);
}

void journal_say(const struct journal *j, enum service_message message, enum report_level level,
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
			say_line(j, message, level, line);
	free(lines);
}
