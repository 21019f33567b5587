/* Clusters that discoveries have found. */
#include "base/text.h"
#include "store_help.h"

#include <stdio.h>

#include "../support/cmocka_all.h"

static void note(void *data, const struct store_found *f)
{
	text_printf(data, "%s|%s|%s|%d ", f->cluster, f->description, f->status, (int)f->missing_s);
}

static void expect(struct store *s, const char *key, const char *all)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(4096);
	struct error err = {0};

	if (store_load_found(s, key, note, &t, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(t.s ? t.s : "", all);
}

static const struct store_found two[] = {
	{"amv-2", "orders", "Running", -1}, {"amv-1", "", "ClassChanging", 86400}};

static void what_was_found_is_replaced_and_survives(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();

	expect(s, "a", "");
	assert_int_equal(0, store_keep_found(s, "a", two, 2, NULL));
	assert_int_equal(0, store_keep_found(s, "b", two, 1, NULL));
	store_close(s);
	s = open_or_fail();
	expect(s, "a", "amv-1||ClassChanging|86400 amv-2|orders|Running|-1 ");
	expect(s, "b", "amv-2|orders|Running|-1 ");
	assert_int_equal(0, store_keep_found(s, "a", two + 1, 1, NULL));
	expect(s, "a", "amv-1||ClassChanging|86400 ");
	assert_int_equal(0, store_keep_found(s, "a", NULL, 0, NULL));
	expect(s, "a", "");
	expect(s, "b", "amv-2|orders|Running|-1 ");
	store_close(s);
}

static void within_a_group_it_counts_when_that_is_committed(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();

	assert_int_equal(0, store_begin(s, NULL));
	assert_int_equal(0, store_keep_found(s, "a", two, 2, NULL));
	assert_int_equal(0, store_commit(s, NULL));
	store_close(s);
	s = open_or_fail();
	expect(s, "a", "amv-1||ClassChanging|86400 amv-2|orders|Running|-1 ");
	store_close(s);
}

/* A cluster whose id has changed by itself must not come under somebody's policy. */
static void a_row_that_has_changed_by_itself_is_damage(void **state __attribute__((unused)))
{
	static const char *const changes[] = {
		"UPDATE found SET cluster = 'amv-9' WHERE cluster = 'amv-1'",
		"UPDATE found SET missing = -1", "UPDATE found SET status = 'Running'",
		"UPDATE found SET discovery = 'b'"};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		_cleanup_free_ char *moved = NULL;
		struct store *s = open_or_fail();
		struct error err = {0};
		assert_int_equal(0, store_keep_found(s, "a", two, 2, NULL));
		store_close(s);
		run_sql(path, changes[i]);
		assert_int_equal(0, store_open(path, &s, &moved, &err));
		if (!moved)
			fail_msg("%s: was taken", changes[i]);
		expect(s, "a", "");
		store_close(s);
		(void)remove_files(NULL);
	}
}

TEST_FILE(store_found_test)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_files)
	const struct CMUnitTest tests[] = {
		TEST(what_was_found_is_replaced_and_survives),
		TEST(within_a_group_it_counts_when_that_is_committed),
		TEST(a_row_that_has_changed_by_itself_is_damage),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
