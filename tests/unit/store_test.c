/* What is recorded is loaded, and whose the file is. */
#include "base/memory.h"
#include "base/text.h"
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

static void what_is_recorded_is_loaded(void **state __attribute__((unused)))
{
	struct create_record create = {.state = CREATE_DONE,
		.slot_s = 1,
		.called_s = -2,
		.called_server_s = INT64_MAX,
		.attempts = 4,
		.set = "9007199254740993"};
	struct mark a = {.id = (char[]){"763"},
		.expired_s = 1,
		.expired_agreed_s = 2,
		.asked_s = 3,
		.asks = 4,
		.absent = 5,
		.approved = true};
	struct mark b = {.id = (char[]){"1000"}};
	struct mark c = {.id = (char[]){"odd 'id' \xe5\xa4\x87"}, .expired_agreed_s = INT64_MIN};
	const struct mark *put[] = {&a, &b, &c};
	const char *drop[] = {"763", "no such"};
	struct ledger l = {0};
	struct store *s = open_or_fail();
	struct error err = {0};

	assert_int_equal(0, store_load(s, "amv-1", &l, &err));
	assert_int_equal(l.listed_s, 0);
	assert_int_equal(l.mark_count, 0);

	assert_int_equal(0,
		store_record(s, "amv-1",
			&(struct record){
				.listed_s = 5, .create = &create, .put = put, .put_count = 3},
			&err));
	store_close(s);
	s = open_or_fail();
	assert_int_equal(0, store_load(s, "amv-1", &l, &err));
	assert_int_equal(l.listed_s, 5);
	assert_int_equal(l.create.state, CREATE_DONE);
	assert_int_equal(l.create.slot_s, 1);
	assert_int_equal(l.create.called_s, -2);
	assert_int_equal(l.create.called_server_s, INT64_MAX);
	assert_int_equal(l.create.attempts, 4);
	assert_string_equal(l.create.set, create.set);
	assert_int_equal(l.mark_count, 3);
	assert_string_equal(l.marks[0].id, "1000"); /* by strcmp, not by number */
	assert_string_equal(l.marks[1].id, "763");
	assert_string_equal(l.marks[2].id, c.id);
	assert_true(l.marks[1].approved);
	assert_int_equal(l.marks[1].absent, 5);
	assert_int_equal(l.marks[2].expired_agreed_s, INT64_MIN);
	ledger_done(&l);

	/* What a record leaves out stays as it was; another cluster is another ledger. */
	assert_int_equal(0,
		store_record(s, "amv-1",
			&(struct record){
				.listed_s = 6, .agreed_s = 7, .drop = drop, .drop_count = 2},
			&err));
	assert_int_equal(0, store_record(s, "amv-2", &(struct record){.listed_s = 9}, &err));
	assert_int_equal(0, store_load(s, "amv-1", &l, &err));
	assert_int_equal(l.listed_s, 6);
	assert_int_equal(l.agreed_s, 7);
	assert_int_equal(l.create.state, CREATE_DONE);
	assert_int_equal(l.mark_count, 2);
	ledger_done(&l);
	store_close(s);
}

/* S16 */
static void the_sets_of_the_last_listing_are_loaded(void **state __attribute__((unused)))
{
	struct mark late = {.id = (char[]){"763"}, .late_s = 1, .late_agreed_s = 2},
		    gone = {.id = (char[]){"764"}, .vanished_s = INT64_MAX};
	const struct mark *put[] = {&late, &gone};
	const struct listed_sets rows[] = {
		{.known = false},
		{.known = true},
		{.known = true, .bytes = (char[]){'\0', 'x', '\0'}, .size = 3},
		{.known = true, .remote = true, .bytes = (char[]){"yz"}, .size = 2},
		{.known = true},
	};
	struct store *s = open_or_fail();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct record r = {.listed_s = 5,
			.sets = rows[i].known ? &rows[i] : NULL,
			.put = put,
			.put_count = 2};
		struct ledger l = {0};
		assert_int_equal(0, store_record(s, "amv-1", &r, NULL));
		assert_int_equal(0, store_record(s, "amv-1", &(struct record){0}, NULL));
		store_close(s);
		s = open_or_fail();
		assert_int_equal(0, store_load(s, "amv-1", &l, NULL));
		assert_int_equal(l.sets.known, rows[i].known);
		assert_int_equal(l.sets.remote, rows[i].remote);
		assert_int_equal(l.sets.size, rows[i].size);
		if (rows[i].size > 0)
			assert_memory_equal(l.sets.bytes, rows[i].bytes, rows[i].size);
		assert_int_equal(l.marks[0].late_s, 1);
		assert_int_equal(l.marks[0].late_agreed_s, 2);
		assert_int_equal(l.marks[1].vanished_s, INT64_MAX);
		ledger_done(&l);
	}
	store_close(s);
}

static int64_t listed(struct store *s, const char *cluster)
{
	struct ledger l = {0};
	int64_t at_s;

	assert_int_equal(0, store_load(s, cluster, &l, NULL));
	at_s = l.listed_s;
	ledger_done(&l);
	return at_s;
}

/* What many clusters record in one turn is one transaction. */
static void s4_a_group_of_records_counts_when_it_is_committed(void **state __attribute__((unused)))
{
	struct record r = {.listed_s = 5};
	struct store *s = open_or_fail();
	struct error err = {0};

	assert_int_equal(0, store_begin(s, &err));
	assert_int_equal(0, store_record(s, "amv-1", &r, &err));
	assert_int_equal(0, store_record(s, "amv-2", &r, &err));
	assert_int_equal(0, store_commit(s, &err));
	assert_int_equal(0, store_begin(s, &err));
	assert_int_equal(0, store_record(s, "amv-3", &r, &err));
	store_close(s);
	s = open_or_fail();
	assert_int_equal(listed(s, "amv-1"), 5);
	assert_int_equal(listed(s, "amv-2"), 5);
	assert_int_equal(listed(s, "amv-3"), 0);
	/* A commit without a transaction is no success. */
	assert_true(store_commit(s, &err) < 0);
	store_close(s);
}

struct all {
	char text[512];
};

static void note_ledger(void *data, const char *cluster, struct ledger *l)
{
	struct all *all = data;
	size_t used = strlen(all->text);

	used += (size_t)snprintf(all->text + used, sizeof(all->text) - used, "%s %lld:", cluster,
		(long long)l->listed_s);
	for (size_t i = 0; i < l->mark_count; i++)
		used += (size_t)snprintf(all->text + used, sizeof(all->text) - used, " %s %lld",
			l->marks[i].id, (long long)l->marks[i].expired_s);
	(void)snprintf(all->text + used, sizeof(all->text) - used, "; ");
	ledger_done(l);
}

static void all_ledgers_come_in_one_pass(void **state __attribute__((unused)))
{
	char id[] = "7", other[] = "8";
	const struct mark a = {.id = id, .expired_s = 1}, b = {.id = other, .expired_s = 2};
	struct store *s = open_or_fail();
	struct all all = {""};
	struct error err = {0};

	assert_int_equal(0, store_load_all(s, note_ledger, &all, &err));
	assert_string_equal(all.text, "");
	assert_int_equal(0,
		store_record(s, "amv-3",
			&(struct record){.listed_s = 30,
				.put = (const struct mark *[]){&a, &b},
				.put_count = 2},
			&err));
	assert_int_equal(0, store_record(s, "amv-2", &(struct record){.listed_s = 20}, &err));
	assert_int_equal(0,
		store_record(s, "amv-1",
			&(struct record){
				.listed_s = 10, .put = (const struct mark *[]){&b}, .put_count = 1},
			&err));
	assert_int_equal(0, store_load_all(s, note_ledger, &all, &err));
	assert_string_equal(all.text, "amv-1 10: 8 2; amv-2 20:; amv-3 30: 7 1 8 2; ");
	store_close(s);
}

static void a_second_owner_is_refused_with_a_line_that_names_the_first(
	void **state __attribute__((unused)))
{
	struct store *s = open_or_fail(), *second = NULL;
	struct error err = {0};
	char *moved = NULL;
	_cleanup_free_ char *pid = xasprintf("process %d", (int)getpid());

	assert_int_equal(-EBUSY, store_open(path, &second, &moved, &err));
	assert_null(second);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, pid));
	store_close(s);
	s = open_or_fail();
	store_close(s);
}

static void a_program_that_has_the_file_open_is_not_damage(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	struct error err = {0};
	char *moved = NULL;
	int pipefd[2];
	char byte;
	pid_t pid;

	store_close(s);
	assert_int_equal(0, pipe(pipefd));
	pid = fork();
	if (pid == 0) {
		sqlite3 *db;
		if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix") != SQLITE_OK ||
			sqlite3_exec(db,
				"PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; SELECT * FROM "
				"cluster",
				NULL, NULL, NULL) != SQLITE_OK)
			_exit(1);
		(void)!write(pipefd[1], "x", 1);
		(void)pause();
		_exit(1);
	}
	assert_int_equal(1, read(pipefd[0], &byte, 1));
	assert_int_equal(-EBUSY, store_open(path, &s, &moved, &err));
	assert_non_null(strstr(err.text, "another program"));
	assert_int_equal(0, kill(pid, SIGKILL));
	assert_int_equal(pid, waitpid(pid, NULL, 0));
	assert_int_equal(count_files("*.damaged-*"), 0);
	(void)close(pipefd[0]);
	(void)close(pipefd[1]);
}

static void the_file_is_for_its_owner_alone(void **state __attribute__((unused)))
{
	struct store *s;
	struct stat st;
	mode_t before = umask(0);

	s = open_or_fail();
	assert_int_equal(0, record_number(s, "amv-1", 1, NULL));
	(void)umask(before);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_files("state-shm"), 0);
	store_close(s);
}

static void no_directory_is_made_and_no_other_kind_of_file_taken(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *missing = xasprintf("%s/no/state", directory);
	struct store *s = NULL;
	char *moved = NULL;
	struct error err = {0};

	assert_int_equal(-ENOENT, store_open(missing, &s, &moved, &err));
	assert_non_null(strstr(err.text, missing));
	assert_int_equal(0, mkfifo(path, 0600));
	assert_int_equal(-EINVAL, store_open(path, &s, &moved, &err));
	assert_int_equal(count_files("*.damaged-*"), 0);
	assert_null(s);
	assert_null(moved);
}

/* The lock file is emptied: a link in its place would empty what it leads to. */
static void nothing_is_emptied_that_is_no_lock_file(void **state __attribute__((unused)))
{
	_cleanup_free_ char *lock = xasprintf("%s.lock", path);
	_cleanup_free_ char *victim = xasprintf("%s/victim", directory);

	for (int kind = 0; kind < 4; kind++) {
		struct store *s = NULL;
		char *moved = NULL, *data, text[200];
		struct error err = {0};
		size_t size;

		(void)remove_files(NULL);
		memset(text, 'x', sizeof(text));
		write_whole(victim, text, sizeof(text));
		if (kind == 0)
			assert_int_equal(0, symlink(victim, lock));
		else if (kind == 1)
			assert_int_equal(0, link(victim, lock));
		else if (kind == 2)
			assert_int_equal(0, mkfifo(lock, 0600));
		else
			write_whole(lock, text, sizeof(text));
		assert_true(store_open(path, &s, &moved, &err) < 0);
		assert_non_null(strstr(err.text, lock));
		data = read_whole(kind == 3 ? lock : victim, &size);
		assert_int_equal(size, sizeof(text));
		free(data);
	}
}

/* Runs in a child that is not root, which a mode can keep out. */
static int try_read_only(bool damaged)
{
	struct store *s = NULL;
	char *moved = NULL;
	struct error err = {0};
	int r;

	if (geteuid() == 0 && seteuid(65534) < 0)
		return 2;
	r = store_open(path, &s, &moved, &err);
	return r == -EACCES && !s && !moved && strstr(err.text, directory) ? 0 : damaged ? 3 : 4;
}

static void a_read_only_directory_is_an_error_and_changes_nothing(
	void **state __attribute__((unused)))
{
	for (int damaged = 0; damaged < 2; damaged++) {
		size_t size;
		char *data;
		int status = -1;
		pid_t pid;

		(void)remove_files(NULL);
		if (damaged)
			write_whole(path, "not a database", 14);
		else
			store_close(open_or_fail());
		(void)chmod(path, 0666);
		(void)chmod(directory, 0555);
		pid = fork();
		if (pid == 0)
			_exit(try_read_only(damaged));
		assert_int_equal(pid, waitpid(pid, &status, 0));
		(void)chmod(directory, 0755);
		assert_int_equal(status, 0);
		data = read_whole(path, &size);
		assert_int_equal(size == 14, damaged);
		free(data);
	}
}

TEST_FILE(store_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(s4_a_group_of_records_counts_when_it_is_committed),
		TEST(what_is_recorded_is_loaded),
		TEST(the_sets_of_the_last_listing_are_loaded),
		TEST(all_ledgers_come_in_one_pass),
		TEST(a_second_owner_is_refused_with_a_line_that_names_the_first),
		TEST(a_program_that_has_the_file_open_is_not_damage),
		TEST(the_file_is_for_its_owner_alone),
		TEST(no_directory_is_made_and_no_other_kind_of_file_taken),
		TEST(nothing_is_emptied_that_is_no_lock_file),
		TEST(a_read_only_directory_is_an_error_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
