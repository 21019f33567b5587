/* history.db: what people read, and nothing is decided on. SQLite, WAL, synchronous=NORMAL: a power
 * cut may cost the last lines. Its loss costs only that: a damaged file is moved aside, and one
 * that cannot be used leaves the daemon without a history. The owner of the state file owns it,
 * too. */
#pragma once

#include "base/error.h"
#include "cycle/ledger.h"

#include <stdbool.h>

struct history_db;

/* The path of the history that belongs to a state file: in the same folder, "history" instead of
 * "state" at the beginning of the name ("history.db"), or before another name. Owned by the caller.
 */
char *history_db_path(const char *state);

/* Opens or creates. A damaged file is moved aside: *ret_moved (owned by the caller) then says where
 * it is; else it is NULL. -ENOTSUP: a newer program wrote it; it was left as it is. */
int history_db_open(const char *path, struct history_db **ret, char **ret_moved, struct error *err);
void history_db_close(struct history_db *h); /* accepts NULL */

/* Adds the entries of a record. With `h` NULL both do nothing. */
void history_db_add(
	struct history_db *h, const char *cluster, const struct entry *entries, size_t count);
/* Keeps what was added since the last commit. A trouble is returned once: then 0 is, until a commit
 * has succeeded again. -EBADMSG: the file was damaged, was moved aside, and another is begun. */
int history_db_commit(struct history_db *h, struct error *err);

/* Newest first, at most `limit`; cluster or set NULL for any. One entry a set, or with `jobs` one
 * for what happened at once: `count` says to how many sets, `set` names a single one. With a set,
 * `jobs` changes nothing. `failed`: failed backups, and calls that were not answered with "ok".
 * Strings are valid during the call. */
struct history_query {
	const char *cluster;
	const char *set;
	int64_t since_s;
	int64_t limit;
	bool jobs, failed;
};
int history_db_query(struct history_db *h, const struct history_query *q,
	void (*each)(void *data, const char *cluster, const struct entry *e), void *data,
	struct error *err);

/* Removes at most `limit` lines older than this. Returns how many, or < 0. */
int64_t history_db_prune(struct history_db *h, int64_t before_s, int64_t limit, struct error *err);

bool history_db_is_empty(struct history_db *h);
