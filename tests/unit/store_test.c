#include "base/memory.h"
#include "base/text.h"
#include "store_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
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

/* A day of a cluster: the set `id` is made, the one before expires and is deleted. */
static void record_day(struct store *s, const char *cluster, int64_t at_s, int id)
{
	char set[16], old[16];
	struct entry e[] = {
		{.kind = ENTRY_CREATE_INTENT, .at_s = at_s, .slot_s = at_s - 5},
		{.kind = ENTRY_CREATE_OUTCOME,
			.at_s = at_s + 1,
			.outcome = "ok",
			.request_id = REQUEST},
		{.kind = ENTRY_SEEN, .at_s = at_s + 600, .set = set},
		{.kind = ENTRY_BACKUP_DONE, .at_s = at_s + 600, .slot_s = at_s - 5, .set = set},
		{.kind = ENTRY_EXPIRED,
			.at_s = at_s + 600,
			.set = old,
			.reason = "no rule keeps it any more; until now daily"},
		{.kind = ENTRY_DELETE_INTENT,
			.at_s = at_s + 700,
			.set = old,
			.reason = "expired: no rule keeps it",
			.plan = PLAN},
		{.kind = ENTRY_DELETE_OUTCOME,
			.at_s = at_s + 701,
			.outcome = "ok",
			.plan = PLAN,
			.count = 1},
		{.kind = ENTRY_GONE, .at_s = at_s + 1900, .set = old},
	};

	(void)snprintf(set, sizeof(set), "%d", id);
	(void)snprintf(old, sizeof(old), "%d", id - 1);
	assert_int_equal(0,
		store_record(s, cluster,
			&(struct record){.entries = e, .entry_count = ARRAY_SIZE(e)}, NULL));
}

static void condense_all(struct store *s, int64_t before_s, int64_t now_s)
{
	struct error err = {0};
	int64_t r;

	while ((r = store_condense_history(s, before_s, now_s, 7, &err)) > 0)
		;
	if (r < 0)
		fail_msg("store_condense_history: %s", err.text);
}

static void old_history_keeps_the_lives_of_sets_and_what_went_wrong(
	void **state __attribute__((unused)))
{
	struct entry odd[] = {
		{.kind = ENTRY_CREATE_OUTCOME,
			.at_s = 3000,
			.outcome = "refused",
			.code = "Throttling",
			.request_id = REQUEST},
		{.kind = ENTRY_SEEN, .at_s = 3001, .count = 7, .reason = "the first listing"},
		{.kind = ENTRY_SEEN, .at_s = 3002, .set = "not a number"},
		{.kind = ENTRY_APPROVED, .at_s = 3003, .plan = PLAN, .count = 2},
		{.kind = ENTRY_VANISHED, .at_s = 3004, .set = "0763", .reason = "by others"},
	};
	static const struct {
		struct history_query query;
		const char *expected;
	} rows[] = {
		{{.set = "101", .limit = 10, .cluster = "amv-1"},
			"amv-1|gone|89300|0|101|-|-|-|-|-|0\n"
			"amv-1|delete-intent|88100|0|101|-|expired: no rule keeps it|-|-|-|0\n"
			"amv-1|expired|88000|0|101|-|no rule keeps it any more; until now "
			"daily|-|-|-|0\n"
			"amv-1|backup-done|1600|995|101|-|-|-|-|-|0\n"},
		{{.set = "101", .limit = 2},
			"amv-1|gone|89300|0|101|-|-|-|-|-|0\n"
			"amv-1|delete-intent|88100|0|101|-|expired: no rule keeps it|-|-|-|0\n"},
		{{.set = "0763", .limit = 10}, "amv-2|vanished|3004|0|0763|-|by others|-|-|-|0\n"},
		{{.cluster = "amv-2", .limit = 10},
			"amv-2|vanished|3004|0|0763|-|by others|-|-|-|0\n"
			"amv-2|approved|3003|0|-|-|-|-|-|" PLAN "|2\n"
			"amv-2|seen|3002|0|not a number|-|-|-|-|-|0\n"
			"amv-2|seen|3001|0|-|-|the first listing|-|-|-|7\n"
			"amv-2|create-outcome|3000|0|-|refused|-|Throttling|" REQUEST "|-|0\n"},
		{{.limit = 2, .since_s = 88050},
			"amv-1|gone|175700|0|102|-|-|-|-|-|0\n"
			"amv-1|delete-outcome|174501|0|-|ok|-|-|-|" PLAN "|1\n"},
		{{.cluster = "amv-1", .limit = 3, .since_s = 88050},
			"amv-1|gone|175700|0|102|-|-|-|-|-|0\n"
			"amv-1|delete-outcome|174501|0|-|ok|-|-|-|" PLAN "|1\n"
			"amv-1|delete-intent|174500|0|102|-|expired: no rule keeps it|-|-|" PLAN
			"|0\n"},
	};
	struct store *s = open_or_fail();

	record_day(s, "amv-1", 1000, 101);
	assert_int_equal(0,
		store_record(s, "amv-2",
			&(struct record){.entries = odd, .entry_count = ARRAY_SIZE(odd)}, NULL));
	record_day(s, "amv-1", 1000 + 86400, 102);
	record_day(s, "amv-1", 1000 + 2 * 86400, 103);
	condense_all(s, 100000, 200000);
	store_close(s);
	s = open_or_fail();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[4096] = "";
		assert_int_equal(0, store_history(s, &rows[i].query, write_line, got, NULL));
		assert_string_equal(got, rows[i].expected);
	}
	store_close(s);
}

static int64_t number_in_file(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int64_t value;

	assert_int_equal(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(db, sql, -1, &q, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(q));
	value = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return value;
}

/* 10,000 clusters make 3,650,000 sets a year: at 30 bytes each that is 105 MiB. */
static void a_set_of_long_ago_takes_at_most_30_bytes(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	int64_t end_s = 2000 + 400 * INT64_C(86400);

	for (int day = 0; day < 400; day++)
		record_day(s, "amv-1", 1000 + day * INT64_C(86400), 1000000 + 10000 * day);
	condense_all(s, end_s, end_s);
	store_close(s);
	assert_int_equal(number_in_file("SELECT count(*) FROM history"), 0);
	assert_in_range(number_in_file("SELECT sum(length(lines)) FROM pack"), 400 * 20, 400 * 30);
	assert_in_range(number_in_file("SELECT max(length(lines)) FROM pack"), 900, 995);
}

static void a_file_of_the_version_before_is_brought_up_to_date(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	sqlite3 *db = NULL;

	assert_int_equal(0, record_number(s, "amv-1", 1, NULL));
	store_close(s);
	/* What the first version lacked. */
	assert_int_equal(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"));
	assert_int_equal(SQLITE_OK,
		sqlite3_exec(db, "DROP TABLE pack; DROP TABLE found; PRAGMA user_version = 1", NULL,
			NULL, NULL));
	sqlite3_close(db);
	s = open_or_fail();
	assert_int_equal(standing(s, "amv-1"), 1);
	condense_all(s, 100, 1000);
	store_close(s);
	assert_int_equal(number_in_file("PRAGMA user_version"), 3);
	assert_int_equal(number_in_file("SELECT count(*) FROM pack"), 1);
}

static void packed_history_goes_when_all_of_it_is_old(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();
	int64_t end_s = 2000 + 400 * INT64_C(86400);

	for (int day = 0; day < 400; day++)
		record_day(s, "amv-1", 1000 + day * INT64_C(86400), 1000 + day);
	condense_all(s, end_s, end_s);
	for (int64_t r; (r = store_prune_history(s, end_s - 200 * INT64_C(86400), 100, NULL)) != 0;)
		assert_true(r > 0);
	store_close(s);
	assert_in_range(number_in_file("SELECT min(newest) FROM pack"),
		end_s - 200 * INT64_C(86400), end_s);
	assert_true(number_in_file("SELECT count(*) FROM pack") >= 4);
}

static void lines_of_a_clock_that_ran_ahead_stay_as_they_are(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();

	record_day(s, "amv-1", 2082758400, 1);
	record_day(s, "amv-1", 1000, 2);
	record_day(s, "amv-1", 900000, 3);
	condense_all(s, 800000, 1000000);
	store_close(s);
	assert_int_equal(number_in_file("SELECT count(*) FROM history"), 16);
	assert_int_equal(number_in_file("SELECT newest FROM pack"), 2900);
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
		TEST(all_ledgers_come_in_one_pass),
		TEST(history_comes_back_newest_first_and_unchanged),
		TEST(old_history_keeps_the_lives_of_sets_and_what_went_wrong),
		TEST(a_set_of_long_ago_takes_at_most_30_bytes),
		TEST(a_file_of_the_version_before_is_brought_up_to_date),
		TEST(packed_history_goes_when_all_of_it_is_old),
		TEST(lines_of_a_clock_that_ran_ahead_stay_as_they_are),
		TEST(old_history_goes_in_slices_and_takes_its_words_along),
		TEST(lines_dated_far_ahead_do_not_keep_the_old_ones),
		TEST(a_second_owner_is_refused_with_a_line_that_names_the_first),
		TEST(a_program_that_has_the_file_open_is_not_damage),
		TEST(the_file_is_for_its_owner_alone),
		TEST(no_directory_is_made_and_no_other_kind_of_file_taken),
		TEST(a_read_only_directory_is_an_error_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
