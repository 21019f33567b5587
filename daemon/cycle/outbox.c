/* Lines of history that wait for the disk, and reports that wait to be told. */
#include "cycle/outbox.h"

#include "base/text.h"
#include "cycle/answer.h"

#include <stdarg.h>
#include <stdio.h>

/* Makes copies of strings, and frees them; none of an empty one. */
static void own(const char **const strings[], size_t count, const char *empty)
{
	for (size_t i = 0; i < count; i++)
		*strings[i] = *strings[i] && **strings[i] ? xstrdup(*strings[i]) : empty;
}

static void release(const char **const strings[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		interned_clear(strings[i]);
}

/* --- history --- */

#define ENTRY_STRINGS(e)                                                                         \
	{                                                                                        \
		&(e)->set, &(e)->outcome, &(e)->reason, &(e)->code, &(e)->request_id, &(e)->plan \
	}

void outbox_entry(struct outbox *o, const struct entry *e)
{
	struct entry copy = *e;
	const char **const strings[] = ENTRY_STRINGS(&copy);

	own(strings, ARRAY_SIZE(strings), NULL);
	o->entries = memory_grow(
		o->entries, &o->entry_capacity, o->entry_count + 1, sizeof(*o->entries));
	o->entries[o->entry_count++] = copy;
}

static void release_entries(struct outbox *o, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char **const strings[] = ENTRY_STRINGS(&o->entries[i]);
		release(strings, ARRAY_SIZE(strings));
	}
	o->entry_count -= count;
	if (o->entry_count > 0)
		memmove(o->entries, o->entries + count, o->entry_count * sizeof(*o->entries));
}

void outbox_record(struct outbox *o, struct record *to)
{
	o->writing = o->entry_count;
	to->entries = o->entries;
	to->entry_count = o->entry_count;
}

void outbox_recorded(struct outbox *o, bool ok)
{
	o->disk_failed = !ok;
	o->disk_failures = ok ? 0 : o->disk_failures + 1;
	if (ok)
		release_entries(o, o->writing);
}

#define LINES_AT_ONCE 1000

void lines_add(struct lines *l, const char *set, const char *reason)
{
	struct entry e = {.kind = l->kind, .at_s = l->at_s, .set = set, .reason = reason};

	if (++l->count <= LINES_AT_ONCE)
		outbox_entry(l->out, &e);
}

void lines_end(const struct lines *l)
{
	struct entry e = {.kind = l->kind,
		.at_s = l->at_s,
		.reason = "more in the same listing",
		.count = (int64_t)l->count - LINES_AT_ONCE};

	if (e.count > 0)
		outbox_entry(l->out, &e);
}

/* --- reports --- */

#define REPORT_STRINGS(r)                                                                     \
	{                                                                                     \
		&(r)->text, &(r)->set, &(r)->reason, &(r)->plan, &(r)->code, &(r)->request_id \
	}

void outbox_report(struct outbox *o, enum report_kind kind, enum report_level level,
	const struct report_extra *extra, const char *format, ...)
{
	static const struct report_extra none;
	const struct report_extra *x = extra ? extra : &none;
	char line[1024];
	struct report r = {kind, level, line, x->set, x->reason, x->plan, x->code, x->request_id};
	const char **const strings[] = REPORT_STRINGS(&r);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	own(strings, ARRAY_SIZE(strings), "");
	o->reports = memory_grow(
		o->reports, &o->report_capacity, o->report_count + 1, sizeof(*o->reports));
	o->reports[o->report_count++] = r;
}

void outbox_report_answer(struct outbox *o, enum report_kind kind, enum report_level level,
	const struct answer *a, const char *format, ...)
{
	struct report_extra extra = {.code = a->code, .request_id = a->request_id};
	const char *before = a->code[0] || a->message[0] ? ": " : "";
	const char *between = a->code[0] && a->message[0] ? ": " : "";
	char line[480];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	outbox_report(
		o, kind, level, &extra, "%s%s%s%s%s", line, before, a->code, between, a->message);
}

bool outbox_next_report(struct outbox *o, struct effect *ret)
{
	if (o->report_next > 0) {
		const char **const strings[] = REPORT_STRINGS(&o->reports[o->report_next - 1]);
		release(strings, ARRAY_SIZE(strings));
	}
	if (o->report_next == o->report_count) {
		o->report_next = o->report_count = 0;
		return false;
	}
	*ret = (struct effect){.kind = EFFECT_REPORT, .report = o->reports[o->report_next++]};
	return true;
}

/* --- memory --- */

void outbox_rest(struct outbox *o)
{
	if (o->entry_count == 0) {
		free(o->entries);
		o->entries = NULL;
		o->entry_capacity = 0;
	}
	if (o->report_count == 0) {
		free(o->reports);
		o->reports = NULL;
		o->report_capacity = 0;
	}
}

void outbox_done(struct outbox *o)
{
	struct effect e;

	while (outbox_next_report(o, &e))
		;
	release_entries(o, o->entry_count);
	outbox_rest(o);
}
