/* The tables of state.db, their versions, and the statements on them. */
#include "store/orders.h"
#include "store/state.h"

/* Every row carries a check sum, because SQLite finds a broken tree but not a changed number. Every
 * table is its own index, so none can disagree with it. */
#define CLUSTER_TABLE                                                                      \
	"CREATE TABLE cluster (name TEXT PRIMARY KEY,"                                     \
	" listed INTEGER NOT NULL, agreed INTEGER NOT NULL, state INTEGER NOT NULL,"       \
	" slot INTEGER NOT NULL, called INTEGER NOT NULL, called_server INTEGER NOT NULL," \
	" attempts INTEGER NOT NULL, backup_set TEXT NOT NULL, checksum INTEGER NOT NULL," \
	" apart INTEGER NOT NULL DEFAULT 0, apart_before INTEGER NOT NULL DEFAULT 0,"      \
	" cloud_days INTEGER NOT NULL DEFAULT 0, lowered_from INTEGER NOT NULL DEFAULT 0," \
	" log_days INTEGER NOT NULL DEFAULT 0"                                             \
	") WITHOUT ROWID;"
#define MARK_TABLE                                                                            \
	"CREATE TABLE mark (cluster TEXT NOT NULL, id TEXT NOT NULL,"                         \
	" expired INTEGER NOT NULL, expired_agreed INTEGER NOT NULL, asked INTEGER NOT NULL," \
	" asks INTEGER NOT NULL, absent INTEGER NOT NULL, answered INTEGER NOT NULL,"         \
	" approved INTEGER NOT NULL, checksum INTEGER NOT NULL,"                              \
	" late INTEGER NOT NULL DEFAULT 0, late_agreed INTEGER NOT NULL DEFAULT 0,"           \
	" vanished INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (cluster, id)) WITHOUT ROWID;"
#define SETS_TABLE                                                              \
	"CREATE TABLE sets (cluster TEXT PRIMARY KEY, remote INTEGER NOT NULL," \
	" data BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;"
#define FOUND_TABLE                                                                   \
	"CREATE TABLE found (discovery TEXT NOT NULL, cluster TEXT NOT NULL,"         \
	" description TEXT NOT NULL, status TEXT NOT NULL, missing INTEGER NOT NULL," \
	" checksum INTEGER NOT NULL, PRIMARY KEY (discovery, cluster)) WITHOUT ROWID;"

#define ZONE_TABLE                                                      \
	"CREATE TABLE zone (name TEXT PRIMARY KEY, data BLOB NOT NULL," \
	" checksum INTEGER NOT NULL) WITHOUT ROWID;"

#define TOLD_TABLE                                                                \
	"CREATE TABLE told (sink TEXT NOT NULL, cluster TEXT NOT NULL,"           \
	" topic INTEGER NOT NULL, level INTEGER NOT NULL, owed INTEGER NOT NULL," \
	" at INTEGER NOT NULL, shape INTEGER NOT NULL, name TEXT NOT NULL,"       \
	" text TEXT NOT NULL, checksum INTEGER NOT NULL,"                         \
	" PRIMARY KEY (sink, cluster, topic)) WITHOUT ROWID;"

/* From version 5 on, a state file has a file of orders beside it, and one that is missing holds
 * everything. A program that knows no orders must not delete what they protect either: that is what
 * the version is for. */
static int begin_orders(struct database *d, struct error *err)
{
	_cleanup_free_ char *path = orders_path(d->path);

	return orders_create(path, err);
}

/* Never change a step that was released: add another. A column more needs a function that computes
 * the check sums anew. */
static const struct migration steps[] = {
	{NULL,
		"CREATE TABLE pack (id INTEGER PRIMARY KEY, cluster INTEGER NOT NULL,"
		" newest INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,"
		" lines BLOB NOT NULL)"},
	{NULL, FOUND_TABLE},
	{upgrade_history, "DROP TABLE history; DROP TABLE pack; DROP TABLE word"},
	{begin_orders, NULL},
	{NULL, ZONE_TABLE},
	{NULL, /* check sums stay as they are */
		"ALTER TABLE cluster ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE cluster ADD COLUMN apart_before INTEGER NOT NULL DEFAULT 0"},
	{NULL, TOLD_TABLE},
	{NULL, /* check sums stay as they are */
		"ALTER TABLE mark ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE mark ADD COLUMN late_agreed INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE mark ADD COLUMN vanished INTEGER NOT NULL DEFAULT 0;" SETS_TABLE},
	{NULL,
		"ALTER TABLE cluster ADD COLUMN cloud_days INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE cluster ADD COLUMN lowered_from INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE cluster ADD COLUMN log_days INTEGER NOT NULL DEFAULT 0"},
};

#define CLUSTER_SELECT                                                                         \
	"SELECT name, listed, agreed, state, slot, called, called_server, attempts,"           \
	" backup_set, checksum, apart, apart_before, cloud_days, lowered_from, log_days FROM " \
	"cluster"
#define MARK_SELECT                                                                   \
	"SELECT cluster, id, expired, expired_agreed, asked, asks, absent, answered," \
	" approved, checksum, late, late_agreed, vanished FROM mark"
#define SETS_SELECT "SELECT cluster, remote, data, checksum FROM sets"
#define FOUND_SELECT "SELECT discovery, cluster, description, status, missing, checksum FROM found"

static const char *const statements[STATE_STATEMENT_COUNT] = {
	[STATE_CLUSTER_GET] = CLUSTER_SELECT " WHERE name = ?1",
	[STATE_CLUSTERS] = CLUSTER_SELECT " ORDER BY name",
	[STATE_CLUSTER_PUT] = "REPLACE INTO cluster VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
			      " ?10, ?11, ?12, ?13, ?14, ?15)",
	[STATE_MARKS_GET] = MARK_SELECT " WHERE cluster = ?1 ORDER BY id",
	[STATE_MARKS] = MARK_SELECT " ORDER BY cluster, id",
	[STATE_MARK_PUT] = "REPLACE INTO mark VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
			   " ?11, ?12, ?13)",
	[STATE_MARK_DROP] = "DELETE FROM mark WHERE cluster = ?1 AND id = ?2",
	[STATE_SETS_GET] = SETS_SELECT " WHERE cluster = ?1",
	[STATE_SETS] = SETS_SELECT,
	[STATE_SETS_PUT] = "REPLACE INTO sets VALUES (?1, ?2, ?3, ?4)",
	[STATE_FOUND_GET] = FOUND_SELECT " WHERE discovery = ?1 ORDER BY cluster",
	[STATE_FOUND] = FOUND_SELECT,
	[STATE_FOUND_DROP] = "DELETE FROM found WHERE discovery = ?1",
	[STATE_FOUND_ADD] = "INSERT INTO found VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STATE_ZONES] = "SELECT name, data, checksum FROM zone ORDER BY name",
	[STATE_ZONES_DROP] = "DELETE FROM zone",
	[STATE_ZONE_PUT] = "INSERT INTO zone VALUES (?1, ?2, ?3)",
	[STATE_TOLD] = "SELECT sink, cluster, topic, level, owed, at, shape, name, text, checksum"
		       " FROM told ORDER BY sink, cluster, topic",
	[STATE_TOLD_DROP] = "DELETE FROM told",
	[STATE_TOLD_PUT] = "INSERT INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
};

static int verify(struct database *d, struct error *err)
{
	int r = cluster_rows_verify(d, err);

	if (r == 0)
		r = sets_rows_verify(d, err);
	if (r == 0)
		r = found_rows_verify(d, err);
	if (r == 0)
		r = zone_rows_verify(d, err);
	return r < 0 ? r : told_rows_verify(d, err);
}

const struct schema state_schema = {
	.what = "the state file",
	.application_id = 0x7274646e, /* "rtdn" */
	.version = ARRAY_SIZE(steps) + 1,
	.create = CLUSTER_TABLE MARK_TABLE FOUND_TABLE ZONE_TABLE TOLD_TABLE SETS_TABLE,
	.steps = steps,
	.statements = statements,
	.statement_count = ARRAY_SIZE(statements),
	.synchronous = "FULL",
	.verify = verify,
};
