/* What happened, for people: much of it, so small. Nothing is decided on it. */
#include "store/internal.h"

#include <ctype.h>
#include <errno.h>

/* A word's row is written at most once per this many lines of history. */
#define WORD_SLACK 1000
#define PACKED_MAX 32
_Static_assert(PACKED_TEXT_SIZE == 2 * PACKED_MAX + 5, "64 digits, or 36 characters");

_Static_assert(ENTRY_CREATE_INTENT == 0 && ENTRY_CREATE_OUTCOME == 1 && ENTRY_BACKUP_DONE == 2 &&
		ENTRY_BACKUP_FAILED == 3 && ENTRY_DELETE_INTENT == 4 && ENTRY_DELETE_OUTCOME == 5 &&
		ENTRY_GONE == 6 && ENTRY_APPROVED == 7,
	"the numbers in the state file");

/* Two shapes of text are stored as the bytes that they spell, if they unpack to the same again. */
static const char uuid_digits[] = "0123456789ABCDEF"; /* 8-4-4-4-12: request ids of the cloud */
static const char hash_digits[] = "0123456789abcdef"; /* 64 digits: names of plans */

static bool dash_after(size_t byte, size_t count)
{
	return count == 16 && (byte == 3 || byte == 5 || byte == 7 || byte == 9);
}

static void unpack(const unsigned char *bytes, size_t count, char ret[PACKED_TEXT_SIZE])
{
	const char *digits = count == 16 ? uuid_digits : hash_digits;

	for (size_t i = 0; i < count; i++) {
		*ret++ = digits[bytes[i] >> 4];
		*ret++ = digits[bytes[i] & 15];
		if (dash_after(i, count))
			*ret++ = '-';
	}
	*ret = '\0';
}

static bool pack(const char *s, unsigned char ret[PACKED_MAX], size_t *ret_count)
{
	size_t length = strlen(s), count = length == 36 ? 16 : 32;
	const char *digits = count == 16 ? uuid_digits : hash_digits, *at = s;
	char again[PACKED_TEXT_SIZE];

	if (length != 36 && length != 64)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *high = memchr(digits, at[0], 16);
		const char *low = memchr(digits, at[1], 16);
		if (!high || !low)
			return false;
		ret[i] = (unsigned char)((high - digits) << 4 | (low - digits));
		at += dash_after(i, count) ? 3 : 2;
	}
	unpack(ret, count, again);
	*ret_count = count;
	return strcmp(again, s) == 0;
}

static void bind_packed(sqlite3_stmt *q, int index, const char *value)
{
	unsigned char bytes[PACKED_MAX];
	size_t count;

	if (value && pack(value, bytes, &count))
		(void)sqlite3_bind_blob(q, index, bytes, (int)count, SQLITE_TRANSIENT);
	else
		bind_text(q, index, value);
}

void history_bind_set(sqlite3_stmt *q, int index, const char *id)
{
	uint64_t number;

	if (id && text_to_u64(id, &number) && number <= INT64_MAX)
		(void)sqlite3_bind_int64(q, index, (int64_t)number);
	else
		bind_text(q, index, id);
}

/* The newest id in use, and the first row to look at when lines grow old. */
static int history_ids(struct store *s, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			s->history_next = sqlite3_column_int64(q, 0) + 1;
		rc = rc == SQLITE_ROW ? SQLITE_OK : rc;
	}
	(void)sqlite3_finalize(q);
	return rc;
}

int history_begin(struct store *s)
{
	return history_ids(s,
		"SELECT max((SELECT coalesce(max(id), 0) FROM history),"
		" (SELECT coalesce(max(last), 0) FROM word WHERE last < 9223372036854775807))");
}

/* The number of a word; added, or marked as used by line `line`, if `line` is not 0. *ret is 0 if
 * there is no such word. */
static int word(struct store *s, const char *text, int64_t line, int64_t *ret)
{
	sqlite3_stmt *get = s->statements[STATEMENT_WORD_GET];
	sqlite3_stmt *put = s->statements[STATEMENT_WORD_ADD];
	int64_t id = 0, last = 0;
	int rc;

	bind_text(get, 1, text);
	rc = sqlite3_step(get);
	if (rc == SQLITE_ROW) {
		id = sqlite3_column_int64(get, 0);
		last = sqlite3_column_int64(get, 1);
	}
	statement_resetp(&get);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return rc;
	rc = SQLITE_OK;
	if (line != 0 && id == 0) {
		bind_text(put, 1, text);
		(void)sqlite3_bind_int64(put, 2, line);
		rc = run(put);
		id = sqlite3_last_insert_rowid(s->db);
	} else if (line != 0 && line - last >= WORD_SLACK) {
		put = s->statements[STATEMENT_WORD_USED];
		(void)sqlite3_bind_int64(put, 1, id);
		(void)sqlite3_bind_int64(put, 2, line);
		rc = run(put);
	}
	*ret = id;
	return rc;
}

static int bind_word(struct store *s, sqlite3_stmt *q, int index, const char *text, int64_t line)
{
	int64_t id = 0;
	int rc;

	if (!text)
		return SQLITE_OK; /* NULL, as unbound parameters are */
	rc = word(s, text, line, &id);
	if (rc == SQLITE_OK)
		(void)sqlite3_bind_int64(q, index, id);
	return rc;
}

int history_bind_known(struct store *s, sqlite3_stmt *q, int index, const char *text)
{
	return bind_word(s, q, index, text, 0);
}

int history_add(struct store *s, const char *cluster, const struct entry *e)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_HISTORY_ADD];
	const struct {
		int index;
		const char *text;
	} words[] = {{2, cluster}, {7, e->outcome}, {8, e->reason}, {9, e->code}};
	int64_t line = s->history_next;
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		rc = bind_word(s, q, words[i].index, words[i].text, line);
		if (rc != SQLITE_OK)
			return rc;
	}
	(void)sqlite3_bind_int64(q, 1, line);
	(void)sqlite3_bind_int(q, 3, (int)e->kind);
	(void)sqlite3_bind_int64(q, 4, e->at_s);
	(void)sqlite3_bind_int64(q, 5, e->slot_s);
	history_bind_set(q, 6, e->set);
	bind_packed(q, 10, e->request_id);
	bind_packed(q, 11, e->plan);
	(void)sqlite3_bind_int64(q, 12, e->count);
	rc = run(q);
	if (rc == SQLITE_OK)
		s->history_next = line + 1;
	return rc;
}

const char *history_column(sqlite3_stmt *q, int column, char buffer[PACKED_TEXT_SIZE])
{
	int count;

	if (sqlite3_column_type(q, column) != SQLITE_BLOB)
		return (const char *)sqlite3_column_text(q, column);
	count = sqlite3_column_bytes(q, column);
	if (count != 16 && count != 32)
		return NULL;
	unpack(sqlite3_column_blob(q, column), (size_t)count, buffer);
	return buffer;
}

static int first_line(struct store *s, int64_t *ret)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_HISTORY_FIRST];
	int rc;

	(void)sqlite3_bind_int64(q, 1, s->history_next);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc;
	*ret = sqlite3_column_int64(q, 0);
	return SQLITE_OK;
}

static int prune_lines(struct store *s, int64_t from, int64_t limit, int64_t before_s, int64_t *ret)
{
	sqlite3_stmt *q = s->statements[STATEMENT_HISTORY_PRUNE];
	int rc;

	(void)sqlite3_bind_int64(q, 1, from);
	(void)sqlite3_bind_int64(q, 2, limit);
	(void)sqlite3_bind_int64(q, 3, before_s);
	rc = run(q);
	if (rc == SQLITE_OK)
		*ret = sqlite3_changes(s->db);
	return rc;
}

#define LINES_A_PACK 100

static int prune_packs(struct store *s, int64_t limit, int64_t before_s, int64_t *ret)
{
	sqlite3_stmt *q = s->statements[STATEMENT_PACK_PRUNE];
	int rc;

	(void)sqlite3_bind_int64(q, 1, before_s);
	(void)sqlite3_bind_int64(q, 2, (limit + LINES_A_PACK - 1) / LINES_A_PACK);
	rc = run(q);
	if (rc == SQLITE_OK && sqlite3_changes(s->db) > 0)
		*ret = *ret + sqlite3_changes(s->db) * LINES_A_PACK < limit
			? *ret + sqlite3_changes(s->db) * LINES_A_PACK
			: limit;
	return rc;
}

/* Lines stand in the order of writing, so the old ones are first; but after a clock that was wrong
 * for a while a line with a time far ahead may stand before them, so a second window wanders over
 * the rest. */
static int prune(struct store *s, int64_t before_s, int64_t limit, int64_t *ret)
{
	sqlite3_stmt *words = s->statements[STATEMENT_WORD_PRUNE];
	int64_t first = 0, count = 0;
	int rc = first_line(s, &first);

	if (rc == SQLITE_OK)
		rc = prune_lines(s, first, limit, before_s, &count);
	if (rc == SQLITE_OK && count == 0) {
		if (s->sweep < first + limit || s->sweep >= s->history_next)
			s->sweep = first + limit;
		rc = prune_lines(s, s->sweep, limit, before_s, &count);
		s->sweep += limit;
	}
	if (rc == SQLITE_OK)
		rc = prune_packs(s, limit, before_s, &count);
	if (rc == SQLITE_OK)
		rc = first_line(s, &first);
	if (rc == SQLITE_OK) {
		(void)sqlite3_bind_int64(words, 1, first - WORD_SLACK);
		rc = run(words);
	}
	if (rc == SQLITE_OK)
		*ret = count;
	return rc;
}

int64_t store_prune_history(struct store *s, int64_t before_s, int64_t limit, struct error *err)
{
	int64_t count = 0;
	int rc = transaction_begin(s);

	if (limit < 1)
		limit = 1;
	if (rc == SQLITE_OK)
		rc = transaction_end(s, prune(s, before_s, limit, &count));
	return rc == SQLITE_OK ? count : database_error(s, rc, "prune the history", err);
}
