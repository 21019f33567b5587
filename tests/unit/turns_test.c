/* The longest of the loop's last turns. */
#include "service/turns.h"

#include "../support/cmocka_all.h"

static void the_longest_turn_is_told_for_five_to_ten_minutes(void **state)
{
	static const struct {
		int64_t now_s, took_ms, longest_ms;
	} rows[] = {
		{1000, 3, 3}, {1001, 1500, 1500}, {1002, 7, 1500}, {1299, 8, 1500},
		{1300, 9, 1500}, /* in the span before */
		{1599, 10, 1500}, {1600, 2, 10}, {2100, 1, 2},
		{9000, 4, 4}, /* nothing for so long */
	};
	struct turns t = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		turns_note(&t, rows[i].took_ms, rows[i].now_s);
		if (turns_longest_ms(&t) != rows[i].longest_ms)
			fail_msg("row %zu: %lld ms", i, (long long)turns_longest_ms(&t));
	}
}

TEST_FILE(turns_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_turn_is_told_for_five_to_ten_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
