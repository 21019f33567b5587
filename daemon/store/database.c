#include "store/internal.h"

#include <errno.h>
#include <stdio.h>

#define APPLICATION_ID 0x7274646e /* "rtdn", at offset 68 of the file */
#define SCHEMA_TEXT_MAX (64 * 1024)

/* One owner: the exclusive mode takes SQLite's own lock too and needs no -shm file, whose mapping
 * would kill the process with SIGBUS on a full disk. The sizes bound memory and the -wal. */
static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA cell_size_check = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA cache_size=-256",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA synchronous = FULL",
	"PRAGMA journal_size_limit = 1048576",
	"PRAGMA wal_autocheckpoint = 200",
};

static void statement_finalizep(sqlite3_stmt **q)
{
	(void)sqlite3_finalize(*q);
}

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

int database_error(struct store *s, int rc, const char *doing, struct error *err)
{
	int code = errno_of(rc), system = s->db ? sqlite3_system_errno(s->db) : 0;

	s->suspect |= code == EBADMSG;
	if (code == EIO && system > 0)
		code = system;
	if (code == EBUSY)
		return error_set(
			err, code, "%s: another program has this state file open", s->path);
	return error_set(err, code, "%s: cannot %s: %s", s->path, doing,
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

/* Some errors roll the whole transaction back by themselves. */
static bool group_is_lost(const struct store *s)
{
	return s->group && sqlite3_get_autocommit(s->db);
}

int transaction_begin(struct store *s)
{
	if (group_is_lost(s))
		return SQLITE_ABORT;
	return run(s->statements[s->group ? STATEMENT_PART_BEGIN : STATEMENT_BEGIN]);
}

int transaction_end(struct store *s, int rc)
{
	if (rc == SQLITE_OK)
		rc = run(s->statements[s->group ? STATEMENT_PART_KEEP : STATEMENT_COMMIT]);
	if (rc == SQLITE_OK || sqlite3_get_autocommit(s->db))
		return rc;
	(void)run(s->statements[s->group ? STATEMENT_PART_UNDO : STATEMENT_ROLLBACK]);
	if (s->group)
		(void)run(s->statements[STATEMENT_PART_KEEP]);
	return rc;
}

int store_begin(struct store *s, struct error *err)
{
	int rc = transaction_begin(s);

	if (rc != SQLITE_OK)
		return database_error(s, rc, "write", err);
	s->group = true;
	return 0;
}

int store_commit(struct store *s, struct error *err)
{
	bool lost = group_is_lost(s);
	int rc;

	s->group = false;
	rc = lost ? SQLITE_ABORT : transaction_end(s, SQLITE_OK);
	return rc == SQLITE_OK ? 0 : database_error(s, rc, "write", err);
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
	if (rc == SQLITE_ROW && text) {
		const unsigned char *s = sqlite3_column_text(q, 0);
		text_add(text, s ? (const char *)s : "");
	}
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* All steps from `version` on, in one transaction. */
static int migrate(sqlite3 *db, int64_t version)
{
	char sql[96];
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (; rc == SQLITE_OK && store_migrations[version]; version++)
		rc = sqlite3_exec(db, store_migrations[version], NULL, NULL, NULL);
	(void)snprintf(sql, sizeof(sql),
		"PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT", APPLICATION_ID,
		(long long)version);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int schema_text(sqlite3 *db, struct text *ret)
{
	return query(db,
		"SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), x'0a')"
		" FROM (SELECT * FROM sqlite_master ORDER BY type, name)",
		NULL, ret);
}

/* Whether the file has exactly the tables that the migrations make, and no trigger or view besides.
 */
static int schema_is_ours(sqlite3 *db, bool *ret)
{
	_cleanup_(text_done) struct text ours = TEXT_INIT(SCHEMA_TEXT_MAX);
	_cleanup_(text_done) struct text theirs = TEXT_INIT(SCHEMA_TEXT_MAX);
	sqlite3 *model = NULL;
	int rc = sqlite3_open_v2(
		":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = migrate(model, 0);
	if (rc == SQLITE_OK)
		rc = schema_text(model, &ours);
	(void)sqlite3_close(model);
	if (rc == SQLITE_OK)
		rc = schema_text(db, &theirs);
	if (rc == SQLITE_OK)
		*ret = !theirs.full && text_equal(ours.s, theirs.s);
	return rc;
}

static int bring_up_to_date(struct store *s, struct error *err)
{
	int64_t version = 0, application = 0, tables = 0, known = 0;
	bool ours = false;
	int rc;

	while (store_migrations[known])
		known++;
	rc = query(s->db, "PRAGMA user_version", &version, NULL);
	if (rc == SQLITE_OK)
		rc = query(s->db, "PRAGMA application_id", &application, NULL);
	if (rc == SQLITE_OK)
		rc = query(s->db, "SELECT count(*) FROM sqlite_master", &tables, NULL);
	if (rc != SQLITE_OK)
		return database_error(s, rc, "read", err);
	if (version < 0 || version > known)
		return error_set(err, EBADMSG,
			"%s: schema version %lld is not known (newest known: %lld)", s->path,
			(long long)version, (long long)known);
	/* A new file, or one whose making was cut short, is all empty. */
	if (version == 0 ? tables > 0 || application != 0 : application != APPLICATION_ID)
		return error_set(err, EBADMSG, "%s: not a state file of retaind", s->path);
	if (version < known)
		rc = migrate(s->db, version);
	if (rc == SQLITE_OK)
		rc = schema_is_ours(s->db, &ours);
	if (rc != SQLITE_OK)
		return database_error(s, rc, "write the schema", err);
	return ours ? 0
		    : error_set(err, EBADMSG, "%s: its tables are not those of retaind", s->path);
}

static int check(struct store *s, struct error *err)
{
	_cleanup_(text_done) struct text result = TEXT_INIT(512);
	int rc;

	if (s->whole)
		return ledger_verify(s, err);
	rc = query(s->db, "PRAGMA quick_check(1)", NULL, &result);
	if (rc != SQLITE_OK)
		return database_error(s, rc, "check", err);
	if (!text_equal(result.s, "ok"))
		return error_set(
			err, EBADMSG, "%s: damaged: %s", s->path, result.s ? result.s : "?");
	return ledger_verify(s, err);
}

static int prepare(struct store *s, struct error *err)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		int rc = sqlite3_prepare_v3(s->db, store_statements[i], -1,
			SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL);
		if (rc != SQLITE_OK)
			return database_error(s, rc, "prepare a statement", err);
	}
	return 0;
}

static int set_up(struct store *s, struct error *err)
{
	_cleanup_(text_done) struct text mode = TEXT_INIT(64);
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < ARRAY_SIZE(settings); i++)
		rc = query(s->db, settings[i], NULL, NULL);
	/* Where that cannot be had, SQLite says so by naming the mode that stays. */
	if (rc == SQLITE_OK)
		rc = query(s->db, "PRAGMA journal_mode = WAL", NULL, &mode);
	if (rc != SQLITE_OK)
		return database_error(s, rc, "open", err);
	if (!text_equal(mode.s, "wal"))
		return error_set(err, EIO, "%s: cannot have a write-ahead log there", s->path);
	return 0;
}

int database_open(struct store *s, struct error *err)
{
	int rc = sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	int r;

	if (rc != SQLITE_OK)
		return database_error(s, rc, "open", err);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Until all of it is known to be good, closing must leave the -wal as it was found. */
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	r = set_up(s, err);
	if (r == 0)
		r = bring_up_to_date(s, err);
	if (r == 0)
		r = check(s, err);
	if (r == 0)
		r = prepare(s, err);
	if (r < 0)
		return r;
	rc = history_begin(s);
	if (rc != SQLITE_OK)
		return database_error(s, rc, "read", err);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return 0;
}

bool database_close(struct store *s)
{
	int rc;

	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		(void)sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	rc = sqlite3_close(s->db);
	s->db = NULL;
	return rc == SQLITE_OK;
}
