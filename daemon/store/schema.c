#include "store/internal.h"

/* `cluster` and `mark` are what promises rest on: their rows carry a check sum, because SQLite
 * finds a broken tree but not a changed number. Both are their own index, so none can disagree with
 * them.
 *
 * `history` is for people, and most of the file: strings that repeat stand once in `word`; ids that
 * are numbers, plans and request ids are packed. `word.last` is the newest line that uses the word,
 * or at most WORD_SLACK lines before it: when all those lines are gone, the word may go. */
const char *const store_migrations[] = {
	"CREATE TABLE cluster (name TEXT PRIMARY KEY,"
	" listed INTEGER NOT NULL, agreed INTEGER NOT NULL, state INTEGER NOT NULL,"
	" slot INTEGER NOT NULL, called INTEGER NOT NULL, called_server INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, backup_set TEXT NOT NULL, checksum INTEGER NOT NULL"
	") WITHOUT ROWID;"
	"CREATE TABLE mark (cluster TEXT NOT NULL, id TEXT NOT NULL,"
	" expired INTEGER NOT NULL, expired_agreed INTEGER NOT NULL, asked INTEGER NOT NULL,"
	" asks INTEGER NOT NULL, absent INTEGER NOT NULL, answered INTEGER NOT NULL,"
	" approved INTEGER NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (cluster, id)) WITHOUT "
	"ROWID;"
	"CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE,"
	" last INTEGER NOT NULL);"
	"CREATE INDEX word_last ON word (last);"
	"CREATE TABLE history (id INTEGER PRIMARY KEY, cluster INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, at INTEGER NOT NULL, slot INTEGER NOT NULL, backup_set,"
	" outcome INTEGER, reason INTEGER, code INTEGER, request, plan, count INTEGER NOT NULL);"
	"CREATE INDEX history_cluster ON history (cluster, id);"
	"CREATE INDEX history_set ON history (backup_set) WHERE backup_set IS NOT NULL;",
	/* Old lines of a cluster, packed (packed.h): `newest` is the time of the newest, `low` to
	 * `high` holds the sets' ids that are numbers; 0 to the largest if one is none. Words that
	 * they name have the largest number as `last`, and stay. */
	"CREATE TABLE pack (id INTEGER PRIMARY KEY, cluster INTEGER NOT NULL,"
	" newest INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, lines BLOB NOT "
	"NULL);"
	"CREATE INDEX pack_cluster ON pack (cluster, newest);"
	"CREATE INDEX pack_newest ON pack (newest);"
	"CREATE INDEX pack_set ON pack (high, low);",
	"CREATE TABLE found (discovery TEXT NOT NULL, cluster TEXT NOT NULL,"
	" description TEXT NOT NULL, status TEXT NOT NULL, missing INTEGER NOT NULL,"
	" checksum INTEGER NOT NULL, PRIMARY KEY (discovery, cluster)) WITHOUT ROWID;",
	NULL,
};

#define CLUSTER_SELECT                                                               \
	"SELECT name, listed, agreed, state, slot, called, called_server, attempts," \
	" backup_set, checksum FROM cluster"
#define MARK_SELECT                                                                   \
	"SELECT cluster, id, expired, expired_agreed, asked, asks, absent, answered," \
	" approved, checksum FROM mark"
#define WORD_PINNED "9223372036854775807"
#define PACK_CLOSED "1099511627776" /* 2^40: rows from here on are full */
#define PACK_SELECT "SELECT id, newest, low, high, lines, cluster FROM pack"
#define PACK_REST " AND newest >= ?2 ORDER BY newest DESC"
#define HISTORY_SELECT                                                                    \
	"SELECT c.text, h.kind, h.at, h.slot, h.backup_set, o.text, r.text, k.text,"      \
	" h.request, h.plan, h.count FROM history h LEFT JOIN word c ON c.id = h.cluster" \
	" LEFT JOIN word o ON o.id = h.outcome LEFT JOIN word r ON r.id = h.reason"       \
	" LEFT JOIN word k ON k.id = h.code"
#define HISTORY_REST " AND h.at >= ?2 ORDER BY h.id DESC LIMIT ?4"

const char *const store_statements[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_PART_BEGIN] = "SAVEPOINT part",
	[STATEMENT_PART_KEEP] = "RELEASE part",
	[STATEMENT_PART_UNDO] = "ROLLBACK TO part",
	[STATEMENT_CLUSTER_GET] = CLUSTER_SELECT " WHERE name = ?1",
	[STATEMENT_CLUSTERS] = CLUSTER_SELECT " ORDER BY name",
	[STATEMENT_CLUSTER_PUT] = "REPLACE INTO cluster VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
				  " ?10)",
	[STATEMENT_MARKS_GET] = MARK_SELECT " WHERE cluster = ?1 ORDER BY id",
	[STATEMENT_MARKS] = MARK_SELECT " ORDER BY cluster, id",
	[STATEMENT_MARK_PUT] = "REPLACE INTO mark VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STATEMENT_MARK_DROP] = "DELETE FROM mark WHERE cluster = ?1 AND id = ?2",
	[STATEMENT_FOUND_GET] = "SELECT discovery, cluster, description, status, missing, checksum"
				" FROM found WHERE discovery = ?1 ORDER BY cluster",
	[STATEMENT_FOUND_DROP] = "DELETE FROM found WHERE discovery = ?1",
	[STATEMENT_FOUND_ADD] = "INSERT INTO found VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STATEMENT_WORD_GET] = "SELECT id, last FROM word WHERE text = ?1",
	[STATEMENT_WORD_ADD] = "INSERT INTO word (text, last) VALUES (?1, ?2)",
	[STATEMENT_WORD_USED] = "UPDATE word SET last = ?2 WHERE id = ?1",
	[STATEMENT_HISTORY_ADD] =
		"INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
		" ?11, ?12)",
	/* ?1 cluster, ?3 set: each way in has its index */
	[STATEMENT_HISTORY_ALL] = HISTORY_SELECT " WHERE ?1 IS NULL AND ?3 IS NULL" HISTORY_REST,
	[STATEMENT_HISTORY_OF] = HISTORY_SELECT " WHERE h.cluster = ?1 AND ?3 IS NULL" HISTORY_REST,
	[STATEMENT_HISTORY_SET] = HISTORY_SELECT
	" WHERE h.backup_set = ?3 AND (?1 IS NULL OR h.cluster = ?1)" HISTORY_REST,
	[STATEMENT_HISTORY_FIRST] = "SELECT coalesce(min(id), ?1) FROM history",
	[STATEMENT_HISTORY_PRUNE] =
		"DELETE FROM history WHERE id >= ?1 AND id < ?1 + ?2 AND at < ?3",
	[STATEMENT_WORD_PRUNE] = "DELETE FROM word WHERE last < ?1",
	[STATEMENT_WORD_PIN] = "UPDATE word SET last = " WORD_PINNED " WHERE id = ?1"
			       " AND last < " WORD_PINNED,
	[STATEMENT_WORD_TEXT] = "SELECT text FROM word WHERE id = ?1",
	/* The kinds: 1 create-outcome, 5 delete-outcome; 8 seen, 2 backup-done. */
	[STATEMENT_OLD_LINES] =
		"SELECT h.id, h.cluster, h.kind, h.at, h.slot, h.backup_set, h.reason,"
		" h.kind IN (1, 5) AND h.outcome = (SELECT id FROM word WHERE text = 'ok'),"
		" h.count <> 0 OR h.code IS NOT NULL,"
		" h.kind = 8 AND EXISTS (SELECT 1 FROM history d WHERE d.backup_set = h.backup_set"
		" AND d.cluster = h.cluster AND d.kind = 2)"
		" FROM history h WHERE h.id >= ?1 ORDER BY h.id LIMIT ?2",
	[STATEMENT_HISTORY_DROP] = "DELETE FROM history WHERE id = ?1",
	[STATEMENT_PACK_OPEN] = PACK_SELECT " WHERE id = ?1",
	[STATEMENT_PACK_PUT] = "REPLACE INTO pack (id, cluster, newest, low, high, lines)"
			       " VALUES (?1, ?1, ?2, ?3, ?4, ?5)",
	[STATEMENT_PACK_CLOSE] =
		"INSERT INTO pack (id, cluster, newest, low, high, lines) VALUES"
		" ((SELECT max(" PACK_CLOSED ", coalesce(max(id), 0) + 1) FROM pack), ?1, ?2, ?3,"
		" ?4, ?5)",
	[STATEMENT_PACK_PRUNE] = "DELETE FROM pack WHERE id IN (SELECT id FROM pack WHERE newest < "
				 "?1 LIMIT ?2)",
	[STATEMENT_PACKS_ALL] = PACK_SELECT " WHERE ?1 IS NULL" PACK_REST,
	[STATEMENT_PACKS_OF] = PACK_SELECT " WHERE cluster = ?1" PACK_REST,
	/* What is no number is looked for where such ids are. The limit bounds the time: with a
	 * thousand cluster-months of history the cluster has to be known, too. */
	[STATEMENT_PACKS_SET] = PACK_SELECT
	" WHERE low <= CASE typeof(?3) WHEN 'integer' THEN ?3 ELSE 0 END"
	" AND high >= CASE typeof(?3) WHEN 'integer' THEN ?3 ELSE " WORD_PINNED " END"
	" AND ?1 IS NULL AND newest >= ?2 LIMIT 1000",
};
