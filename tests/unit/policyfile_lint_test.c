/* The linter: warns where it is sure, and only there. */
#include "policyfile_help.h"

/* `keys` are those of `defaults`, flow style. */
static struct loaded load_defaults(const char *keys)
{
	char yaml[2048];

	(void)snprintf(yaml, sizeof(yaml),
		"version: 1\ndefaults: {region: cn-x, %s}\nclusters: [{id: a}, {id: b}]\n", keys);
	return load_good(yaml);
}

static void policies_that_mean_something_else_are_warned_of(void **state)
{
	static const struct {
		const char *keys, *says;
	} rows[] = {
		/* a rule that another covers, whatever sets there are */
		{"backup: {schedule: none}, keep: {last: all, daily: 7}",
			"'daily: 7' keeps nothing that 'last: all' does not keep (for the "
			"cluster 'a')\n"},
		{"backup: {schedule: none}, keep: {last: all, within: 7d}",
			"'within: 7d' keeps nothing that 'last: all'"},
		{"backup: {schedule: none}, keep: {within: 30d, daily: 14d}",
			"'daily: 14d' keeps nothing that 'within: 30d' does not keep (for"},
		{"backup: {schedule: none}, keep: {within: 2mo, weekly: 1mo}",
			"'weekly: 1mo' keeps nothing"},
		{"backup: {schedule: none}, keep: {daily: 2y, yearly: 2y}",
			"'yearly: 2y' keeps nothing that 'daily: 2y'"},
		{"backup: {schedule: none}, keep: {daily: 62, monthly: 2}",
			"'monthly: 2' keeps nothing that 'daily: 62'"},
		{"backup: {schedule: none}, keep: {daily: 60d, monthly: 60d}",
			"'monthly: 60d' keeps nothing that 'daily: 60d'"},
		{"backup: {schedule: none}, keep: {monthly: 12, yearly: 1}",
			"'yearly: 1' keeps nothing that 'monthly: 12'"},
		{"backup: {schedule: none}, keep: {daily: {count: 14, span: 5w}, weekly: 2}",
			"'weekly: 2' keeps nothing that 'daily: {count: 14, span: 5w}' does"},
		{"backup: {schedule: none}, keep: {daily: {count: 30, span: 14d}}",
			"'daily: {count: 30, span: 14d}' keeps nothing that 'daily: 30' does not "
			"keep (for the cluster 'a')\n"},
		/* ... and as long as the schedule runs */
		{"backup: {schedule: daily}, keep: {within: 30d, daily: {count: 7, span: 14d}}",
			"'daily: {count: 7, span: 14d}' keeps nothing that 'within: 30d' does not "
			"keep while backups are taken as scheduled"},
		{"backup: {schedule: daily}, keep: {within: 30d, daily: 7}",
			"p.yaml:2:80: warning: 'daily: 7' keeps nothing that 'within: 30d' does "
			"not keep while backups are taken as scheduled (for the cluster 'a')\n"},
		/* a rule finer than the schedule */
		{"backup: {schedule: daily}, keep: {hourly: 24}",
			"'hourly: 24' counts only what has a set: the schedule's backups are 1 d "
			"apart, so it reaches back 24 d (for the cluster 'a')\n"},
		{"backup: {every: 12h}, keep: {hourly: 24}",
			"are 12 h apart, so it reaches back 12 d (for"},
		{"backup: {schedule: weekly}, keep: {daily: 14}",
			"'daily: 14' counts only what has a set"},
		{"backup: {schedule: daily}, keep: {last: 9, within: 6h}",
			"'within: 6h' never keeps more than the newest set"},
		/* longer than the cloud keeps anything */
		{"backup: {schedule: none}, keep: {within: 731d}",
			"'within: 731d' reaches back further than 730 days"},
		{"backup: {schedule: none}, keep: {daily: {count: 7, span: 731d}}",
			"'daily: {count: 7, span: 731d}' reaches back further than 730 days"},
		{"backup: {schedule: none}, keep: {yearly: 4}", "'yearly: 4' reaches back further"},
		{"backup: {schedule: none}, keep: {monthly: 26}",
			"'monthly: 26' reaches back further"},
		{"backup: {schedule: none}, keep: {quarterly: 10}",
			"'quarterly: 10' reaches back further"},
		{"backup: {schedule: none}, keep: {weekly: 106}",
			"'weekly: 106' reaches back further"},
		{"backup: {schedule: none}, keep: {daily: 732}",
			"'daily: 732' reaches back further"},
		{"backup: {schedule: none}, keep: {monthly: 25mo}",
			"'monthly: 25mo' reaches back further"},
		{"backup: {schedule: none}, keep: {yearly: all}",
			"'yearly: all' reaches back further"},
		{"backup: {schedule: weekly}, keep: {last: 110}",
			"'last: 110' reaches back further"},
		/* safety that is not */
		{"backup: {schedule: daily}, keep: {last: 9}, safety: {grace: 0}",
			"warning: without grace"},
		{"backup: {schedule: daily}, keep: {last: 3, daily: 7}, safety: {minimum: 11}",
			"the rules of 'keep' ask for 10 sets at most, and this keeps more"},
		{"backup: {schedule: daily}, keep: {last: 9}, safety: {max_delete_percent: 100}",
			"warning: with 100 no plan waits"},
		{"backup: {schedule: daily}, keep: {last: 9}, safety: {fresh_within: off}",
			"warning: with 'off' old sets are deleted"},
		{"backup: {schedule: weekly}, keep: {last: 3}, safety: {fresh_within: 3d}",
			"are up to 7 d apart: pruning is held"},
		/* rules that keep less than the log reaches back (S14) */
		{"backup: {every: 6h}, keep: {last: 3}",
			"p.yaml:2:60: warning: these rules do not keep a set of each of the last 7 "
			"days, as far as the cloud's log reaches back at least: while the log is "
			"on, safety.point_in_time keeps one of each day, too (for the cluster "
			"'a')"},
		{"backup: {every: 6h}, keep: {last: 3}, safety: {point_in_time: warn}",
			"each prune shortens the time that can be restored to the second"},
		{"backup: {schedule: daily}, keep: {daily: 5}", "these rules do not keep a set"},
		{"backup: {schedule: daily}, keep: {weekly: 8}", "these rules do not keep a set"},
		{"backup: {schedule: hourly}, keep: {hourly: 24, monthly: 12}",
			"these rules do not keep a set"},
		/* time zones that are read the wrong way round, or that may go away */
		{"timezone: Etc/GMT+8, backup: {schedule: none}, keep: {last: 3}",
			"'Etc/GMT+8' is 8 hours behind UTC: for UTC+8 write Etc/GMT-8, or the "
			"name of a place"},
		{"timezone: Etc/GMT-1, backup: {schedule: none}, keep: {last: 3}",
			"'Etc/GMT-1' is 1 hour ahead of UTC: for UTC-1 write Etc/GMT+1"},
		{"backup: {schedule: \"02:00 Etc/GMT+8\"}, keep: {last: 9}",
			"'Etc/GMT+8' is 8 hours behind UTC"},
		/* schedules */
		{"keep: {last: 3}", "p.yaml:3:12: warning: no schedule for 2 clusters"},
		{"backup: {schedule: \"*:0/5\"}, keep: {daily: 7}",
			"backups only 5 min apart: the cluster refuses DDL"},
		{"backup: {every: 1min}, keep: {daily: 7}", "backups only 1 min apart"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_defaults(rows[i].keys);
		if (l.counts.warnings != 1)
			print_error("%s: %s\n", rows[i].keys, l.messages);
		assert_int_equal(l.counts.warnings, 1); /* once, for two clusters */
		assert_true(says(&l, rows[i].says));
		loaded_done(&l);
	}
}

static void policies_that_mean_what_they_say_are_not_warned_of(void **state)
{
	static const char *const rows[] = {
		"backup: {schedule: daily}, keep: {last: 3, within: 2d, daily: 14, weekly: 8, "
		"monthly: 12, yearly: 2}",
		"backup: {schedule: none}, keep: {last: all}",
		"backup: {schedule: none}, keep: {within: 30d, daily: 31d}",
		"backup: {schedule: none}, keep: {within: 30d, daily: 7}",   /* no schedule: seven
										days may be a year */
		"backup: {schedule: none}, keep: {within: 1mo, daily: 29d}", /* February */
		"backup: {schedule: daily}, keep: {within: 7d, last: 3}", /* a net for when backups
									     fail */
		"backup: {schedule: daily}, keep: {within: 7d, daily: 7}",
		"backup: {schedule: none}, keep: {weekly: 100, monthly: 2}", /* weeks cross months
									      */
		"backup: {schedule: none}, keep: {daily: 61, monthly: 2}",
		"backup: {schedule: none}, keep: {within: 30d, daily: {count: 7, span: 14d}}",
		"backup: {schedule: none}, keep: {daily: 62, monthly: {count: 2, span: 1mo}}",
		"backup: {schedule: none}, keep: {daily: {count: 15, span: 14d}}",
		"backup: {schedule: none}, keep: {daily: 14, weekly: 14d}",
		"backup: {schedule: hourly}, keep: {hourly: 24, daily: 7}",
		"backup: {every: 6h}, keep: {hourly: 1, daily: 7}",
		"backup: {schedule: daily}, keep: {hourly: 2d, daily: 7}",
		"backup: {schedule: none}, keep: {monthly: 25, quarterly: 9, yearly: 3, weekly: "
		"105, daily: 100}",
		"backup: {schedule: none}, keep: {within: 730d, monthly: 2y, daily: 731}",
		"backup: {schedule: weekly}, keep: {weekly: 8}, safety: {fresh_within: 8d, grace: "
		"1s, max_delete_percent: 99}",
		"backup: {schedule: none}, keep: {last: 3}, safety: {fresh_within: off}",
		"backup: {schedule: hourly}, keep: {hourly: 6d}",
		"backup: {schedule: weekly}, keep: {last: 1}",
		"backup: {every: 6h}, keep: {last: 3}, safety: {point_in_time: ignore}",
		"backup: {schedule: none}, keep: {last: 3}",
		"backup: {every: 10min, jitter: 1h}, keep: {daily: 7}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_defaults(rows[i]);
		if (l.counts.warnings != 0)
			print_error("%s: %s\n", rows[i], l.messages);
		assert_int_equal(l.counts.warnings, 0);
		loaded_done(&l);
	}
}

static void policies_that_nobody_uses_are_warned_of(void **state)
{
	struct loaded l = load_good(
		"version: 1\ndefaults: {region: cn-x, keep: {last: 1}, backup: {schedule: none}}\n"
		"policies: {gold: {}, silver: {}}\nclusters: [{id: a, policy: gold}]\n");

	(void)state;
	assert_string_equal(l.messages,
		"p.yaml:3:22: warning: no cluster uses the policy 'silver'\n"
		"policies: {gold: {}, silver: {}}\n"
		"                     ^\n");
	loaded_done(&l);
	l = load_good("version: 1\nclusters: []\n");
	assert_true(says(&l, "p.yaml:2:1: warning: no clusters: nothing is backed up\n"));
	loaded_done(&l);
}

static struct loaded load_fleet(int clusters, const char *backup, const char *each)
{
	struct text yaml = TEXT_INIT(65536);
	struct loaded l;

	text_printf(&yaml,
		"version: 1\ndefaults: {region: cn-x, keep: {daily: 7}, backup: {%s}}\nclusters:\n",
		backup);
	for (int i = 0; i < clusters; i++)
		text_printf(&yaml, "- {id: a%d%s}\n", i, i % 2 ? each : "");
	l = load_good(yaml.s);
	text_done(&yaml);
	return l;
}

static void slots_of_many_clusters_that_collide_are_warned_of(void **state)
{
	static const struct {
		int clusters;
		const char *backup, *each, *says; /* NULL: nothing */
	} rows[] = {
		{21, "schedule: daily", "",
			"p.yaml:2:63: warning: 21 clusters have the slot '*-*-* 00:00:00 UTC': "
			"spread them"},
		{20, "schedule: daily", "", NULL},
		{21, "schedule: daily, jitter: 1h", "", NULL},
		{42, "schedule: daily", ", backup: {jitter: 1h}", "21 clusters have the slot"},
		{42, "schedule: daily", ", backup: {schedule: \"*-*-* 0:00\"}",
			"42 clusters have the slot"},
		{40, "schedule: daily", ", timezone: Asia/Shanghai", NULL},
		{21, "every: 6h", "", "21 clusters have the slot 'every: 6h'"},
		{21, "schedule: none", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_fleet(rows[i].clusters, rows[i].backup, rows[i].each);
		assert_int_equal(l.counts.warnings, rows[i].says ? 1 : 0);
		assert_true(says(&l, rows[i].says ? rows[i].says : ""));
		loaded_done(&l);
	}
}

/* What people write who come from elsewhere, and slips that load as something else. */
static void slips_are_told_with_what_was_meant(void **state)
{
	static const struct {
		const char *keys, *cluster;
		int errors, warnings;
		const char *says;
	} rows[] = {
		{"backup: {schedule: *-*-* 02:00}", "id: a", 1, 0,
			"p.yaml:2:63: error: not YAML: a value that begins with '*' has to be "
			"quoted, as in \"*-*-* 02:00\"\n"},
		{"backup: {schedule: 0 2 * * *}", "id: a", 1, 0,
			"p.yaml:2:63: error: '0 2 * * *' is cron's: here it is \"*-*-* "
			"02:00:00\"\n"},
		{"backup: {schedule: \"*/15 8-18 * 1,7 1-5\"}", "id: a", 1, 0,
			"here it is \"Mon..Fri *-01,07-* 08..18:00/15:00\""},
		{"backup: {schedule: \"30 4 */10 * *\"}", "id: a", 1, 0,
			"here it is \"*-*-01/10 04:30:00\""},
		{"backup: {schedule: \"0 0 * * 7\"}", "id: a", 1, 0,
			"here it is \"Sun *-*-* 00:00:00\""},
		{"backup: {schedule: \"@daily\"}", "id: a", 1, 0,
			"'@daily' is cron's: here it is \"*-*-* 00:00:00\""},
		/* cron takes either of day and weekday, which no calendar expression can say */
		{"backup: {schedule: \"0 2 1 * 1\"}", "id: a", 1, 0,
			"error: calendar expression '0 2 1 * 1': column 2: "},
		{"backup: {schedule: \"2020-01-01\"}", "id: a", 1, 0,
			"p.yaml:2:63: error: this schedule has no slot from 2026 on: no backups"},
		{"backup: {schedule: \"Mon 10:00 UTC\", blackout: [\"00:00-24:00\"]}", "id: a", 1,
			0, "or all of them lie in blackouts"},
		{"backup: {schedule: daily}, safety: {minimum: 0}", "id: a", 1, 0,
			"'minimum' takes a whole number from 1 to 1000000, not '0'"},
		{"keep: {within: \"0\"}", "id: a", 1, 0,
			"'within' takes a span such as 2d, or 0 for none, not '0' in quotes"},
		{"keep: {within: 1y4mo-5d}", "id: a", 1, 0,
			"'within': '1y4mo-5d' has a '-': a duration is a sum, of which nothing is "
			"taken away\n"},
		{"backup: {schedule: daily}", "id: am-bp1", 0, 1,
			"p.yaml:3:17: warning: ids that begin like 'am-bp1' are mostly of Data "
			"Warehouse Edition: set `edition: warehouse`, or"},
		{"backup: {schedule: daily}, edition: lakehouse", "id: am-bp1", 0, 0, ""},
		{"backup: {schedule: daily}", "id: amv-bp1", 0, 0, ""},
		{"backup: {schedule: daily}", "id: rm-bp1", 0, 1,
			"warning: 'rm-bp1' looks like an id of RDS, and not of AnalyticDB for "
			"MySQL\n"},
		{"backup: {schedule: daily}", "id: a, region: cn-hangzou", 0, 1,
			"warning: the cloud has no region 'cn-hangzou' that is known here (did "
			"you mean 'cn-hangzhou'?)\n"},
		{"backup: {schedule: daily}", "id: a, region: cn-hangzhou", 0, 0, ""},
		{"backup: {schedule: daily}", "id: a, region: ap-southest-1", 0, 1,
			"(did you mean 'ap-southeast-1'?)"},
		/* regions that may have been opened since */
		{"backup: {schedule: daily}", "id: a, region: sa-east-9", 0, 0, ""},
		{"backup: {schedule: daily}", "id: a, region: ap-southeast-9", 0, 0, ""},
		{"backup: {schedule: \"*-*-* 02:00\"}", "id: a", 0, 0,
			"p.yaml:2:63: hint: without a 'timezone' this is in UTC (to say so: "
			"`timezone: UTC`)\n"},
		{"backup: {schedule: \"*-*-* 02:00 UTC\"}", "id: a", 0, 0, ""},
		{"backup: {schedule: \"*-*-* 02:00\"}, timezone: UTC", "id: a", 0, 0, ""},
		{"backup: {schedule: \"*:00\"}", "id: a", 0, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char yaml[1024];
		struct loaded l;
		(void)snprintf(yaml, sizeof(yaml),
			"version: 1\ndefaults: {region: cn-x, %s%s}\nclusters: [{%s}]\n",
			strstr(rows[i].keys, "keep") ? "" : "keep: {daily: 9}, ", rows[i].keys,
			rows[i].cluster);
		l = load_text(yaml);
		if (l.counts.errors != rows[i].errors || l.counts.warnings != rows[i].warnings)
			fail_msg("%s%s", yaml, l.messages);
		assert_true(says(&l, rows[i].says));
		assert_true(*rows[i].says || !*l.messages);
		loaded_done(&l);
	}
}

TEST_FILE(policyfile_lint_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_that_mean_something_else_are_warned_of),
		cmocka_unit_test(slips_are_told_with_what_was_meant),
		cmocka_unit_test(policies_that_mean_what_they_say_are_not_warned_of),
		cmocka_unit_test(policies_that_nobody_uses_are_warned_of),
		cmocka_unit_test(slots_of_many_clusters_that_collide_are_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
