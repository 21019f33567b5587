/* Clusters that are discovered, editions, and copies in other regions. */
#include "policyfile_help.h"

#define DEFAULTS "version: 1\ndefaults: {keep: {last: 1}, backup: {schedule: weekly}}\n"

static void an_entry_that_discovers_is_read_with_its_template(void **state)
{
	struct loaded l = load_good(
		"version: 1\n"
		"accounts: {prod: {}}\n"
		"defaults: {region: cn-x, keep: {last: 7}, backup: {schedule: daily}}\n"
		"policies: {gold: {keep: {daily: 30}, account: prod}}\n"
		"clusters:\n"
		"  - discover: {region: cn-hangzhou, tags: {env: prod, a: \"\", n: 1}, name: "
		"\"orders-*\",\n"
		"      exclude: [b, a], every: 5min, forget_after: 2d}\n"
		"    policy: gold\n"
		"    safety: {minimum: 3}\n"
		"  - id: one\n"
		"  - discover: {}\n");
	const struct discovery *d;

	(void)state;
	assert_int_equal(l.counts.warnings, 0);
	assert_int_equal(l.file->cluster_count, 1);
	assert_int_equal(l.file->discovery_count, 2);
	d = l.file->discoveries[0];
	assert_string_equal(d->region, "cn-hangzhou");
	assert_string_equal(d->account, "prod");
	assert_string_equal(d->name_pattern, "orders-*");
	assert_int_equal(d->tag_count, 3);
	assert_string_equal(d->tags[0].key, "a");
	assert_string_equal(d->tags[0].value, "");
	assert_string_equal(d->tags[1].key, "env");
	assert_string_equal(d->tags[1].value, "prod");
	assert_string_equal(d->tags[2].value, "1");
	assert_int_equal(d->exclude_count, 2);
	assert_string_equal(d->exclude[0], "a");
	assert_int_equal(d->every_s, 300);
	assert_int_equal(d->forget_after_s, 2 * 86400);
	assert_string_equal(d->template->cluster, "");
	assert_string_equal(d->template->name, "");
	assert_string_equal(d->template->region, "cn-hangzhou");
	assert_string_equal(d->template->policy_name, "gold");
	assert_int_equal(d->template->keep[RULE_DAILY].number, 30);
	assert_int_equal(d->template->safety.minimum, 3);
	d = l.file->discoveries[1];
	assert_string_equal(d->region, "cn-x");
	assert_string_equal(d->account, "default");
	assert_null(d->name_pattern);
	assert_int_equal(d->tag_count, 0);
	assert_int_equal(d->exclude_count, 0);
	assert_int_equal(d->every_s, 900);
	assert_int_equal(d->forget_after_s, 7 * 86400);
	loaded_done(&l);
}

static const struct {
	const char *entry, *error; /* NULL: well */
} entries[] = {
	{"discover: {region: cn-x}", NULL},
	{"discover: {}", "no 'region' for 1 cluster: set it here or in `defaults`"},
	{"discover: {}, region: cn-x", NULL},
	{"discover: ", "'discover' has no value: write {} or leave the key out"},
	{"discover: all", "'discover' takes keys with values, not 'all'"},
	{"discover: {region: cn-x}, id: a",
		"3:39: error: an entry is one cluster, with an 'id', or "
		"those that 'discover' finds: leave 'id' out"},
	{"discover: {region: cn-x}, name: a", "leave 'name' out"},
	{"discover: {region: cn-x}, remote: true",
		"unknown key 'remote' (it belongs to a cluster with an id)"},
	{"discover: {region: cn-x, region: cn-y}", "duplicate key 'region'"},
	{"discover: {region: cn-x, tags: {a: b}, tags: {a: b, c: d, e: f}}",
		"duplicate key 'tags'"},
	{"discover: {region: cn-x, exclude: [a], exclude: [b, c]}", "duplicate key 'exclude'"},
	{"discover: {region: cn-x, name: a, name: b}", "duplicate key 'name'"},
	{"discover: {region: cn-x, tags: {a: b}}, discover: {tags: {c: d, e: f}, exclude: [a]}",
		"duplicate key 'discover'"},
	{"discover: {region: CN}", "'region' takes a name such as cn-hangzhou"},
	{"discover: {region: cn-x, tag: {}}", "unknown key 'tag' (did you mean 'tags'?)"},
	{"discover: {region: cn-x, keep: {}}",
		"unknown key 'keep' (it belongs in 'defaults', a policy or a cluster)"},
	{"discover: {region: cn-x}, tags: {}", "unknown key 'tags' (it belongs under 'discover')"},
	{"discover: {region: cn-x, tags: []}", "'tags' takes keys with values, not a list"},
	{"discover: {region: cn-x, tags: {a: }}", "the value of a tag is a text, not nothing"},
	{"discover: {region: cn-x, tags: {a: [b]}}", "the value of a tag is a text, not a list"},
	{"discover: {region: cn-x, tags: {a: yes}}", "which YAML reads as true or false: quote it"},
	{"discover: {region: cn-x, tags: {\"\": a}}", "'tags' takes a text, not ''"},
	{"discover: {region: cn-x, tags: {a: \"b\\n\"}}", "text without control characters"},
	{"discover: {region: cn-x, tags: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: "
	 "1, k: 1, l: 1, m: 1, n: 1, o: 1, p: 1, q: 1, r: 1, s: 1, t: 1, u: 1}}",
		"'tags' takes at most 20 tags"},
	{"discover: {region: cn-x, exclude: a}", "'exclude' takes a list such as"},
	{"discover: {region: cn-x, exclude: [a b]}", "'exclude' takes 1 to 64 letters"},
	{"discover: {region: cn-x, every: 1min}", NULL},
	{"discover: {region: cn-x, every: 59s}", "'every' takes a duration from 1min to 7d"},
	{"discover: {region: cn-x, every: 1h, forget_after: 30min}",
		"'forget_after' is shorter than 'every'"},
	{"discover: {region: cn-x}, edition: warehouse",
		"3:48: error: a warehouse cluster cannot make backups, its interface has no call "
		"for it: set `backup: {schedule: none}`"},
	{"discover: {region: cn-x}, edition: warehouse, backup: {schedule: none}", NULL},
	{"id: a, region: cn-x, edition: warehouse, backup: {every: 6h}", "cannot make backups"},
	{"id: a, region: cn-x, edition: Lakehouse", "did you mean 'lakehouse'?"},
	{"id: a, region: cn-x, cloud_retention: ensure", NULL},
	{"id: a, region: cn-x, cloud_retention: none",
		"'cloud_retention' takes check, ensure or ignore, not 'none'"},
	{"id: a, region: cn-x, remote: false", NULL},
	{"id: a, region: cn-x, remote: 1", "'remote' takes true or false"},
	{"id: a, region: cn-x, remote: true, backup: {schedule: none}", NULL},
	{"id: a, region: cn-x, remote: true",
		"3:42: error: copies in other regions are made by the cloud alone: set `backup: "
		"{schedule: none}`"},
	{"id: a, region: cn-x, remote: true, edition: warehouse, backup: {schedule: none}",
		"a warehouse cluster has no copies in other regions: leave 'remote' out"},
};

static void what_an_entry_may_say_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		_cleanup_free_ char *yaml =
			xasprintf(DEFAULTS "clusters: [{%s}]\n", entries[i].entry);
		struct loaded l = load_text(yaml);
		if (!entries[i].error && (l.result < 0 || l.counts.warnings))
			fail_msg("%s: %s", entries[i].entry, l.messages);
		if (entries[i].error) {
			assert_true(says(&l, entries[i].error));
			assert_int_equal(l.counts.errors, 1);
		}
		loaded_done(&l);
	}
}

static void remote_is_for_a_cluster_alone(void **state)
{
	struct loaded l = load_text("version: 1\ndefaults: {remote: true}\n"
				    "policies: {p: {remote: true}}\nclusters: []\n");

	(void)state;
	assert_true(says(&l, "2:12: error: unknown key 'remote' (it belongs to a cluster)"));
	assert_true(says(&l, "3:16: error: unknown key 'remote' (it belongs to a cluster)"));
	assert_int_equal(l.counts.errors, 2);
	loaded_done(&l);
}

static void a_schedule_that_cannot_be_is_told_once_for_two_places(void **state)
{
	struct loaded l = load_text(
		DEFAULTS "policies: {w: {region: cn-x, edition: warehouse}}\n"
			 "clusters: [{id: a, policy: w}, {id: b, policy: w}, {id: c, policy: w, "
			 "backup: {every: 6h}}, {discover: {}, policy: w}]\n");

	(void)state;
	assert_true(says(&l, "3:39: error: a warehouse cluster cannot make backups"));
	assert_true(says(&l, "2:48: note: its schedule comes from here"));
	assert_true(says(&l, "4:87: note: its schedule comes from here"));
	assert_int_equal(l.counts.errors, 2);
	loaded_done(&l);
}

static void no_schedule_is_no_surprise_where_there_can_be_none(void **state)
{
	struct loaded l = load_good(
		"version: 1\ndefaults: {region: cn-x, keep: {last: 1}}\n"
		"clusters: [{id: a, edition: warehouse}, {id: b, remote: true}, {id: c}]\n");

	(void)state;
	assert_int_equal(l.counts.warnings, 1);
	assert_true(says(&l, "3:64: warning: no schedule for 1 cluster: no backups are taken"));
	loaded_done(&l);
}

static void an_entry_that_can_find_nothing_more_is_told(void **state)
{
	struct loaded l = load_good(
		DEFAULTS "accounts: {a: {}}\n"
			 "clusters: [{discover: {region: cn-x, tags: {a: b, c: d}}},\n"
			 "  {discover: {region: cn-x, tags: {a: b}}},\n"
			 "  {discover: {region: cn-x, tags: {a: b}, exclude: [c]}},\n"
			 "  {discover: {region: cn-x, tags: {a: b}}, account: a},\n"
			 "  {discover: {region: cn-x, tags: {a: b}, name: c}},\n"
			 "  {discover: {tags: {c: d, a: b}, every: 1h}, region: cn-x}]\n");

	(void)state;
	assert_int_equal(l.counts.warnings, 1);
	assert_true(says(&l,
		"9:3: warning: an entry before this one discovers the same clusters, "
		"and has them all"));
	loaded_done(&l);
}

static void clusters_may_all_be_discovered(void **state)
{
	struct loaded l = load_good(DEFAULTS "clusters: [{discover: {region: cn-x}}]\n");

	(void)state;
	assert_int_equal(l.counts.warnings, 0);
	assert_int_equal(l.file->cluster_count, 0);
	assert_int_equal(l.file->discovery_count, 1);
	loaded_done(&l);
}

TEST_FILE(policyfile_discover_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_that_discovers_is_read_with_its_template),
		cmocka_unit_test(what_an_entry_may_say_is_checked),
		cmocka_unit_test(remote_is_for_a_cluster_alone),
		cmocka_unit_test(a_schedule_that_cannot_be_is_told_once_for_two_places),
		cmocka_unit_test(no_schedule_is_no_surprise_where_there_can_be_none),
		cmocka_unit_test(an_entry_that_can_find_nothing_more_is_told),
		cmocka_unit_test(clusters_may_all_be_discovered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
