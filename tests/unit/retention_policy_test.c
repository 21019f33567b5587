/* A policy, its copies, and what it protects. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"

#include "base/text.h"

static void a_new_policy_has_the_defaults(void **state)
{
	struct policy *p = policy_new("amv-1");
	(void)state;

	assert_string_equal(p->cluster, "amv-1");
	assert_string_equal(p->name, "amv-1");
	assert_string_equal(p->account, "default");
	assert_null(p->region);
	assert_int_equal(p->edition, EDITION_LAKEHOUSE);
	assert_false(p->remote);
	assert_int_equal(p->cloud_retention, CLOUD_RETENTION_CHECK);
	for (size_t rule = 0; rule < RULE_COUNT; rule++)
		assert_int_equal(p->keep[rule].kind, KEEP_OFF);
	assert_int_equal(p->schedule.kind, SCHEDULE_NONE);
	assert_true(p->schedule.catch_up);
	assert_int_equal(p->failed_sets_s, 604800); /* a week */
	assert_int_equal(p->safety.minimum, 1);
	assert_int_equal(p->safety.grace_s, 86400); /* a day */
	assert_int_equal(p->safety.max_delete_percent, 50);
	assert_int_equal(p->safety.fresh_within_s, FRESH_AUTO);
	assert_int_equal(p->refresh_s, 3600);
	policy_free(p);
	policy_free(NULL);
}

static struct policy *template_of(void)
{
	struct policy *p = policy_new("amv-1");

	xstrset(&p->policy_name, "gold");
	xstrset(&p->region, "cn-hangzhou");
	xstrset(&p->account, "main");
	policy_set_blackouts(p, xcalloc(2, sizeof(struct window)), 2);
	p->keep[RULE_DAILY] = (struct keep_rule){.kind = KEEP_NUMBER, .number = 7};
	return p;
}

static void protect_two(struct policy *p, const char *a, const char *b)
{
	struct protected_set *sets = xcalloc(2, sizeof(*sets));

	sets[0] = (struct protected_set){.id = xstrdup(b), .until_s = PROTECT_NO_END};
	sets[1] = (struct protected_set){.id = xstrdup(a), .until_s = PROTECT_NO_END};
	policy_set_protected(p, sets, 2, xcalloc(1, sizeof(struct protected_range)), 1);
}

static void check_template(const struct policy *p)
{
	assert_string_equal(p->policy_name, "gold");
	assert_string_equal(p->region, "cn-hangzhou");
	assert_string_equal(p->account, "main");
	assert_int_equal(p->schedule.blackout_count, 2);
	assert_int_equal(p->schedule.blackouts[1].length_s, 0);
	assert_int_equal(p->keep[RULE_LAST].kind, KEEP_OFF);
	assert_int_equal(p->keep[RULE_DAILY].number, 7);
	assert_true(policy_protects(p, "763", 1, 1));
	assert_true(policy_protects(p, "764", 1, 1));
	assert_false(policy_protects(p, "765", 1, 1));
}

static void a_copy_is_the_same_for_another_cluster(void **state)
{
	struct policy *p = template_of(), *copies[4];
	static const char *const names[] = {NULL, "amv-2", "amv-3", "orders"};
	(void)state;

	protect_two(p, "763", "764");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		copies[i] = policy_copy(p, "amv-2", names[i]);
	policy_free(p);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_string_equal(copies[i]->cluster, "amv-2");
		assert_string_equal(copies[i]->name, names[i] ? names[i] : "amv-2");
		check_template(copies[i]);
		policy_free(copies[i]);
	}
}

/* A copy of a copy lasts when both are gone; and a change of one is no change of the others. */
static void what_one_changes_is_its_own(void **state)
{
	struct policy *p = template_of(), *copy, *second;
	static const struct keep_rule weekly = {.kind = KEEP_NUMBER, .number = 4},
				      last = {.kind = KEEP_ALL};
	(void)state;

	protect_two(p, "763", "764");
	copy = policy_copy(p, "amv-2", NULL);
	for (int i = 0; i < 2; i++) { /* again, over what is its own by then */
		xstrset(&copy->policy_name, "silver");
		xstrset(&copy->region, "cn-beijing");
		xstrset(&copy->account, "other");
		policy_set_blackouts(copy, xcalloc(3, sizeof(struct window)), 3);
		copy->keep[RULE_WEEKLY] = weekly;
		copy->keep[RULE_LAST] = last;
		protect_two(copy, "1", "2");
	}
	check_template(p);
	second = policy_copy(copy, "amv-3", NULL);
	policy_free(copy);
	check_template(p);
	policy_free(p);
	assert_string_equal(second->policy_name, "silver");
	assert_string_equal(second->region, "cn-beijing");
	assert_string_equal(second->account, "other");
	assert_int_equal(second->schedule.blackout_count, 3);
	assert_int_equal(second->schedule.blackouts[2].length_s, 0);
	assert_int_equal(second->keep[RULE_LAST].kind, KEEP_ALL);
	assert_int_equal(second->keep[RULE_DAILY].number, 7);
	assert_int_equal(second->keep[RULE_WEEKLY].number, 4);
	assert_true(policy_protects(second, "2", 1, 1));
	assert_false(policy_protects(second, "763", 1, 1));
	policy_free(second);
}

static void sets_are_protected_by_id_or_by_their_start(void **state)
{
	static const struct {
		const char *policy, *id, *start;
		bool protect;
	} rows[] = {
		{"last=1", "763", "2026-11-20", false},
		{"protect=763", "763", "2026-11-20", true},
		{"protect=763", "76", "2026-11-20", false},
		{"protect=763 protect=1000 protect=9", "763", "2026-11-20", true},
		{"protect=763 protect=1000 protect=9", "1000", "2026-11-20", true},
		{"protect=763 protect=1000 protect=9", "9", "2026-11-20", true},
		{"protect=763 protect=1000 protect=9", "8", "2026-11-20", false},
		{"protect=2026-01-01/2026-02-01", "763", "2025-12-31T23:59:59Z", false},
		{"protect=2026-01-01/2026-02-01", "763", "2026-01-01", true},
		{"protect=2026-01-01/2026-02-01", "763", "2026-02-01", true},
		{"protect=2026-01-01/2026-02-01", "763", "2026-02-01T00:00:01Z", false},
		{"protect=2026-01-01/2026-02-01 protect=2026-05-01/2026-05-01", "763", "2026-05-01",
			true},
		{"protect=2026-05-01/2026-05-01 protect=2026-01-01/2026-02-01", "763", "2026-01-15",
			true},
		{"protect=2026-01-01/2026-02-01 protect=763", "763", "2026-03-01", true},
		{"protect=2026-01-01/2026-02-01 protect=763", "7", "2026-03-01", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *p = fixture_policy(rows[i].policy);
		if (policy_protects(p, rows[i].id, fixture_time(rows[i].start), 0) !=
			rows[i].protect)
			fail_msg("%s: %s of %s", rows[i].policy, rows[i].id, rows[i].start);
		policy_free(p);
	}
}

static void a_protection_ends_and_the_longest_counts(void **state)
{
	static const struct protected_set more[] = {
		{.id = (char *)(uintptr_t) "763", .by = (char *)(uintptr_t) "root", .until_s = 200},
		{.id = (char *)(uintptr_t) "763",
			.by = (char *)(uintptr_t) "alice",
			.reason = (char *)(uintptr_t) "audit",
			.until_s = 300},
		{.id = (char *)(uintptr_t) "764",
			.by = (char *)(uintptr_t) "root",
			.until_s = PROTECT_NO_END},
	};
	static const struct {
		const char *id, *by;
		int64_t now_s;
	} rows[] = {
		{"763", "alice", 0},
		{"763", "alice", 299},
		{"763", NULL, 300},
		{"764", "root", 300},
		{"7", "", 300}, /* by the file */
		{"76", NULL, 0},
	};
	struct policy *file = fixture_policy("protect=7 protect=2026-01-01/2026-02-01"), *p;
	(void)state;

	p = policy_copy(file, "amv-2", NULL);
	policy_protect_more(p, more, 3);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct protected_set *s = policy_protection(p, rows[i].id, rows[i].now_s);
		const char *by = s ? s->by ? s->by : "" : NULL;
		if (!text_equal(by, rows[i].by))
			fail_msg("row %zu: by %s", i, by ? by : "nobody");
	}
	assert_true(policy_protects(p, "1", fixture_time("2026-01-15"), 0));
	assert_false(policy_protects(file, "763", 1, 0)); /* it stays as it was */
	assert_int_equal(file->protected_set_count, 1);
	policy_free(p);
	policy_free(file);
}

static void where_the_cloud_alone_makes_backups_none_is_taken(void **state)
{
	struct policy *p = policy_new("amv-1");
	(void)state;

	assert_null(policy_refuses_backup(p));
	p->remote = true;
	assert_non_null(strstr(policy_refuses_backup(p), "other regions"));
	p->remote = false;
	p->edition = EDITION_WAREHOUSE;
	assert_non_null(strstr(policy_refuses_backup(p), "Data Warehouse Edition"));
	policy_free(p);
}

TEST_FILE(retention_policy_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_policy_has_the_defaults),
		cmocka_unit_test(a_copy_is_the_same_for_another_cluster),
		cmocka_unit_test(what_one_changes_is_its_own),
		cmocka_unit_test(sets_are_protected_by_id_or_by_their_start),
		cmocka_unit_test(a_protection_ends_and_the_longest_counts),
		cmocka_unit_test(where_the_cloud_alone_makes_backups_none_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
