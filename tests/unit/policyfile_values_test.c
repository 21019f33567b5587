/* What each key takes, and what is said of anything else. */
#include "policyfile_help.h"

/* A policy file around one cluster's keys; what a row gives comes on line 5, indented by 4. */
static struct loaded load_cluster(const char *keys)
{
	char yaml[4096];

	(void)snprintf(yaml, sizeof(yaml),
		"version: 1\n"
		"defaults: {region: cn-hangzhou, keep: {last: 1}, backup: {schedule: daily}}\n"
		"clusters:\n"
		"  - id: amv-1\n"
		"    %s\n",
		keys);
	return load_text(yaml);
}

static void wrong_values_are_refused_with_a_remedy(void **state)
{
	static const struct {
		const char *keys, *says;
	} rows[] = {
		/* durations */
		{"refresh: 1m",
			"p.yaml:5:14: error: 'refresh': 'm' in '1m' may mean minutes or months: "
			"write min or mo\n"},
		{"refresh: 60", "without a unit"},
		{"refresh: 1mo", "no fixed length"},
		{"refresh: soon", "'refresh' takes a duration such as 10min or 6h, not 'soon'"},
		{"refresh: -1h", "or 6h, not '-1h'"},
		{"refresh: 0", "'refresh' takes a duration from 1s to 7d, not '0'"},
		{"refresh: 8d", "'refresh' takes a duration from 1s to 7d, not '8d'"},
		{"refresh:", "'refresh' takes a duration such as 10min or 6h, not nothing"},
		{"refresh: ~", "not nothing"},
		{"refresh: [1h]", "not a list"},
		{"refresh: {h: 1}", "not a mapping"},
		{"backup: {jitter: 25h}", "'jitter' takes a duration from 0 to 1d, not '25h'"},
		{"backup: {every: 0}", "'every' takes a duration from 1s to 366d, not '0'"},
		{"failed_sets: never",
			"'failed_sets' takes a duration such as 10min or 6h or keep, not 'never'"},
		{"failed_sets: auto", "or keep, not 'auto'"},
		{"safety: {fresh_within: 0}", "from 1s to 3660d, auto or off, not '0'"},
		{"safety: {prove_every: 3mo}", "'prove_every': 3mo has no fixed length"},
		{"safety: {prove_every: never}",
			"'prove_every' takes a duration such as 10min or 6h or off, not 'never'"},
		{"safety: {prove_every: 0}", "from 1s to 3660d or off, not '0'"},
		{"safety: {prove_every: 4000d}", "not '4000d'"},
		{"safety: {grace: 24}",
			"p.yaml:5:21: error: 'grace': '24' ends in a number without a unit"},
		/* numbers */
		{"storage: {price: cheap}",
			"p.yaml:5:22: error: 'price' takes a number from 0 to 1000000 with at most "
			"9 decimals, not 'cheap'\n"},
		{"storage: {price: -0.1}", "at most 9 decimals, not '-0.1'"},
		{"storage: {price: '0.1'}", "not '0.1' in quotes"},
		{"storage: {price: 0.0000000001}", "not '0.0000000001'"},
		{"storage: {price: 1000000.1}", "not '1000000.1'"},
		{"storage: {price: 1.}", "not '1.'"},
		{"storage: {price: .5}", "not '.5'"},
		{"storage: {free: 1e3}", "'free' takes a number from 0 to 999999999"},
		{"storage: {currency: yuan}",
			"'currency' takes three capital letters such as CNY or USD, not 'yuan'"},
		{"safety: {minimum: -1}",
			"p.yaml:5:23: error: 'minimum' takes a whole number from 1 to 1000000, not "
			"'-1'\n"},
		{"safety: {minimum: 1.0}", "not '1.0'"},
		{"safety: {minimum: 0x10}", "not '0x10'"},
		{"safety: {minimum: 010}", "not '010'"},
		{"safety: {minimum: 1_000}", "not '1_000'"},
		{"safety: {minimum: 99999999999999999999}", "not '99999999999999999999'"},
		{"safety: {minimum: \"3\"}", "not '3' in quotes"},
		{"safety: {minimum: }", "not nothing"},
		{"safety: {max_delete_percent: 101}", "from 0 to 100, not '101'"},
		{"safety: {max_delete_percent: 50%}", "not '50%' (write it without %)"},
		/* rules */
		{"keep: {last: 3d}", "not '3d' (a span of time goes under `within`)"},
		{"keep: {last: some}",
			"'last' takes a count such as 3, or all, or 0 for none, not 'some'"},
		{"keep: {within: 7}", "not '7' (a count goes under `last`; days are written 7d)"},
		{"keep: {within: all}", "not 'all' (to keep everything: `last: all`)"},
		{"keep: {within: 2m}", "write min or mo"},
		{"keep: {daily: 1000001}", "from 0 to 1000000"},
		{"keep: {daily: -3}", "or 0 for none, not '-3'"},
		{"keep: {daily: \"7\"}", "not '7' in quotes"},
		{"keep: {daily: ALL}", "or 0 for none, not 'ALL'"},
		{"keep: {daily: 14days}", "unknown unit"},
		{"keep: {daily: [7]}",
			"a count such as 7, a span such as 14d, both such as {count: 7, span: "
			"14d}, or all, or 0 for none, not a list"},
		{"keep: {daily: {count: 7}}", "takes both keys of {count: 7, span: 14d}"},
		{"keep: {daily: {span: 7d}}", "takes both keys of {count: 7, span: 14d}"},
		{"keep: {daily: {}}", "takes both keys of {count: 7, span: 14d}"},
		{"keep: {daily: {count: 7, span: 14d, spam: 1}}",
			"p.yaml:5:19: error: a mapping under 'daily' takes both keys of {count: 7, "
			"span: 14d}, and no other\n"},
		{"keep: {daily: {count: 14d, span: 14d}}", "'count' takes a number from 1"},
		{"keep: {daily: {count: 0, span: 14d}}", "'count' takes a number from 1"},
		{"keep: {daily: {count: {count: 7, span: 14d}, span: 14d}}",
			"or 0 for none, not a mapping"},
		{"keep: {daily: {count: 7, span: 14}}", "'span' takes a span of time"},
		{"keep: {daily: {count: 7, span: all}}", "'span' takes a span of time"},
		{"keep: {last: {count: 7, span: 14d}}", "or all, or 0 for none, not a mapping"},
		{"keep: {within: {count: 7, span: 14d}}", "or 0 for none, not a mapping"},
		{"keep: {weekly: }", "not nothing"},
		{"keep: 7", "'keep' takes keys with values, not '7'"},
		{"keep:",
			"p.yaml:5:10: error: 'keep' has no value: write {} or leave the key out\n"},
		/* booleans */
		{"backup: {catch_up: yes}", "not 'yes' (write true)"},
		{"backup: {catch_up: Off}", "not 'Off' (write false)"},
		{"backup: {catch_up: True}", "not 'True' (write true)"},
		{"backup: {catch_up: \"true\"}", "not 'true' in quotes"},
		{"backup: {catch_up: 1}", "'catch_up' takes true or false, not '1'"},
		{"backup: {catch_up: }", "not nothing"},
		/* texts */
		{"name: no", "not 'no' (which YAML reads as true or false: quote it)"},
		{"name: \"\"", "'name' takes a text, not ''"},
		{"name: \"a\\tb\"", "text without control characters"},
		{"name: \"a\\u0085b\"", "text without control characters"},
		{"name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"at most 64 characters"},
		{"region: Hangzhou",
			"p.yaml:5:13: error: 'region' takes a name such as cn-hangzhou or "
			"ap-southeast-1, not 'Hangzhou'"},
		{"region: hangzhou", "'region' takes"},
		{"region: cn-", "'region' takes"},
		{"region: cn--hangzhou", "'region' takes"},
		{"region: cn-hangzhou/..", "'region' takes"},
		{"timezone: Asia/Shangai",
			"p.yaml:5:15: error: there is no time zone 'Asia/Shangai' (did you mean "
			"'Asia/Shanghai'?)"},
		{"timezone: ../etc/passwd", "p.yaml:5:15: error: "},
		{"timezone: 8", "error: there is no time zone '8'"},
		/* schedules */
		{"backup: {schedule: \"*-*-* 25:00\"}",
			"p.yaml:5:24: error: calendar expression '*-*-* 25:00'"},
		{"backup: {schedule: \"daily Mars/Olympus\"}", "p.yaml:5:24: error: "},
		{"backup: {schedule: [daily]}", "'schedule' takes a text, not a list"},
		{"backup: {schedule: daily, every: 6h}",
			"p.yaml:5:31: error: `schedule` and `every` exclude each other"},
		{"backup: {every: 6h, schedule: none}",
			"p.yaml:5:25: error: `schedule` and `every` exclude each other"},
		{"backup: {blackout: \"Mon 09:00-10:00\"}", "'blackout' takes a list such as"},
		{"backup: {blackout: [\"Mon 9-10\"]}",
			"p.yaml:5:25: error: 'Mon 9-10' is not a window"},
		{"backup: {blackout: [\"Mon 09:00-10:00\", 7]}", "p.yaml:5:44: error: "},
		/* protect */
		{"protect: 763", "'protect' takes a list such as"},
		{"protect: [\"7 63\"]",
			"p.yaml:5:15: error: 'protect' takes 1 to 64 letters, digits"},
		{"protect: [[763]]", "'protect' takes a text, not a list"},
		{"protect: [{from: 2026-01-01T00:00:00Z}]", "takes both {from: TIME, to: TIME}"},
		{"protect: [{from: 2026-01-01, to: 2026-01-02T00:00:00Z}]",
			"p.yaml:5:22: error: 'from' takes a time such as 2026-11-21T00:00:00Z or "
			"2026-11-21T08:00:00+08:00, not '2026-01-01'"},
		{"protect: [{from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z}]",
			"p.yaml:5:48: error: this range ends before it begins"},
		{"protect: [{from: 2026-01-02T00:00:00Z, to: 2026-01-03T00:00:00Z, until: 1}]",
			"p.yaml:5:70: error: unknown key in a range"},
		/* names of policies */
		{"policy: gold", "p.yaml:5:13: error: no policy 'gold' in `policies`\n"},
		{"policy: [gold]", "'policy' takes a text, not a list"},
		/* unknown keys, told where they belong */
		{"daily: 7", "p.yaml:5:5: error: unknown key 'daily' (it belongs under 'keep')"},
		{"saftey: {minimum: 1}", "unknown key 'saftey' (did you mean 'safety'?)"},
		{"Name: x", "unknown key 'Name' (did you mean 'name'?)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_cluster(rows[i].keys);
		if (l.counts.errors != 1)
			print_error("%s: %s\n", rows[i].keys, l.messages);
		assert_int_equal(l.counts.errors, 1);
		assert_true(says(&l, rows[i].says));
		loaded_done(&l);
	}
}

static void files_that_lack_something_are_refused(void **state)
{
	static const struct {
		const char *yaml, *says;
	} rows[] = {
		{"clusters: []\n", "p.yaml:1:1: error: no 'version'"},
		{"version: 2\nclusters: []\n",
			"p.yaml:1:10: error: this program reads `version: 1` only"},
		{"version: \"1\"\nclusters: []\n", "reads `version: 1` only"},
		{"version: [1]\nclusters: []\n", "reads `version: 1` only"},
		{"version: 1\n", "p.yaml:1:1: error: no 'clusters'"},
		{"version: 1\nclusters: {id: x}\n",
			"p.yaml:2:11: error: 'clusters' takes a list of `- id: amv-...`, not a "
			"mapping"},
		{"version: 1\nclusters:\n",
			"'clusters' takes a list of `- id: amv-...`, not nothing"},
		{"version: 1\nclusters: [amv-1]\n",
			"p.yaml:2:12: error: a cluster is a mapping such as {id: amv-...}, not "
			"'amv-1'"},
		{"version: 1\nclusters: []\ndefaults:\n",
			"'defaults' has no value: write {} or leave the key out"},
		{"version: 1\nclusters: []\npolicies: [gold]\n",
			"'policies' takes keys with values, not a list"},
		{"version: 1\nclusters: []\npolicies: {gold: }\n", "'gold' has no value"},
		{"version: 1\nclusters: []\npolicies: {a b: {}}\n",
			"p.yaml:3:12: error: 'policy' takes 1 to 64 letters"},
		{"version: 1\nclusters: []\npolicies: {gold: {id: x}}\n",
			"unknown key 'id' (it belongs to a cluster)"},
		{"version: 1\nclusters: []\ndefaults: {policy: gold}\n",
			"unknown key 'policy' (it belongs to a cluster)"},
		{"version: 1\nclusters: [{region: cn-x, keep: {last: 1}}]\n",
			"p.yaml:2:12: error: a cluster without an 'id'"},
		{"version: 1\nclusters: [{id: ../x, region: cn-x, keep: {last: 1}}]\n",
			"p.yaml:2:17: error: 'id' takes 1 to 64 letters, digits, '.', '_' or '-', "
			"not '../x'"},
		{"version: 1\nclusters: [{id: x, keep: {last: 1}}, {id: y, keep: {last: 1}}]\n",
			"p.yaml:2:12: error: no 'region' for 2 clusters"},
		{"version: 1\nclusters: [{id: x, region: cn-x}]\n",
			"p.yaml:2:12: error: no rule of 'keep' is on for 1 cluster: nothing would "
			"be kept (to keep every set: `last: all`)"},
		{"version: 1\ndefaults: {region: cn-x, keep: {last: 0}}\nclusters: [{id: x}, {id: "
		 "y}]\n",
			"p.yaml:2:26: error: no rule of 'keep' is on for 2 clusters"},
		{"version: 1\ndefaults: {region: cn-x, keep: {last: 3}}\nclusters: [{id: x}, {id: "
		 "y, keep: {last: 0}}]\n",
			"p.yaml:3:29: error: no rule of 'keep' is on for 1 cluster"},
		{"version: 1\ndefaults: {region: cn-x, keep: {within: 0d}}\nclusters: [{id: x}]\n",
			"no rule of 'keep' is on"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].yaml);
		if (l.counts.errors != 1)
			print_error("%s: %s\n", rows[i].yaml, l.messages);
		assert_int_equal(l.counts.errors, 1);
		assert_true(says(&l, rows[i].says));
		loaded_done(&l);
	}
}

static void all_errors_are_told_at_once_in_the_order_of_the_file(void **state)
{
	struct loaded l = load_text("version: 3\n"
				    "clusters:\n"
				    "  - id: amv-1\n"
				    "    name: no\n"
				    "    policy: glod\n"
				    "    keep: {dialy: 7, last: x}\n"
				    "  - 7\n"
				    "policies:\n"
				    "  gold: {refresh: 1m}\n"
				    "defaults: {region: X}\n"
				    "zzz: 1\n");
	static const char *const places[] = {
		"p.yaml:1:10:", "p.yaml:4:11:", "p.yaml:5:13:", "p.yaml:6:12:", "p.yaml:6:28:",
		"p.yaml:7:5:", "p.yaml:9:19:", "p.yaml:10:20:", "p.yaml:11:1:"};
	const char *at = l.messages;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		at = strstr(at, places[i]);
		if (!at)
			fail_msg("no %s in\n%s", places[i], l.messages);
	}
	assert_true(says(&l, "no policy 'glod' in `policies` (did you mean 'gold'?)"));
	assert_int_equal(l.counts.errors, ARRAY_SIZE(places));
	loaded_done(&l);
}

static void every_kind_of_value_arrives_in_the_policy(void **state)
{
	struct loaded l = load_good(
		"version: 1\n"
		"clusters:\n"
		"  - id: amv-1\n"
		"    name: 订单 orders\n"
		"    region: cn-north-2-gov-1\n"
		"    timezone: Asia/Shanghai\n"
		"    backup:\n"
		"      schedule: \"*-*-* 02:00 Europe/Berlin\"\n"
		"      jitter: 10min\n"
		"      blackout: [\"Mon..Fri 09:00-19:00\", \"22:00-06:00\"]\n"
		"      catch_up: false\n"
		"    keep: {last: 3, within: 2d, hourly: 24, daily: 14d, weekly: all, monthly: "
		"1y2mo,\n"
		"           quarterly: 0, yearly: 2}\n"
		"    protect: [763, \"12\", {from: 2026-01-01T00:00:00+08:00, to: "
		"2026-01-02T00:00:00Z}]\n"
		"    failed_sets: keep\n"
		"    safety: {minimum: 2, grace: 36h, max_delete_percent: 7, fresh_within: off, "
		"prove_every: 90d}\n"
		"    refresh: 30min\n");
	const struct policy *p = l.file->clusters[0];

	(void)state;
	assert_int_equal(l.counts.errors, 0);
	assert_string_equal(p->cluster, "amv-1");
	assert_string_equal(p->name, "订单 orders");
	assert_string_equal(p->region, "cn-north-2-gov-1");
	assert_string_equal(zone_name(p->zone), "Asia/Shanghai");
	assert_int_equal(p->schedule.kind, SCHEDULE_CALENDAR);
	assert_string_equal(zone_name(p->schedule.zone), "Europe/Berlin");
	assert_int_equal(p->schedule.jitter_s, 600);
	assert_int_equal(p->schedule.blackout_count, 2);
	assert_int_equal(p->schedule.blackouts[0].weekdays, 0x1f);
	assert_int_equal(p->schedule.blackouts[1].length_s, 8 * 3600);
	assert_false(p->schedule.catch_up);
	assert_int_equal(p->keep[RULE_LAST].number, 3);
	assert_int_equal(p->keep[RULE_WITHIN].span.days, 2);
	assert_int_equal(p->keep[RULE_HOURLY].kind, KEEP_NUMBER);
	assert_int_equal(p->keep[RULE_DAILY].kind, KEEP_SPAN);
	assert_int_equal(p->keep[RULE_WEEKLY].kind, KEEP_ALL);
	assert_int_equal(p->keep[RULE_MONTHLY].span.months, 14);
	assert_int_equal(p->keep[RULE_QUARTERLY].kind, KEEP_OFF);
	assert_int_equal(p->keep[RULE_YEARLY].number, 2);
	assert_int_equal(p->protected_set_count, 2);
	assert_string_equal(p->protected_sets[0].id, "12"); /* sorted */
	assert_string_equal(p->protected_sets[1].id, "763");
	assert_int_equal(p->protected_ranges[0].from_s, 1767196800);
	assert_int_equal(p->protected_ranges[0].to_s, 1767312000);
	assert_int_equal(p->failed_sets_s, FAILED_KEEP);
	assert_int_equal(p->safety.minimum, 2);
	assert_int_equal(p->safety.grace_s, 36 * 3600);
	assert_int_equal(p->safety.max_delete_percent, 7);
	assert_int_equal(p->safety.fresh_within_s, FRESH_OFF);
	assert_int_equal(p->safety.prove_every_s, 90 * 86400);
	assert_int_equal(p->refresh_s, 1800);
	loaded_done(&l);
}

static void what_is_not_said_has_the_documented_default(void **state)
{
	struct loaded l =
		load_good("version: 1\nclusters: [{id: amv-1, region: cn-x, keep: {last: 1}}]\n");
	const struct policy *p = l.file->clusters[0];

	(void)state;
	assert_string_equal(p->name, "amv-1");
	assert_null(p->policy_name);
	assert_string_equal(zone_name(p->zone), "UTC");
	assert_int_equal(p->schedule.kind, SCHEDULE_NONE);
	assert_int_equal(p->schedule.jitter_s, 0);
	assert_true(p->schedule.catch_up);
	assert_int_equal(p->failed_sets_s, 7 * 86400);
	assert_int_equal(p->safety.minimum, 1);
	assert_int_equal(p->safety.grace_s, 86400);
	assert_int_equal(p->safety.max_delete_percent, 50);
	assert_int_equal(p->safety.fresh_within_s, FRESH_AUTO);
	assert_int_equal(p->safety.prove_every_s, PROVE_OFF);
	assert_int_equal(p->refresh_s, 3600);
	loaded_done(&l);
}

TEST_FILE(policyfile_values_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_values_are_refused_with_a_remedy),
		cmocka_unit_test(files_that_lack_something_are_refused),
		cmocka_unit_test(all_errors_are_told_at_once_in_the_order_of_the_file),
		cmocka_unit_test(every_kind_of_value_arrives_in_the_policy),
		cmocka_unit_test(what_is_not_said_has_the_documented_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
