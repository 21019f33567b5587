/* S15: the state survives upgrades. tests/data/state-3.db was written by the program of version 3
 * of the schema: of six clusters (two of them found) it holds a backup whose call was never
 * answered, deletes that were asked for, graces that run, approvals, and a history of which the
 * oldest lines are packed. state-4.db is the same, as the program of version 4 left it,
 * and state-7.db as that of version 7 did. */
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/orders.h"
#include "store_help.h"
#include "store_vfs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

#define OLD "tests/data/state-3.db"
#define OLD_LINES 83 /* 62 of their own, and 21 in packs */
#define DISCOVERY "acadc67711a0fe42756f6fd4048c6f3c09825d7912e51a3be423875f36e39899"

static void add_ledger(void *data, const char *cluster, struct ledger *l)
{
	const struct create_record *c = &l->create;
	struct text *t = data;

	text_printf(t, "%s %lld %lld %d %lld %lld %lld %d %s\n", cluster, (long long)l->listed_s,
		(long long)l->agreed_s, (int)c->state, (long long)c->slot_s, (long long)c->called_s,
		(long long)c->called_server_s, c->attempts, c->set);
	for (size_t i = 0; i < l->mark_count; i++) {
		const struct mark *m = &l->marks[i];
		text_printf(t, "  %s %lld %lld %lld %d %d %d %d\n", m->id, (long long)m->expired_s,
			(long long)m->expired_agreed_s, (long long)m->asked_s, m->asks, m->absent,
			m->answered, m->approved);
	}
	assert_false(l->sets.known); /* S16: the first listing has nothing to be compared with */
	ledger_done(l);
}

static void add_found(void *data, const struct store_found *f)
{
	text_printf(data, "found %s %s %s %lld\n", f->cluster, f->description, f->status,
		(long long)f->missing_s);
}

/* The same from the tables. */
static char *promised(const char *file)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(1 << 16);
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;

	assert_int_equal(SQLITE_OK, sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK,
		sqlite3_prepare_v2(db,
			"SELECT text FROM ("
			"SELECT 1 a, name b, '' c, format('%s %d %d %d %d %d %d %d %s', name, "
			"listed,"
			" agreed, state, slot, called, called_server, attempts, backup_set) text"
			" FROM cluster UNION "
			"SELECT 1, cluster, id, format('  %s %d %d %d %d %d %d %d', id, expired,"
			" expired_agreed, asked, asks, absent, answered, approved) FROM mark UNION "
			"SELECT 2, cluster, '', format('found %s %s %s %d', cluster, description,"
			" status, missing) FROM found) ORDER BY a, b, c",
			-1, &q, NULL));
	while (sqlite3_step(q) == SQLITE_ROW)
		text_printf(&t, "%s\n", (const char *)sqlite3_column_text(q, 0));
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return text_take(&t);
}

static char *held(struct store *s)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(1 << 16);

	assert_int_equal(0, store_load_all(s, add_ledger, &t, NULL));
	assert_int_equal(0, store_load_found(s, DISCOVERY, add_found, &t, NULL));
	return text_take(&t);
}

static void expect_all(const char *expected, const char *when)
{
	struct store *s = open_or_fail();
	_cleanup_free_ char *found = held(s);
	struct history_db *h = open_history_or_fail();

	if (!text_equal(found, expected))
		fail_msg("%s: expected\n%s\nfound\n%s", when, expected, found);
	if (history_count(h) != OLD_LINES)
		fail_msg("%s: %d lines of history", when, (int)history_count(h));
	history_db_close(h);
	store_close(s);
}

static void s15_an_upgrade_carries_everything_over(void **state __attribute__((unused)))
{
	_cleanup_free_ char *expected = NULL;
	size_t size;

	copy_file(OLD, path);
	expected = promised(path);
	/* What the file is there for. */
	assert_non_null(strstr(expected,
		"amv-users 1796104880 60 1 1796094000 1796104820 "
		"1796104820 1 \n")); /* CREATE_INTENT */
	assert_non_null(strstr(expected, "  300 1796104820 0 1796104820 1 0 1 0\n")); /* asked */
	assert_non_null(strstr(expected, "  203 1796104820 7215 0 0 0 0 1\n"));       /* approved */
	assert_non_null(strstr(expected, "found amv-found-2 warehouse 2 Running -1\n"));
	expect_all(expected, "upgraded");
	expect_all(expected, "opened again");
	free(read_whole(path, &size));
	assert_true(size <= 28672); /* the pages of the history are gone */
}

static void s15_an_upgrade_carries_the_history_over(void **state __attribute__((unused)))
{
	static const struct {
		struct history_query query;
		const char *expected;
	} rows[] = {
		{{.set = "103", .limit = 10},
			"amv-orders|gone|1796104825|0|103|-|-|-|-|-|0\n"
			"amv-orders|delete-intent|1794376820|0|103|-|expired: no rule keeps "
			"it|-|-|-|0\n"
			"amv-orders|expired|1794376820|0|103|-|no rule keeps it any more; until "
			"now "
			"last|-|-|-|0\n"},
		{{.cluster = "amv-stock", .limit = 2},
			"amv-stock|delete-outcome|1796104820|0|-|ok|-|-|"
			"F0DAD827-2E60-5EB1-8C02-7E403811C379|"
			"83ec08a5e80dd61593b17022b62f0d328b3a0e253c6a6534b2d5e1b5e15b3615|3\n"
			"amv-stock|delete-intent|1796104820|0|302|-|expired: no rule keeps it|-|-|"
			"83ec08a5e80dd61593b17022b62f0d328b3a0e253c6a6534b2d5e1b5e15b3615|0\n"},
		{{.cluster = "amv-users", .limit = 1},
			"amv-users|create-outcome|1796104850|1796094000|-|ambiguous|Operation too "
			"slow. "
			"Less "
			"than 1 bytes/sec transferred the last 30 seconds|Timeout|-|-|0\n"},
	};
	struct history_db *h;

	copy_file(OLD, path);
	store_close(open_or_fail());
	h = open_history_or_fail();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[4096] = "";
		assert_int_equal(0, history_db_query(h, &rows[i].query, write_line, got, NULL));
		assert_string_equal(got, rows[i].expected);
	}
	history_db_close(h);
}

/* What each version added; version 5 changed nothing in the file itself. */
#define ADDED_6                                                         \
	"CREATE TABLE zone (name TEXT PRIMARY KEY, data BLOB NOT NULL," \
	" checksum INTEGER NOT NULL) WITHOUT ROWID;"
#define ADDED_7                                                                    \
	ADDED_6 "ALTER TABLE cluster ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;" \
		"ALTER TABLE cluster ADD COLUMN apart_before INTEGER NOT NULL DEFAULT 0;"
#define ADDED_8                                                                           \
	ADDED_7 "CREATE TABLE told (sink TEXT NOT NULL, cluster TEXT NOT NULL,"           \
		" topic INTEGER NOT NULL, level INTEGER NOT NULL, owed INTEGER NOT NULL," \
		" at INTEGER NOT NULL, shape INTEGER NOT NULL, name TEXT NOT NULL,"       \
		" text TEXT NOT NULL, checksum INTEGER NOT NULL,"                         \
		" PRIMARY KEY (sink, cluster, topic)) WITHOUT ROWID;"
#define ADDED_9                                                                         \
	ADDED_8 "ALTER TABLE mark ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"          \
		"ALTER TABLE mark ADD COLUMN late_agreed INTEGER NOT NULL DEFAULT 0;"   \
		"ALTER TABLE mark ADD COLUMN vanished INTEGER NOT NULL DEFAULT 0;"      \
		"CREATE TABLE sets (cluster TEXT PRIMARY KEY, remote INTEGER NOT NULL," \
		" data BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;"

static void s15_an_upgrade_from_versions_5_to_9_carries_everything_over(
	void **state __attribute__((unused)))
{
	static const char *const rows[] = {
		"PRAGMA user_version = 5",
		ADDED_6 "PRAGMA user_version = 6",
		ADDED_7 "PRAGMA user_version = 7",
		ADDED_8 "PRAGMA user_version = 8",
		ADDED_9 "PRAGMA user_version = 9",
	};

	for (size_t at = 0; at < ARRAY_SIZE(rows); at++) {
		_cleanup_free_ char *expected = NULL;
		copy_file("tests/data/state-4.db", path);
		run_sql(path, rows[at]);
		expected = promised(path);
		for (int i = 0; i < 2; i++) {
			struct store *s = open_or_fail();
			_cleanup_free_ char *found = held(s);
			assert_string_equal(found, expected);
			store_close(s);
		}
		(void)remove_files(NULL);
	}
}

static void s15_older_versions_are_brought_up_to_date(void **state __attribute__((unused)))
{
	static const char *const rows[] = {
		"DROP TABLE found; PRAGMA user_version = 2",
		"DROP TABLE found; DROP TABLE pack; PRAGMA user_version = 1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *expected = NULL, *found = NULL;
		struct store *s;

		copy_file(OLD, path);
		run_sql(path, "DELETE FROM found");
		expected = promised(path);
		run_sql(path, rows[i]);
		s = open_or_fail();
		found = held(s);
		assert_string_equal(found, expected);
		store_close(s);
		(void)remove_files(NULL);
	}
}

static void s15_an_upgrade_to_orders_begins_with_none(void **state __attribute__((unused)))
{
	_cleanup_free_ char *expected = NULL, *found = NULL, *orders = orders_path(path);
	struct orders *o;
	struct store *s;

	copy_file("tests/data/state-4.db", path);
	expected = promised(path);
	s = open_or_fail();
	found = held(s);
	assert_string_equal(found, expected);
	store_close(s);
	o = orders_open(orders, false);
	assert_null(orders_trouble(o));
	assert_int_equal(orders_count(o), 0);
	orders_close(o);
}

static void count_told(void *data, const struct store_told *t)
{
	(void)t;
	++*(int *)data;
}

static void s15_an_upgrade_to_sinks_has_told_nothing_yet(void **state __attribute__((unused)))
{
	_cleanup_free_ char *expected = NULL, *found = NULL;
	struct store *s;
	int count = 0;

	copy_file("tests/data/state-7.db", path);
	expected = promised(path);
	s = open_or_fail();
	found = held(s);
	assert_string_equal(found, expected);
	assert_int_equal(0, store_load_told(s, count_told, &count, NULL));
	assert_int_equal(count, 0);
	store_close(s);
}

/* Returns whether the upgrade came to an end. */
static bool try_upgrade(const char *expected, int at, enum vfs_fault how, bool power_cut)
{
	_cleanup_free_ char *when = xasprintf("fault %d at change %d", (int)how, at);
	struct error err = {0};
	struct store *s = NULL;
	char *moved = NULL;
	bool failed;

	(void)remove_files(NULL);
	copy_file(OLD, path);
	vfs_note_synced(path);
	vfs_fail_at(at, how);
	(void)store_open(path, &s, &moved, &err);
	failed = vfs_has_failed();
	vfs_fail_at(power_cut ? 1 : 0, VFS_IO_ERROR); /* a dead machine does not tidy up */
	store_close(s);
	vfs_fail_at(0, VFS_IO_ERROR);
	if (moved)
		fail_msg("%s: moved aside to %s", when, moved);
	if (power_cut)
		vfs_power_cut();
	expect_all(expected, when);
	return !failed;
}

static void s15_an_upgrade_that_is_cut_short_can_be_made_again(void **state __attribute__((unused)))
{
	static const struct {
		enum vfs_fault how;
		bool power_cut;
	} rows[] = {{VFS_IO_ERROR, false}, {VFS_TORN, true}, {VFS_TORN, false}, {VFS_FULL, false},
		{VFS_ONCE, false}};
	_cleanup_free_ char *expected = NULL;
	int at;

	copy_file(OLD, path);
	expected = promised(path);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (at = 1; !try_upgrade(expected, at, rows[i].how, rows[i].power_cut); at++)
			;
		assert_true(at > 40);
	}
}

static void s15_a_damaged_old_file_is_moved_aside_as_it_was(void **state __attribute__((unused)))
{
	_cleanup_free_ char *moved = NULL, *before = NULL, *after = NULL, *nothing = NULL;
	size_t size, size_after;
	struct store *s = NULL;
	struct error err = {0};

	copy_file(OLD, path);
	run_sql(path, "PRAGMA wal_checkpoint; UPDATE mark SET approved = 1 WHERE id = '300'");
	before = read_whole(path, &size);
	assert_int_equal(0, store_open(path, &s, &moved, &err));
	assert_non_null(moved);
	after = read_whole(moved, &size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	nothing = held(s);
	assert_string_equal(nothing, "");
	store_close(s);
}

static void write_newer_and_die(void)
{
	run_sql(path, "PRAGMA journal_mode = WAL");
	{
		sqlite3 *db = NULL;
		assert_int_equal(
			SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"));
		assert_int_equal(SQLITE_OK,
			sqlite3_exec(db, "CREATE TABLE hold (id); PRAGMA user_version = 99", NULL,
				NULL, NULL));
	}
}

/* A newer file whose change is in the file, or in the -wal alone. */
static void s15_a_newer_state_file_is_refused_and_left_untouched(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", path), *shm = xasprintf("%s-shm", path);

	for (int in_wal = 0; in_wal < 2; in_wal++) {
		struct store *s = open_or_fail();
		struct error err = {0};
		char *moved = NULL, *data[4];
		size_t size[4], files;

		assert_int_equal(0, record_number(s, "amv-1", 3, NULL));
		store_close(s);
		s = NULL;
		run_and_die(write_newer_and_die);
		if (!in_wal)
			run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)");
		else
			(void)unlink(shm);
		files = count_files("*");
		data[0] = read_whole(path, &size[0]);
		data[1] = in_wal ? read_whole(wal, &size[1]) : NULL;
		assert_int_equal(-ENOTSUP, store_open(path, &s, &moved, &err));
		assert_null(s);
		assert_null(moved);
		assert_non_null(strstr(err.text, path));
		assert_non_null(strstr(err.text, "its version is 99, this program knows up to 10"));
		data[2] = read_whole(path, &size[2]);
		data[3] = in_wal ? read_whole(wal, &size[3]) : NULL;
		assert_int_equal(size[0], size[2]);
		assert_memory_equal(data[0], data[2], size[0]);
		if (in_wal) {
			assert_int_equal(size[1], size[3]);
			assert_memory_equal(data[1], data[3], size[1]);
		}
		assert_int_equal(count_files("*"), files);
		for (size_t i = 0; i < ARRAY_SIZE(data); i++)
			free(data[i]);
		(void)remove_files(NULL);
	}
}

/* A check sum cannot be computed in SQL. */
static int add_sums(struct database *d, struct error *err)
{
	(void)err;
	return sqlite3_exec(d->db, "ALTER TABLE t ADD COLUMN sum; UPDATE t SET sum = 2 * id", NULL,
		       NULL, NULL) == SQLITE_OK
		? 0
		: -EIO;
}

static int verify_sums(struct database *d, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[0];

	return sqlite3_step(q) == SQLITE_DONE ? 0 : error_set(err, EBADMSG, "a sum is wrong");
}

static void s15_a_step_may_be_a_function(void **state __attribute__((unused)))
{
	static const struct migration steps[] = {{add_sums, "ALTER TABLE t ADD COLUMN note"}};
	static const char *const statements[] = {
		"SELECT id FROM t WHERE sum <> 2 * id OR sum IS NULL"};
	static const struct schema one = {.what = "a file",
		.application_id = 7,
		.version = 1,
		.create = "CREATE TABLE t (id)",
		.synchronous = "FULL"};
	static const struct schema two = {.what = "a file",
		.application_id = 7,
		.version = 2,
		.create = "CREATE TABLE t (id, sum, note)",
		.steps = steps,
		.statements = statements,
		.statement_count = 1,
		.synchronous = "FULL",
		.verify = verify_sums};
	struct database d = {0};
	struct error err = {0};
	char *moved = NULL;

	assert_int_equal(0, database_open_or_begin(&d, path, &one, &moved, &err));
	assert_int_equal(
		SQLITE_OK, sqlite3_exec(d.db, "INSERT INTO t VALUES (1), (2)", NULL, NULL, NULL));
	database_close(&d);
	if (database_open_or_begin(&d, path, &two, &moved, &err) < 0)
		fail_msg("%s", err.text);
	assert_null(moved);
	database_close(&d);
	assert_int_equal(number_in(path, "SELECT sum(sum) FROM t"), 6);
	assert_int_equal(number_in(path, "PRAGMA user_version"), 2);
}

TEST_FILE(store_upgrade_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(s15_an_upgrade_carries_everything_over),
		TEST(s15_an_upgrade_carries_the_history_over),
		TEST(s15_an_upgrade_from_versions_5_to_9_carries_everything_over),
		TEST(s15_older_versions_are_brought_up_to_date),
		TEST(s15_an_upgrade_to_orders_begins_with_none),
		TEST(s15_an_upgrade_to_sinks_has_told_nothing_yet),
		TEST(s15_an_upgrade_that_is_cut_short_can_be_made_again),
		TEST(s15_a_damaged_old_file_is_moved_aside_as_it_was),
		TEST(s15_a_newer_state_file_is_refused_and_left_untouched),
		TEST(s15_a_step_may_be_a_function),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
