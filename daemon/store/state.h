/* state.db: what its files share. Nobody outside of this folder includes it. */
#pragma once

#include "store/database.h"
#include "store/file.h"
#include "store/store.h"

enum state_statement {
	STATE_CLUSTER_GET,
	STATE_CLUSTERS,
	STATE_CLUSTER_PUT,
	STATE_MARKS_GET,
	STATE_MARKS,
	STATE_MARK_PUT,
	STATE_MARK_DROP,
	STATE_SETS_GET,
	STATE_SETS,
	STATE_SETS_PUT,
	STATE_FOUND_GET,
	STATE_FOUND,
	STATE_FOUND_DROP,
	STATE_FOUND_ADD,
	STATE_ZONES,
	STATE_ZONES_DROP,
	STATE_ZONE_PUT,
	STATE_TOLD,
	STATE_TOLD_DROP,
	STATE_TOLD_PUT,
	STATE_STATEMENT_COUNT,
};

struct store {
	struct database d;
	struct file_identity file, wal, lock; /* as they were opened */
	int lock_fd;
};

extern const struct schema state_schema; /* state_schema.c */

/* Read every row and its check sum. -EBADMSG at the first row that is wrong. */
int cluster_rows_verify(struct database *d, struct error *err);
int sets_rows_verify(struct database *d, struct error *err);
int found_rows_verify(struct database *d, struct error *err);
int zone_rows_verify(struct database *d, struct error *err);
int told_rows_verify(struct database *d, struct error *err);

/* The sets of a cluster's last listing (sets_rows.c). Those loaded are owned by the caller; *ret
 * stays as it is where none are known. */
int sets_row_load(
	struct database *d, const char *cluster, struct listed_sets *ret, struct error *err);
int sets_row_put(struct store *s, const char *cluster, const struct listed_sets *l);

/* The step from version 3 (upgrade_history.c): copies the history, which was in the state file
 * then, to history.db next to it. */
int upgrade_history(struct database *d, struct error *err);
