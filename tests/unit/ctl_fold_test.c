/* How retainctl breaks long lines of prose on a terminal. */
#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

#include "ctl/fold.h"

static void long_lines_go_on_below_their_last_column(void **state)
{
	static const struct {
		const char *given, *folded; /* at 30 columns */
	} rows[] = {
		{"short\n", "short\n"},
		{"31 clusters: 15 well, 15 held, 1 in trouble\n",
			"31 clusters: 15 well, 15 held,\n  1 in trouble\n"},
		{"  held (grace): 39 of 39 deletes wait\n",
			"  held (grace): 39 of 39\n    deletes wait\n"},
		{"\x1b[31mbad\x1b[0m  clock  wrong by a day -> set it\n",
			"\x1b[31mbad\x1b[0m  clock  wrong by a day\n"
			"            -> set it\n"},
		{"订单订单订单订单 订单订单订单订单\n", "订单订单订单订单\n  订单订单订单订单\n"},
		{"/a/path/that/is/longer/than/the/screen here",
			"/a/path/that/is/longer/than/the/screen\n  here"},
		{"  retainctl approve amv-bp1orders 0123456789abcdef\n",
			"  retainctl approve amv-bp1orders 0123456789abcdef\n"},
		{"    --DBClusterVersion 5.0 --PayType\n",
			"    --DBClusterVersion 5.0 --PayType\n"},
		{"  aliyun adb CreateDBCluster --force \\\n",
			"  aliyun adb CreateDBCluster --force \\\n"},
		{"usage: retainctl plan [CLUSTER] [--socket PATH]\n",
			"usage: retainctl plan\n       [CLUSTER]\n       [--socket PATH]\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(text_done) struct text out = TEXT_INIT(4096), whole = TEXT_INIT(4096);
		fold_add(&out, rows[i].given, 30);
		assert_string_equal(out.s, rows[i].folded);
		fold_add(&whole, rows[i].given, 0);
		assert_string_equal(whole.s, rows[i].given);
	}
}

static void help_is_put_together_before_it_is_folded(void **state)
{
	static const char help[] = "      --json  as JSON: an object,\n"
				   "              or an array\n"
				   "      --log-retention DAYS\n"
				   "              the cloud keeps it so long\n"
				   "\n"
				   "Nothing is changed. What it\n"
				   "says comes from no sets.\n";
	_cleanup_(text_done) struct text out = TEXT_INIT(4096), whole = TEXT_INIT(4096);

	(void)state;
	fold_add_help(&out, help, 36);
	assert_string_equal(out.s,
		"      --json  as JSON: an object, or\n"
		"              an array\n"
		"      --log-retention DAYS\n"
		"              the cloud keeps it so\n"
		"              long\n"
		"\n"
		"Nothing is changed. What it says\n"
		"comes from no sets.\n");
	fold_add_help(&whole, help, 0);
	assert_string_equal(whole.s, help);
}

TEST_FILE(ctl_fold_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_lines_go_on_below_their_last_column),
		cmocka_unit_test(help_is_put_together_before_it_is_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
