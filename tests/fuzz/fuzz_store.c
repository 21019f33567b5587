/* The state file and the history next to it: any bytes at their paths. A state file is used whole,
 * refused with a line, or moved aside whole, never half of it; and what is written afterwards is
 * there again. The first byte says what the input is: with 'w' the -wal next to a good state file,
 * with 'h' the history, else the state file. */
#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"
#include "store/history_db.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], state[80], history[80];

static void write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	HOLDS(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static bool has(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "rb");
	_cleanup_free_ uint8_t *found = xmalloc(size + 1);
	size_t length;

	if (!f)
		return false;
	length = fread(found, 1, size + 1, f);
	fclose(f);
	return length == size && memcmp(found, data, size) == 0;
}

static void empty_directory(void)
{
	DIR *d = opendir(directory);
	char path[400];

	HOLDS(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		(void)unlink(path);
	}
	closedir(d);
}

static void remove_directory(void)
{
	empty_directory();
	(void)rmdir(directory);
}

static void each(void *data, const char *cluster, const struct entry *e)
{
	(void)data;
	HOLDS(cluster && (unsigned)e->kind < ENTRY_KIND_COUNT);
}

static void records(struct store *s, struct error *err)
{
	struct mark m = {.id = (char[]){"763"}, .expired_s = 1, .asks = 2, .approved = true};
	const struct mark *put[] = {&m};
	struct create_record create = {.state = CREATE_INTENT, .slot_s = 60, .attempts = 1};
	struct record r = {
		.listed_s = 7, .agreed_s = 8, .create = &create, .put = put, .put_count = 1};

	HOLDS(store_record(s, "amv-1", &r, err) == 0 || err->text[0]);
}

static void is_there_again(void)
{
	struct store *s = NULL;
	struct error err = {0};
	struct ledger l = {0};
	char *moved = NULL;
	bool found = false;

	HOLDS(store_open(state, &s, &moved, &err) == 0 && !moved);
	HOLDS(store_load(s, "amv-1", &l, &err) == 0);
	HOLDS(l.listed_s == 7 && l.agreed_s == 8 && l.create.state == CREATE_INTENT);
	for (size_t i = 0; i < l.mark_count; i++)
		found |= text_equal(l.marks[i].id, "763") && l.marks[i].asks == 2;
	HOLDS(found);
	ledger_done(&l);
	store_close(s);
}

static void use(struct store *s)
{
	struct error err = {0};
	struct ledger l = {0};
	bool recorded;

	HOLDS(store_load(s, "amv-1", &l, &err) == 0); /* else it should have been moved aside */
	ledger_done(&l);
	records(s, &err);
	recorded = err.code == 0;
	store_close(s);
	if (recorded)
		is_there_again();
}

static void use_history(void)
{
	static const struct entry e[] = {
		{.kind = ENTRY_GONE, .at_s = 5, .set = "1", .reason = "why"},
		{.kind = ENTRY_GONE, .at_s = 5, .set = "2", .reason = "why"}};
	const struct history_query q = {.limit = 50}, of_set = {.limit = 50, .set = "1"};
	struct history_db *h = NULL;
	_cleanup_free_ char *moved = NULL;
	struct error err = {0};
	int r = history_db_open(history, &h, &moved, &err);

	HOLDS(r == 0 || (err.text[0] && !moved));
	if (r < 0)
		return;
	for (int round = 0; round < 2; round++) {
		(void)history_db_query(h, &q, each, NULL, &err);
		(void)history_db_query(h, &of_set, each, NULL, &err);
		(void)history_db_prune(h, 3, 100, &err);
		history_db_add(h, "amv-1", e, 2);
		(void)history_db_commit(h, &err);
	}
	history_db_close(h);
}

static void a_good_one(const char *path)
{
	struct store *s = NULL;
	struct error err = {0};
	char *moved = NULL;

	HOLDS(store_open(path, &s, &moved, &err) == 0 && !moved);
	store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *s = NULL;
	struct error err = {0};
	_cleanup_free_ char *moved = NULL;
	char wal[96];
	bool main_file = size == 0 || (data[0] != 'w' && data[0] != 'h');
	bool is_history = size > 0 && data[0] == 'h';
	int r;

	if (!directory[0]) {
		struct stat st;
		snprintf(directory, sizeof(directory), "%s/retaind-fuzz-store-%d",
			stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
		snprintf(state, sizeof(state), "%s/state.db", directory);
		snprintf(history, sizeof(history), "%s/history.db", directory);
		(void)mkdir(directory, 0700);
		(void)atexit(remove_directory);
	}
	empty_directory();
	if (size > 0) {
		data++;
		size--;
	}
	if (is_history) {
		write_file(history, data, size);
		use_history();
		return 0;
	}
	snprintf(wal, sizeof(wal), "%s-wal", state);
	if (main_file) {
		write_file(state, data, size);
	} else {
		a_good_one(state);
		write_file(wal, data, size);
	}
	r = store_open(state, &s, &moved, &err);
	HOLDS((r == 0) == (s != NULL));
	HOLDS(r == 0 || (err.text[0] && !moved));
	/* One of a newer program is refused as it is. */
	if (main_file && r == -ENOTSUP)
		HOLDS(has(state, data, size));
	/* Ours is always in WAL mode; of another, SQLite has changed the mode when we look at it.
	 */
	if (main_file && size > 19 && data[18] == 2 && data[19] == 2 && (moved || r < 0))
		HOLDS(has(moved ? moved : state, data, size));
	if (s)
		use(s);
	return 0;
}
