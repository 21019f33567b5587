/* Shared by the files of this folder; nobody else includes it. */
#pragma once

#include "base/memory.h"
#include "base/text.h"
#include "store/store.h"

#include <sqlite3.h>

enum statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_PART_BEGIN,
	STATEMENT_PART_KEEP,
	STATEMENT_PART_UNDO,
	STATEMENT_CLUSTER_GET,
	STATEMENT_CLUSTERS,
	STATEMENT_CLUSTER_PUT,
	STATEMENT_MARKS_GET,
	STATEMENT_MARKS,
	STATEMENT_MARK_PUT,
	STATEMENT_MARK_DROP,
	STATEMENT_FOUND_GET,
	STATEMENT_FOUND_DROP,
	STATEMENT_FOUND_ADD,
	STATEMENT_WORD_GET,
	STATEMENT_WORD_ADD,
	STATEMENT_WORD_USED,
	STATEMENT_HISTORY_ADD,
	STATEMENT_HISTORY_ALL,
	STATEMENT_HISTORY_OF,
	STATEMENT_HISTORY_SET,
	STATEMENT_HISTORY_FIRST,
	STATEMENT_HISTORY_PRUNE,
	STATEMENT_WORD_PRUNE,
	STATEMENT_WORD_PIN,
	STATEMENT_WORD_TEXT,
	STATEMENT_OLD_LINES,
	STATEMENT_HISTORY_DROP,
	STATEMENT_PACK_OPEN,
	STATEMENT_PACK_PUT,
	STATEMENT_PACK_CLOSE,
	STATEMENT_PACK_PRUNE,
	STATEMENT_PACKS_ALL,
	STATEMENT_PACKS_OF,
	STATEMENT_PACKS_SET,
	STATEMENT_COUNT,
};

struct store {
	char *path;
	int lock_fd;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	int64_t history_next; /* id of the next line of history */
	int64_t sweep;        /* where store_prune_history() goes on */
	int64_t condensed;    /* where store_condense_history() goes on */
	bool opened;          /* all is in order, to be closed so */
	bool whole;           /* when it was opened: sealed by who closed it */
	bool suspect;         /* damage was met: the next owner is to read all of it */
	bool group;           /* between store_begin() and store_commit() */
};

/* schema.c: step i leads from version i to i + 1; NULL at the end. Never change one that was
 * released: add another. */
extern const char *const store_migrations[];
extern const char *const store_statements[STATEMENT_COUNT];

/* file.c */
/* *ret_whole: the file is as the last owner sealed it. */
int file_lock(const char *path, int *ret_fd, bool *ret_whole, struct error *err);
/* Accepts -1. `whole` is the path if the file was closed in order: then it is sealed; else NULL. */
void file_unlock(int fd, const char *whole);

/* seal.c: `fd` is that of the lock file */
bool seal_is_whole(int fd, const char *path);
void seal_put(int fd, const char *path);
/* Creates the file (0600) if it is not there (*ret_created), and looks at its first bytes.
 * -EBADMSG: not a database that we could have written. */
int file_prepare(const char *path, bool *ret_created, struct error *err);
/* Removes a file that file_prepare() created, with what SQLite put next to it. */
void file_discard(const char *path);
/* Renames the file with its -wal, -shm and -journal. *ret_to is owned by the caller. */
int file_move_aside(const char *path, char **ret_to, struct error *err);
void file_move_back(const char *path, const char *from);

/* database.c */
/* Opens the file that is there, brings its schema up to date, checks all of it and prepares the
 * statements. -EBADMSG: damaged, or not of a version that we know. */
int database_open(struct store *s, struct error *err);
bool database_close(struct store *s); /* false: not all was written back */
/* Turns SQLite's result code into an error: "FILE: cannot DOING: why". Returns a negative errno. */
int database_error(struct store *s, int rc, const char *doing, struct error *err);

void bind_text(sqlite3_stmt *q, int index, const char *value);
int run(sqlite3_stmt *q); /* steps to the end and resets; SQLITE_OK or an error */
/* Within a group, a part of its transaction. */
int transaction_begin(struct store *s);
int transaction_end(
	struct store *s, int rc); /* commits if rc is SQLITE_OK, else rolls back; the first error */

static inline void statement_resetp(sqlite3_stmt **q)
{
	(void)sqlite3_reset(*q);
	(void)sqlite3_clear_bindings(*q);
}

/* ledger.c: reads every row and its check sum, in order. -EBADMSG at the first that is wrong. */
int ledger_verify(struct store *s, struct error *err);

/* history.c */
int history_begin(struct store *s); /* finds history_next; an SQLite code */
int history_add(struct store *s, const char *cluster, const struct entry *e); /* an SQLite code */
#define PACKED_TEXT_SIZE 69
/* A column that may hold the packed form of a request id or the name of a plan. */
const char *history_column(sqlite3_stmt *q, int column, char buffer[PACKED_TEXT_SIZE]);
/* Binds a set's id, as a number if it is one. */
void history_bind_set(sqlite3_stmt *q, int index, const char *id);
/* Binds the number of a word that is there already; NULL binds nothing. */
int history_bind_known(struct store *s, sqlite3_stmt *q, int index, const char *text);
