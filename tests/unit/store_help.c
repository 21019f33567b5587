/* Opens, damages and compares state files for the tests of the store. */
#include "store_help.h"
#include "base/memory.h"
#include "base/text.h"
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

char *directory;
char path[64];
char history_path[64];

int remove_files(void **state)
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

int begin(void **state)
{
	(void)state;
	vfs_install();
	/* In memory, if it may be: thousands of files are made here, and synced. */
	directory = xasprintf(
		"%s/retaind-store-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/state", directory);
	(void)snprintf(history_path, sizeof(history_path), "%s/history", directory);
	return 0;
}

int end(void **state)
{
	(void)remove_files(state);
	if (rmdir(directory) < 0)
		return -1;
	free(directory);
	return 0;
}

size_t count_files(const char *pattern)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", directory, pattern);
	glob_t g = {0};
	size_t n = glob(full, 0, NULL, &g) == 0 ? g.gl_pathc : 0;

	globfree(&g);
	return n;
}

struct store *open_or_fail(void)
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

struct history_db *open_history_or_fail(void)
{
	struct history_db *h = NULL;
	char *moved = NULL;
	struct error err = {0};

	if (history_db_open(history_path, &h, &moved, &err) < 0)
		fail_msg("history_db_open: %s", err.text);
	if (moved)
		fail_msg("moved aside: %s", moved);
	return h;
}

int record_number(struct store *s, const char *cluster, int i, struct error *err)
{
	char id[16], before[16];
	struct create_record create = {
		.state = CREATE_ACCEPTED, .slot_s = i, .called_s = 2 * i, .attempts = 1};
	struct mark mark = {
		.id = id, .expired_s = i, .expired_agreed_s = 3 * i, .asks = i, .approved = i % 2};
	const struct mark *put[] = {&mark};
	const char *drop[] = {before};
	struct listed_sets sets = {.known = true, .bytes = id};
	struct record r = {.listed_s = 4 * i,
		.agreed_s = 5 * i,
		.create = &create,
		.put = put,
		.put_count = 1,
		.sets = &sets,
		.drop = drop,
		.drop_count = 1};

	sets.size = (size_t)snprintf(id, sizeof(id), "%d", i);
	(void)snprintf(before, sizeof(before), "%d", i - 1);
	(void)snprintf(create.set, sizeof(create.set), "set-%d", i);
	return store_record(s, cluster, &r, err);
}

void write_line(void *data, const char *cluster, const struct entry *e)
{
	char *to = data;
	size_t used = strlen(to);

	(void)snprintf(to + used, 4096 - used, "%s|%s|%lld|%lld|%s|%s|%s|%s|%s|%s|%lld\n", cluster,
		entry_names[e->kind], (long long)e->at_s, (long long)e->slot_s,
		e->set ? e->set : "-", e->outcome ? e->outcome : "-", e->reason ? e->reason : "-",
		e->code ? e->code : "-", e->request_id ? e->request_id : "-",
		e->plan ? e->plan : "-", (long long)e->count);
}

static void count_one(void *data, const char *cluster, const struct entry *e)
{
	assert_non_null(cluster);
	assert_in_range(e->kind, 0, ENTRY_KIND_COUNT - 1);
	++*(int64_t *)data;
}

int64_t history_count(struct history_db *h)
{
	const struct history_query all = {.since_s = INT64_MIN, .limit = INT64_MAX};
	struct error err = {0};
	int64_t count = 0;

	if (history_db_query(h, &all, count_one, &count, &err) < 0)
		fail_msg("history_db_query: %s", err.text);
	return count;
}

int standing(struct store *s, const char *cluster)
{
	struct ledger l = {0};
	struct error err = {0};
	char text[32];
	int i;

	if (store_load(s, cluster, &l, &err) < 0)
		fail_msg("store_load: %s", err.text);
	i = (int)l.create.slot_s;
	assert_int_equal(l.mark_count, i ? 1 : 0);
	if (i) {
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

char *read_whole(const char *name, size_t *ret_size)
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

void write_whole(const char *name, const char *data, size_t size)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	assert_int_equal(size, fwrite(data, 1, size, f));
	(void)fclose(f);
}

void copy_file(const char *from, const char *to)
{
	size_t size;
	char *data = read_whole(from, &size);

	write_whole(to, data, size);
	free(data);
}

void run_sql(const char *file, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(SQLITE_OK, sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK, sqlite3_exec(db, sql, NULL, NULL, NULL));
	assert_int_equal(SQLITE_OK, sqlite3_close(db));
}

int64_t number_in(const char *file, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int64_t value;

	assert_int_equal(SQLITE_OK, sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(db, sql, -1, &q, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(q));
	value = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return value;
}

void run_and_die(void (*f)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		f();
		_exit(0);
	}
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_int_equal(status, 0);
}
