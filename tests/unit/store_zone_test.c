/* The files of time zones, as they were last read. */
#include "base/text.h"
#include "store_help.h"

#include "../support/cmocka_all.h"

static void note(void *data, const struct store_zone *z)
{
	text_printf(data, "%s|%zu|", z->name, z->size);
	text_add_bytes(data, z->data, z->size);
}

static void expect(struct store *s, const char *all, size_t size)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(4096);
	struct error err = {0};

	if (store_load_zones(s, note, &t, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(t.length, size);
	assert_memory_equal(t.s ? t.s : "", all, size);
}
#define EXPECT(s, all) expect(s, all, sizeof(all) - 1)

static const struct store_zone two[] = {{"US/Pacific", "TZif\0\xff'", 7}, {"PRC", "", 0}};

static void what_is_known_of_zones_is_replaced_and_survives(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();

	EXPECT(s, "");
	assert_int_equal(0, store_keep_zones(s, two, 2, NULL));
	store_close(s);
	s = open_or_fail();
	EXPECT(s, "PRC|0|US/Pacific|7|TZif\0\xff'");
	assert_int_equal(0, store_keep_zones(s, two + 1, 1, NULL));
	EXPECT(s, "PRC|0|");
	store_close(s);
}

/* Rules that have changed by themselves would move schedules. */
static void a_zone_that_has_changed_by_itself_is_damage(void **state __attribute__((unused)))
{
	static const char *const changes[] = {"UPDATE zone SET name = 'UCT' WHERE name = 'PRC'",
		"UPDATE zone SET data = x'00'", "UPDATE zone SET checksum = checksum + 1"};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		_cleanup_free_ char *moved = NULL;
		struct store *s = open_or_fail();
		struct error err = {0};
		assert_int_equal(0, store_keep_zones(s, two, 2, NULL));
		store_close(s);
		run_sql(path, changes[i]);
		assert_int_equal(0, store_open(path, &s, &moved, &err));
		if (!moved)
			fail_msg("%s: was taken", changes[i]);
		EXPECT(s, "");
		store_close(s);
		(void)remove_files(NULL);
	}
}

TEST_FILE(store_zone_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			what_is_known_of_zones_is_replaced_and_survives, remove_files),
		cmocka_unit_test_teardown(
			a_zone_that_has_changed_by_itself_is_damage, remove_files),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
