/* The rows that promises rest on: of each cluster and of each marked set. */
#include "base/digest.h"
#include "store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define ROW_MAX 4096 /* ids and names are far shorter */

/* On disk these are numbers: the enumerators must keep theirs. */
_Static_assert(CREATE_NONE == 0 && CREATE_INTENT == 1 && CREATE_ACCEPTED == 2 &&
		CREATE_REFUSED == 3 && CREATE_FAILED == 4 && CREATE_DONE == 5,
	"the numbers in the state file");

static int64_t cluster_checksum(const char *name, const struct ledger *l)
{
	const struct create_record *c = &l->create;
	char row[ROW_MAX];

	(void)snprintf(row, sizeof(row),
		"cluster %s %" PRId64 " %" PRId64 " %d %" PRId64 " %" PRId64 " %" PRId64 " %d %s",
		name, l->listed_s, l->agreed_s, (int)c->state, c->slot_s, c->called_s,
		c->called_server_s, c->attempts, c->set);
	return (int64_t)digest_fnv1a(row);
}

static int64_t mark_checksum(const char *cluster, const struct mark *m)
{
	char row[ROW_MAX];

	(void)snprintf(row, sizeof(row),
		"mark %s %s %" PRId64 " %" PRId64 " %" PRId64 " %d %d %d %d", cluster, m->id,
		m->expired_s, m->expired_agreed_s, m->asked_s, m->asks, m->absent, m->answered,
		m->approved);
	return (int64_t)digest_fnv1a(row);
}

static const char *column_text(sqlite3_stmt *q, int column)
{
	const unsigned char *s = sqlite3_column_text(q, column);

	return s ? (const char *)s : "";
}

/* All but the marks. */
static bool read_cluster(sqlite3_stmt *q, struct ledger *ret)
{
	int64_t state = sqlite3_column_int64(q, 3);
	const char *set = column_text(q, 8);
	struct ledger l = {
		.listed_s = sqlite3_column_int64(q, 1),
		.agreed_s = sqlite3_column_int64(q, 2),
		.create.slot_s = sqlite3_column_int64(q, 4),
		.create.called_s = sqlite3_column_int64(q, 5),
		.create.called_server_s = sqlite3_column_int64(q, 6),
		.create.attempts = sqlite3_column_int(q, 7),
	};

	if (state < CREATE_NONE || state > CREATE_DONE || strlen(set) >= sizeof(l.create.set))
		return false;
	l.create.state = (enum create_state)state;
	memcpy(l.create.set, set, strlen(set));
	if (sqlite3_column_int64(q, 9) != cluster_checksum(column_text(q, 0), &l))
		return false;
	*ret = l;
	return true;
}

/* ret->id is a copy, owned by the caller. */
static bool read_mark(sqlite3_stmt *q, struct mark *ret)
{
	struct mark m = {
		.expired_s = sqlite3_column_int64(q, 2),
		.expired_agreed_s = sqlite3_column_int64(q, 3),
		.asked_s = sqlite3_column_int64(q, 4),
		.asks = sqlite3_column_int(q, 5),
		.absent = sqlite3_column_int(q, 6),
		.answered = sqlite3_column_int(q, 7) == 1,
		.approved = sqlite3_column_int(q, 8) == 1,
	};

	m.id = xstrdup(column_text(q, 1));
	if (sqlite3_column_int64(q, 9) != mark_checksum(column_text(q, 0), &m)) {
		free(m.id);
		return false;
	}
	*ret = m;
	return true;
}

static int damaged(const struct store *s, const char *cluster, struct error *err)
{
	return error_set(err, EBADMSG, "%s: damaged: a row of cluster %.64s has changed by itself",
		s->path, cluster);
}

static int load_cluster(struct store *s, const char *cluster, struct ledger *ret, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_CLUSTER_GET];
	int rc;

	bind_text(q, 1, cluster);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		return read_cluster(q, ret) ? 0 : damaged(s, cluster, err);
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

static int load_marks(struct store *s, const char *cluster, struct ledger *ret, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_MARKS_GET];
	size_t capacity = 0;
	int rc;

	bind_text(q, 1, cluster);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		ret->marks = memory_grow(
			ret->marks, &capacity, ret->mark_count + 1, sizeof(*ret->marks));
		if (!read_mark(q, &ret->marks[ret->mark_count]))
			return damaged(s, cluster, err);
		ret->mark_count++;
	}
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

int store_load(struct store *s, const char *cluster, struct ledger *ret, struct error *err)
{
	_cleanup_(ledger_done) struct ledger l = {0};
	int r = load_cluster(s, cluster, &l, err);

	if (r == 0)
		r = load_marks(s, cluster, &l, err);
	if (r < 0)
		return r;
	*ret = l;
	l = (struct ledger){0};
	return 0;
}

/* Adds the marks of a cluster; `q` stands at the first row that may be one of them, and *step says
 * whether there is one. */
static int take_marks(struct store *s, sqlite3_stmt *q, int *step, const char *cluster,
	struct ledger *ret, struct error *err)
{
	size_t capacity = 0;

	/* A row of a cluster that is not known belongs to none. */
	while (*step == SQLITE_ROW && strcmp(column_text(q, 0), cluster) < 0)
		*step = sqlite3_step(q);
	while (*step == SQLITE_ROW && strcmp(column_text(q, 0), cluster) == 0) {
		ret->marks = memory_grow(
			ret->marks, &capacity, ret->mark_count + 1, sizeof(*ret->marks));
		if (!read_mark(q, &ret->marks[ret->mark_count]))
			return damaged(s, cluster, err);
		ret->mark_count++;
		*step = sqlite3_step(q);
	}
	return *step == SQLITE_ROW || *step == SQLITE_DONE ? 0
							   : database_error(s, *step, "read", err);
}

int store_load_all(struct store *s, void (*each)(void *data, const char *cluster, struct ledger *l),
	void *data, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_CLUSTERS];
	_cleanup_(statement_resetp) sqlite3_stmt *marks = s->statements[STATEMENT_MARKS];
	int step = sqlite3_step(marks), rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		_cleanup_(ledger_done) struct ledger l = {0};
		const char *cluster = column_text(q, 0);
		int r = read_cluster(q, &l) ? take_marks(s, marks, &step, cluster, &l, err)
					    : damaged(s, cluster, err);
		if (r < 0)
			return r;
		each(data, cluster, &l);
		l = (struct ledger){0};
	}
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

static int put_cluster(struct store *s, const char *cluster, const struct record *r)
{
	sqlite3_stmt *q = s->statements[STATEMENT_CLUSTER_PUT];
	struct ledger l = {0};

	if (!r->create && load_cluster(s, cluster, &l, NULL) < 0)
		return SQLITE_CORRUPT;
	if (r->create)
		l.create = *r->create;
	l.listed_s = r->listed_s;
	l.agreed_s = r->agreed_s;
	bind_text(q, 1, cluster);
	(void)sqlite3_bind_int64(q, 2, l.listed_s);
	(void)sqlite3_bind_int64(q, 3, l.agreed_s);
	(void)sqlite3_bind_int(q, 4, (int)l.create.state);
	(void)sqlite3_bind_int64(q, 5, l.create.slot_s);
	(void)sqlite3_bind_int64(q, 6, l.create.called_s);
	(void)sqlite3_bind_int64(q, 7, l.create.called_server_s);
	(void)sqlite3_bind_int(q, 8, l.create.attempts);
	bind_text(q, 9, l.create.set);
	(void)sqlite3_bind_int64(q, 10, cluster_checksum(cluster, &l));
	return run(q);
}

static int put_mark(struct store *s, const char *cluster, const struct mark *m)
{
	sqlite3_stmt *q = s->statements[STATEMENT_MARK_PUT];

	bind_text(q, 1, cluster);
	bind_text(q, 2, m->id);
	(void)sqlite3_bind_int64(q, 3, m->expired_s);
	(void)sqlite3_bind_int64(q, 4, m->expired_agreed_s);
	(void)sqlite3_bind_int64(q, 5, m->asked_s);
	(void)sqlite3_bind_int(q, 6, m->asks);
	(void)sqlite3_bind_int(q, 7, m->absent);
	(void)sqlite3_bind_int(q, 8, m->answered);
	(void)sqlite3_bind_int(q, 9, m->approved);
	(void)sqlite3_bind_int64(q, 10, mark_checksum(cluster, m));
	return run(q);
}

static int drop_mark(struct store *s, const char *cluster, const char *id)
{
	sqlite3_stmt *q = s->statements[STATEMENT_MARK_DROP];

	bind_text(q, 1, cluster);
	bind_text(q, 2, id);
	return run(q);
}

static int write_record(struct store *s, const char *cluster, const struct record *r)
{
	int rc = put_cluster(s, cluster, r);

	for (size_t i = 0; rc == SQLITE_OK && i < r->drop_count; i++)
		rc = drop_mark(s, cluster, r->drop[i]);
	for (size_t i = 0; rc == SQLITE_OK && i < r->put_count; i++)
		rc = put_mark(s, cluster, r->put[i]);
	for (size_t i = 0; rc == SQLITE_OK && i < r->entry_count; i++)
		rc = history_add(s, cluster, &r->entries[i]);
	return rc;
}

int store_record(struct store *s, const char *cluster, const struct record *r, struct error *err)
{
	int rc = transaction_begin(s);

	if (rc == SQLITE_OK)
		rc = transaction_end(s, write_record(s, cluster, r));
	return rc == SQLITE_OK ? 0 : database_error(s, rc, "write", err);
}

static int verify_clusters(struct store *s, sqlite3_stmt *q, struct error *err)
{
	_cleanup_free_ char *before = NULL;
	struct ledger l;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *name = column_text(q, 0);
		if (!read_cluster(q, &l) || (before && strcmp(before, name) >= 0))
			return damaged(s, name, err);
		free(before);
		before = xstrdup(name);
	}
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

static int verify_marks(struct store *s, sqlite3_stmt *q, struct error *err)
{
	_cleanup_free_ char *before = NULL;
	struct mark m;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		char *key;
		if (!read_mark(q, &m))
			return damaged(s, column_text(q, 0), err);
		free(m.id);
		/* \001 sorts before every character of an id. */
		key = xasprintf("%s\001%s", column_text(q, 0), column_text(q, 1));
		if (before && strcmp(before, key) >= 0) {
			free(key);
			return damaged(s, column_text(q, 0), err);
		}
		free(before);
		before = key;
	}
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

static void statement_finalizep(sqlite3_stmt **q)
{
	(void)sqlite3_finalize(*q);
}

int ledger_verify(struct store *s, struct error *err)
{
	static const struct {
		enum statement statement;
		int (*verify)(struct store *s, sqlite3_stmt *q, struct error *err);
	} tables[] = {
		{STATEMENT_CLUSTERS, verify_clusters},
		{STATEMENT_MARKS, verify_marks},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		_cleanup_(statement_finalizep) sqlite3_stmt *q = NULL;
		int rc = sqlite3_prepare_v2(
			s->db, store_statements[tables[i].statement], -1, &q, NULL);
		int r = rc == SQLITE_OK ? tables[i].verify(s, q, err)
					: database_error(s, rc, "read", err);
		if (r < 0)
			return r;
	}
	return 0;
}
