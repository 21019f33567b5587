/* One SQLite file with one owner: how it is opened, brought up to date, written and told of. The
 * files of this folder share it; nobody else includes it. */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <sqlite3.h>

struct database {
	char *path; /* owned */
	const struct schema *schema;
	sqlite3 *db;               /* NULL: closed */
	sqlite3_stmt **statements; /* as in the schema; owned */
	bool group;                /* within database_begin() and database_end() */
};

/* The step of a schema to the version after it: first the function, then the SQL. Either may be
 * NULL. All steps that a file needs are one transaction, so the function may run again after a
 * crash. It returns 0 or a negative errno. */
struct migration {
	int (*run)(struct database *d, struct error *err);
	const char *sql;
};

struct schema {
	const char *what; /* "the state file" */
	int application_id;
	int64_t version;
	const char *create;            /* the tables of this version */
	const struct migration *steps; /* steps[0] leads from version 1 to version 2 */
	const char *const *statements;
	size_t statement_count;
	const char *synchronous; /* "FULL": on disk when a commit returns. "NORMAL": soon */
	/* Reads all rows; -EBADMSG if one is damaged. With NULL a file is not read when it is
	 * opened, and damage is met later. */
	int (*verify)(struct database *d, struct error *err);
};

/* Opens the file that is there (it may be empty), brings its schema up to date and checks it. On
 * an error nothing of it has changed, and the caller still has to close `d`.
 * -EBADMSG: damaged. -ENOTSUP: of a newer program. */
int database_open(
	struct database *d, const char *path, const struct schema *schema, struct error *err);
void database_close(struct database *d);

/* The same for a file that may be missing or damaged: a damaged one is moved aside with all that
 * SQLite put next to it, and a new one begun. *ret_moved, owned by the caller, then says where it
 * is; else it is NULL. */
int database_open_or_begin(struct database *d, const char *path, const struct schema *schema,
	char **ret_moved, struct error *err);

/* Turns SQLite's result code into an error: "FILE: cannot DOING: why". Returns a negative errno;
 * -EBADMSG is damage. */
int database_error(const struct database *d, int rc, const char *doing, struct error *err);

/* What is written in between is synced once, and none of it counts before database_end() has
 * returned SQLITE_OK: it commits if `rc` is SQLITE_OK, else it rolls back. Returns the first error.
 */
int database_begin(struct database *d);
int database_end(struct database *d, int rc);
/* The same for a part of such a group, which succeeds or fails alone; outside of a group it is a
 * transaction of its own. */
int database_part_begin(struct database *d);
int database_part_end(struct database *d, int rc);

void bind_text(sqlite3_stmt *q, int index, const char *value); /* NULL binds NULL */
int run(sqlite3_stmt *q); /* steps to the end and resets; SQLITE_OK or an error */

/* Valid until the statement steps. */
static inline const char *column_text_or_null(sqlite3_stmt *q, int column)
{
	return (const char *)sqlite3_column_text(q, column);
}

/* NULL reads as "". */
static inline const char *column_text(sqlite3_stmt *q, int column)
{
	const char *s = column_text_or_null(q, column);

	return s ? s : "";
}

static inline void statement_resetp(sqlite3_stmt **q)
{
	(void)sqlite3_reset(*q);
	(void)sqlite3_clear_bindings(*q);
}

static inline void statement_finalizep(sqlite3_stmt **q)
{
	(void)sqlite3_finalize(*q);
}
