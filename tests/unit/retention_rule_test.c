/* The rows of the keep rules: what each says of itself fits together. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"

#include <stdio.h>

#define HOUR INT64_C(3600)

static void each_rule_has_its_row(void **state)
{
	static const char *const names[] = {
		"last", "within", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly"};
	(void)state;

	assert_int_equal(ARRAY_SIZE(names), RULE_KEYS);
	for (enum rule rule = 0; rule < RULE_KEYS; rule++) {
		const struct rule_row *row = rule_rows[rule];
		assert_string_equal(row->name, names[rule]);
		assert_true(text_starts(row->help, "Keeps "));
		assert_int_equal(!row->bucket, !row->text);
		assert_int_equal(!row->bucket, row->mean_s == 0);
		assert_true(row->longest_s >= row->mean_s);
		assert_int_equal(rule_counts(rule), rule != RULE_WITHIN);
	}
}

static void a_bucket_has_a_name(void **state)
{
	static const struct {
		enum rule rule;
		const char *at, *zone, *text;
	} cases[] = {
		{RULE_LAST, "2026-11-21T18:00Z", "UTC", ""},
		{RULE_WITHIN, "2026-11-21T18:00Z", "UTC", ""},
		{RULE_HOURLY, "2026-11-21T18:59:59Z", "UTC", "2026-11-21T18"},
		{RULE_HOURLY, "2026-11-21T18:30Z", "Asia/Kathmandu", "2026-11-22T00"},
		{RULE_DAILY, "2026-11-21T18:00Z", "Asia/Shanghai", "2026-11-22"},
		{RULE_WEEKLY, "2027-01-03T12:00Z", "UTC", "2026-W53"},
		{RULE_WEEKLY, "2027-01-04T00:00Z", "UTC", "2027-W01"},
		{RULE_MONTHLY, "2026-11-30T18:00Z", "Asia/Shanghai", "2026-12"},
		{RULE_QUARTERLY, "2026-09-30T23:59:59Z", "UTC", "2026-Q3"},
		{RULE_QUARTERLY, "2026-10-01T00:00Z", "UTC", "2026-Q4"},
		{RULE_YEARLY, "2026-12-31T18:00Z", "Asia/Shanghai", "2027"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[RULE_BUCKET_TEXT_SIZE];
		struct zone *z = fixture_zone(cases[i].zone);
		if (!z)
			continue; /* this machine does not have it */
		rule_bucket_text(cases[i].rule, z, fixture_time(cases[i].at), text);
		assert_string_equal(text, cases[i].text);
		zone_free(z);
	}
}

/* Walks 12,000 hours from before 1970, with the row of each rule. */
static void check_buckets(enum rule rule)
{
	const struct rule_row *row = rule_rows[rule];
	struct zone *utc = zone_utc();
	char before[RULE_BUCKET_TEXT_SIZE], now[RULE_BUCKET_TEXT_SIZE];
	int64_t begin_s = INT64_MIN, from_s = -6000 * HOUR;
	int64_t last = rule_bucket(rule, utc, from_s - HOUR);

	rule_bucket_text(rule, utc, from_s - HOUR, before);
	for (int64_t at_s = from_s; at_s < 6000 * HOUR; at_s += HOUR) {
		int64_t bucket = rule_bucket(rule, utc, at_s);
		rule_bucket_text(rule, utc, at_s, now);
		/* The number and the name change together, and each bucket ends in its time. */
		assert_int_equal(bucket == last, text_equal(before, now));
		assert_true(bucket == last || bucket == last + 1);
		if (bucket != last && begin_s != INT64_MIN)
			assert_true(at_s - begin_s <= row->longest_s &&
				duration_after(&row->shortest, begin_s, utc) <= at_s);
		if (bucket != last)
			begin_s = at_s;
		last = bucket;
		(void)snprintf(before, sizeof(before), "%s", now);
	}
	zone_free(utc);
}

static void numbers_and_names_of_buckets_change_together(void **state)
{
	(void)state;

	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		if (rule_rows[rule]->bucket)
			check_buckets(rule);
}

/* A finer rule nests if none of its buckets crosses the end of a coarser one. */
static void check_nests(enum rule coarse, enum rule fine)
{
	struct zone *utc = zone_utc();
	int64_t most = 0, count = 0, from_s = -30000 * HOUR;
	bool crosses = false;

	for (int64_t at_s = from_s; at_s < 30000 * HOUR; at_s += HOUR) {
		bool new_coarse =
			rule_bucket(coarse, utc, at_s) != rule_bucket(coarse, utc, at_s - HOUR);
		bool new_fine = rule_bucket(fine, utc, at_s) != rule_bucket(fine, utc, at_s - HOUR);
		crosses = crosses || (new_coarse && !new_fine);
		count = new_coarse ? 1 : count + new_fine;
		most = count > most ? count : most;
	}
	if (crosses)
		assert_int_equal(rule_rows[coarse]->nests[fine], 0);
	else
		/* An hour more where clocks go back, which they do not in UTC. */
		assert_in_range(rule_rows[coarse]->nests[fine], most, most + 1);
	zone_free(utc);
}

static void rules_nest_as_their_buckets_do(void **state)
{
	(void)state;

	for (enum rule coarse = 0; coarse < RULE_KEYS; coarse++)
		for (enum rule fine = 0; fine < RULE_KEYS; fine++)
			if (rule_rows[fine]->bucket &&
				rule_rows[fine]->mean_s < rule_rows[coarse]->mean_s)
				check_nests(coarse, fine);
			else
				assert_int_equal(rule_rows[coarse]->nests[fine], 0);
}

TEST_FILE(retention_rule_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_has_its_row),
		cmocka_unit_test(a_bucket_has_a_name),
		cmocka_unit_test(numbers_and_names_of_buckets_change_together),
		cmocka_unit_test(rules_nest_as_their_buckets_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
