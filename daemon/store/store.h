/* The state file: SQLite, WAL, synchronous=FULL, one owner. What it holds can be lost without loss
 * of backups: everything else is rebuilt from the cloud (grace clocks start anew, never earlier).
 */
#pragma once

#include "base/error.h"
#include "cycle/ledger.h"

struct store;

/* Opens or creates. -EBUSY: another process owns it (the text names the file). A damaged file, or
 * one of an unknown (newer) schema, is moved aside with its -wal and -shm and a new one begun:
 * *ret_moved (owned by the caller) then names where the old one went; NULL otherwise. Other errors
 * (no permission, disk full) are returned and change nothing. */
int store_open(const char *path, struct store **ret, char **ret_moved, struct error *err);
void store_close(struct store *s); /* accepts NULL */

/* Fills `ret` (which must be zeroed) with what is known of the cluster; zeroes if nothing is. */
int store_load(struct store *s, const char *cluster, struct ledger *ret, struct error *err);

/* The same for all clusters that something is known of, in one pass over the file, in the order of
 * strcmp. `each` takes over what `l` holds. */
int store_load_all(struct store *s, void (*each)(void *data, const char *cluster, struct ledger *l),
	void *data, struct error *err);

/* From here to store_commit() what is written goes into one transaction, and is synced once: none
 * of it counts before store_commit() has returned 0. Each store_record() still succeeds or fails
 * alone. */
int store_begin(struct store *s, struct error *err);
int store_commit(struct store *s, struct error *err);

/* Writes a change in one transaction and returns when it is on disk. On error nothing of it counts;
 * but if the error was that of a sync, a crash may leave the whole of it on disk. A `create` of
 * NULL leaves that part as it was; everything else is written as it stands. */
int store_record(struct store *s, const char *cluster, const struct record *r, struct error *err);

/* Clusters that a discovery has found; `key` tells discoveries apart. */
struct store_found {
	const char *cluster, *description, *status;
	int64_t missing_s; /* how long it has not been found; -1: it is there */
};
/* Calls `each` for every one, sorted by cluster; strings are valid during the call. -EBADMSG if a
 * row has changed by itself. */
int store_load_found(struct store *s, const char *key,
	void (*each)(void *data, const struct store_found *f), void *data, struct error *err);
/* Replaces all that is known of the discovery. */
int store_keep_found(struct store *s, const char *key, const struct store_found *list, size_t count,
	struct error *err);

/* Newest first, at most `limit`; cluster or set NULL for any. Strings are valid during the call. Of
 * a set whose cluster is not given, old lines may be missing where there are very many. */
struct history_query {
	const char *cluster;
	const char *set;
	int64_t since_s;
	int64_t limit;
};
int store_history(struct store *s, const struct history_query *q,
	void (*each)(void *data, const char *cluster, const struct entry *e), void *data,
	struct error *err);
/* Packs entries older than `before_s` into a few bytes each; of single sets all is kept but hashes
 * and request ids, and what was said of calls that went well is dropped. Looks at no more than
 * `limit` entries a call, and returns at how many, or < 0. Entries dated after `now_s` stay. */
int64_t store_condense_history(
	struct store *s, int64_t before_s, int64_t now_s, int64_t limit, struct error *err);
/* Removes entries older than this; at most `limit` rows a call (packed ones by the hundred, when
 * all of them are). Returns how many, or < 0. */
int64_t store_prune_history(struct store *s, int64_t before_s, int64_t limit, struct error *err);
