/* A printed policy loads again to the same: the annotated default, the examples, random policies.
 */
#include "policyfile_help.h"

#include <glob.h>

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
		policyfile_print(f->clusters[i], &one);
		again = load_good(one.s);
		assert_int_equal(again.file->cluster_count, 1);
		if (!policyfile_same(f->clusters[i], again.file->clusters[0]))
			fail_msg("not the same:\n%s", one.s);
		policyfile_print(again.file->clusters[0], &twice);
		loaded_done(&again);
		text_done(&one);
		text_done(&twice);
	}
	policyfile_print_all(f, &printed);
	again = load_good(printed.s);
	assert_int_equal(again.file->cluster_count, f->cluster_count);
	for (size_t i = 0; i < f->cluster_count; i++)
		assert_true(policyfile_same(f->clusters[i], again.file->clusters[i]));
	loaded_done(&again);
	text_done(&printed);
}

static void every_example_loads_without_a_warning_and_prints_to_the_same(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("config/examples/*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct text messages = TEXT_INIT(65536);
		struct policyfile_counts counts;
		struct policyfile *f = NULL;
		int r = policyfile_load(found.gl_pathv[i], &f, &messages, &counts);
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
	assert_int_equal(policyfile_load("config/policy.yaml", &f, &messages, &counts), 0);
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
		else if (text_starts(line, "policies: {}"))
			instead = "policies:\n";
		else if (text_starts(line, "clusters: []"))
			instead = "clusters:\n";
		else if (text_starts(line, "metrics: {}"))
			instead = "metrics:\n";
		text_add_bytes(&yaml, instead ? instead : line,
			instead ? strlen(instead) : (size_t)(end - line));
	}
	l = load_good(yaml.s + (strstr(yaml.s, "version: 1") - yaml.s));
	assert_int_equal(l.counts.warnings, 0);
	assert_string_equal(l.file->clusters[0]->name, "orders");
	assert_string_equal(l.file->clusters[0]->policy_name, "gold");
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

static void add_random_cluster(struct text *yaml, int number)
{
	text_printf(yaml, "  - {id: amv-%d, name: \"%s %d\", region: %s, timezone: %s, ", number,
		PICK("orders", "订单", "a \\\"b\\\"", "back\\\\slash", "# no: comment", "yes",
			"- x"),
		number, PICK("cn-hangzhou", "ap-southeast-1"),
		PICK("UTC", "Asia/Shanghai", "Europe/Berlin"));
	text_printf(yaml, "backup: {%s, jitter: %s, blackout: [%s], catch_up: %s}, ",
		PICK("schedule: daily", "schedule: none", "every: 6h", "every: 90s",
			"schedule: \"Mon..Fri *-*~3 2:30:15\"",
			"schedule: \"*-1/2-* 00/4:00 Europe/Berlin\""),
		PICK("0", "10min", "1d", "3661s"),
		PICK("", "\"Mon..Fri 09:00-19:00\"", "\"22:00-06:00\", \"Sat,Mon 00:00-24:00\""),
		PICK("true", "false"));
	text_printf(yaml, "failed_sets: %s, refresh: %s, protect: [%s], ",
		PICK("keep", "0", "7d", "1h1s"), PICK("1s", "1h", "7d"),
		PICK("", "763", "\"9\", \"10\", a.b_c-d",
			"{from: 2026-01-01T00:00:00+08:00, to: 2026-02-01T00:00:00Z}"));
	text_printf(yaml,
		"safety: {minimum: %u, grace: %s, max_delete_percent: %u, fresh_within: %s}, keep: "
		"{",
		draw(5), PICK("0", "24h", "3d"), draw(101), PICK("auto", "off", "5d", "36h"));
	add_rule(yaml, "last", true, false);
	add_rule(yaml, "within", false, true);
	add_rule(yaml, "hourly", true, true);
	add_rule(yaml, "daily", true, true);
	add_rule(yaml, "weekly", true, true);
	add_rule(yaml, "monthly", true, true);
	add_rule(yaml, "quarterly", true, true);
	text_add(yaml, "yearly: 2}}\n");
}

static void random_policies_print_to_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct text yaml = TEXT_INIT(65536);
		struct loaded l;
		text_add(&yaml, "version: 1\nclusters:\n");
		for (int i = 0; i < 4; i++)
			add_random_cluster(&yaml, i);
		l = load_good(yaml.s);
		check_again(l.file);
		loaded_done(&l);
		text_done(&yaml);
	}
}

static void any_difference_makes_policies_differ(void **state)
{
	static const char *const rows[] = {"id: b", "name: x", "region: cn-y",
		"timezone: Asia/Shanghai", "backup: {schedule: hourly}",
		"backup: {schedule: \"daily Asia/Shanghai\"}", "backup: {every: 1d}",
		"backup: {schedule: daily, jitter: 1s}",
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
		"safety: {max_delete_percent: 1}", "safety: {fresh_within: off}", "refresh: 2h"};
	struct loaded loaded[ARRAY_SIZE(rows) + 1];

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++) {
		const char *row = i < ARRAY_SIZE(rows) ? rows[i] : "id: a";
		char yaml[512];
		(void)snprintf(yaml, sizeof(yaml),
			"version: 1\ndefaults: {region: cn-x, keep: {last: 1}, backup: {schedule: "
			"daily}}\nclusters: [{%s%s}]\n",
			text_starts(row, "id:") ? "" : "id: a, ", row);
		loaded[i] = load_good(yaml);
	}
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j <= ARRAY_SIZE(rows); j++)
			if (policyfile_same(loaded[i].file->clusters[0],
				    loaded[j].file->clusters[0]) != (i == j))
				fail_msg("row %zu and row %zu", i, j);
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++)
		loaded_done(&loaded[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_loads_without_a_warning_and_prints_to_the_same),
		cmocka_unit_test(the_annotated_default_loads_and_only_lacks_clusters),
		cmocka_unit_test(the_annotated_default_loads_with_its_comments_in),
		cmocka_unit_test(random_policies_print_to_the_same),
		cmocka_unit_test(any_difference_makes_policies_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
