/* Three layers, key by key; ids and names; large files. */
#include "policyfile_help.h"

#include <time.h>

static void later_layers_override_key_by_key(void **state)
{
	struct loaded l = load_good(
		"version: 1\n"
		"defaults:\n"
		"  region: cn-hangzhou\n"
		"  backup: {schedule: daily, jitter: 10min, blackout: [\"Mon 09:00-10:00\"]}\n"
		"  keep: {last: 3, daily: 14, weekly: 8}\n"
		"  protect: [\"1\", \"2\", {from: 2026-01-01T00:00:00Z, to: "
		"2026-01-02T00:00:00Z}]\n"
		"  safety: {minimum: 2, grace: 2d}\n"
		"policies:\n"
		"  gold:\n"
		"    keep: {daily: 30, weekly: 0}\n"
		"    backup: {every: 6h}\n"
		"    safety: {minimum: 3}\n"
		"clusters:\n"
		"  - {id: amv-1}\n"
		"  - {id: amv-2, policy: gold, protect: [\"3\"]}\n"
		"  - id: amv-3\n"
		"    policy: gold\n"
		"    backup: {schedule: hourly, blackout: []}\n"
		"    keep: {weekly: 4, last: 0}\n"
		"    protect: []\n"
		"    safety: {minimum: 4}\n");
	const struct policy *plain = l.file->clusters[0], *gold = l.file->clusters[1],
			    *own = l.file->clusters[2];

	(void)state;
	assert_null(plain->policy_name);
	assert_int_equal(plain->schedule.kind, SCHEDULE_CALENDAR);
	assert_int_equal(plain->keep[RULE_DAILY].number, 14);
	assert_int_equal(plain->protected_set_count, 2);
	assert_int_equal(plain->protected_range_count, 1);

	assert_string_equal(gold->policy_name, "gold");
	assert_int_equal(gold->schedule.kind, SCHEDULE_EVERY); /* replaces the schedule */
	assert_int_equal(gold->schedule.every_s, 6 * 3600);
	assert_null(gold->schedule.calendar);
	assert_int_equal(gold->schedule.jitter_s, 600);
	assert_int_equal(gold->schedule.blackout_count, 1);
	assert_int_equal(gold->keep[RULE_LAST].number, 3);
	assert_int_equal(gold->keep[RULE_DAILY].number, 30);
	assert_int_equal(gold->keep[RULE_WEEKLY].kind, KEEP_OFF); /* 0 switches off */
	assert_int_equal(gold->safety.minimum, 3);
	assert_int_equal(gold->safety.grace_s, 2 * 86400);
	assert_int_equal(gold->protected_set_count, 1); /* the list is replaced */
	assert_string_equal(gold->protected_sets[0].id, "3");
	assert_int_equal(gold->protected_range_count, 0);

	assert_int_equal(own->schedule.kind, SCHEDULE_CALENDAR);
	assert_int_equal(own->schedule.blackout_count, 0);
	assert_int_equal(own->keep[RULE_LAST].kind, KEEP_OFF);
	assert_int_equal(own->keep[RULE_DAILY].number, 30);
	assert_int_equal(own->keep[RULE_WEEKLY].number, 4);
	assert_int_equal(own->protected_set_count, 0);
	assert_int_equal(own->safety.minimum, 4);
	loaded_done(&l);
}

static void clusters_of_one_policy_share_its_zones_and_calendar(void **state)
{
	struct loaded l = load_good(
		"version: 1\n"
		"defaults:\n"
		"  region: cn-hangzhou\n"
		"  timezone: Europe/Berlin\n"
		"  backup: {schedule: '02:00 Asia/Tokyo', blackout: [\"Mon 09:00-10:00\"]}\n"
		"  keep: {last: 3}\n"
		"  protect: [\"1\", {from: 2026-01-01T00:00:00Z, to: 2026-01-02T00:00:00Z}]\n"
		"policies: {gold: {safety: {minimum: 2}}}\n"
		"clusters:\n"
		"  - {id: amv-1}\n"
		"  - {id: amv-2, policy: gold}\n"
		"  - {id: amv-3, policy: gold, keep: {last: 4}, protect: [\"2\"],"
		" region: cn-beijing,\n"
		"     timezone: Asia/Tokyo, backup: {blackout: [], schedule: daily}}\n"
		"  - {id: amv-4, keep: {last: 4}, timezone: Asia/Tokyo, backup: {schedule: "
		"daily}}\n");
	const struct policy *a = l.file->clusters[0], *b = l.file->clusters[1],
			    *own = l.file->clusters[2], *same = l.file->clusters[3];

	(void)state;
	assert_ptr_equal(a->zone, b->zone);
	assert_ptr_equal(a->schedule.calendar, b->schedule.calendar);
	assert_ptr_equal(a->schedule.zone, b->schedule.zone);
	/* What a cluster says of itself changes no other. */
	assert_string_equal(b->region, "cn-hangzhou");
	assert_int_equal(b->keep[RULE_LAST].number, 3);
	assert_string_equal(b->protected_sets[0].id, "1");
	assert_int_equal(b->schedule.blackout_count, 1);
	assert_string_equal(own->region, "cn-beijing");
	assert_int_equal(own->keep[RULE_LAST].number, 4);
	assert_string_equal(own->protected_sets[0].id, "2");
	/* Zones, which take much memory, are shared even so, if they have the same name. */
	assert_ptr_equal(own->zone, same->zone);
	assert_ptr_equal(own->zone, a->schedule.zone);
	loaded_done(&l);
}

static void a_copy_of_a_policy_outlives_it(void **state)
{
	struct loaded l = load_good("version: 1\n"
				    "defaults: {region: cn-x, protect: [\"1\"], keep: {last: 3}}\n"
				    "clusters: [{id: amv-1, timezone: Asia/Tokyo}]\n");
	struct policy *copy = policy_copy(l.file->clusters[0], "amv-2", "two"), *again;

	(void)state;
	loaded_done(&l);
	again = policy_copy(copy, "amv-3", NULL);
	policy_free(copy);
	assert_string_equal(again->cluster, "amv-3");
	assert_string_equal(again->name, "amv-3");
	assert_string_equal(again->region, "cn-x");
	assert_string_equal(zone_name(again->zone), "Asia/Tokyo");
	assert_int_equal(again->keep[RULE_LAST].number, 3);
	assert_true(policy_protects(again, "1", 0, 0));
	policy_free(again);
}

static void errors_in_shared_layers_are_told_once(void **state)
{
	struct text yaml = TEXT_INIT(65536);
	struct loaded l;

	(void)state;
	text_add(&yaml,
		"version: 1\n"
		"defaults: {region: cn-x, keep: {last: x}}\n"
		"policies: {gold: {refresh: 1m, typo: 1}, unused: {refresh: 2m}}\n"
		"clusters:\n");
	for (int i = 0; i < 100; i++)
		text_printf(&yaml, "  - {id: amv-%d, policy: gold}\n", i);
	l = load_text(yaml.s);
	assert_int_equal(l.counts.errors, 4);
	assert_int_equal(l.counts.warnings, 1);
	text_done(&yaml);
	loaded_done(&l);
}

static void ids_and_names_stand_for_one_cluster(void **state)
{
	static const struct {
		const char *clusters, *says;
		int errors;
	} rows[] = {
		{"[{id: a}, {id: b, name: b}, {id: c, name: d}]", "", 0},
		{"[{id: a}, {id: a}]", "p.yaml:3:26: error: duplicate cluster id 'a'\n", 1},
		{"[{id: a}, {id: a}]", "p.yaml:3:17: note: the other is here\n", 1},
		{"[{id: a}, {id: a}, {id: a}]", "p.yaml:3:35: error: duplicate cluster id 'a'\n",
			2},
		{"[{id: a, name: x}, {id: b, name: x}]",
			"p.yaml:3:44: error: duplicate cluster name 'x'\n", 1},
		{"[{id: a, name: b}, {id: b}]",
			"p.yaml:3:35: error: a name cannot be the id of another cluster: 'b'\n", 1},
		{"[{id: a}, {id: b, name: a}]",
			"p.yaml:3:35: error: a name cannot be the id of another cluster: 'a'\n", 1},
		{"[{id: a, name: a}, {id: a}]", "duplicate cluster id 'a'", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char yaml[512];
		struct loaded l;
		(void)snprintf(yaml, sizeof(yaml),
			"version: 1\ndefaults: {region: cn-x, keep: {last: 1}, backup: {schedule: "
			"none}}\n"
			"clusters: %s\n",
			rows[i].clusters);
		l = load_text(yaml);
		assert_true(says(&l, rows[i].says));
		assert_int_equal(l.counts.errors, rows[i].errors);
		loaded_done(&l);
	}
}

static void clusters_are_found_by_id_and_by_name(void **state)
{
	struct loaded l = load_good("version: 1\ndefaults: {region: cn-x, keep: {last: 1}}\n"
				    "clusters: [{id: a, name: orders}, {id: b}]\n");

	(void)state;
	assert_ptr_equal(policyfile_find(l.file, "a"), l.file->clusters[0]);
	assert_ptr_equal(policyfile_find(l.file, "orders"), l.file->clusters[0]);
	assert_ptr_equal(policyfile_find(l.file, "b"), l.file->clusters[1]);
	assert_null(policyfile_find(l.file, "c"));
	loaded_done(&l);
}

/* Processor time. */
static clock_t time_to_load(int clusters, bool own_schedule)
{
	struct text yaml = TEXT_INIT(1024 * 1024);
	struct loaded l;
	clock_t begin;

	text_add(&yaml,
		"version: 1\n"
		"defaults: {region: cn-x, timezone: Asia/Shanghai, keep: {last: 3, daily: 14, "
		"weekly: 8, "
		"monthly: 24}, backup: {schedule: daily, jitter: 1h, blackout: [\"Mon..Fri "
		"09:00-19:00\"]}}\n"
		"policies: {gold: {keep: {daily: 30}}}\nclusters:\n");
	for (int i = 0; i < clusters; i++) {
		text_printf(&yaml, "- {id: amv-%d, policy: gold", i);
		if (own_schedule)
			text_printf(&yaml, ", backup: {schedule: \"*-*-* %d:%d\"}", i % 24, i % 60);
		text_add(&yaml, "}\n");
	}
	assert_false(yaml.full);
	begin = clock();
	l = load_good(yaml.s);
	begin = clock() - begin;
	assert_int_equal(l.file->cluster_count, clusters);
	text_done(&yaml);
	loaded_done(&l);
	return begin;
}

/* Time that grows with the square of the clusters would be 64 times as long. */
static void ten_thousand_clusters_take_ten_times_as_long_as_a_thousand(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		clock_t few = time_to_load(1250, own), many = time_to_load(10000, own);
		if (many > 32 * few)
			fail_msg("%ld and %ld ticks", (long)few, (long)many);
	}
}

TEST_FILE(policyfile_layers_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_layers_override_key_by_key),
		cmocka_unit_test(clusters_of_one_policy_share_its_zones_and_calendar),
		cmocka_unit_test(a_copy_of_a_policy_outlives_it),
		cmocka_unit_test(errors_in_shared_layers_are_told_once),
		cmocka_unit_test(ids_and_names_stand_for_one_cluster),
		cmocka_unit_test(clusters_are_found_by_id_and_by_name),
		cmocka_unit_test(ten_thousand_clusters_take_ten_times_as_long_as_a_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
