/* What a cycle has to tell and has not told yet: lines of history, which wait for the disk, and
 * reports, which wait to be handed out. All strings are copied. */
#pragma once

#include "cycle/effect.h"
#include "cycle/ledger.h"

struct outbox {
	struct entry *entries; /* strings owned */
	size_t entry_count, entry_capacity;
	size_t writing;         /* the first entries, which the RECORD effect under way has */
	bool disk_failed;       /* the last RECORD effect failed */
	int disk_failures;      /* in a row */
	struct report *reports; /* strings owned */
	size_t report_count, report_capacity, report_next;
};

/* What a report says beside its line; NULL where it says nothing. */
struct report_extra {
	const char *set, *reason, *plan, *code, *request_id;
};

void outbox_entry(struct outbox *o, const struct entry *e);
void outbox_report(struct outbox *o, enum report_kind kind, enum report_level level,
	const struct report_extra *extra, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The line, then the code and the message of the answer. */
void outbox_report_answer(struct outbox *o, enum report_kind kind, enum report_level level,
	const struct answer *a, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Lines of one kind about many sets: after a thousand one line tells how many more there were. */
struct lines {
	struct outbox *out;
	enum entry_kind kind;
	int64_t at_s;
	size_t count;
};
void lines_add(struct lines *l, const char *set, const char *reason);
void lines_end(const struct lines *l);

/* The next report as an effect; false: there is none. What it points to is valid until the next
 * call. */
bool outbox_next_report(struct outbox *o, struct effect *ret);

/* Puts all entries into the record that is to be written. */
void outbox_record(struct outbox *o, struct record *to);
/* What was put is on disk, or stays in the outbox. */
void outbox_recorded(struct outbox *o, bool ok);

void outbox_rest(struct outbox *o); /* lets go of memory that holds nothing */
void outbox_done(struct outbox *o);
