/* history.db: what is told, how it is found again, and what becomes of it when it cannot be kept.
 */
#include "base/memory.h"
#include "base/text.h"
#include "store_help.h"
#include "store_vfs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

#define PLAN "3f2a00c4b1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495a6bff"
#define REQUEST "1D7F8A3B-0C2E-5F4A-9B6D-7E8F90A1B2C3"

static const struct entry call[] = {
	{.kind = ENTRY_DELETE_INTENT, .at_s = 12, .set = "763", .reason = "no rule", .plan = PLAN},
	{.kind = ENTRY_DELETE_INTENT, .at_s = 12, .set = "1000", .reason = "failed", .plan = PLAN},
	{.kind = ENTRY_DELETE_INTENT, .at_s = 12, .set = "764", .reason = "no rule", .plan = PLAN},
	{.kind = ENTRY_DELETE_OUTCOME,
		.at_s = 12,
		.outcome = "ok",
		.request_id = REQUEST,
		.count = 3},
};

static void keep(struct history_db *h, const char *cluster, const struct entry *e, size_t count)
{
	struct error err = {0};

	history_db_add(h, cluster, e, count);
	if (history_db_commit(h, &err) < 0)
		fail_msg("history_db_commit: %s", err.text);
}

static void what_was_told_comes_back_newest_first(void **state __attribute__((unused)))
{
	static const struct entry other[] = {
		{.kind = ENTRY_CREATE_INTENT, .at_s = 8, .slot_s = 7},
		{.kind = ENTRY_GONE, .at_s = 8, .set = "0763", .code = "Throttling", .reason = ""},
	};
	static const struct {
		struct history_query query;
		const char *expected;
	} rows[] = {
		{{.cluster = "amv-1", .limit = 10},
			"amv-1|delete-outcome|12|0|-|ok|-|-|" REQUEST "|-|3\n"
			"amv-1|delete-intent|12|0|764|-|no rule|-|-|" PLAN "|0\n"
			"amv-1|delete-intent|12|0|763|-|no rule|-|-|" PLAN "|0\n"
			"amv-1|delete-intent|12|0|1000|-|failed|-|-|" PLAN "|0\n"},
		{{.cluster = "amv-2", .limit = 10},
			"amv-2|gone|8|0|0763|-||Throttling|-|-|0\n"
			"amv-2|create-intent|8|7|-|-|-|-|-|-|0\n"},
		{{.set = "763", .limit = 10},
			"amv-1|delete-intent|12|0|763|-|no rule|-|-|" PLAN "|0\n"},
		{{.set = "1000", .cluster = "amv-1", .limit = 10},
			"amv-1|delete-intent|12|0|1000|-|failed|-|-|" PLAN "|0\n"},
		{{.set = "763", .cluster = "amv-2", .limit = 10}, ""},
		{{.set = "0763", .limit = 10}, "amv-2|gone|8|0|0763|-||Throttling|-|-|0\n"},
		{{.since_s = 9, .limit = 1},
			"amv-1|delete-outcome|12|0|-|ok|-|-|" REQUEST "|-|3\n"},
		{{.cluster = "amv-1", .limit = 10, .jobs = true},
			"amv-1|delete-outcome|12|0|-|ok|-|-|" REQUEST "|-|3\n"
			"amv-1|delete-intent|12|0|-|-|-|-|-|" PLAN "|3\n"},
		{{.limit = 3, .jobs = true},
			"amv-2|gone|8|0|0763|-||Throttling|-|-|1\n"
			"amv-2|create-intent|8|7|-|-|-|-|-|-|0\n"
			"amv-1|delete-outcome|12|0|-|ok|-|-|" REQUEST "|-|3\n"},
		{{.limit = 1}, "amv-2|gone|8|0|0763|-||Throttling|-|-|0\n"},
		{{.limit = 0}, ""},
		{{.limit = -1}, ""},
		{{.cluster = "amv-3", .limit = 10}, ""},
	};
	struct history_db *h = open_history_or_fail();

	keep(h, "amv-1", call, ARRAY_SIZE(call));
	keep(h, "amv-2", other, ARRAY_SIZE(other));
	history_db_close(h);
	h = open_history_or_fail();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[4096] = "";
		assert_int_equal(0, history_db_query(h, &rows[i].query, write_line, got, NULL));
		assert_string_equal(got, rows[i].expected);
	}
	history_db_close(h);
	/* A call is one line, with a row for each set that has its own reason alone. */
	assert_int_equal(number_in(history_path, "SELECT count(*) FROM line"), 4);
	assert_int_equal(number_in(history_path, "SELECT count(*) FROM line_set"), 4);
	assert_int_equal(number_in(history_path,
				 "SELECT backup_set FROM line_set"
				 " WHERE reason IS NOT NULL"),
		1000);
}

static void failed_calls_and_backups_are_found_alone(void **state __attribute__((unused)))
{
	static const struct entry entries[] = {
		{.kind = ENTRY_DELETE_OUTCOME, .at_s = 1, .outcome = "refused"},
		{.kind = ENTRY_DELETE_OUTCOME, .at_s = 2, .outcome = "ok"},
		{.kind = ENTRY_BACKUP_FAILED, .at_s = 3, .set = "763"},
		{.kind = ENTRY_ASKED, .at_s = 4, .outcome = "reload"},
		{.kind = ENTRY_GONE, .at_s = 5, .set = "1"},
		{.kind = ENTRY_CREATE_OUTCOME, .at_s = 6, .outcome = "unknown"},
	};
	static const char expected[] = "amv-1|create-outcome|6|0|-|unknown|-|-|-|-|0\n"
				       "amv-1|backup-failed|3|0|763|-|-|-|-|-|%d\n"
				       "amv-1|delete-outcome|1|0|-|refused|-|-|-|-|0\n";
	struct history_db *h = open_history_or_fail();

	keep(h, "amv-1", entries, ARRAY_SIZE(entries));
	for (int jobs = 0; jobs < 2; jobs++) {
		const struct history_query q = {.limit = 9, .failed = true, .jobs = jobs};
		char got[4096] = "";
		_cleanup_free_ char *want = xasprintf(expected, jobs);
		assert_int_equal(0, history_db_query(h, &q, write_line, got, NULL));
		assert_string_equal(got, want);
	}
	history_db_close(h);
}

static void old_lines_go_in_slices_and_take_their_sets_along(void **state __attribute__((unused)))
{
	struct history_db *h = open_history_or_fail();
	struct error err = {0};

	for (int i = 1; i <= 300; i++) {
		/* After a clock that ran ahead, lines dated far ahead stand before older ones. */
		struct entry e[] = {
			{.kind = ENTRY_SEEN, .at_s = i < 50 ? 2082758400 : i, .set = "1"},
			{.kind = ENTRY_SEEN, .at_s = i < 50 ? 2082758400 : i, .set = "2"}};
		keep(h, "amv-1", e, ARRAY_SIZE(e));
	}
	assert_int_equal(history_db_prune(h, 50, 100, &err), 0);
	assert_int_equal(history_db_prune(h, 250, 100, &err), 100);
	assert_int_equal(history_db_prune(h, 250, 100, &err), 100);
	assert_int_equal(history_db_prune(h, 250, 100, &err), 0);
	assert_int_equal(history_count(h), 2 * 100);
	history_db_close(h);
	assert_int_equal(number_in(history_path, "SELECT count(*) FROM line_set"), 2 * 100);
}

static void the_history_is_next_to_the_state_file(void **state __attribute__((unused)))
{
	static const char *const rows[][2] = {
		{"/var/lib/retaind/state.db", "/var/lib/retaind/history.db"},
		{"state.db", "history.db"},
		{"/state/state-2.db", "/state/history-2.db"},
		{"/var/lib/retaind/other.db", "/var/lib/retaind/history-other.db"},
		{"./state", "./history"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *found = history_db_path(rows[i][0]);
		assert_string_equal(found, rows[i][1]);
	}
}

static void damage_found_at_the_start_is_moved_aside(void **state __attribute__((unused)))
{
	_cleanup_free_ char *moved = NULL;
	struct history_db *h = NULL;
	struct error err = {0};

	write_whole(history_path, "not a database", 14);
	assert_int_equal(0, history_db_open(history_path, &h, &moved, &err));
	assert_int_equal(0, access(moved, F_OK));
	keep(h, "amv-1", call, ARRAY_SIZE(call));
	assert_int_equal(history_count(h), 4);
	history_db_close(h);
}

/* The file is not read when it is opened, so damage is met when its pages are. */
static void damage_met_later_is_told_once_and_the_history_goes_on(
	void **state __attribute__((unused)))
{
	for (int reads = 0; reads < 2; reads++) {
		struct history_db *h = open_history_or_fail();
		struct error err = {0};
		char got[4096] = "";
		size_t size;
		char *data;

		for (int i = 0; i < 100; i++)
			keep(h, "amv-1", call, ARRAY_SIZE(call));
		history_db_close(h);
		data = read_whole(history_path, &size);
		memset(data + 4096, 0xaa, size - 4096);
		write_whole(history_path, data, size);
		free(data);
		h = open_history_or_fail();
		if (reads) {
			const struct history_query all = {.limit = 10};
			assert_int_equal(
				-EBADMSG, history_db_query(h, &all, write_line, got, &err));
		} else {
			history_db_add(h, "amv-1", call, ARRAY_SIZE(call));
			assert_int_equal(-EBADMSG, history_db_commit(h, &err));
		}
		assert_non_null(strstr(err.text, "history.damaged-"));
		keep(h, "amv-1", call, ARRAY_SIZE(call));
		assert_int_equal(history_count(h), 4);
		history_db_close(h);
		(void)remove_files(NULL);
	}
}

static void a_newer_history_is_left_untouched(void **state __attribute__((unused)))
{
	struct history_db *h = open_history_or_fail();
	struct error err = {0};
	char *moved = NULL, *before, *after;
	size_t size, size_after;

	keep(h, "amv-1", call, ARRAY_SIZE(call));
	history_db_close(h);
	run_sql(history_path, "PRAGMA user_version = 2");
	before = read_whole(history_path, &size);
	assert_int_equal(-ENOTSUP, history_db_open(history_path, &h, &moved, &err));
	assert_non_null(strstr(err.text, "newer"));
	assert_null(moved);
	after = read_whole(history_path, &size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	assert_int_equal(count_files("*"), 1);
	free(before);
	free(after);
}

static void a_full_disk_is_told_once_until_it_has_room_again(void **state __attribute__((unused)))
{
	struct history_db *h = open_history_or_fail();
	struct error err = {0};

	for (int round = 0; round < 2; round++) {
		vfs_fail_at(1, VFS_FULL);
		for (int i = 0; i < 3; i++) {
			history_db_add(h, "amv-1", call, ARRAY_SIZE(call));
			assert_int_equal(history_db_commit(h, &err), i ? 0 : -ENOSPC);
		}
		assert_non_null(strstr(err.text, "disk is full"));
		vfs_fail_at(0, VFS_FULL);
		keep(h, "amv-1", call, ARRAY_SIZE(call));
		assert_int_equal(history_count(h), 4 * (round + 1));
	}
	history_db_close(h);
}

static void add_and_die(void)
{
	struct history_db *h = open_history_or_fail();

	keep(h, "amv-1", call, ARRAY_SIZE(call));
	history_db_add(h, "amv-1", call, ARRAY_SIZE(call));
}

static void what_was_committed_outlives_the_process(void **state __attribute__((unused)))
{
	struct history_db *h;

	run_and_die(add_and_die);
	h = open_history_or_fail();
	assert_int_equal(history_count(h), 4);
	history_db_close(h);
}

static void without_a_history_nothing_is_kept(void **state __attribute__((unused)))
{
	history_db_add(NULL, "amv-1", call, ARRAY_SIZE(call));
	assert_int_equal(0, history_db_commit(NULL, NULL));
	history_db_close(NULL);
}

TEST_FILE(store_history_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(what_was_told_comes_back_newest_first),
		TEST(failed_calls_and_backups_are_found_alone),
		TEST(old_lines_go_in_slices_and_take_their_sets_along),
		TEST(the_history_is_next_to_the_state_file),
		TEST(damage_found_at_the_start_is_moved_aside),
		TEST(damage_met_later_is_told_once_and_the_history_goes_on),
		TEST(a_newer_history_is_left_untouched),
		TEST(a_full_disk_is_told_once_until_it_has_room_again),
		TEST(what_was_committed_outlives_the_process),
		TEST(without_a_history_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
