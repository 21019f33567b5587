/* Files that disks, people and other programs have changed. */
#include "base/memory.h"
#include "base/text.h"
#include "store_help.h"
#include "store_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

/* Opens a file that may be damaged: it has to be taken whole, or moved aside and begun anew.
 * Returns whether it was moved; else *ret_standing tells what was found. */
static bool open_damaged(int *ret_standing)
{
	struct store *s = NULL;
	struct error err = {0};
	char *moved = NULL;
	bool was_moved;
	int number;

	if (store_open(path, &s, &moved, &err) < 0)
		fail_msg("store_open: %s", err.text);
	was_moved = moved;
	if (moved) {
		assert_int_equal(0, access(moved, F_OK));
		assert_int_equal(0, unlink(moved));
		assert_int_equal(standing(s, "amv-1"), 0);
		assert_int_equal(0, record_number(s, "amv-1", 1, &err));
	} else {
		struct ledger l = {0};
		assert_int_equal(0, store_load(s, "amv-1", &l, &err));
		number = (int)l.create.slot_s;
		assert_int_equal(l.listed_s, 4 * number);
		assert_int_equal(l.mark_count, number ? 1 : 0);
		if (number)
			assert_int_equal(l.marks[0].expired_agreed_s, 3 * number);
		if (l.sets.known) /* or it is said that nothing is remembered */
			assert_memory_equal(l.sets.bytes, l.marks[0].id, l.sets.size);
		ledger_done(&l);
		*ret_standing = number;
	}
	free(moved);
	store_close(s);
	return was_moved;
}

static void a_damaged_file_is_moved_aside_or_read_whole(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	size_t size, moved = 0, kept = 0;
	char *data;
	int found = 0;

	for (int i = 1; i <= 120; i++)
		assert_int_equal(0, record_number(s, "amv-1", i, NULL));
	assert_int_equal(
		0, store_keep_found(s, "a", &(struct store_found){"amv-2", "", "", 0}, 1, NULL));
	assert_int_equal(0, store_keep_zones(s, &(struct store_zone){"PRC", "TZif", 4}, 1, NULL));
	assert_int_equal(0,
		store_keep_told(s,
			&(struct store_told){
				.sink = "k", .cluster = "amv-2", .name = "", .text = ""},
			1, NULL));
	store_close(s);
	data = read_whole(path, &size);
	for (size_t at = 0; at < size; at += at < 112 ? 1 : 97) {
		static const unsigned char masks[] = {0xff, 0x01, 0x80};
		unsigned char mask = masks[at % 3];
		data[at] = (char)(data[at] ^ mask);
		write_whole(path, data, size);
		data[at] = (char)(data[at] ^ mask);
		if (at > 60 && at < 64) { /* the version: it reads as a newer one (S15) */
			_cleanup_free_ char *nowhere = NULL;
			assert_int_equal(-ENOTSUP, store_open(path, &s, &nowhere, NULL));
			continue;
		}
		if (open_damaged(&found))
			moved++;
		else {
			kept++;
			assert_int_equal(found, 120);
		}
	}
	for (size_t cut = 0; cut < size; cut += cut < 120 ? 7 : 2039) {
		write_whole(path, data, cut);
		/* An empty file is as good as none. */
		assert_int_equal(open_damaged(&found), cut > 0);
	}
	assert_true(moved > 20);
	assert_true(kept > 20);
	free(data);
}

static void a_damaged_log_gives_an_earlier_whole_state(void **state __attribute__((unused)))
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", path);
	size_t size, wal_size;
	char *data, *wal_data;
	int earlier = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct store *s = open_or_fail();
		for (int i = 1; i <= 12; i++)
			(void)record_number(s, "amv-1", i, NULL);
		_exit(s ? 0 : 1); /* not closed: all of it stands in the -wal */
	}
	assert_int_equal(pid, waitpid(pid, NULL, 0));
	data = read_whole(path, &size);
	wal_data = read_whole(wal, &wal_size);
	assert_true(wal_size > 4096);
	for (size_t at = 0; at < wal_size; at += 331) {
		int found = -1;
		wal_data[at] = (char)(wal_data[at] ^ 0x10);
		write_whole(path, data, size);
		write_whole(wal, wal_data, wal_size);
		wal_data[at] = (char)(wal_data[at] ^ 0x10);
		if (open_damaged(&found))
			continue;
		assert_in_range(found, 0, 12);
		earlier += found < 12;
	}
	assert_true(earlier > 10);
	free(data);
	free(wal_data);
}

static void what_is_not_our_file_is_moved_aside(void **state __attribute__((unused)))
{
	static const struct {
		const char *name, *sql;
	} rows[] = {
		{"an impossible schema version", "PRAGMA user_version = -1"},
		{"a version that says nothing was made", "PRAGMA user_version = 0"},
		{"another program's database", "PRAGMA application_id = 7"},
		{"a table is missing", "DROP TABLE mark"},
		{"a column is missing", "DROP TABLE mark; CREATE TABLE mark (cluster TEXT)"},
		{"a trigger was put in",
			"CREATE TRIGGER t AFTER INSERT ON mark BEGIN DELETE FROM mark; END"},
		{"grace was given as a present", "UPDATE mark SET expired_agreed = 999999"},
		{"an approval was given as a present", "UPDATE mark SET approved = 1 - approved"},
		{"a row of another cluster", "UPDATE cluster SET name = 'amv-2'"},
		{"a state that does not exist", "UPDATE cluster SET state = 99"},
		{"a mark of no cluster",
			"INSERT INTO mark SELECT 'amv-0', id, expired,"
			" expired_agreed, asked, asks, absent, answered, approved, checksum, late,"
			" late_agreed, vanished FROM mark"},
		{"a set counts that had shown late", "UPDATE mark SET vanished = 1"},
		{"other sets were listed", "UPDATE sets SET data = x'31'"},
		{"a set of endless length", "UPDATE cluster SET backup_set = hex(zeroblob(100))"},
		{"a number became a text", "UPDATE cluster SET slot = 'x'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct store *s;
		int found = 0;

		(void)remove_files(NULL);
		s = open_or_fail();
		assert_int_equal(0, record_number(s, "amv-1", 3, NULL));
		store_close(s);
		run_sql(path, rows[i].sql);
		if (!open_damaged(&found))
			fail_msg("%s: was taken", rows[i].name);
	}
}

static void the_damaged_file_keeps_its_bytes_and_its_log(void **state __attribute__((unused)))
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", path);
	_cleanup_free_ char *pattern = xasprintf("%s.damaged-????????T??????Z", path);
	_cleanup_free_ char *moved = NULL;
	_cleanup_free_ char *moved_wal = NULL;
	_cleanup_free_ char *data = NULL;
	struct store *s = NULL;
	struct error err = {0};
	glob_t g = {0};
	size_t size;

	write_whole(path, "not a database", 14);
	write_whole(wal, "nor a log", 9);
	assert_int_equal(0, store_open(path, &s, &moved, &err));
	assert_int_equal(0, glob(pattern, 0, NULL, &g));
	assert_string_equal(moved, g.gl_pathv[0]);
	globfree(&g);
	data = read_whole(moved, &size);
	assert_int_equal(size, 14);
	moved_wal = xasprintf("%s-wal", moved);
	assert_int_equal(0, access(moved_wal, F_OK));
	store_close(s);
}

/* What is in the -wal alone is not written over the evidence. */
static void a_damaged_file_is_not_touched_before_it_is_moved(void **state __attribute__((unused)))
{
	_cleanup_free_ char *wal = xasprintf("%s-wal", path), *moved = NULL, *data = NULL;
	_cleanup_free_ char *wal_data = NULL, *found = NULL, *found_wal = NULL, *moved_wal = NULL;
	size_t size, wal_size, found_size, found_wal_size;
	struct store *s = open_or_fail();
	struct error err = {0};
	pid_t pid;

	for (int i = 1; i <= 30; i++)
		assert_int_equal(0, record_number(s, "amv-1", i, NULL));
	store_close(s);
	run_sql(path, "UPDATE cluster SET slot = 7");
	pid = fork();
	if (pid == 0) {
		/* Another page changes, and is left in the -wal. */
		sqlite3 *db = NULL;
		_exit(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix") != SQLITE_OK ||
			sqlite3_exec(db, "INSERT INTO found VALUES (1, 2, 3, 4, 5, 6)", NULL, NULL,
				NULL) != SQLITE_OK);
	}
	assert_int_equal(pid, waitpid(pid, NULL, 0));
	data = read_whole(path, &size);
	wal_data = read_whole(wal, &wal_size);
	assert_true(wal_size > 0);
	assert_int_equal(0, store_open(path, &s, &moved, &err));
	assert_non_null(moved);
	moved_wal = xasprintf("%s-wal", moved);
	found = read_whole(moved, &found_size);
	found_wal = read_whole(moved_wal, &found_wal_size);
	assert_int_equal(found_size, size);
	assert_int_equal(found_wal_size, wal_size);
	assert_memory_equal(found, data, size);
	assert_memory_equal(found_wal, wal_data, wal_size);
	assert_int_equal(standing(s, "amv-1"), 0);
	store_close(s);
}

static void without_room_for_a_new_file_the_damaged_one_stays(void **state __attribute__((unused)))
{
	struct store *s = NULL;
	struct error err = {0};
	char *moved = NULL;
	size_t size;
	char *data;

	write_whole(path, "not a database", 14);
	vfs_fail_at(1, VFS_FULL);
	assert_int_equal(-ENOSPC, store_open(path, &s, &moved, &err));
	vfs_fail_at(0, VFS_FULL);
	assert_null(moved);
	assert_int_equal(count_files("*.damaged-*"), 0);
	data = read_whole(path, &size);
	assert_int_equal(size, 14);
	free(data);
}

/* People remove and replace files while the program runs. */
static void what_is_removed_while_it_is_open_is_written_anew(void **state __attribute__((unused)))
{
	static const struct {
		const char *what, *command;
		bool told;
		size_t replaced;
	} rows[] = {
		{"nothing", "true", false, 0},
		{"the file", "rm $S", true, 0},
		{"the log", "rm $S-wal", true, 0},
		{"all of it", "rm $S*", true, 0},
		{"the lock alone", "rm $S.lock", false, 0},
		{"moved away", "mv $S $S.away", true, 0},
		{"replaced by a copy of an hour ago", "cp $S $S.old; mv $S.old $S", true, 2},
		{"replaced by something else", "echo x >$S.x; mv $S.x $S; echo y >$S-wal", true, 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *command = xasprintf("S=%s; %s", path, rows[i].command),
				    *told = NULL, *again = NULL;
		struct store *s = open_or_fail();
		struct error err = {0};

		for (int n = 1; n <= 5; n++)
			assert_int_equal(0, record_number(s, "amv-1", n, &err));
		assert_int_equal(0, system(command));
		if (store_keep_in_place(s, &told, &err) < 0)
			fail_msg("%s: %s", rows[i].what, err.text);
		if (!told != !rows[i].told)
			fail_msg("%s: %s", rows[i].what, told ? told : "not noticed");
		assert_int_equal(standing(s, "amv-1"), 5);
		assert_int_equal(0, record_number(s, "amv-1", 6, &err));
		assert_int_equal(0, store_keep_in_place(s, &again, &err));
		assert_null(again);
		store_close(s);
		s = open_or_fail();
		assert_int_equal(standing(s, "amv-1"), 6);
		store_close(s);
		assert_int_equal(count_files("*.replaced-*"), rows[i].replaced);
		assert_int_equal(count_files("*.new*"), 0);
		(void)remove_files(NULL);
	}
}

static void what_cannot_be_written_anew_is_an_error_until_it_can(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *told = NULL, *remove = xasprintf("rm %s*", path);
	struct store *s = open_or_fail();
	struct error err = {0};

	assert_int_equal(0, record_number(s, "amv-1", 5, &err));
	assert_int_equal(0, system(remove));
	for (int at = 1; at < 100 && !told; at++) {
		vfs_fail_at(at, VFS_FULL);
		if (store_keep_in_place(s, &told, &err) < 0)
			assert_non_null(strstr(err.text, "removed or replaced"));
		assert_int_equal(standing(s, "amv-1"), 5);
	}
	vfs_fail_at(0, VFS_FULL);
	assert_non_null(told);
	store_close(s);
	s = open_or_fail();
	assert_int_equal(standing(s, "amv-1"), 5);
	store_close(s);
}

TEST_FILE(store_damage_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(a_damaged_file_is_moved_aside_or_read_whole),
		TEST(a_damaged_log_gives_an_earlier_whole_state),
		TEST(what_is_not_our_file_is_moved_aside),
		TEST(the_damaged_file_keeps_its_bytes_and_its_log),
		TEST(a_damaged_file_is_not_touched_before_it_is_moved),
		TEST(without_room_for_a_new_file_the_damaged_one_stays),
		TEST(what_is_removed_while_it_is_open_is_written_anew),
		TEST(what_cannot_be_written_anew_is_an_error_until_it_can),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
