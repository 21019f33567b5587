/* What sinks were told, and what they have yet to be told. */
#include "base/text.h"
#include "store_help.h"

#include "../support/cmocka_all.h"

static void note(void *data, const struct store_told *t)
{
	text_printf(data, "%s|%s|%lld|%s|%s|%lld|%lld|%lld|%lld\n", t->sink, t->cluster,
		(long long)t->topic, t->name, t->text, (long long)t->level, (long long)t->owed,
		(long long)t->at_s, (long long)t->shape);
}

static void expect(struct store *s, const char *all)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(4096);
	struct error err = {0};

	if (store_load_told(s, note, &t, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(t.s ? t.s : "", all);
}

static const struct store_told two[] = {
	{.sink = "slack u",
		.cluster = "amv-1",
		.name = "orders",
		.text = "",
		.level = 3,
		.at_s = 7,
		.shape = -5},
	{.sink = "slack u",
		.cluster = "",
		.name = "",
		.text = "it was",
		.topic = 1,
		.level = 3,
		.owed = 1,
		.at_s = 9},
};
#define FIRST "slack u|amv-1|0|orders||3|0|7|-5\n"
#define SECOND "slack u||1||it was|3|1|9|0\n"

static void what_was_told_is_replaced_and_survives(void **state __attribute__((unused)))
{
	struct store *s = open_or_fail();

	expect(s, "");
	assert_int_equal(0, store_keep_told(s, two, 2, NULL));
	store_close(s);
	s = open_or_fail();
	expect(s, SECOND FIRST);
	assert_int_equal(0, store_keep_told(s, two, 1, NULL));
	expect(s, FIRST);
	store_close(s);
}

static void what_has_changed_by_itself_is_damage(void **state __attribute__((unused)))
{
	static const char *const changes[] = {"UPDATE told SET text = 'x'",
		"UPDATE told SET level = 1", "UPDATE told SET owed = 1 - owed",
		"UPDATE told SET checksum = checksum + 1"};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		_cleanup_free_ char *moved = NULL;
		struct store *s = open_or_fail();
		assert_int_equal(0, store_keep_told(s, two, 2, NULL));
		store_close(s);
		run_sql(path, changes[i]);
		assert_int_equal(0, store_open(path, &s, &moved, NULL));
		if (!moved)
			fail_msg("%s: was taken", changes[i]);
		expect(s, "");
		store_close(s);
		(void)remove_files(NULL);
	}
}

TEST_FILE(store_told_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_was_told_is_replaced_and_survives, remove_files),
		cmocka_unit_test_teardown(what_has_changed_by_itself_is_damage, remove_files),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
