/* Reading the history: lines that stand by themselves, and packed ones, newest first. */
#include "store/internal.h"
#include "store/packed.h"

#include <inttypes.h>
#include <stdio.h>

struct found {
	struct packed_line line;
	char *text; /* owned: the set's id, if it is not a number */
	int64_t cluster;
	size_t order; /* in which it was found */
};

struct query {
	struct store *s;
	const struct history_query *asked;
	void (*each)(void *data, const char *cluster, const struct entry *e);
	void *data;
	int64_t left; /* how many lines may yet be given */
	struct found *list;
	size_t count, capacity, next;
	uint64_t number; /* of the set that is asked for */
	bool is_number;
	bool unpacked; /* `list` is filled, newest first */
	char *name;    /* of the cluster with the word `name_of`; 0: none was looked up */
	int64_t name_of;
};

static void query_done(struct query *q)
{
	for (size_t i = 0; i < q->count; i++)
		free(q->list[i].text);
	free(q->list);
	free(q->name);
}

static const char *column_text(sqlite3_stmt *q, int column)
{
	return (const char *)sqlite3_column_text(q, column);
}

/* Leaves out a row that damage has left unreadable. */
static void give_row(struct query *a, sqlite3_stmt *q)
{
	char request[PACKED_TEXT_SIZE], plan[PACKED_TEXT_SIZE];
	const char *cluster = column_text(q, 0);
	int64_t kind = sqlite3_column_int64(q, 1);
	struct entry e = {
		.at_s = sqlite3_column_int64(q, 2),
		.slot_s = sqlite3_column_int64(q, 3),
		.set = column_text(q, 4),
		.outcome = column_text(q, 5),
		.reason = column_text(q, 6),
		.code = column_text(q, 7),
		.request_id = history_column(q, 8, request),
		.plan = history_column(q, 9, plan),
		.count = sqlite3_column_int64(q, 10),
	};

	if (!cluster || kind < 0 || kind >= ENTRY_KIND_COUNT)
		return;
	e.kind = (enum entry_kind)kind;
	a->each(a->data, cluster, &e);
}

/* The text of a word, or NULL; valid until the statement is reset. */
static const char *word_text(sqlite3_stmt *q, int64_t word)
{
	(void)sqlite3_bind_int64(q, 1, word);
	return sqlite3_step(q) == SQLITE_ROW ? column_text(q, 0) : NULL;
}

static void give_found(struct query *a, const struct found *f)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = a->s->statements[STATEMENT_WORD_TEXT];
	char number[24];
	struct entry e = {
		.kind = f->line.kind,
		.at_s = f->line.at_s,
		.slot_s = f->line.slot_s,
		.set = f->text,
	};

	if (a->name_of != f->cluster) {
		free(a->name);
		a->name = xstrdup(word_text(q, f->cluster));
		a->name_of = f->cluster;
		(void)sqlite3_reset(q);
	}
	if (!a->name)
		return;
	if (f->line.reason)
		e.reason = word_text(q, f->line.reason);
	if (f->line.number >= 0) {
		(void)snprintf(number, sizeof(number), "%" PRId64, f->line.number);
		e.set = number;
	}
	a->each(a->data, a->name, &e);
}

static bool is_asked_for(const struct query *a, const struct packed_line *line)
{
	const char *set = a->asked->set;

	if (line->at_s < a->asked->since_s)
		return false;
	if (!set)
		return true;
	if (a->is_number)
		return line->number >= 0 && (uint64_t)line->number == a->number;
	return line->set && line->set_length == strlen(set) &&
		memcmp(line->set, set, line->set_length) == 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->line.at_s != y->line.at_s)
		return x->line.at_s > y->line.at_s ? -1 : 1;
	return (x->order < y->order) - (x->order > y->order);
}

/* Drops all but the newest that may be given. */
static void keep_newest(struct query *a)
{
	if (a->count > 1)
		qsort(a->list, a->count, sizeof(*a->list), newest_first);
	while (a->count > (size_t)a->left)
		free(a->list[--a->count].text);
}

static void unpack(struct query *a, sqlite3_stmt *q, size_t *order)
{
	const void *pack = sqlite3_column_blob(q, 4);
	size_t size = (size_t)sqlite3_column_bytes(q, 4);
	struct packed_at at = {0};
	struct packed_line line;

	while (pack && packed_next(pack, size, &at, &line)) {
		if (!is_asked_for(a, &line))
			continue;
		a->list = memory_grow(a->list, &a->capacity, a->count + 1, sizeof(*a->list));
		a->list[a->count] = (struct found){.line = line,
			.text = line.set ? xstrndup(line.set, line.set_length) : NULL,
			.cluster = sqlite3_column_int64(q, 5),
			.order = (*order)++};
		a->list[a->count++].line.set = NULL;
	}
}

static int bind(struct query *a, sqlite3_stmt *q)
{
	int rc = history_bind_known(a->s, q, 1, a->asked->cluster);

	(void)sqlite3_bind_int64(q, 2, a->asked->since_s);
	history_bind_set(q, 3, a->asked->set);
	return rc;
}

/* Of packs that come in order, the rest is left alone when all that they can hold is older than
 * what was found. */
static int unpack_all(struct query *a)
{
	const struct history_query *h = a->asked;
	_cleanup_(statement_resetp) sqlite3_stmt *q =
		a->s->statements[h->cluster ? STATEMENT_PACKS_OF
				: h->set    ? STATEMENT_PACKS_SET
					    : STATEMENT_PACKS_ALL];
	size_t order = 0, most = (size_t)a->left;
	int rc = bind(a, q);

	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		if (a->count / 2 >= most && !h->set) {
			keep_newest(a);
			if (a->list[a->count - 1].line.at_s > sqlite3_column_int64(q, 1))
				break;
		}
		unpack(a, q, &order);
	}
	keep_newest(a);
	a->unpacked = true;
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Gives the packed lines that are newer than a line, of which `newest_packed_s` is the newest. */
static int give_newer(struct query *a, int64_t than_s, int64_t newest_packed_s)
{
	int rc = SQLITE_OK;

	if (a->left > 0 && !a->unpacked && newest_packed_s > than_s)
		rc = unpack_all(a);
	while (a->left > 0 && a->next < a->count && a->list[a->next].line.at_s > than_s) {
		give_found(a, &a->list[a->next++]);
		a->left--;
	}
	return rc;
}

static int newest_packed(struct query *a, int64_t *ret_s)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = a->s->statements[STATEMENT_PACKS_ALL];
	int rc;

	(void)sqlite3_bind_int64(q, 2, a->asked->since_s);
	rc = sqlite3_step(q);
	*ret_s = rc == SQLITE_ROW ? sqlite3_column_int64(q, 1) : INT64_MIN;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int give_all(struct query *a, sqlite3_stmt *q)
{
	int64_t newest_s;
	int rc = newest_packed(a, &newest_s);

	while (rc == SQLITE_OK && a->left > 0 && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		rc = give_newer(a, sqlite3_column_int64(q, 2), newest_s);
		if (rc == SQLITE_OK && a->left > 0) {
			give_row(a, q);
			a->left--;
		}
	}
	if (rc == SQLITE_OK || rc == SQLITE_DONE)
		rc = give_newer(a, INT64_MIN, newest_s);
	return rc;
}

int store_history(struct store *s, const struct history_query *h,
	void (*each)(void *data, const char *cluster, const struct entry *e), void *data,
	struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[h->set ? STATEMENT_HISTORY_SET
			: h->cluster                                       ? STATEMENT_HISTORY_OF
									   : STATEMENT_HISTORY_ALL];
	_cleanup_(query_done) struct query a = {.s = s,
		.asked = h,
		.each = each,
		.data = data,
		.left = h->limit > 0 ? h->limit : 0};
	int rc = bind(&a, q);

	a.is_number = h->set && text_to_u64(h->set, &a.number) && a.number <= INT64_MAX;
	(void)sqlite3_bind_int64(q, 4, a.left);
	if (rc == SQLITE_OK && a.left > 0)
		rc = give_all(&a, q);
	return rc == SQLITE_OK ? 0 : database_error(s, rc, "read the history", err);
}
