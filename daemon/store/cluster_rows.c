/* The rows of clusters and of their marked sets. */
#include "base/digest.h"
#include "store/state.h"

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
	char row[ROW_MAX], apart[64] = "", cloud[64] = "";

	/* As in version 6, where nothing is known of runs. */
	if (l->apart_s[0] || l->apart_s[1])
		(void)snprintf(apart, sizeof(apart), " %d %d", l->apart_s[0], l->apart_s[1]);
	/* As in version 8, where nothing is known of the cloud's own policy. */
	if (l->cloud.days || l->cloud.lowered_from || l->cloud.log_days)
		(void)snprintf(cloud, sizeof(cloud), " cloud %d %d %d", l->cloud.days,
			l->cloud.lowered_from, l->cloud.log_days);
	(void)snprintf(row, sizeof(row),
		"cluster %s %" PRId64 " %" PRId64 " %d %" PRId64 " %" PRId64 " %" PRId64
		" %d %s%s%s",
		name, l->listed_s, l->agreed_s, (int)c->state, c->slot_s, c->called_s,
		c->called_server_s, c->attempts, c->set, apart, cloud);
	return (int64_t)digest_fnv1a(row);
}

static int64_t mark_checksum(const char *cluster, const struct mark *m)
{
	char row[ROW_MAX], seen[80] = "";

	/* As in version 7, for most. */
	if (m->late_s || m->late_agreed_s || m->vanished_s)
		(void)snprintf(seen, sizeof(seen), " %" PRId64 " %" PRId64 " %" PRId64, m->late_s,
			m->late_agreed_s, m->vanished_s);
	(void)snprintf(row, sizeof(row),
		"mark %s %s %" PRId64 " %" PRId64 " %" PRId64 " %d %d %d %d%s", cluster, m->id,
		m->expired_s, m->expired_agreed_s, m->asked_s, m->asks, m->absent, m->answered,
		m->approved, seen);
	return (int64_t)digest_fnv1a(row);
}

/* All but the marks. */
static bool read_cluster(sqlite3_stmt *q, struct ledger *ret)
{
	int64_t state = sqlite3_column_int64(q, 3);
	const char *set = column_text(q, 8);
	struct ledger l = {
		.listed_s = sqlite3_column_int64(q, 1),
		.agreed_s = sqlite3_column_int64(q, 2),
		.apart_s = {sqlite3_column_int(q, 10), sqlite3_column_int(q, 11)},
		.cloud = {sqlite3_column_int(q, 12), sqlite3_column_int(q, 13),
			sqlite3_column_int(q, 14)},
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
		.late_s = sqlite3_column_int64(q, 10),
		.late_agreed_s = sqlite3_column_int64(q, 11),
		.vanished_s = sqlite3_column_int64(q, 12),
	};

	m.id = xstrdup(column_text(q, 1));
	if (sqlite3_column_int64(q, 9) != mark_checksum(column_text(q, 0), &m)) {
		free(m.id);
		return false;
	}
	*ret = m;
	return true;
}

static int damaged(const struct database *d, const char *cluster, struct error *err)
{
	return error_set(err, EBADMSG, "%s: damaged: a row of cluster %.64s has changed by itself",
		d->path, cluster);
}

/* Reads the cluster that `q` stands at, and its marks: `marks` stands at the first of them, if
 * *step is SQLITE_ROW, and is left at the first row after them. */
static int read_ledger(struct database *d, sqlite3_stmt *q, sqlite3_stmt *marks, int *step,
	struct ledger *ret, struct error *err)
{
	const char *cluster = column_text(q, 0);
	size_t capacity = 0;

	if (!read_cluster(q, ret))
		return damaged(d, cluster, err);
	for (; *step == SQLITE_ROW && text_equal(column_text(marks, 0), cluster);
		*step = sqlite3_step(marks)) {
		ret->marks = memory_grow(
			ret->marks, &capacity, ret->mark_count + 1, sizeof(*ret->marks));
		if (!read_mark(marks, &ret->marks[ret->mark_count]))
			return damaged(d, cluster, err);
		ret->mark_count++;
	}
	if (*step != SQLITE_ROW && *step != SQLITE_DONE)
		return database_error(d, *step, "read", err);
	return sets_row_load(d, cluster, &ret->sets, err);
}

int store_load(struct store *s, const char *cluster, struct ledger *ret, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->d.statements[STATE_CLUSTER_GET];
	_cleanup_(statement_resetp) sqlite3_stmt *marks = s->d.statements[STATE_MARKS_GET];
	_cleanup_(ledger_done) struct ledger l = {0};
	int rc, step, r;

	bind_text(q, 1, cluster);
	bind_text(marks, 1, cluster);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : database_error(&s->d, rc, "read", err);
	step = sqlite3_step(marks);
	r = read_ledger(&s->d, q, marks, &step, &l, err);
	if (r < 0)
		return r;
	*ret = l;
	l = (struct ledger){0};
	return 0;
}

static int load_all(struct database *d,
	void (*each)(void *data, const char *cluster, struct ledger *l), void *data,
	struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_CLUSTERS];
	_cleanup_(statement_resetp) sqlite3_stmt *marks = d->statements[STATE_MARKS];
	_cleanup_free_ char *before = NULL;
	int step = sqlite3_step(marks), rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		_cleanup_(ledger_done) struct ledger l = {0};
		const char *cluster = column_text(q, 0);
		int r = before && strcmp(before, cluster) >= 0
			? damaged(d, cluster, err)
			: read_ledger(d, q, marks, &step, &l, err);
		if (r < 0)
			return r;
		each(data, cluster, &l);
		l = (struct ledger){0};
		free(before);
		before = xstrdup(cluster);
	}
	if (rc != SQLITE_DONE)
		return database_error(d, rc, "read", err);
	/* Marks are written with their cluster, so none is left over. */
	return step == SQLITE_ROW     ? damaged(d, column_text(marks, 0), err)
		: step == SQLITE_DONE ? 0
				      : database_error(d, step, "read", err);
}

int store_load_all(struct store *s, void (*each)(void *data, const char *cluster, struct ledger *l),
	void *data, struct error *err)
{
	return load_all(&s->d, each, data, err);
}

static void drop_ledger(void *data, const char *cluster, struct ledger *l)
{
	(void)data;
	(void)cluster;
	ledger_done(l);
}

int cluster_rows_verify(struct database *d, struct error *err)
{
	return load_all(d, drop_ledger, NULL, err);
}

/* What is known of a cluster but its marks; false if that cannot be read. */
static bool read_create(struct store *s, const char *cluster, struct ledger *ret)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->d.statements[STATE_CLUSTER_GET];
	int rc;

	bind_text(q, 1, cluster);
	rc = sqlite3_step(q);
	return rc == SQLITE_DONE || (rc == SQLITE_ROW && read_cluster(q, ret));
}

static int put_cluster(struct store *s, const char *cluster, const struct record *r)
{
	sqlite3_stmt *q = s->d.statements[STATE_CLUSTER_PUT];
	struct ledger l = {0};

	if (!r->create && !read_create(s, cluster, &l))
		return SQLITE_CORRUPT;
	if (r->create)
		l.create = *r->create;
	l.listed_s = r->listed_s;
	l.agreed_s = r->agreed_s;
	memcpy(l.apart_s, r->apart_s, sizeof(l.apart_s));
	l.cloud = r->cloud;
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
	(void)sqlite3_bind_int(q, 11, l.apart_s[0]);
	(void)sqlite3_bind_int(q, 12, l.apart_s[1]);
	(void)sqlite3_bind_int(q, 13, l.cloud.days);
	(void)sqlite3_bind_int(q, 14, l.cloud.lowered_from);
	(void)sqlite3_bind_int(q, 15, l.cloud.log_days);
	return run(q);
}

static int put_mark(struct store *s, const char *cluster, const struct mark *m)
{
	sqlite3_stmt *q = s->d.statements[STATE_MARK_PUT];

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
	(void)sqlite3_bind_int64(q, 11, m->late_s);
	(void)sqlite3_bind_int64(q, 12, m->late_agreed_s);
	(void)sqlite3_bind_int64(q, 13, m->vanished_s);
	return run(q);
}

static int drop_mark(struct store *s, const char *cluster, const char *id)
{
	sqlite3_stmt *q = s->d.statements[STATE_MARK_DROP];

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
	if (rc == SQLITE_OK && r->sets)
		rc = sets_row_put(s, cluster, r->sets);
	return rc;
}

int store_record(struct store *s, const char *cluster, const struct record *r, struct error *err)
{
	int rc = database_part_begin(&s->d);

	if (rc == SQLITE_OK)
		rc = database_part_end(&s->d, write_record(s, cluster, r));
	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}
