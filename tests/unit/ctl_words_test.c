/* retainctl's reading of its options, and its tables. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../support/cmocka_all.h"

#include "ctl/command.h"
#include "ctl/table.h"

static const struct command command = {.name = "test", .usage = "WORD"};

static void options_are_read_wherever_they_stand(void **state)
{
	static const struct {
		const char *words[8];
		int operands; /* -1: refused */
		const char *first, *number, *zone;
		bool json;
	} rows[] = {
		{{NULL}, 0, NULL, NULL, NULL, false},
		{{"a", NULL}, 1, "a", NULL, NULL, false},
		{{"--json", "a", "-n", "5", NULL}, 1, "a", "5", NULL, true},
		{{"a", "-n5", "b", "--zone=UTC", NULL}, 2, "a", "5", "UTC", false},
		{{"--zone", "--json", NULL}, 0, NULL, NULL, "--json", false},
		{{"--zone=", "a", NULL}, 1, "a", NULL, "", false},
		{{"-", NULL}, 1, "-", NULL, NULL, false},
		{{"--zone", "-", NULL}, 0, NULL, NULL, "-", false},
		{{"--", "--json", NULL}, 1, "--json", NULL, NULL, false},
		{{"--jsn", NULL}, -1, NULL, NULL, NULL, false},
		{{"--js", NULL}, -1, NULL, NULL, NULL, false}, /* no guessing by beginnings */
		{{"-x", NULL}, -1, NULL, NULL, NULL, false},
		{{"--json=yes", NULL}, -1, NULL, NULL, NULL, false},
		{{"a", "--zone", NULL}, -1, NULL, NULL, NULL, false},
		{{"-n", NULL}, -1, NULL, NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *number = NULL, *zone = NULL;
		char *argv[10] = {(char[]){"test"}}, copies[8][32];
		bool json = false;
		int argc = 1;
		const struct option options[] = {{.name = "json", .flag = &json},
			{.name = "number", .letter = 'n', .value = &number},
			{.name = "zone", .value = &zone}};
		for (; rows[i].words[argc - 1]; argc++) {
			(void)snprintf(
				copies[argc - 1], sizeof(copies[0]), "%s", rows[i].words[argc - 1]);
			argv[argc] = copies[argc - 1];
		}
		assert_int_equal(
			command_options(&command, argc, argv, options, ARRAY_SIZE(options)),
			rows[i].operands);
		if (rows[i].operands < 0)
			continue;
		assert_true(!rows[i].first || text_equal(argv[1], rows[i].first));
		assert_true(text_equal(number, rows[i].number));
		assert_true(text_equal(zone, rows[i].zone));
		assert_int_equal(json, rows[i].json);
	}
}

static void tables_align_by_what_a_terminal_shows(void **state)
{
	static const char *const titles[] = {"NAME", ">SIZE", "REASON"};
	struct text out = TEXT_INIT(4096);
	struct table t;

	(void)state;
	table_init(&t, 3, titles);
	table_add_painted(&t, PAINT_RED, "订单");
	table_printf(&t, "%d", 12345);
	table_add(&t, "kept");
	table_add(&t, "Zürich");
	table_add(&t, "7");
	table_add(&t, "");
	table_print(&t, &(struct screen){0}, &out);
	assert_string_equal(out.s,
		"NAME     SIZE  REASON\n"
		"订单    12345  kept\n"
		"Zürich      7  \n");
	text_done(&out);
	table_print(&t, &(struct screen){.colour = true}, &out);
	assert_string_equal(out.s,
		"\x1b[1mNAME\x1b[0m     \x1b[1mSIZE\x1b[0m  \x1b[1mREASON\x1b[0m\n"
		"\x1b[31m订单\x1b[0m    12345  kept\n"
		"Zürich      7  \n");
	text_done(&out);
	table_done(&t);
}

static void tables_are_no_wider_than_the_screen(void **state)
{
	static const char *const titles[] = {"NAME", ">SIZE", "REASON"};
	static const struct {
		size_t columns;
		const char *row;
	} cases[] = {
		{0, "a name of its own  12345  no rule keeps it any more\n"},
		{48, "a name of its own  12345  no rule keeps it any …\n"},
		{40, "a name of its o…  12345  no rule keeps …\n"},
		{20, "a nam…  12345  no ru…\n"}, /* numbers are never cut, nor anything to nothing
						  */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text out = TEXT_INIT(4096);
		struct table t;
		table_init(&t, 3, titles);
		table_add(&t, "a name of its own");
		table_add(&t, "12345");
		table_add(&t, "no rule keeps it any more");
		table_print(&t, &(struct screen){.columns = cases[i].columns}, &out);
		assert_string_equal(strchr(out.s, '\n') + 1, cases[i].row);
		text_done(&out);
		table_done(&t);
	}
}

static void tables_cut_names_in_the_middle_and_times_last_of_all(void **state)
{
	static const char *const titles[] = {"=TIME", "~CLUSTER", "SET", "DETAIL"};
	static const struct {
		size_t columns;
		const char *row;
	} cases[] = {
		{0, "2026-11-21 08:00  订单-shop-number-17       no rule keeps it any more\n"},
		{62, "2026-11-21 08:00  订单-shop-number-17  no rule keeps it any m…\n"},
		{50, "2026-11-21 08:00  订单-sh…mber-17  no rule keeps …\n"},
		{40, "2026-11-21 08:00  订单-…r-17  no rule k…\n"},
		{24, "2026-11…  订…17   no ru…\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text out = TEXT_INIT(4096);
		struct table t;
		table_init(&t, 4, titles);
		table_add(&t, "2026-11-21 08:00");
		table_add(&t, "订单-shop-number-17");
		table_add(&t, "");
		table_add(&t, "no rule keeps it any more");
		table_print(&t, &(struct screen){.columns = cases[i].columns}, &out);
		assert_string_equal(strchr(out.s, '\n') + 1, cases[i].row);
		text_done(&out);
		table_done(&t);
	}
}

static void tables_without_titles_have_none(void **state)
{
	struct text out = TEXT_INIT(4096);
	struct table t;

	(void)state;
	table_init(&t, 2, NULL);
	table_add(&t, "  check");
	table_add(&t, "checks");
	table_print(&t, &(struct screen){.colour = true}, &out);
	assert_string_equal(out.s, "  check  checks\n");
	text_done(&out);
	table_done(&t);
}

TEST_FILE(ctl_words_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read_wherever_they_stand),
		cmocka_unit_test(tables_align_by_what_a_terminal_shows),
		cmocka_unit_test(tables_are_no_wider_than_the_screen),
		cmocka_unit_test(tables_cut_names_in_the_middle_and_times_last_of_all),
		cmocka_unit_test(tables_without_titles_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
