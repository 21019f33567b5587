/* A printed policy loads again to the same: the annotated default, the examples, random policies.
 */
#include "policyfile/differ.h"
#include "policyfile_help.h"

#include <glob.h>

static bool same_discoveries(const struct discovery *a, const struct discovery *b)
{
	return !differ(SCOPE_FOUND, OBJECTS_FOUND(a), OBJECTS_FOUND(b), NULL, NULL);
}

static uint64_t seed = 20261121;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static const char *pick(const char *const *list, size_t count)
{
	return list[draw((unsigned)count)];
}
#define PICK(...) \
	pick((const char *const[]){__VA_ARGS__}, ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

/* Prints every cluster, loads that, and compares. */
static void check_again(const struct policyfile *f)
{
	struct text printed = TEXT_INIT(1024 * 1024);
	struct loaded again;

	for (size_t i = 0; i < f->cluster_count; i++) {
		struct text one = TEXT_INIT(65536), twice = TEXT_INIT(65536);
		const struct account *account = policyfile_account(f, f->clusters[i]->account);
		policyfile_print(f->clusters[i], account, &one);
		again = load_good(one.s);
		assert_int_equal(again.file->cluster_count, 1);
		if (differ_policies(f->clusters[i], again.file->clusters[0]))
			fail_msg("not the same:\n%s", one.s);
		assert_true(!differ_accounts(
			account, policyfile_account(again.file, f->clusters[i]->account)));
		policyfile_print(again.file->clusters[0], NULL, &twice);
		loaded_done(&again);
		text_done(&one);
		text_done(&twice);
	}
	policyfile_print_all(f, &printed);
	again = load_good(printed.s);
	assert_int_equal(again.file->cluster_count, f->cluster_count);
	for (size_t i = 0; i < f->cluster_count; i++)
		assert_true(!differ_policies(f->clusters[i], again.file->clusters[i]));
	assert_int_equal(again.file->account_count, f->account_count);
	for (size_t i = 0; i < f->account_count; i++) {
		assert_string_equal(again.file->accounts[i]->name, f->accounts[i]->name);
		assert_true(!differ_accounts(again.file->accounts[i], f->accounts[i]));
	}
	assert_int_equal(again.file->discovery_count, f->discovery_count);
	for (size_t i = 0; i < f->discovery_count; i++)
		assert_true(same_discoveries(again.file->discoveries[i], f->discoveries[i]));
	loaded_done(&again);
	text_done(&printed);
}

static void every_example_loads_without_a_warning_and_prints_to_the_same(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("config/examples/*.yaml", 0, NULL, &found), 0);
	assert_int_equal(glob("config/examples/*/policy.yaml", GLOB_APPEND, NULL, &found), 0);
	assert_true(found.gl_pathc >= 12);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct text messages = TEXT_INIT(65536);
		struct policyfile_counts counts;
		struct policyfile *f = NULL;
		int r = policyfile_load(found.gl_pathv[i], TRUST_ALL, &f, &messages, &counts);
		if (r < 0 || counts.warnings)
			fail_msg("%s", messages.s);
		check_again(f);
		policyfile_free(f);
		text_done(&messages);
	}
	globfree(&found);
}

static void the_annotated_default_loads_and_only_lacks_clusters(void **state)
{
	struct text messages = TEXT_INIT(65536);
	struct policyfile_counts counts;
	struct policyfile *f = NULL;

	(void)state;
	assert_int_equal(
		policyfile_load("config/policy.yaml", TRUST_ALL, &f, &messages, &counts), 0);
	assert_int_equal(counts.warnings, 1);
	assert_non_null(strstr(messages.s, "warning: no clusters: nothing is backed up"));
	check_again(f);
	policyfile_free(f);
	text_done(&messages);
}

/* The lines that the annotated default shows commented out are a policy, too. */
static void the_annotated_default_loads_with_its_comments_in(void **state)
{
	char data[16384], *line = data;
	struct text yaml = TEXT_INIT(65536);
	FILE *f = fopen("config/policy.yaml", "re");
	struct loaded l;

	(void)state;
	assert_non_null(f);
	data[fread(data, 1, sizeof(data) - 1, f)] = '\0';
	(void)fclose(f);
	for (char *end; *line; line = end) {
		const char *instead = NULL;
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		if (text_starts(line, "#  "))
			line++;
		else if (text_starts(line, "accounts: {}"))
			instead = "accounts:\n";
		else if (text_starts(line, "policies: {}"))
			instead = "policies:\n";
		else if (text_starts(line, "clusters: []"))
			instead = "clusters:\n";
		else if (text_starts(line, "metrics: {}"))
			instead = "metrics:\n";
		else if (text_starts(line, "notify: []"))
			instead = "notify:\n";
		text_add_bytes(&yaml, instead ? instead : line,
			instead ? strlen(instead) : (size_t)(end - line));
	}
	l = load_good(yaml.s + (strstr(yaml.s, "version: 1") - yaml.s));
	assert_int_equal(l.counts.warnings, 0);
	assert_string_equal(l.file->clusters[0]->name, "orders");
	assert_string_equal(l.file->clusters[0]->policy_name, "gold");
	assert_true(l.file->clusters[1]->remote);
	assert_string_equal(l.file->discoveries[0]->account, "prod");
	assert_int_equal(policyfile_account(l.file, "prod")->login, LOGIN_ECS);
	loaded_done(&l);
	text_done(&yaml);
}

static void add_rule(struct text *yaml, const char *rule, bool count, bool span)
{
	unsigned kind = draw(5);

	if (kind == 0 && count)
		text_printf(yaml, "%s: %u, ", rule, draw(40));
	else if (kind == 1 && count)
		text_printf(yaml, "%s: all, ", rule);
	else if (kind == 2 && span)
		text_printf(yaml, "%s: %s, ", rule,
			PICK("2d", "36h", "1y2mo", "2w3d", "90min", "1y1mo1d1h1min1s", "0"));
}

/* Texts that YAML would take for something else if they were not quoted and escaped. */
#define ODD_TEXT                                                                              \
	PICK("orders", "订单", "a \\\"b\\\"", "back\\\\slash", "# no: comment", "yes", "- x", \
		"line\\u2028break", "\\ufeffmark", "{a: b}", "*", "7")

static void add_random_accounts(struct text *yaml)
{
	static const char *const names[] = {"a", "b", "\"7\"", "default"};

	text_add(yaml, "accounts:\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool role = draw(2);
		text_printf(yaml, "  %s: {%s, rate: %u, concurrency: %u, network: %s", names[i],
			PICK("login: chain", "login: systemd", "login: environment", "login: oidc",
				"login: profile, profile: \"x: y\", file: \"/a b\"",
				"login: ini, profile: \"#\"", "login: ecs",
				"login: ecs, ecs_role: R", "login: uri, uri: \"https://h/?a=b&c\""),
			1 + draw(500), 1 + draw(200), PICK("public", "vpc"));
		text_add(yaml,
			PICK("", ", endpoint: \"https://h\"", ", sts_endpoint: \"[::1]:1\"",
				", ca_file: \"/etc/a 'b'.pem\""));
		if (role)
			text_printf(yaml, ", role: \"acs:ram::1:role/r\", %s, session: %s",
				PICK("role_session_name: ab",
					"session_policy: \"{\\\"a\\\":\\n\\\"b\\\"}\""),
				PICK("15min", "1h", "12h"));
		text_add(yaml, "}\n");
	}
}

static void add_random_discovery(struct text *yaml)
{
	text_printf(yaml, "  - {discover: {%s, tags: {%s\"%s\": \"%s\"}, exclude: [%s], every: %s",
		PICK("region: cn-x", "name: \"a*\"", "name: \"[!\\\"]\""), PICK("", "a: \"\", "),
		ODD_TEXT, ODD_TEXT, PICK("", "amv-2, amv-1"), PICK("1min", "90s", "1d"));
	text_printf(yaml, "%s}, region: %s, timezone: %s, ", PICK("", ", forget_after: 2d"),
		PICK("cn-hangzhou", "ap-southeast-1"), PICK("UTC", "Europe/Berlin"));
}

static void add_random_entry(struct text *yaml, int number)
{
	if (draw(3) == 0)
		add_random_discovery(yaml);
	else
		text_printf(yaml, "  - {id: amv-%d, name: \"%s %d\", region: %s, timezone: %s, ",
			number, ODD_TEXT, number, PICK("cn-hangzhou", "ap-southeast-1"),
			PICK("UTC", "Asia/Shanghai", "Europe/Berlin"));
	text_printf(yaml, "backup: {%s, jitter: %s, blackout: [%s], catch_up: %s}, ",
		PICK("schedule: daily", "schedule: none", "every: 6h", "every: 90s",
			"schedule: \"Mon..Fri *-*~3 2:30:15\"",
			"schedule: \"*-1/2-* 00/4:00 Europe/Berlin\""),
		PICK("0", "10min", "1d", "3661s"),
		PICK("", "\"Mon..Fri 09:00-19:00\"", "\"22:00-06:00\", \"Sat,Mon 00:00-24:00\""),
		PICK("true", "false"));
	text_printf(yaml, "account: %s, cloud_retention: %s, ", PICK("default", "a", "b", "7"),
		PICK("check", "ensure", "ignore"));
	text_printf(yaml, "failed_sets: %s, refresh: %s, protect: [%s], ",
		PICK("keep", "0", "7d", "1h1s"), PICK("1s", "1h", "7d"),
		PICK("", "763", "\"9\", \"10\", a.b_c-d",
			"{from: 2026-01-01T00:00:00+08:00, to: 2026-02-01T00:00:00Z}"));
	text_printf(yaml,
		"safety: {minimum: %u, grace: %s, max_delete_percent: %u, fresh_within: %s, "
		"prove_every: %s}, keep: {",
		1 + draw(5), PICK("0", "24h", "3d"), draw(101), PICK("auto", "off", "5d", "36h"),
		PICK("off", "90d"));
	add_rule(yaml, "last", true, false);
	add_rule(yaml, "within", false, true);
	add_rule(yaml, "hourly", true, true);
	add_rule(yaml, "daily", true, true);
	add_rule(yaml, "weekly", true, true);
	add_rule(yaml, "monthly", true, true);
	add_rule(yaml, "quarterly", true, true);
	text_printf(yaml, "yearly: %s}}\n", PICK("2", "{count: 2, span: 3y1d}"));
}

static void random_policies_print_to_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct text yaml = TEXT_INIT(65536);
		struct loaded l;
		text_add(&yaml, "version: 1\n");
		add_random_accounts(&yaml);
		text_add(&yaml, "clusters:\n");
		for (int i = 0; i < 4; i++)
			add_random_entry(&yaml, i);
		l = load_good(yaml.s);
		check_again(l.file);
		loaded_done(&l);
		text_done(&yaml);
	}
}

static void any_difference_makes_policies_differ(void **state)
{
	static const char *const rows[] = {"id: b", "name: x", "region: cn-y", "account: a",
		"account: b", "cloud_retention: ensure", "cloud_retention: ignore",
		"backup: {schedule: none}", "backup: {schedule: none}, edition: warehouse",
		"backup: {schedule: none}, remote: true", "timezone: Asia/Shanghai",
		"backup: {schedule: hourly}", "backup: {schedule: \"daily Asia/Shanghai\"}",
		"backup: {every: 1d}", "backup: {schedule: daily, jitter: 1s}",
		"backup: {schedule: daily, catch_up: false}",
		"backup: {schedule: daily, blackout: [\"Mon 09:00-10:00\"]}",
		"backup: {schedule: daily, blackout: [\"Tue 09:00-10:00\"]}",
		"backup: {schedule: daily, blackout: [\"Mon 09:00-11:00\"]}", "keep: {last: 2}",
		"keep: {last: all}", "keep: {last: 1, within: 1d}", "keep: {last: 1, within: 2d}",
		"keep: {last: 1, within: 1mo}", "keep: {last: 1, yearly: 1}", "protect: [\"1\"]",
		"protect: [\"2\"]",
		"protect: [{from: 2026-01-01T00:00:00Z, to: 2026-01-01T00:00:00Z}]",
		"protect: [{from: 2026-01-01T00:00:00Z, to: 2026-01-02T00:00:00Z}]",
		"failed_sets: keep", "safety: {minimum: 2}", "safety: {grace: 1h}",
		"safety: {max_delete_percent: 1}", "safety: {fresh_within: off}",
		"safety: {prove_every: 90d}", "refresh: 2h"};
	struct loaded loaded[ARRAY_SIZE(rows) + 1];

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++) {
		const char *row = i < ARRAY_SIZE(rows) ? rows[i] : "id: a";
		char yaml[512];
		(void)snprintf(yaml, sizeof(yaml),
			"version: 1\naccounts: {a: {}, b: {}}\ndefaults: {region: cn-x, keep: "
			"{last: 1}, backup: {schedule: "
			"daily}}\nclusters: [{%s%s}]\n",
			text_starts(row, "id:") ? "" : "id: a, ", row);
		loaded[i] = load_good(yaml);
	}
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j <= ARRAY_SIZE(rows); j++)
			if (!differ_policies(loaded[i].file->clusters[0],
				    loaded[j].file->clusters[0]) != (i == j))
				fail_msg("row %zu and row %zu", i, j);
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++)
		loaded_done(&loaded[i]);
}

static void any_difference_makes_discoveries_differ(void **state)
{
	static const char *const rows[] = {"", "region: cn-y", "name: a", "name: b", "tags: {a: b}",
		"tags: {a: c}", "tags: {b: b}", "tags: {a: b, c: d}", "exclude: [a]",
		"exclude: [b]", "exclude: [a, b]", "every: 1h", "forget_after: 1d",
		"}, safety: {minimum: 2", "}, keep: {last: 2"};
	struct loaded loaded[ARRAY_SIZE(rows)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char yaml[512];
		(void)snprintf(yaml, sizeof(yaml),
			"version: 1\naccounts: {a: {}}\ndefaults: {region: cn-x, keep: {last: "
			"1}, backup: {schedule: daily}}\nclusters: [{discover: {%s}}]\n",
			rows[i]);
		loaded[i] = load_good(yaml);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < ARRAY_SIZE(rows); j++)
			if (same_discoveries(loaded[i].file->discoveries[0],
				    loaded[j].file->discoveries[0]) != (i == j))
				fail_msg("row %zu and row %zu", i, j);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		loaded_done(&loaded[i]);
}

TEST_FILE(policyfile_print_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_loads_without_a_warning_and_prints_to_the_same),
		cmocka_unit_test(the_annotated_default_loads_and_only_lacks_clusters),
		cmocka_unit_test(the_annotated_default_loads_with_its_comments_in),
		cmocka_unit_test(random_policies_print_to_the_same),
		cmocka_unit_test(any_difference_makes_policies_differ),
		cmocka_unit_test(any_difference_makes_discoveries_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
