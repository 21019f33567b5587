/* state.db, the state file: what promises rest on. SQLite, WAL, synchronous=FULL, one owner; small,
 * and read whole when it is opened. Its loss costs no backup: everything but approvals is rebuilt
 * from the cloud, and every grace begins anew. */
#pragma once

#include "base/error.h"
#include "cycle/ledger.h"

struct store;

/* Opens or creates the file, and brings one of an older program up to date (S15).
 * A damaged file is moved aside and a new one begun: *ret_moved (owned by the caller) then names
 * where the old one went; NULL otherwise. The errors change nothing: -EBUSY, another process owns
 * the file; -ENOTSUP, a newer program wrote it; no permission, a full disk and the like. */
int store_open(const char *path, struct store **ret, char **ret_moved, struct error *err);
void store_close(struct store *s); /* accepts NULL */

/* If the file (or what belongs to it) was removed or replaced since it was opened, writes what is
 * known to a new one in its place; another file that is there is moved aside. *ret_told (owned by
 * the caller) then says what happened; NULL if all is in place. On an error nothing may be written;
 * the next call tries again. Not within store_begin() and store_commit(). */
int store_keep_in_place(struct store *s, char **ret_told, struct error *err);

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

/* Writes a change in one transaction and returns when it is on disk (S4). On an error nothing of it
 * counts; but if the sync failed, a crash may leave the whole of it on disk. A `create` of NULL
 * leaves that part as it was; everything else is written as it stands. The entries are not the
 * state's: history_db_add() writes them. */
int store_record(struct store *s, const char *cluster, const struct record *r, struct error *err);

/* Clusters that a discovery has found; `key` tells discoveries apart. */
struct store_found {
	const char *cluster, *description, *status;
	int64_t missing_s; /* how long it has not been found; -1: it is there */
};
/* Calls `each` for every one, sorted by cluster; strings are valid during the call. -EBADMSG if a
 * row has changed by itself since the file was opened. */
int store_load_found(struct store *s, const char *key,
	void (*each)(void *data, const struct store_found *f), void *data, struct error *err);
/* Replaces all that is known of the discovery. */
int store_keep_found(struct store *s, const char *key, const struct store_found *list, size_t count,
	struct error *err);

/* The files of time zones, as they were last read. */
struct store_zone {
	const char *name;
	const void *data; /* not NULL */
	size_t size;
};
/* Calls `each` for every one, sorted by name; what it points to is valid during the call. Errors as
 * store_load_found(). */
int store_load_zones(struct store *s, void (*each)(void *data, const struct store_zone *z),
	void *data, struct error *err);
/* Replaces all that are known. */
int store_keep_zones(
	struct store *s, const struct store_zone *list, size_t count, struct error *err);

/* What the sinks of `notify` were told, in the terms of notify/news.h; nothing of it is secret. */
struct store_told {
	const char *sink, *cluster, *name, *text;
	int64_t topic, level, owed, at_s, shape;
};
/* As with zones. */
int store_load_told(struct store *s, void (*each)(void *data, const struct store_told *t),
	void *data, struct error *err);
int store_keep_told(
	struct store *s, const struct store_told *list, size_t count, struct error *err);
