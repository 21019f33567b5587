/* Ids, and inventories of sets. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "retention/set.h"

#include <stdio.h>

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void ids_order_by_value_however_long(void **state)
{
	static const char *const ascending[] = {
		"0",
		"7",
		"007",
		"10",
		"763",
		"9007199254740992",     /* 2^53 */
		"9007199254740993",     /* 2^53 + 1: the same as a double */
		"18446744073709551615", /* 2^64 - 1 */
		"18446744073709551616",
		"28446744073709551615",
		"340282366920938463463374607431768211456",
		"",
		"-1",
		"7a",
		"a7",
		"b",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(ascending); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ascending); j++)
			assert_int_equal(sign(set_compare_ids(ascending[i], ascending[j])),
				(i > j) - (i < j));
}

static void an_inventory_holds_what_was_added(void **state)
{
	_cleanup_(inventory_done) struct inventory inv, copy;
	(void)state;

	inventory_init(&inv);
	inventory_init(&copy);
	fixture_sets(&inv, "763@2026-11-20 764@2026-11-21T01:00Z,parent=763 765@?");
	fixture_sets(&copy, "1@2000-01-01");
	inventory_copy(&copy, &inv);
	assert_int_equal(copy.count, 3);
	assert_string_equal(set_note(&copy, 2), "yesterday");
	inventory_append(&copy, &inv);
	assert_int_equal(copy.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(
			set_id(&copy, i), ((const char *[]){"763", "764", "765"})[i % 3]);
		assert_string_equal(set_parent(&copy, i), i % 3 == 1 ? "763" : "");
		assert_string_equal(set_note(&copy, i), i % 3 == 2 ? "yesterday" : "");
		assert_int_equal(copy.sets[i].start_s, inv.sets[i % 3].start_s);
	}
}

static void an_empty_inventory_can_be_copied_and_searched(void **state)
{
	_cleanup_(inventory_done) struct inventory inv, copy;
	struct inventory_index *x;
	(void)state;

	inventory_init(&inv);
	inventory_init(&copy);
	fixture_sets(&copy, "1@2000-01-01");
	inventory_copy(&copy, &inv);
	inventory_append(&copy, &inv);
	assert_int_equal(copy.count, 0);
	x = inventory_index_new(&copy);
	assert_true(inventory_find(x, "1") == SIZE_MAX);
	assert_true(inventory_duplicate(x) == SIZE_MAX);
	inventory_index_free(x);
	inventory_index_free(NULL);
}

static void an_inventory_of_one_can_be_copied(void **state)
{
	_cleanup_(inventory_done) struct inventory inv, copy;
	(void)state;

	inventory_init(&inv);
	inventory_init(&copy);
	fixture_sets(&inv, "763@2026-11-20,parent=7");
	inventory_copy(&copy, &inv);
	assert_int_equal(copy.count, 1);
	assert_string_equal(set_id(&copy, 0), "763");
	assert_string_equal(set_parent(&copy, 0), "7");
}

static void notes_are_kept_once_and_past_thirty_as_others(void **state)
{
	_cleanup_(inventory_done) struct inventory inv;
	struct set s = {.state = SET_UNKNOWN, .doubt = DOUBT_STATUS};
	char note[32];
	(void)state;

	inventory_init(&inv);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(note, sizeof(note), "odd %d", i / 2);
		inventory_add(&inv, &s, "1", NULL, note);
	}
	assert_string_equal(set_note(&inv, 0), "odd 0");
	assert_string_equal(set_note(&inv, 1), "odd 0");
	assert_string_equal(set_note(&inv, 59), "odd 29");
	assert_string_equal(set_note(&inv, 60), set_note(&inv, 199));
	assert_non_null(strstr(set_note(&inv, 60), "others"));
}

static void an_index_finds_every_id_and_no_other(void **state)
{
	_cleanup_(inventory_done) struct inventory inv;
	struct inventory_index *x;
	struct set s = {.state = SET_VALID};
	char id[32];
	(void)state;

	inventory_init(&inv);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof(id), "%d", i * 7);
		inventory_add(&inv, &s, id, NULL, NULL);
	}
	x = inventory_index_new(&inv);
	for (int i = 0; i < 35000; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		assert_true(inventory_find(x, id) == (i % 7 ? SIZE_MAX : (size_t)i / 7));
	}
	assert_true(inventory_duplicate(x) == SIZE_MAX);
	inventory_index_free(x);

	inventory_add(&inv, &s, "21", NULL, NULL);
	inventory_add(&inv, &s, "28", NULL, NULL);
	x = inventory_index_new(&inv);
	assert_int_equal(inventory_duplicate(x), 5000);
	assert_int_equal(inventory_find(x, "21"), 3);
	inventory_index_free(x);
}

/* Eight ids fill their table by half: some of them, every second place. */
static void an_index_of_few_ids_finds_no_other_either(void **state)
{
	struct set s = {.state = SET_VALID};
	struct dice d = {7};
	char id[32];
	(void)state;

	for (int round = 0; round < 3000; round++) {
		_cleanup_(inventory_done) struct inventory inv;
		struct inventory_index *x;
		inventory_init(&inv);
		for (int i = 0; i < 8; i++) {
			(void)snprintf(id, sizeof(id), "%d%d", i, (int)dice_between(&d, 0, 99999));
			inventory_add(&inv, &s, id, NULL, NULL);
		}
		x = inventory_index_new(&inv);
		for (size_t i = 0; i < 8; i++) {
			assert_true(inventory_find(x, set_id(&inv, i)) == i);
			(void)snprintf(id, sizeof(id), "8%d", (int)dice_between(&d, 0, 99999));
			assert_true(inventory_find(x, id) == SIZE_MAX);
		}
		inventory_index_free(x);
	}
}

TEST_FILE(retention_set_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_order_by_value_however_long),
		cmocka_unit_test(an_inventory_holds_what_was_added),
		cmocka_unit_test(an_empty_inventory_can_be_copied_and_searched),
		cmocka_unit_test(an_inventory_of_one_can_be_copied),
		cmocka_unit_test(notes_are_kept_once_and_past_thirty_as_others),
		cmocka_unit_test(an_index_finds_every_id_and_no_other),
		cmocka_unit_test(an_index_of_few_ids_finds_no_other_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
