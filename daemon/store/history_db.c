/* history.db: one line for what happened at once, and one for each set that it happened to. */
#include "store/history_db.h"

#include "store/database.h"
#include "store/file.h"

#include <errno.h>

/* `reason` of a set is NULL where it is the line's. */
#define TABLES                                                                                   \
	"CREATE TABLE line (id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, kind TEXT NOT NULL,"  \
	" at INTEGER NOT NULL, slot INTEGER NOT NULL, outcome TEXT, reason TEXT, code TEXT,"     \
	" request TEXT, plan TEXT, count INTEGER NOT NULL);"                                     \
	"CREATE INDEX line_cluster ON line (cluster);"                                           \
	"CREATE INDEX line_at ON line (at);"                                                     \
	"CREATE TABLE line_set (line INTEGER NOT NULL REFERENCES line ON DELETE CASCADE,"        \
	" backup_set TEXT NOT NULL, reason TEXT, PRIMARY KEY (line, backup_set)) WITHOUT ROWID;" \
	"CREATE INDEX line_set_set ON line_set (backup_set);"

enum statement {
	LINE_ADD,
	SET_ADD,
	QUERY_ALL,
	QUERY_CLUSTER,
	QUERY_SET,
	JOBS_ALL,
	JOBS_CLUSTER,
	PRUNE,
	STATEMENT_COUNT,
};

#define COLUMNS                                                            \
	"SELECT l.cluster, l.kind, l.at, l.slot, s.backup_set, l.outcome," \
	" coalesce(s.reason, l.reason), l.code, l.request, l.plan, l.count FROM "
#define LINES "line l LEFT JOIN line_set s ON s.line = l.id "
#define WANTED                                                               \
	" AND l.at >= ?2 AND (NOT ?5 OR l.kind = 'backup-failed' OR (l.kind" \
	" LIKE '%-outcome' AND l.outcome IS NOT 'ok'))"
#define REST WANTED " ORDER BY l.id DESC, s.backup_set DESC LIMIT ?4"

/* One row a line: the set if it is one alone, the reason if all share it, and how many sets. */
#define JOBS                                                                  \
	"SELECT l.cluster, l.kind, l.at, l.slot,"                             \
	" CASE count(s.line) WHEN 1 THEN max(s.backup_set) END, l.outcome,"   \
	" CASE WHEN count(s.reason) = 0 THEN l.reason WHEN count(s.line) = 1" \
	" THEN max(s.reason) END, l.code, l.request, l.plan, max(l.count, count(s.line)) FROM "
#define JOBS_REST WANTED " GROUP BY l.id ORDER BY l.id DESC LIMIT ?4"

static const char *const statements[STATEMENT_COUNT] = {
	[LINE_ADD] = "INSERT INTO line VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[SET_ADD] = "INSERT OR IGNORE INTO line_set VALUES (?1, ?2, ?3)",
	/* ?1 cluster, ?3 set: each way in has its index */
	[QUERY_ALL] = COLUMNS LINES "WHERE ?1 IS NULL AND ?3 IS NULL" REST,
	[QUERY_CLUSTER] = COLUMNS LINES "WHERE l.cluster = ?1 AND ?3 IS NULL" REST,
	[QUERY_SET] = COLUMNS "line_set s JOIN line l ON l.id = s.line"
			      " WHERE s.backup_set = ?3 AND (?1 IS NULL OR l.cluster = ?1)" REST,
	[JOBS_ALL] = JOBS LINES "WHERE ?1 IS NULL AND ?3 IS NULL" JOBS_REST,
	[JOBS_CLUSTER] = JOBS LINES "WHERE l.cluster = ?1 AND ?3 IS NULL" JOBS_REST,
	[PRUNE] = "DELETE FROM line WHERE id IN (SELECT id FROM line WHERE at < ?1 LIMIT ?2)",
};

static const struct schema schema = {
	.what = "the history",
	.application_id = 0x72746468, /* "rtdh" */
	.version = 1,
	.create = TABLES,
	.statements = statements,
	.statement_count = STATEMENT_COUNT,
	.synchronous = "NORMAL",
};

struct history_db {
	struct database d; /* without a connection: could not be begun anew */
	char *path;
	int rc;        /* of what was added since the last commit */
	bool troubled; /* the last commit failed, and that was told */
};

char *history_db_path(const char *state)
{
	const char *slash = strrchr(state, '/'), *name = slash ? slash + 1 : state;
	bool usual = text_starts(name, "state");

	return xasprintf("%.*shistory%s%s", (int)(name - state), state, usual ? "" : "-",
		usual ? name + strlen("state") : name);
}

void history_db_close(struct history_db *h)
{
	if (!h)
		return;
	database_close(&h->d);
	free(h->path);
	free(h);
}

int history_db_open(const char *path, struct history_db **ret, char **ret_moved, struct error *err)
{
	struct history_db *h = xcalloc(1, sizeof(*h));
	int r = database_open_or_begin(&h->d, path, &schema, ret_moved, err);

	h->path = xstrdup(path);
	if (r < 0)
		history_db_close(h);
	else
		*ret = h;
	return r;
}

/* Tells of an error; after damage, the file is moved aside and another begun. */
static int failed(struct history_db *h, int rc, const char *doing, struct error *err)
{
	_cleanup_free_ char *moved = NULL, *unused = NULL;
	int r;

	if (!h->d.db)
		return error_set(err, EIO, "%s: cannot be used", h->path);
	r = database_error(&h->d, rc, doing, err);
	if (r != -EBADMSG)
		return r;
	database_close(&h->d);
	r = file_move_aside(h->path, "damaged", &moved, err);
	if (r == 0)
		r = database_open_or_begin(&h->d, h->path, &schema, &unused, err);
	if (r < 0) {
		database_close(&h->d);
		return r;
	}
	return error_set(err, EBADMSG, "the history %s was damaged and is now %s; another is begun",
		h->path, moved);
}

static int add_line(struct history_db *h, const char *cluster, const struct entry *e)
{
	sqlite3_stmt *q = h->d.statements[LINE_ADD];

	bind_text(q, 1, cluster);
	bind_text(q, 2, entry_names[e->kind]);
	(void)sqlite3_bind_int64(q, 3, e->at_s);
	(void)sqlite3_bind_int64(q, 4, e->slot_s);
	bind_text(q, 5, e->outcome);
	bind_text(q, 6, e->reason);
	bind_text(q, 7, e->code);
	bind_text(q, 8, e->request_id);
	bind_text(q, 9, e->plan);
	(void)sqlite3_bind_int64(q, 10, e->count);
	return run(q);
}

static int add_set(struct history_db *h, int64_t line, const struct entry *e, const char *reason)
{
	sqlite3_stmt *q = h->d.statements[SET_ADD];

	(void)sqlite3_bind_int64(q, 1, line);
	bind_text(q, 2, e->set);
	bind_text(q, 3, reason);
	return run(q);
}

/* Whether they say the same of two sets, but for the reason. */
static bool is_one_line(const struct entry *a, const struct entry *b)
{
	return a->set && b->set && a->kind == b->kind && a->at_s == b->at_s &&
		a->slot_s == b->slot_s && a->count == b->count && !a->reason == !b->reason &&
		text_equal(a->outcome, b->outcome) && text_equal(a->code, b->code) &&
		text_equal(a->request_id, b->request_id) && text_equal(a->plan, b->plan);
}

static int add(struct history_db *h, const char *cluster, const struct entry *entries, size_t count)
{
	const struct entry *first = NULL; /* of the line */
	int64_t line = 0;
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
		const struct entry *e = &entries[i];
		if (!first || !is_one_line(first, e)) {
			rc = add_line(h, cluster, e);
			line = sqlite3_last_insert_rowid(h->d.db);
			first = e;
		}
		if (rc == SQLITE_OK && e->set)
			rc = add_set(h, line, e,
				text_equal(e->reason, first->reason) ? NULL : e->reason);
	}
	return rc;
}

void history_db_add(
	struct history_db *h, const char *cluster, const struct entry *entries, size_t count)
{
	if (!h || !h->d.db || count == 0)
		return;
	if (h->rc == SQLITE_OK && !h->d.group)
		h->rc = database_begin(&h->d);
	if (h->rc == SQLITE_OK)
		h->rc = add(h, cluster, entries, count);
}

int history_db_commit(struct history_db *h, struct error *err)
{
	bool told = h && h->troubled;
	int rc, r;

	if (!h || !h->d.db || (!h->d.group && h->rc == SQLITE_OK))
		return 0;
	rc = database_end(&h->d, h->rc);
	h->rc = SQLITE_OK;
	h->troubled = rc != SQLITE_OK;
	if (rc == SQLITE_OK)
		return 0;
	r = failed(h, rc, "write", err);
	return told && r != -EBADMSG ? 0 : r;
}

static bool kind_of(const char *name, enum entry_kind *ret)
{
	for (int kind = 0; kind < ENTRY_KIND_COUNT; kind++)
		if (text_equal(entry_names[kind], name)) {
			*ret = (enum entry_kind)kind;
			return true;
		}
	return false;
}

/* False for a row that damage has left unreadable. */
static bool read_entry(sqlite3_stmt *q, struct entry *ret)
{
	*ret = (struct entry){
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
	return kind_of(column_text_or_null(q, 1), &ret->kind) && column_text_or_null(q, 0);
}

static enum statement statement_for(const struct history_query *q)
{
	if (q->set)
		return QUERY_SET;
	if (q->jobs)
		return q->cluster ? JOBS_CLUSTER : JOBS_ALL;
	return q->cluster ? QUERY_CLUSTER : QUERY_ALL;
}

int history_db_query(struct history_db *h, const struct history_query *asked,
	void (*each)(void *data, const char *cluster, const struct entry *e), void *data,
	struct error *err)
{
	sqlite3_stmt *q;
	struct entry e;
	int rc;

	if (!h->d.db)
		return failed(h, SQLITE_ERROR, "read", err);
	q = h->d.statements[statement_for(asked)];
	bind_text(q, 1, asked->cluster);
	(void)sqlite3_bind_int64(q, 2, asked->since_s);
	bind_text(q, 3, asked->set);
	(void)sqlite3_bind_int64(q, 4, asked->limit > 0 ? asked->limit : 0);
	(void)sqlite3_bind_int(q, 5, asked->failed);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		if (read_entry(q, &e))
			each(data, column_text_or_null(q, 0), &e);
	statement_resetp(&q);
	return rc == SQLITE_DONE ? 0 : failed(h, rc, "read", err);
}

int64_t history_db_prune(struct history_db *h, int64_t before_s, int64_t limit, struct error *err)
{
	sqlite3_stmt *q;
	int rc;

	if (!h->d.db)
		return 0;
	q = h->d.statements[PRUNE];
	(void)sqlite3_bind_int64(q, 1, before_s);
	(void)sqlite3_bind_int64(q, 2, limit);
	rc = run(q);
	return rc == SQLITE_OK ? sqlite3_changes(h->d.db) : failed(h, rc, "prune", err);
}

static void note_one(void *data, const char *cluster, const struct entry *e)
{
	(void)cluster;
	(void)e;
	*(bool *)data = false;
}

bool history_db_is_empty(struct history_db *h)
{
	bool empty = true;

	return history_db_query(h, &(struct history_query){.since_s = INT64_MIN, .limit = 1},
		       note_one, &empty, NULL) == 0 &&
		empty;
}
