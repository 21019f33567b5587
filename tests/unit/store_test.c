#include "base/memory.h"
#include "base/text.h"
#include "store/store.h"
#include "store_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/retaind-store-XXXXXX";
static char path[64];

static int remove_files(void **state)
{
	_cleanup_free_ char *pattern = xasprintf("%s/*", directory);
	glob_t g = {0};

	(void)state;
	vfs_fail_at(0, VFS_IO_ERROR);
	vfs_forget();
	if (glob(pattern, 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			(void)unlink(g.gl_pathv[i]);
	globfree(&g);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	vfs_install();
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/state", directory);
	return 0;
}

static int end(void **state)
{
	(void)remove_files(state);
	return rmdir(directory);
}

static size_t count_files(const char *pattern)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", directory, pattern);
	glob_t g = {0};
	size_t n = glob(full, 0, NULL, &g) == 0 ? g.gl_pathc : 0;

	globfree(&g);
	return n;
}

static struct store *open_or_fail(void)
{
	struct store *s = NULL;
	char *moved = NULL;
	struct error err = {0};
	int r = store_open(path, &s, &moved, &err);

	if (r < 0)
		fail_msg("store_open: %s", err.text);
	if (moved)
		fail_msg("moved aside: %s", moved);
	return s;
}

/* Change number i: whatever of it is there afterwards, all of it has to be. */
static int record_number(struct store *s, const char *cluster, int i, struct error *err)
{
	char id[16], before[16], reason[32];
	struct create_record create = {
		.state = CREATE_ACCEPTED, .slot_s = i, .called_s = 2 * i, .attempts = 1};
	struct mark mark = {
		.id = id, .expired_s = i, .expired_agreed_s = 3 * i, .asks = i, .approved = i % 2};
	const struct mark *put[] = {&mark};
	const char *drop[] = {before};
	struct entry entries[] = {
		{.kind = ENTRY_CREATE_INTENT, .at_s = i, .slot_s = i},
		{.kind = ENTRY_DELETE_INTENT, .at_s = i, .set = id, .reason = reason},
	};
	struct record r = {.listed_s = 4 * i,
		.agreed_s = 5 * i,
		.create = &create,
		.put = put,
		.put_count = 1,
		.drop = drop,
		.drop_count = 1,
		.entries = entries,
		.entry_count = 2};

	(void)snprintf(id, sizeof(id), "%d", i);
	(void)snprintf(before, sizeof(before), "%d", i - 1);
	(void)snprintf(reason, sizeof(reason), "reason %d", i);
	(void)snprintf(create.set, sizeof(create.set), "set-%d", i);
	return store_record(s, cluster, &r, err);
}

struct seen {
	int count;
	int64_t newest_s;
};

static void see(void *data, const char *cluster, const struct entry *e)
{
	struct seen *seen = data;

	(void)cluster;
	if (seen->count++ == 0)
		seen->newest_s = e->at_s;
}

/* The number of the change that stands, after checking that it stands whole; 0 if none does. */
static int standing(struct store *s, const char *cluster)
{
	struct ledger l = {0};
	struct seen seen = {0};
	struct error err = {0};
	char text[32];
	int i;

	if (store_load(s, cluster, &l, &err) < 0)
		fail_msg("store_load: %s", err.text);
	assert_int_equal(0,
		store_history(s,
			&(struct history_query){
				.cluster = cluster, .since_s = INT64_MIN, .limit = 1000000},
			see, &seen, &err));
	i = (int)l.create.slot_s;
	assert_int_equal(seen.count, 2 * i);
	assert_int_equal(l.mark_count, i ? 1 : 0);
	if (i) {
		assert_int_equal(seen.newest_s, i);
		assert_int_equal(l.listed_s, 4 * i);
		assert_int_equal(l.agreed_s, 5 * i);
		assert_int_equal(l.create.called_s, 2 * i);
		(void)snprintf(text, sizeof(text), "set-%d", i);
		assert_string_equal(l.create.set, text);
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(l.marks[0].id, text);
		assert_int_equal(l.marks[0].expired_agreed_s, 3 * i);
		assert_int_equal(l.marks[0].approved, i % 2);
	}
	ledger_done(&l);
	return i;
}

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

static void write_line(void *data, const char *cluster, const struct entry *e)
{
	char *to = data;
	size_t used = strlen(to);

	(void)snprintf(to + used, 4096 - used, "%s|%s|%lld|%lld|%s|%s|%s|%s|%s|%s|%lld\n", cluster,
		entry_names[e->kind], (long long)e->at_s, (long long)e->slot_s,
		e->set ? e->set : "-", e->outcome ? e->outcome : "-", e->reason ? e->reason : "-",
		e->code ? e->code : "-", e->request_id ? e->request_id : "-",
		e->plan ? e->plan : "-", (long long)e->count);
}

#define PLAN "3f2a00c4b1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495a6bff"
#define REQUEST "1D7F8A3B-0C2E-5F4A-9B6D-7E8F90A1B2C3"

static void history_comes_back_newest_first_and_unchanged(void **state __attribute__((unused)))
{
	struct entry one[] = {
		{.kind = ENTRY_CREATE_INTENT, .at_s = 10, .slot_s = 9},
		{.kind = ENTRY_CREATE_OUTCOME, .at_s = 11, .outcome = "ok", .request_id = REQUEST},
		{.kind = ENTRY_DELETE_INTENT,
			.at_s = 12,
			.set = "763",
			.reason = "expired: no rule keeps it",
			.plan = PLAN},
	};
	struct entry two[] = {
		{.kind = ENTRY_GONE, .at_s = 8, .set = "0763", .count = 7},
		{.kind = ENTRY_APPROVED,
			.at_s = 9,
			.set = "99999999999999999999",
			.plan = "3F2A",
			.request_id = "1d7f8a3b-0c2e-5f4a-9b6d-7e8f90a1b2c3",
			.code = "Throttling",
			.reason = ""},
	};
	static const struct {
		struct history_query query;
		const char *expected;
	} rows[] = {
		{{.cluster = "amv-1", .limit = 10},
			"amv-1|delete-intent|12|0|763|-|expired: no rule keeps it|-|-|" PLAN "|0\n"
			"amv-1|create-outcome|11|0|-|ok|-|-|" REQUEST "|-|0\n"
			"amv-1|create-intent|10|9|-|-|-|-|-|-|0\n"},
		{{.cluster = "amv-2", .limit = 10},
			"amv-2|approved|9|0|99999999999999999999|-||Throttling|1d7f8a3b-0c2e-5f4a-"
			"9b6d-7e8f90a1b2c3|3F2A|0\n"
			"amv-2|gone|8|0|0763|-|-|-|-|-|7\n"},
		{{.set = "763", .limit = 10},
			"amv-1|delete-intent|12|0|763|-|expired: no rule keeps it|-|-|" PLAN
			"|0\n"},
		{{.set = "0763", .limit = 10}, "amv-2|gone|8|0|0763|-|-|-|-|-|7\n"},
		{{.since_s = 11, .limit = 10},
			"amv-1|delete-intent|12|0|763|-|expired: no rule keeps it|-|-|" PLAN "|0\n"
			"amv-1|create-outcome|11|0|-|ok|-|-|" REQUEST "|-|0\n"},
		{{.cluster = "amv-1", .limit = 1},
			"amv-1|delete-intent|12|0|763|-|expired: no rule keeps it|-|-|" PLAN
			"|0\n"},
		{{.limit = 1},
			"amv-2|approved|9|0|99999999999999999999|-||Throttling|1d7f8a3b-0c2e-5f4a-"
			"9b6d-7e8f90a1b2c3|3F2A|0\n"},
		{{.limit = 0}, ""}, {{.limit = -1}, ""}, {{.cluster = "amv-3", .limit = 10}, ""},
		{{.cluster = "ok", .limit = 10}, ""}, /* a word, but no cluster's name */
	};
	struct store *s = open_or_fail();
	struct error err = {0};

	assert_int_equal(0,
		store_record(s, "amv-1", &(struct record){.entries = one, .entry_count = 3}, &err));
	assert_int_equal(0,
		store_record(s, "amv-2", &(struct record){.entries = two, .entry_count = 2}, &err));
	store_close(s);
	s = open_or_fail();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[4096] = "";
		assert_int_equal(0, store_history(s, &rows[i].query, write_line, got, &err));
		assert_string_equal(got, rows[i].expected);
	}
	store_close(s);
}

static int history_count(struct store *s)
{
	struct seen seen = {0};

	assert_int_equal(0,
		store_history(s, &(struct history_query){.since_s = INT64_MIN, .limit = INT64_MAX},
			see, &seen, NULL));
	return seen.count;
}

static void old_history_goes_in_slices_and_takes_its_words_along(
	void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	struct error err = {0};
	int64_t words = 0, gone = 0;
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;

	for (int i = 1; i <= 1500; i++)
		assert_int_equal(0, record_number(s, "amv-1", i, &err));
	assert_int_equal(history_count(s), 3000);
	assert_int_equal(store_prune_history(s, 1, 100, &err), 0);
	assert_int_equal(store_prune_history(s, 1400, 100, &err), 100);
	for (int64_t n; (n = store_prune_history(s, 1400, 100, &err)) != 0;)
		gone += n;
	assert_int_equal(gone, 2 * 1399 - 100);
	assert_int_equal(history_count(s), 2 * 101);
	store_close(s);
	assert_int_equal(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(
		SQLITE_OK, sqlite3_prepare_v2(db, "SELECT count(*) FROM word", -1, &q, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(q));
	words = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	assert_in_range(words, 102, 102 + 1000);
	s = open_or_fail();
	assert_int_equal(0, record_number(s, "amv-1", 1501, &err));
	assert_int_equal(history_count(s), 2 * 102);
	store_close(s);
}

static void lines_dated_far_ahead_do_not_keep_the_old_ones(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	struct error err = {0};

	for (int i = 0; i < 300; i++) {
		struct entry e = {.kind = ENTRY_GONE, .at_s = i < 50 ? 2082758400 : i};
		assert_int_equal(0,
			store_record(s, "amv-1", &(struct record){.entries = &e, .entry_count = 1},
				&err));
	}
	for (int i = 0; i < 100; i++)
		assert_true(store_prune_history(s, 1000, 10, &err) >= 0);
	assert_int_equal(history_count(s), 50);
	store_close(s);
}

/* Ten changes that stand, then more until one fails; then a restart. Returns whether one failed. */
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
		for (int at = 1; try_with_fault(at, faults[i], false); at += at < 40 ? 1 : 11)
			;
}

static void s4_what_was_acknowledged_survives_a_power_cut(void **state __attribute__((unused)))
{
	for (int at = 1; try_with_fault(at, VFS_TORN, true); at += at < 40 ? 1 : 11)
		;
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
		(void)usleep((useconds_t)(20000 + 3000 * round));
		assert_int_equal(0, kill(pid, SIGKILL));
		assert_int_equal(pid, waitpid(pid, NULL, 0));
		while (read(pipefd[0], &got, sizeof(got)) == sizeof(got))
			acknowledged = got;
		(void)close(pipefd[0]);
		s = open_or_fail(); /* the lock went with the process */
		found = standing(s, "amv-1");
		assert_in_range(found, acknowledged, acknowledged + 1);
		total = found;
		store_close(s);
	}
	assert_true(total > 20);
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

static char *read_whole(const char *name, size_t *ret_size)
{
	FILE *f = fopen(name, "re");
	char *data;

	assert_non_null(f);
	(void)fseek(f, 0, SEEK_END);
	*ret_size = (size_t)ftell(f);
	rewind(f);
	data = xmalloc(*ret_size);
	assert_int_equal(*ret_size, fread(data, 1, *ret_size, f));
	(void)fclose(f);
	return data;
}

static void write_whole(const char *name, const char *data, size_t size)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	assert_int_equal(size, fwrite(data, 1, size, f));
	(void)fclose(f);
}

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
		struct seen seen = {0};
		assert_int_equal(0, store_load(s, "amv-1", &l, &err));
		number = (int)l.create.slot_s;
		assert_int_equal(l.listed_s, 4 * number);
		assert_int_equal(l.mark_count, number ? 1 : 0);
		if (number)
			assert_int_equal(l.marks[0].expired_agreed_s, 3 * number);
		ledger_done(&l);
		/* Lines of history carry no check sum, they only must not do harm. */
		(void)store_history(s, &(struct history_query){.limit = 1000}, see, &seen, &err);
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
	store_close(s);
	data = read_whole(path, &size);
	for (size_t at = 0; at < size; at += at < 120 ? 1 : 53) {
		static const unsigned char masks[] = {0xff, 0x01, 0x80};
		unsigned char mask = masks[at % 3];
		data[at] = (char)(data[at] ^ mask);
		write_whole(path, data, size);
		data[at] = (char)(data[at] ^ mask);
		if (open_damaged(&found))
			moved++;
		else {
			kept++;
			assert_int_equal(found, 120);
		}
	}
	for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 1021) {
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
	for (size_t at = 0; at < wal_size; at += 211) {
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

static void run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK, sqlite3_exec(db, sql, NULL, NULL, NULL));
	assert_int_equal(SQLITE_OK, sqlite3_close(db));
}

static void what_is_not_our_file_is_moved_aside(void **state __attribute__((unused)))
{
	static const struct {
		const char *name, *sql;
	} rows[] = {
		{"a newer schema", "PRAGMA user_version = 2"},
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
		run_sql(rows[i].sql);
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

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(what_is_recorded_is_loaded),
		TEST(history_comes_back_newest_first_and_unchanged),
		TEST(old_history_goes_in_slices_and_takes_its_words_along),
		TEST(lines_dated_far_ahead_do_not_keep_the_old_ones),
		TEST(s4_a_record_is_all_or_nothing),
		TEST(s4_what_was_acknowledged_survives_a_power_cut),
		TEST(a_full_disk_is_told_and_changes_nothing),
		TEST(a_new_file_that_cannot_be_made_leaves_nothing),
		TEST(s4_a_killed_writer_leaves_whole_records),
		TEST(a_second_owner_is_refused_with_a_line_that_names_the_first),
		TEST(a_program_that_has_the_file_open_is_not_damage),
		TEST(a_damaged_file_is_moved_aside_or_read_whole),
		TEST(a_damaged_log_gives_an_earlier_whole_state),
		TEST(what_is_not_our_file_is_moved_aside),
		TEST(the_damaged_file_keeps_its_bytes_and_its_log),
		TEST(without_room_for_a_new_file_the_damaged_one_stays),
		TEST(the_file_is_for_its_owner_alone),
		TEST(no_directory_is_made_and_no_other_kind_of_file_taken),
		TEST(a_read_only_directory_is_an_error_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
