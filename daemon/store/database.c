/* Opens a SQLite file, brings its schema up to date, and runs its transactions. */
#include "store/database.h"
#include "store/file.h"

#include <errno.h>
#include <stdio.h>

#define SCHEMA_TEXT_MAX (64 * 1024)

/* The exclusive mode takes SQLite's own lock too, and needs no -shm file, whose mapping would kill
 * the process with SIGBUS on a full disk. The sizes bound memory and the -wal. */
static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA cell_size_check = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA foreign_keys = ON",
	"PRAGMA cache_size = -256",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA journal_size_limit = 1048576",
	"PRAGMA wal_autocheckpoint = 200",
};

static int errno_of(int rc)
{
	switch (rc & 0xff) {
	/* The first two are damage too: our own SQL is right, and our own rows collide with none.
	 */
	case SQLITE_ERROR:
	case SQLITE_CONSTRAINT:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return EACCES;
	case SQLITE_NOMEM:
		return ENOMEM;
	default:
		return EIO;
	}
}

int database_error(const struct database *d, int rc, const char *doing, struct error *err)
{
	int code = errno_of(rc), system = d->db ? sqlite3_system_errno(d->db) : 0;

	if (code == EIO && system > 0)
		code = system;
	if (code == EBUSY)
		return error_set(err, code, "%s: another program has this file open", d->path);
	return error_set(err, code, "%s: cannot %s: %s", d->path, doing,
		code == ENOSPC       ? "the disk is full"
			: system > 0 ? strerror(system)
				     : sqlite3_errstr(rc));
}

void bind_text(sqlite3_stmt *q, int index, const char *value)
{
	/* Cannot fail but for memory: the index is right and the value outlives the step. */
	(void)sqlite3_bind_text(q, index, value, -1, SQLITE_STATIC);
}

int run(sqlite3_stmt *q)
{
	int rc;

	do
		rc = sqlite3_step(q);
	while (rc == SQLITE_ROW);
	statement_resetp(&q);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int execute(const struct database *d, const char *sql)
{
	return sqlite3_exec(d->db, sql, NULL, NULL, NULL);
}

/* Some errors roll the whole transaction back by themselves. */
static bool group_is_lost(const struct database *d)
{
	return d->group && sqlite3_get_autocommit(d->db);
}

int database_part_begin(struct database *d)
{
	if (group_is_lost(d))
		return SQLITE_ABORT;
	return execute(d, d->group ? "SAVEPOINT part" : "BEGIN IMMEDIATE");
}

int database_part_end(struct database *d, int rc)
{
	if (rc == SQLITE_OK)
		rc = execute(d, d->group ? "RELEASE part" : "COMMIT");
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(d->db))
		(void)execute(d, d->group ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
	return rc;
}

int database_begin(struct database *d)
{
	int rc = database_part_begin(d);

	d->group |= rc == SQLITE_OK;
	return rc;
}

int database_end(struct database *d, int rc)
{
	if (rc == SQLITE_OK && group_is_lost(d))
		rc = SQLITE_ABORT;
	d->group = false;
	return database_part_end(d, rc);
}

/* The first column of the first row, as a number or (if `text` is not NULL) as text. */
static int query(sqlite3 *db, const char *sql, int64_t *number, struct text *text)
{
	_cleanup_(statement_finalizep) sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW && number)
		*number = sqlite3_column_int64(q, 0);
	if (rc == SQLITE_ROW && text)
		text_add(text, column_text(q, 0));
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int schema_text(sqlite3 *db, struct text *ret)
{
	return query(db,
		"SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), x'0a')"
		" FROM (SELECT * FROM sqlite_master ORDER BY type, name)",
		NULL, ret);
}

/* The file has exactly the tables of its version, and no trigger or view besides. */
static int check_schema(struct database *d, struct error *err)
{
	_cleanup_(text_done) struct text ours = TEXT_INIT(SCHEMA_TEXT_MAX);
	_cleanup_(text_done) struct text theirs = TEXT_INIT(SCHEMA_TEXT_MAX);
	sqlite3 *model = NULL;
	int rc = sqlite3_open_v2(
		":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(model, d->schema->create, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = schema_text(model, &ours);
	(void)sqlite3_close(model);
	if (rc == SQLITE_OK)
		rc = schema_text(d->db, &theirs);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "read the schema", err);
	if (theirs.full || !text_equal(ours.s, theirs.s))
		return error_set(err, EBADMSG, "%s: its tables are not those of retaind", d->path);
	return 0;
}

static int check_pages(struct database *d, struct error *err)
{
	_cleanup_(text_done) struct text result = TEXT_INIT(512);
	int rc = query(d->db, "PRAGMA quick_check(1)", NULL, &result);

	if (rc != SQLITE_OK)
		return database_error(d, rc, "check", err);
	if (!text_equal(result.s, "ok"))
		return error_set(
			err, EBADMSG, "%s: damaged: %s", d->path, result.s ? result.s : "?");
	return 0;
}

static int refuse_newer(
	const char *path, const struct schema *schema, int64_t version, struct error *err)
{
	return error_set(err, ENOTSUP,
		"%s: %s was written by a newer retaind (its version is %lld, this program knows up "
		"to %lld): install that retaind again, or name another file with --state",
		path, schema->what, (long long)version, (long long)schema->version);
}

static int read_version(struct database *d, int64_t *ret, struct error *err)
{
	int64_t application = 0, tables = 0;
	int rc = query(d->db, "PRAGMA user_version", ret, NULL);

	if (rc == SQLITE_OK)
		rc = query(d->db, "PRAGMA application_id", &application, NULL);
	if (rc == SQLITE_OK)
		rc = query(d->db, "SELECT count(*) FROM sqlite_master", &tables, NULL);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "read", err);
	/* A new file, or one whose making was cut short, is all empty. */
	if (*ret < 0 ||
		(*ret == 0 ? tables > 0 || application != 0
			   : application != d->schema->application_id))
		return error_set(err, EBADMSG, "%s: not %s of retaind", d->path, d->schema->what);
	return *ret > d->schema->version ? refuse_newer(d->path, d->schema, *ret, err) : 0;
}

static int set_up(struct database *d, struct error *err)
{
	_cleanup_(text_done) struct text mode = TEXT_INIT(64);
	char synchronous[64];
	int rc;

	(void)snprintf(synchronous, sizeof(synchronous), "PRAGMA synchronous = %s",
		d->schema->synchronous);
	rc = query(d->db, synchronous, NULL, NULL);
	/* Where a write-ahead log cannot be had, SQLite says so by naming the mode that stays. */
	if (rc == SQLITE_OK)
		rc = query(d->db, "PRAGMA journal_mode = WAL", NULL, &mode);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "open", err);
	if (!text_equal(mode.s, "wal"))
		return error_set(err, EIO, "%s: cannot have a write-ahead log there", d->path);
	return 0;
}

static int take_steps(struct database *d, int64_t version, struct error *err)
{
	int rc = SQLITE_OK;

	if (version == 0)
		rc = execute(d, d->schema->create);
	for (; version > 0 && version < d->schema->version && rc == SQLITE_OK; version++) {
		const struct migration *step = &d->schema->steps[version - 1];
		int r = step->run ? step->run(d, err) : 0;
		if (r < 0)
			return r;
		if (step->sql)
			rc = execute(d, step->sql);
	}
	return rc == SQLITE_OK ? 0 : database_error(d, rc, "write the schema", err);
}

static int migrate(struct database *d, int64_t version, struct error *err)
{
	char sql[96];
	int rc = execute(d, "BEGIN IMMEDIATE"), r;

	if (rc != SQLITE_OK)
		return database_error(d, rc, "write the schema", err);
	r = take_steps(d, version, err);
	if (r < 0)
		return r;
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %lld",
		d->schema->application_id, (long long)d->schema->version);
	rc = execute(d, sql);
	return rc == SQLITE_OK ? 0 : database_error(d, rc, "write the schema", err);
}

static int prepare(struct database *d, struct error *err)
{
	const struct schema *s = d->schema;

	d->statements = xcalloc(s->statement_count, sizeof(sqlite3_stmt *));
	for (size_t i = 0; i < s->statement_count; i++) {
		int rc = sqlite3_prepare_v3(d->db, s->statements[i], -1, SQLITE_PREPARE_PERSISTENT,
			&d->statements[i], NULL);
		if (rc != SQLITE_OK)
			return database_error(d, rc, "prepare a statement", err);
	}
	return 0;
}

/* A migration is committed when all that it made has been checked. */
static int bring_up_to_date(struct database *d, int64_t version, struct error *err)
{
	bool old = version < d->schema->version;
	int r = old ? migrate(d, version, err) : 0, rc;

	if (r == 0)
		r = check_schema(d, err);
	if (r == 0)
		r = prepare(d, err);
	if (r == 0 && d->schema->verify)
		r = d->schema->verify(d, err);
	if (r < 0 || !old)
		return r;
	rc = execute(d, "COMMIT");
	if (rc != SQLITE_OK)
		return database_error(d, rc, "write the schema", err);
	/* Tables that went leave their pages behind. If this fails, the file is only larger. */
	if (version > 0)
		(void)execute(d, "VACUUM");
	return 0;
}

int database_open(
	struct database *d, const char *path, const struct schema *schema, struct error *err)
{
	int64_t version = 0;
	int rc, r;

	*d = (struct database){.path = xstrdup(path), .schema = schema};
	rc = sqlite3_open_v2(d->path, &d->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "open", err);
	(void)sqlite3_extended_result_codes(d->db, 1);
	(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Until all of it is known to be good, closing must leave the -wal as it was found. */
	(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < ARRAY_SIZE(settings); i++)
		rc = query(d->db, settings[i], NULL, NULL);
	if (rc != SQLITE_OK)
		return database_error(d, rc, "open", err);
	r = read_version(d, &version, err);
	if (r == 0)
		r = set_up(d, err);
	if (r == 0 && schema->verify)
		r = check_pages(d, err);
	if (r == 0)
		r = bring_up_to_date(d, version, err);
	if (r == 0)
		(void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return r;
}

void database_close(struct database *d)
{
	for (size_t i = 0; d->statements && i < d->schema->statement_count; i++)
		(void)sqlite3_finalize(d->statements[i]);
	(void)sqlite3_close(d->db);
	free(d->statements);
	free(d->path);
	*d = (struct database){0};
}

/* A file that this call created does not outlive its failure. */
static int open_or_create(
	struct database *d, const char *path, const struct schema *schema, struct error *err)
{
	struct file_header header = {0};
	bool created = false;
	int r = file_prepare(path, &created, &header, err);

	if (r < 0)
		return r;
	/* Not even opened by SQLite, which might leave a -wal next to it. */
	if (header.application_id == schema->application_id && header.version > schema->version)
		return refuse_newer(path, schema, header.version, err);
	r = database_open(d, path, schema, err);
	if (r < 0) {
		database_close(d);
		if (created)
			file_discard(path);
	}
	return r;
}

int database_open_or_begin(struct database *d, const char *path, const struct schema *schema,
	char **ret_moved, struct error *err)
{
	_cleanup_free_ char *moved = NULL;
	int r = open_or_create(d, path, schema, err);

	if (r == -EBADMSG) {
		r = file_move_aside(path, "damaged", &moved, err);
		if (r < 0)
			return r;
		r = open_or_create(d, path, schema, err);
		if (r < 0)
			file_move_back(path, moved);
	}
	*ret_moved = r < 0 ? NULL : TAKE_PTR(moved);
	return r;
}
