/* Disks that fail, power cuts, and processes that are killed. */
#include "base/memory.h"
#include "base/text.h"
#include "store_help.h"
#include "store_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

/* Changes until one fails, then a restart. Returns whether one failed. */
static bool try_with_fault(int at, enum vfs_fault how, bool power_cut)
{
	struct error err = {0};
	struct store *s;
	int acknowledged = 0, found;
	bool failed;

	(void)remove_files(NULL);
	s = open_or_fail();
	vfs_fail_at(at, how);
	for (int i = 1; i <= 60; i++) {
		if (record_number(s, "amv-1", i, &err) < 0)
			break;
		acknowledged = i;
	}
	failed = vfs_has_failed();
	/* Within this process a failed change is not there at all. */
	if (acknowledged < 60)
		assert_int_equal(standing(s, "amv-1"), acknowledged);
	/* One failure alone leaves nothing in the way of the next change. */
	if (how == VFS_ONCE && failed) {
		if (record_number(s, "amv-1", acknowledged + 1, &err) < 0)
			fail_msg("after one failure at %d: %s", at, err.text);
		acknowledged++;
	}
	vfs_fail_at(power_cut ? 1 : 0, VFS_IO_ERROR); /* a dead machine does not tidy up */
	store_close(s);
	vfs_fail_at(0, VFS_IO_ERROR);
	if (power_cut)
		vfs_power_cut();
	s = open_or_fail();
	found = standing(s, "amv-1");
	if (found != acknowledged && found != acknowledged + 1)
		fail_msg("fault %d at change %d: %d were acknowledged, %d stands", how, at,
			acknowledged, found);
	assert_int_equal(0, record_number(s, "amv-1", found + 1, &err));
	store_close(s);
	return failed;
}

static void s4_a_record_is_all_or_nothing(void **state __attribute__((unused)))
{
	static const enum vfs_fault faults[] = {VFS_IO_ERROR, VFS_TORN, VFS_FULL, VFS_ONCE};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		for (int at = 1; try_with_fault(at, faults[i], false); at += at < 30 ? 1 : 17)
			;
}

static void s4_what_was_acknowledged_survives_a_power_cut(void **state __attribute__((unused)))
{
	for (int at = 1; try_with_fault(at, VFS_TORN, true); at += at < 30 ? 1 : 17)
		;
}

#define MANY 4000 /* rows: more than SQLite keeps in memory, so that it writes before the end */

static int record_many(struct store *s, struct error *err)
{
	static struct mark marks[MANY];
	static const struct mark *put[MANY];
	static char ids[MANY][80];
	struct record r = {.listed_s = 1, .put = put, .put_count = MANY};

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "%070d", i);
		marks[i] = (struct mark){.id = ids[i]};
		put[i] = &marks[i];
	}
	return store_record(s, "amv-2", &r, err);
}

static size_t count_marks(struct store *s)
{
	struct ledger l = {0};
	size_t count;

	assert_int_equal(0, store_load(s, "amv-2", &l, NULL));
	count = l.mark_count;
	ledger_done(&l);
	return count;
}

static void s4_a_record_larger_than_memory_is_all_or_nothing(void **state __attribute__((unused)))
{
	static const enum vfs_fault faults[] = {VFS_IO_ERROR, VFS_FULL, VFS_ONCE};
	struct error err = {0};
	bool failed = true;

	for (int at = 1; failed; at += 61) {
		for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
			struct store *s;
			(void)remove_files(NULL);
			s = open_or_fail();
			vfs_fail_at(at, faults[i]);
			failed = record_many(s, &err) < 0;
			vfs_fail_at(0, VFS_FULL);
			assert_int_equal(count_marks(s), failed ? 0 : MANY);
			assert_int_equal(0, record_number(s, "amv-1", 1, &err));
			store_close(s);
			s = open_or_fail();
			assert_int_equal(count_marks(s), failed ? 0 : MANY);
			assert_int_equal(standing(s, "amv-1"), 1);
			store_close(s);
		}
	}
}

static void a_full_disk_is_told_and_changes_nothing(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	struct error err = {0};

	assert_int_equal(0, record_number(s, "amv-1", 1, &err));
	vfs_fail_at(1, VFS_FULL);
	assert_int_equal(-ENOSPC, record_number(s, "amv-1", 2, &err));
	assert_non_null(strstr(err.text, "disk is full"));
	assert_int_equal(standing(s, "amv-1"), 1);
	vfs_fail_at(0, VFS_FULL);
	assert_int_equal(0, record_number(s, "amv-1", 2, &err));
	assert_int_equal(standing(s, "amv-1"), 2);
	store_close(s);
}

static void a_new_file_that_cannot_be_made_leaves_nothing(void **state __attribute__((unused)))
{
	struct store *s = NULL;
	char *moved = NULL;
	struct error err = {0};
	int at = 0, r;

	do {
		at++;
		vfs_fail_at(at, at % 2 ? VFS_FULL : VFS_TORN);
		r = store_open(path, &s, &moved, &err);
		if (r < 0) {
			assert_int_equal(r, at % 2 ? -ENOSPC : -EIO);
			assert_int_equal(count_files("state"), 0);
			assert_null(moved);
		}
	} while (r < 0);
	vfs_fail_at(0, VFS_FULL);
	assert_true(at > 3);
	assert_int_equal(standing(s, "amv-1"), 0);
	store_close(s);
}

static void s4_a_killed_writer_leaves_whole_records(void **state __attribute__((unused)))
{
	int total = 0;

	for (int round = 0; round < 20; round++) {
		int pipefd[2], acknowledged = total, got, found;
		int at_least = total + 1 + round % 3;
		struct store *s;
		pid_t pid;

		assert_int_equal(0, pipe(pipefd));
		pid = fork();
		if (pid == 0) {
			s = open_or_fail();
			for (int i = total + 1;; i++)
				if (record_number(s, "amv-1", i, NULL) < 0 ||
					write(pipefd[1], &i, sizeof(i)) != sizeof(i))
					_exit(1);
		}
		(void)close(pipefd[1]);
		/* It is killed within one of the records that follow. */
		while (acknowledged < at_least && read(pipefd[0], &got, sizeof(got)) == sizeof(got))
			acknowledged = got;
		(void)usleep((useconds_t)(300 * round));
		assert_int_equal(0, kill(pid, SIGKILL));
		assert_int_equal(pid, waitpid(pid, NULL, 0));
		while (read(pipefd[0], &got, sizeof(got)) == sizeof(got))
			acknowledged = got;
		(void)close(pipefd[0]);
		s = open_or_fail(); /* the lock went with the process */
		found = standing(s, "amv-1");
		assert_in_range(found, acknowledged, acknowledged + 1);
		assert_true(found >= at_least);
		total = found;
		store_close(s);
	}
}

TEST_FILE(store_crash_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(s4_a_record_is_all_or_nothing),
		TEST(s4_what_was_acknowledged_survives_a_power_cut),
		TEST(s4_a_record_larger_than_memory_is_all_or_nothing),
		TEST(a_full_disk_is_told_and_changes_nothing),
		TEST(a_new_file_that_cannot_be_made_leaves_nothing),
		TEST(s4_a_killed_writer_leaves_whole_records),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
