/* The file of orders: whole or not at all, never lost, and closed where it cannot be read. */
#include "store/orders.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "store_help.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

static const struct order samples[] = {
	{.kind = ORDER_HOLD,
		.cluster = "",
		.set = "",
		.by = "root",
		.reason = "",
		.at_s = 1796094000,
		.until_s = ORDER_NO_END},
	{.kind = ORDER_HOLD,
		.cluster = "amv-1",
		.set = "",
		.by = "user 1000",
		.at_s = 1796094001,
		.reason = "the migration; \"quoted\", 迁移",
		.until_s = 1796999999},
	{.kind = ORDER_PROTECT,
		.cluster = "amv-1",
		.set = "763",
		.by = "alice (uid 1000)",
		.reason = "audit",
		.at_s = 1796094002,
		.until_s = 1896094002},
	{.kind = ORDER_PROVED,
		.cluster = "amv-1",
		.set = "763",
		.by = "root",
		.reason = "the drill",
		.at_s = 1796094003,
		.until_s = ORDER_NO_END},
	{.kind = ORDER_KEEP,
		.cluster = "amv-2",
		.set = "",
		.by = "root",
		.reason = "before 3.2",
		.at_s = 1796094003,
		.until_s = 1896094002},
};

static char *orders_file(void)
{
	return orders_path(path);
}

static struct orders *open_well(void)
{
	_cleanup_free_ char *file = orders_file();
	struct orders *o = orders_open(file, false);

	if (orders_trouble(o))
		fail_msg("%s", orders_trouble(o));
	return o;
}

static struct orders *begin_with_samples(void)
{
	_cleanup_free_ char *file = orders_file();
	struct orders *o;

	assert_int_equal(0, orders_create(file, NULL));
	o = open_well();
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		assert_int_equal(0, orders_put(o, &samples[i], NULL));
	return o;
}

static void expect_samples(const struct orders *o)
{
	assert_int_equal(orders_count(o), ARRAY_SIZE(samples));
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct order *got =
			orders_find(o, samples[i].kind, samples[i].cluster, samples[i].set);
		assert_non_null(got);
		assert_string_equal(got->by, samples[i].by);
		assert_string_equal(got->reason, samples[i].reason);
		assert_int_equal(got->at_s, samples[i].at_s);
		assert_int_equal(got->until_s, samples[i].until_s);
	}
}

static void orders_stand_beside_the_state_file(void **state __attribute__((unused)))
{
	static const char *const rows[][2] = {
		{"/var/lib/retaind/state.db", "/var/lib/retaind/orders"},
		{"/var/lib/retaind/other.db", "/var/lib/retaind/orders-other.db"},
		{"state.db", "orders"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *got = orders_path(rows[i][0]);
		assert_string_equal(got, rows[i][1]);
	}
}

static void s15_orders_are_the_same_when_they_are_read_again(void **state __attribute__((unused)))
{
	struct orders *o = begin_with_samples();

	expect_samples(o);
	orders_close(o);
	o = open_well();
	expect_samples(o);
	/* The same again takes the place of the first; what is dropped is gone. */
	assert_int_equal(0, orders_put(o, &samples[1], NULL));
	expect_samples(o);
	assert_int_equal(0, orders_drop(o, orders_find(o, ORDER_HOLD, "amv-1", ""), NULL));
	assert_int_equal(0, orders_settle(o, orders_find(o, ORDER_KEEP, "amv-2", ""), "9", NULL));
	orders_close(o);
	o = open_well();
	assert_int_equal(orders_count(o), ARRAY_SIZE(samples) - 1);
	assert_null(orders_find(o, ORDER_HOLD, "amv-1", ""));
	assert_null(orders_find(o, ORDER_KEEP, "amv-2", ""));
	assert_string_equal(orders_find(o, ORDER_PROTECT, "amv-2", "9")->reason, "before 3.2");
	orders_close(o);
}

static void what_has_ended_is_dropped_and_nothing_else(void **state __attribute__((unused)))
{
	struct orders *o = begin_with_samples();

	assert_int_equal(0, orders_drop_ended(o, samples[1].until_s, NULL));
	assert_int_equal(orders_count(o), ARRAY_SIZE(samples));
	assert_int_equal(0, orders_drop_ended(o, samples[1].until_s + 1, NULL));
	assert_int_equal(orders_count(o), ARRAY_SIZE(samples) - 1);
	assert_null(orders_find(o, ORDER_HOLD, "amv-1", ""));
	orders_close(o);
}

/* Each byte changed, and each length: trouble, and no order of it is believed. */
static void s15_a_damaged_file_of_orders_is_never_read_in_part(void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file(), *data = NULL;
	size_t size;

	orders_close(begin_with_samples());
	data = read_whole(file, &size);
	for (size_t i = 0; i < 2 * size; i++) {
		struct orders *o;
		size_t at = i / 2;
		char was = data[at];
		if (i % 2)
			data[at] = (char)(was ^ 1);
		write_whole(file, data, i % 2 ? size : at);
		data[at] = was;
		o = orders_open(file, false);
		if (!orders_trouble(o) || orders_count(o) > 0)
			fail_msg("byte %zu %s", at, i % 2 ? "changed" : "is the first that lacks");
		assert_int_equal(-EBADMSG, orders_put(o, &samples[0], NULL));
		orders_close(o);
	}
}

/* With the last line that belongs to these. */
static void write_checked(const char *file, const char *lines)
{
	_cleanup_free_ char *all = NULL;
	char digest[DIGEST_HEX_SIZE];

	digest_sha256_hex(lines, strlen(lines), digest);
	all = xasprintf("%send\t%s\n", lines, digest);
	write_whole(file, all, strlen(all));
}

static void lines_that_say_nothing_we_know_are_trouble(void **state __attribute__((unused)))
{
	static const char *const good =
		"retaind orders 1\nhold\t*\t-\t2026-11-30T22:15:00Z\t-\troot\t\n";
	static const char *const rows[][2] = {
		{"retaind orders 2\n", "newer"},
		{"retaind orders 1\nfold\t*\t-\t2026-11-30T22:15:00Z\t-\troot\t\n", "line"},
		{"retaind orders 1\nhold\t*\t-\tyesterday\t-\troot\t\n", "line"},
		{"retaind orders 1\nhold\t*\t-\t2026-11-30T22:15:00Z\tnever\troot\t\n", "line"},
		{"retaind orders 1\nhold\t*\t7\t2026-11-30T22:15:00Z\t-\troot\t\n", "line"},
		{"retaind orders 1\nprotect\t*\t7\t2026-11-30T22:15:00Z\t-\troot\t\n", "line"},
		{"retaind orders 1\nprotect\ta\t-\t2026-11-30T22:15:00Z\t-\troot\t\n", "line"},
		{"retaind orders 1\nhold\t*\t-\t2026-11-30T22:15:00Z\t-\troot\n", "line"},
		{"retaind orders 1\nhold\t*\t-\t2026-11-30T22:15:00Z\t-\troot\t\tmore\n", "line"},
		{"retaind orders 1\nhold", "line"},
	};
	_cleanup_free_ char *file = orders_file();
	struct orders *o;

	write_checked(file, good);
	o = open_well();
	assert_int_equal(orders_count(o), 1);
	orders_close(o);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_checked(file, rows[i][0]);
		o = orders_open(file, false);
		if (!orders_trouble(o) || !strstr(orders_trouble(o), rows[i][1]))
			fail_msg("row %zu: %s", i, orders_trouble(o) ? orders_trouble(o) : "read");
		assert_int_equal(orders_count(o), 0);
		orders_close(o);
	}
}

static void a_file_of_orders_that_is_gone_is_trouble_unless_there_was_none(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file(), *moved = NULL;
	struct orders *o = orders_open(file, true);

	assert_null(orders_trouble(o));
	orders_close(o);
	o = orders_open(file, false);
	assert_non_null(orders_trouble(o));
	assert_int_equal(0, orders_begin_anew(o, &moved, NULL));
	assert_null(moved);
	assert_null(orders_trouble(o));
	orders_close(o);
	orders_close(open_well());
}

static void a_file_with_trouble_is_moved_aside_on_a_persons_word(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file(), *moved = NULL, *old = NULL;
	struct orders *o;
	size_t size;

	write_whole(file, "garbage", 7);
	o = orders_open(file, false);
	assert_int_equal(0, orders_begin_anew(o, &moved, NULL));
	assert_non_null(moved);
	old = read_whole(moved, &size);
	assert_int_equal(size, 7);
	assert_int_equal(0, orders_put(o, &samples[0], NULL));
	orders_close(o);
	o = open_well();
	assert_int_equal(orders_count(o), 1);
	orders_close(o);
}

static void orders_that_are_removed_while_they_are_open_are_written_anew(
	void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file(), *told = NULL;
	struct orders *o = begin_with_samples();

	assert_int_equal(0, orders_keep_in_place(o, &told, NULL));
	assert_null(told);
	assert_int_equal(0, unlink(file));
	assert_int_equal(0, orders_keep_in_place(o, &told, NULL));
	assert_non_null(told);
	orders_close(o);
	o = open_well();
	expect_samples(o);
	orders_close(o);
}

static void an_order_that_cannot_be_written_changes_nothing(void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file(), *obstacle = xasprintf("%s.new", file);
	struct orders *o = begin_with_samples();
	struct order more = samples[0], tabbed = samples[0];
	struct error err = {0};

	more.cluster = "amv-9";
	tabbed.reason = "a\tb";
	assert_int_equal(-EINVAL, orders_put(o, &tabbed, &err));
	assert_int_equal(0, mkdir(obstacle, 0700));
	assert_true(orders_put(o, &more, &err) < 0);
	assert_non_null(strstr(err.text, file));
	assert_true(orders_drop(o, orders_at(o, 0), NULL) < 0);
	expect_samples(o);
	assert_int_equal(0, rmdir(obstacle));
	orders_close(o);
	o = open_well();
	expect_samples(o);
	orders_close(o);
}

static void nothing_that_is_there_is_created_over(void **state __attribute__((unused)))
{
	_cleanup_free_ char *file = orders_file();
	struct orders *o;

	orders_close(begin_with_samples());
	assert_int_equal(0, orders_create(file, NULL));
	o = open_well();
	expect_samples(o);
	orders_close(o);
}

TEST_FILE(store_orders_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(orders_stand_beside_the_state_file),
		TEST(s15_orders_are_the_same_when_they_are_read_again),
		TEST(what_has_ended_is_dropped_and_nothing_else),
		TEST(s15_a_damaged_file_of_orders_is_never_read_in_part),
		TEST(lines_that_say_nothing_we_know_are_trouble),
		TEST(a_file_of_orders_that_is_gone_is_trouble_unless_there_was_none),
		TEST(a_file_with_trouble_is_moved_aside_on_a_persons_word),
		TEST(orders_that_are_removed_while_they_are_open_are_written_anew),
		TEST(an_order_that_cannot_be_written_changes_nothing),
		TEST(nothing_that_is_there_is_created_over),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
