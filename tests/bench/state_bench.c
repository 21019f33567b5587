/* The files after a year: clusters with a backup a day, thinned to 14 dailies, 8 weeklies and 24
 * monthlies, each call and set with the marks and the lines of history that the daemon writes.
 * Written through the store, to memory (/dev/shm), since what is measured is size and queries, not
 * the disk's sync; times are of the processor. 1,000 clusters unless a number says otherwise;
 * `queries`: the slowest of ten. */
#include "base/memory.h"
#include "store/history_db.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAYS = 365, RUNS = 10 };
#define DAY_S INT64_C(86400)
#define BEGIN_S INT64_C(1767225600) /* 2026-01-01 */
#define PLAN "3f2a00c4b1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495a%04d"
#define REQUEST "1D7F8A3B-0C2E-5F4A-9B6D-7E8F90A1%04X"

struct year {
	struct store *s;
	struct history_db *h;
	int clusters;
	int64_t sets, lines;
};

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const struct error *err)
{
	(void)fprintf(stderr, "%s\n", err->text);
	exit(1);
}

/* On which day a set of a day expires: as the policy thins. */
static int expires_on(int day)
{
	if (day % 30 == 0)
		return INT32_MAX;
	return day + (day % 7 == 0 ? 56 : 14);
}

static int id_of(int cluster, int day)
{
	return 1000000 + day * 10000 + cluster;
}

struct day {
	struct entry entries[32];
	size_t count;
	struct mark marks[8];
	const struct mark *put[8];
	const char *drop[8];
	size_t puts, drops;
	char text[8][80];
	size_t texts;
};

static char *text(struct day *d)
{
	return d->text[d->texts++];
}

static void add(struct day *d, struct entry e)
{
	d->entries[d->count++] = e;
}

static void add_backup(
	struct day *d, int64_t at_s, int64_t slot_s, const char *id, const char *request)
{
	add(d, (struct entry){.kind = ENTRY_CREATE_INTENT, .at_s = at_s, .slot_s = slot_s});
	add(d,
		(struct entry){.kind = ENTRY_CREATE_OUTCOME,
			.at_s = at_s + 1,
			.slot_s = slot_s,
			.outcome = "ok",
			.request_id = request});
	add(d, (struct entry){.kind = ENTRY_SEEN, .at_s = at_s + 634, .set = id});
	add(d,
		(struct entry){.kind = ENTRY_BACKUP_DONE,
			.at_s = at_s + 634,
			.slot_s = slot_s,
			.set = id});
}

static void add_delete(
	struct day *d, int64_t at_s, const char *id, const char *plan, const char *request)
{
	add(d,
		(struct entry){.kind = ENTRY_DELETE_INTENT,
			.at_s = at_s,
			.set = id,
			.reason = "expired: no rule keeps it",
			.plan = plan});
	add(d,
		(struct entry){.kind = ENTRY_DELETE_OUTCOME,
			.at_s = at_s + 1,
			.outcome = "ok",
			.request_id = request,
			.plan = plan,
			.count = 1});
	add(d, (struct entry){.kind = ENTRY_GONE, .at_s = at_s + 1200, .set = id});
}

static void write_day(struct year *y, int cluster, int day)
{
	int64_t slot_s = BEGIN_S + day * DAY_S + 7200 + cluster % 3600,
		at_s = slot_s + cluster % 50;
	struct day d = {0};
	char name[32], *id = text(&d), *request = text(&d);
	struct create_record create = {
		.state = CREATE_DONE, .slot_s = slot_s, .called_s = at_s, .called_server_s = at_s};
	struct record r = {.listed_s = at_s, .agreed_s = day * DAY_S, .create = &create};
	struct error err = {0};

	(void)snprintf(name, sizeof(name), "amv-bp1%013d", cluster);
	(void)snprintf(id, 80, "%d", id_of(cluster, day));
	(void)snprintf(request, 80, REQUEST, (unsigned)(day * cluster % 65536));
	(void)snprintf(create.set, sizeof(create.set), "%d", id_of(cluster, day));
	add_backup(&d, at_s, slot_s, id, request);
	for (int made = 0; made < day && d.texts + 3 < 8; made++) {
		char *old, *plan;
		if (expires_on(made) != day && expires_on(made) != day - 1)
			continue;
		old = text(&d);
		(void)snprintf(old, 80, "%d", id_of(cluster, made));
		if (expires_on(made) == day) {
			add(&d,
				(struct entry){.kind = ENTRY_EXPIRED,
					.at_s = at_s + 634,
					.set = old,
					.reason = "no rule keeps it any more; until now daily"});
			d.marks[d.puts] = (struct mark){.id = old, .expired_s = at_s};
			d.put[d.puts] = &d.marks[d.puts];
			d.puts++;
			continue;
		}
		d.drop[d.drops++] = old;
		plan = text(&d);
		(void)snprintf(plan, 80, PLAN, day % 10000);
		add_delete(&d, at_s + 700, old, plan, request);
	}
	r.put = d.put;
	r.put_count = d.puts;
	r.drop = d.drop;
	r.drop_count = d.drops;
	if (store_record(y->s, name, &r, &err) < 0)
		fail(&err);
	history_db_add(y->h, name, d.entries, d.count);
	y->sets++;
	y->lines += (int64_t)d.count;
}

/* A group for a turn of the daemon's loop, in which many clusters have something to write. */
static void write_year(struct year *y)
{
	struct error err = {0};

	for (int day = 0; day < DAYS; day++)
		for (int cluster = 0; cluster < y->clusters;) {
			if (store_begin(y->s, &err) < 0)
				fail(&err);
			for (int i = 0; i < 50 && cluster < y->clusters; i++)
				write_day(y, cluster++, day);
			if (store_commit(y->s, &err) < 0 || history_db_commit(y->h, &err) < 0)
				fail(&err);
		}
}

static void count_line(void *data, const char *cluster, const struct entry *e)
{
	(void)cluster;
	(void)e;
	++*(int64_t *)data;
}

static void count_ledger(void *data, const char *cluster, struct ledger *l)
{
	(void)cluster;
	++*(int64_t *)data;
	ledger_done(l);
}

struct asked {
	const char *what;
	struct history_query query;
	double worst_ms;
	int64_t lines;
};

static void ask(struct history_db *h, struct asked *a)
{
	struct error err = {0};

	for (int i = 0; i < RUNS; i++) {
		double begin = now_ms(), ms;
		a->lines = 0;
		if (history_db_query(h, &a->query, count_line, &a->lines, &err) < 0)
			fail(&err);
		ms = now_ms() - begin;
		a->worst_ms = ms > a->worst_ms ? ms : a->worst_ms;
	}
}

/* What is needed to begin. */
static void open_both(struct year *y, const char *path)
{
	_cleanup_free_ char *history = history_db_path(path);
	char *moved = NULL;
	struct error err = {0};
	int64_t count = 0;

	if (store_open(path, &y->s, &moved, &err) < 0 ||
		history_db_open(history, &y->h, &moved, &err) < 0 ||
		store_load_all(y->s, count_ledger, &count, &err) < 0)
		fail(&err);
}

static void close_both(struct year *y)
{
	history_db_close(y->h);
	store_close(y->s);
}

static double megabytes(const char *path)
{
	struct stat st = {0};

	(void)stat(path, &st);
	return (double)st.st_size / (1 << 20);
}

static void tell(const struct year *y, const char *path, double write_ms, double open_ms,
	const struct asked *asked, size_t count, bool json)
{
	_cleanup_free_ char *history = history_db_path(path);

	printf(json ? "{\"clusters\": %d, \"sets\": %" PRId64 ", \"lines\": %" PRId64
		      ", \"state_mib\": %.1f, \"history_mib\": %.1f, \"write_s\": %.1f,"
		      " \"open_ms\": %.1f, \"queries_ms\": {"
		    : "%d clusters, %" PRId64 " sets, %" PRId64 " entries of history\n"
		      "state           %.1f MiB\n"
		      "history         %.1f MiB\n"
		      "written in      %.1f s\n"
		      "opened in       %.1f ms\n",
		y->clusters, y->sets, y->lines, megabytes(path), megabytes(history), write_ms / 1e3,
		open_ms);
	for (size_t i = 0; i < count; i++)
		printf(json ? "%s\"%s\": %.2f" : "%s%-40s %.2f ms\n", json && i ? ", " : "",
			asked[i].what, asked[i].worst_ms);
	if (json)
		printf("}}\n");
}

static void clean_up(const char *directory)
{
	static const char *const names[] = {"state", "state.lock", "history"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

int main(int argc, char **argv)
{
	char directory[] = "/dev/shm/retaind-state-XXXXXX", path[64], cluster[32], set[32];
	struct year y = {.clusters = 1000};
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	double begin, write_ms, open_ms;
	struct asked asked[] = {
		{.what = "history", .query = {.limit = 50}},
		{.what = "history of a cluster", .query = {.limit = 50, .cluster = cluster}},
		{.what = "all history of a cluster",
			.query = {.limit = 100000, .cluster = cluster}},
		{.what = "life of a set",
			.query = {.limit = 10000, .set = set, .cluster = cluster}},
		{.what = "life of a set of an unknown cluster",
			.query = {.limit = 10000, .set = set}},
	};

	if (argc > 1 && !json)
		y.clusters = atoi(argv[1]);
	if (!mkdtemp(directory))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/state", directory);
	(void)snprintf(cluster, sizeof(cluster), "amv-bp1%013d", y.clusters / 2);
	(void)snprintf(set, sizeof(set), "%d", id_of(y.clusters / 2, 100));
	open_both(&y, path);
	begin = now_ms();
	write_year(&y);
	write_ms = now_ms() - begin;
	close_both(&y);
	begin = now_ms();
	open_both(&y, path);
	open_ms = now_ms() - begin;
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
		ask(y.h, &asked[i]);
	close_both(&y);
	tell(&y, path, write_ms, open_ms, asked, ARRAY_SIZE(asked), json);
	if (!getenv("RETAIND_BENCH_KEEP"))
		clean_up(directory);
	return 0;
}
