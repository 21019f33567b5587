/* Copies the history out of a state file of version 3, where strings that repeat stood once in
 * `word`, and lines older than ten days were packed into a few bytes each. Goes when no such file
 * is left. */
#include "store/history_db.h"
#include "store/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const enum entry_kind kinds[] = {ENTRY_CREATE_INTENT, ENTRY_CREATE_OUTCOME,
	ENTRY_BACKUP_DONE, ENTRY_BACKUP_FAILED, ENTRY_DELETE_INTENT, ENTRY_DELETE_OUTCOME,
	ENTRY_GONE, ENTRY_APPROVED, ENTRY_SEEN, ENTRY_EXPIRED, ENTRY_KEPT_AGAIN, ENTRY_VANISHED,
	ENTRY_RETENTION_INTENT, ENTRY_RETENTION_OUTCOME, ENTRY_RETENTION_RAISED};

/* Ids that are numbers were stored as numbers; request ids (8-4-4-4-12 digits) and the names of
 * plans as the bytes that they spell. */
#define LINES                                                                                      \
	"SELECT c.text, h.kind, h.at, h.slot, CAST(h.backup_set AS TEXT), o.text, r.text, k.text," \
	" CASE typeof(h.request) WHEN 'blob' THEN substr(hex(h.request), 1, 8) || '-' ||"          \
	" substr(hex(h.request), 9, 4) || '-' || substr(hex(h.request), 13, 4) || '-' ||"          \
	" substr(hex(h.request), 17, 4) || '-' || substr(hex(h.request), 21) ELSE h.request END,"  \
	" CASE typeof(h.plan) WHEN 'blob' THEN lower(hex(h.plan)) ELSE h.plan END, h.count"        \
	" FROM history h JOIN word c ON c.id = h.cluster LEFT JOIN word o ON o.id = h.outcome"     \
	" LEFT JOIN word r ON r.id = h.reason LEFT JOIN word k ON k.id = h.code ORDER BY h.id"
#define PACKS                                                                                    \
	"SELECT c.text, p.lines FROM pack p JOIN word c ON c.id = p.cluster ORDER BY p.newest, " \
	"p.id"

static int copy_lines(struct database *d, struct history_db *to)
{
	_cleanup_(statement_finalizep) sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(d->db, LINES, -1, &q, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t kind = sqlite3_column_int64(q, 1);
		struct entry e = {
			.at_s = sqlite3_column_int64(q, 2),
			.slot_s = sqlite3_column_int64(q, 3),
			.set = column_text_or_null(q, 4),
			.outcome = column_text_or_null(q, 5),
			.reason = column_text_or_null(q, 6),
			.code = column_text_or_null(q, 7),
			.request_id = column_text_or_null(q, 8),
			.plan = column_text_or_null(q, 9),
			.count = sqlite3_column_int64(q, 10),
		};
		rc = SQLITE_OK;
		if (kind < 0 || kind >= (int64_t)ARRAY_SIZE(kinds))
			continue;
		e.kind = kinds[kind];
		history_db_add(to, column_text(q, 0), &e, 1);
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* A packed line: a byte of kind and flags; then numbers of 7 bits a byte, lowest first: the time
 * since the line before; the set's number less that of the line before, or its length and bytes;
 * the slot less the time; the word that is the reason. What may be negative has its sign in the
 * lowest bit. */
enum { KIND = 0x0f, HAS_SLOT = 0x10, HAS_REASON = 0x20, SET_IS_TEXT = 0x40, HAS_SET = 0x80 };

struct pack {
	const unsigned char *at, *end;
	bool bad; /* ended within a line */
	int64_t time_s, number;
	int64_t reason; /* a word; 0: none */
	char set[256];
};

static uint64_t take(struct pack *p)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && p->at < p->end; shift += 7) {
		value |= (uint64_t)(*p->at & 127) << shift;
		if (*p->at++ < 128)
			return value;
	}
	p->bad = true;
	return 0;
}

static int64_t take_after(struct pack *p, int64_t before)
{
	uint64_t d = take(p);

	return (int64_t)((uint64_t)before + (d & 1 ? ~(d >> 1) : d >> 1));
}

static void take_set(struct pack *p, unsigned char head)
{
	uint64_t length;

	if (!(head & SET_IS_TEXT)) {
		p->number = take_after(p, p->number);
		(void)snprintf(p->set, sizeof(p->set), "%" PRId64, p->number);
		return;
	}
	length = take(p);
	if (length >= sizeof(p->set) || length > (uint64_t)(p->end - p->at)) {
		p->bad = true;
		return;
	}
	(void)snprintf(p->set, sizeof(p->set), "%.*s", (int)length, (const char *)p->at);
	p->at += length;
}

/* False at the end, and at a line that does not read. */
static bool take_line(struct pack *p, struct entry *ret)
{
	unsigned char head;

	if (p->at == p->end)
		return false;
	head = *p->at++;
	*ret = (struct entry){.at_s = p->time_s = take_after(p, p->time_s)};
	if (head & HAS_SET) {
		take_set(p, head);
		ret->set = p->set;
	}
	if (head & HAS_SLOT)
		ret->slot_s = take_after(p, ret->at_s);
	p->reason = head & HAS_REASON ? (int64_t)take(p) : 0;
	if (p->bad || (head & KIND) >= (int)ARRAY_SIZE(kinds))
		return false;
	ret->kind = kinds[head & KIND];
	return true;
}

static int copy_packs(struct database *d, struct history_db *to)
{
	_cleanup_(statement_finalizep) sqlite3_stmt *q = NULL;
	_cleanup_(statement_finalizep) sqlite3_stmt *word = NULL;
	struct entry e;
	int rc = sqlite3_prepare_v2(d->db, PACKS, -1, &q, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(
			d->db, "SELECT text FROM word WHERE id = ?1", -1, &word, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct pack p = {.at = sqlite3_column_blob(q, 1)};
		p.end = p.at + sqlite3_column_bytes(q, 1);
		while (take_line(&p, &e)) {
			(void)sqlite3_bind_int64(word, 1, p.reason);
			if (sqlite3_step(word) == SQLITE_ROW)
				e.reason = column_text_or_null(word, 0);
			history_db_add(to, column_text(q, 0), &e, 1);
			(void)sqlite3_reset(word);
		}
		rc = SQLITE_OK;
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int upgrade_history(struct database *d, struct error *err)
{
	_cleanup_free_ char *path = history_db_path(d->path), *moved = NULL;
	struct history_db *to = NULL;
	int r = history_db_open(path, &to, &moved, err), rc = SQLITE_OK;

	if (r < 0)
		return r == -EBADMSG ? -EIO : r;
	/* One with lines is of a migration that was cut short after this step. */
	if (history_db_is_empty(to)) {
		rc = copy_packs(d, to);
		if (rc == SQLITE_OK)
			rc = copy_lines(d, to);
		r = rc == SQLITE_OK ? history_db_commit(to, err) : 0;
	}
	/* Closing syncs it, before the tables here go. */
	history_db_close(to);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "read the history", err);
	return r == -EBADMSG ? -EIO : r;
}
