/* What the keep rules keep, and what is not judged by them (S8, S11, S12). */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

#define NOW "2026-11-21T00:00Z"

struct row {
	const char *name, *policy, *sets, *letters;
	const char *now; /* NOW if NULL */
};

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct policy *p = fixture_policy(row->policy);
		_cleanup_(inventory_done) struct inventory inv;
		_cleanup_free_ char *letters = NULL;
		inventory_init(&inv);
		fixture_sets(&inv, row->sets);
		letters = fixture_letters(&inv, p, fixture_time(row->now ? row->now : NOW));
		policy_free(p);
		if (!text_equal(letters, row->letters))
			fail_msg("%s:\n got  %s\n want %s", row->name, letters, row->letters);
	}
}
#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

static void keep_rules_are_those_of_restic(void **state)
{
	static const struct row rows[] = {
		{"last counts sets", "last=2", "1@2026-01-01 2@2026-01-02 3@2026-01-03", "3K 2K 1D",
			NULL},
		{"all keeps all", "last=all", "1@2020-01-01 2@2026-01-02", "2K 1K", NULL},
		{"ties: the larger id is newer", "last=1", "9@2026-01-01 10@2026-01-01", "10K 9D",
			NULL},
		{"the newest of each day", "daily=2",
			"1@2026-01-01T03:00Z 2@2026-01-01T09:00Z 3@2026-01-02T03:00Z "
			"4@2026-01-02T09:00Z "
			"5@2026-01-03T03:00Z 6@2026-01-03T09:00Z",
			"6K 5D 4K 3D 2D 1D", NULL},
		{"days without a set use up nothing", "daily=3",
			"1@2026-01-01 2@2026-02-01 3@2026-03-01 4@2026-04-01", "4K 3K 2K 1D", NULL},
		{"the oldest fills a rule that has count left", "daily=3",
			"1@2026-01-01T03:00Z 2@2026-01-01T04:00Z 3@2026-01-01T05:00Z "
			"4@2026-01-02T00:00Z",
			"4K 3K 2D 1K", NULL},
		{"the oldest fills no rule without count left", "daily=2",
			"1@2026-01-01T03:00Z 2@2026-01-01T04:00Z 4@2026-01-02T00:00Z", "4K 2K 1D",
			NULL},
		{"a set kept by two rules counts for both", "hourly=1 daily=1 last=1",
			"1@2026-01-01 2@2026-01-02", "2K 1D", NULL},
		{"weeks are those of ISO: 29 December 2025 is in week 1 of 2026", "weekly=2",
			"1@2025-12-21 2@2025-12-28 3@2025-12-29 4@2026-01-04", "4K 3D 2K 1D", NULL},
		{"years, months, quarters", "quarterly=2",
			"1@2025-09-30 2@2025-10-01 3@2025-12-31 4@2026-01-01 5@2026-03-31",
			"5K 4D 3K 2D 1D", NULL},
		{"a span keeps what is strictly younger", "within=2d",
			"1@2026-01-01T23:59Z 2@2026-01-02T00:00Z 3@2026-01-02T00:01Z 4@2026-01-04",
			"4K 3K 2D 1D", NULL},
		{"months by the calendar: 31 March less a month is 3 March", "within=1mo",
			"1@2026-03-03 2@2026-03-03T00:01Z 3@2026-03-31", "3K 2K 1D", NULL},
		{"a daily span is one a day within it", "daily=2d",
			"1@2026-01-01T12:00Z 2@2026-01-02T12:00Z 3@2026-01-02T13:00Z "
			"4@2026-01-04T12:00Z",
			"4K 3K 2D 1D", NULL},
		{"the oldest fills a span rule inside the span", "daily=2d",
			"2@2026-01-02T13:00Z 3@2026-01-02T14:00Z 4@2026-01-04T12:00Z", "4K 3K 2K",
			NULL},
		{"the oldest fills no span rule at its edge", "daily=2d",
			"2@2026-01-02T12:00Z 3@2026-01-02T14:00Z 4@2026-01-04T12:00Z", "4K 3K 2D",
			NULL},
		{"26 days without backups: a span alone expires all before", "daily=14d",
			"1@2026-10-20 2@2026-10-21 3@2026-10-22 4@2026-10-23 5@2026-11-18",
			"5K 4D 3D 2D 1D", NULL},
		{"26 days without backups: the floor keeps its count", "daily=3+14d",
			"1@2026-10-20 2@2026-10-21 3@2026-10-22 4@2026-10-23 5@2026-11-18",
			"5K 4K 3K 2D 1D", NULL},
		{"inside its span a floor keeps more than its count", "daily=1+2d",
			"1@2026-01-01T12:00Z 2@2026-01-02T13:00Z 3@2026-01-03T12:00Z "
			"4@2026-01-04T12:00Z",
			"4K 3K 2K 1D", NULL},
		{"the oldest fills a floor's count outside its span", "daily=3+2d",
			"1@2026-01-01T03:00Z 2@2026-01-01T04:00Z 3@2026-01-01T05:00Z "
			"4@2026-01-04T00:00Z",
			"4K 3K 2D 1K", NULL},
		{"an empty policy keeps the newest", "", "1@2026-01-01 2@2026-01-02", "2K 1D",
			NULL},
		{"each day before 1970 is one of its own", "daily=all",
			"1@1969-12-30T12:00Z 2@1969-12-31T12:00Z 3@1970-01-02T12:00Z", "3K 2K 1K",
			NULL},
		{"before 1970", "daily=all yearly=all",
			"1@1969-12-31T22:00Z 2@1969-12-31T23:00Z 3@1970-01-01", "3K 2K 1K", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void buckets_are_of_the_policys_zone(void **state)
{
	static const struct row rows[] = {
		{"18:00Z is the next day in Shanghai", "daily=2 zone=Asia/Shanghai",
			"1@2026-01-01T15:59Z 2@2026-01-01T16:00Z 3@2026-01-02T15:59Z "
			"4@2026-01-02T16:00Z",
			"4K 3K 2D 1D", NULL},
		{"in UTC it is not", "daily=2",
			"1@2026-01-01T15:59Z 2@2026-01-01T16:00Z 3@2026-01-02T15:59Z "
			"4@2026-01-02T16:00Z",
			"4K 3D 2K 1D", NULL},
		{"a repeated hour is one bucket", "hourly=2 zone=America/New_York",
			"1@2026-11-01T04:30Z 2@2026-11-01T05:30Z 3@2026-11-01T06:30Z "
			"4@2026-11-01T07:30Z",
			"4K 3K 2D 1D", NULL},
		{"the hour repeats from the very second on", "hourly=2 zone=America/New_York",
			"1@2026-11-01T04:30Z 2@2026-11-01T05:30Z 3@2026-11-01T06:00Z", "3K 2D 1K",
			NULL},
		{"a span of a day is 25 hours when the clocks go back",
			"within=1d zone=America/New_York",
			"1@2026-11-01T04:00Z 2@2026-11-01T04:01Z 3@2026-11-02T05:00Z", "3K 2K 1D",
			NULL},
	};
	(void)state;

	CHECK(rows);
}

static void s11_sets_that_cannot_be_judged_are_quarantined(void **state)
{
	static const struct row rows[] = {
		{"a set dated 2036 neither counts nor anchors", "last=1 within=7d",
			"1@2026-11-18 2@2026-11-19 3@2026-11-20 4@2036-01-01", "4Q 3K 2K 1K", NULL},
		{"five minutes ahead is now", "last=1",
			"1@2026-11-20 2@2026-11-21T00:05:00Z 3@2026-11-21T00:05:01Z", "3Q 2K 1D",
			NULL},
		{"a time that does not parse", "last=1", "1@2026-11-19 2@2026-11-20 3@?",
			"2K 1D 3Q", NULL},
		{"only such times", "last=1", "1@? 2@? 10@?", "10Q 2Q 1Q", NULL},
		{"an unknown status", "last=1", "1@2026-11-19 2@2026-11-20,unknown", "2Q 1K", NULL},
		{"another region", "last=1", "1@2026-11-19 2@2026-11-20,region", "2Q 1K", NULL},
		{"a future failed set", "failed=1d", "1@2026-11-19 2@2030-11-20,failed", "2Q 1K",
			NULL},
		{"protection does not make it judged", "protect=2", "1@2026-11-19 2@2036-11-20",
			"2Q 1K", NULL},
		{"an incremental without its parent", "last=5",
			"1@2026-11-19 2@2026-11-20,parent=7", "2Q 1K", NULL},
		{"a chain with a hole", "last=5",
			"1@2026-11-18,parent=0 2@2026-11-19,parent=1 3@2026-11-20,parent=2 "
			"4@2026-11-17",
			"3Q 2Q 1Q 4K", NULL},
		{"a parent that failed", "last=5 failed=keep",
			"1@2026-11-18,failed 2@2026-11-19,parent=1 3@2026-11-17", "2Q 1F 3K", NULL},
		{"a parent that is being deleted", "last=5",
			"1@2026-11-18,deleting 2@2026-11-19,parent=1 3@2026-11-17", "2Q 1X 3K",
			NULL},
		{"a circle of parents", "last=5",
			"1@2026-11-18,parent=2 2@2026-11-19,parent=1 3@2026-11-17 "
			"4@2026-11-20,parent=2",
			"4Q 2Q 1Q 3K", NULL},
		{"its own parent", "last=5", "1@2026-11-18,parent=1 3@2026-11-17", "1Q 3K", NULL},
		{"failed sets in a circle have no order of deletes", "failed=1d",
			"1@2026-11-08,failed,parent=2 2@2026-11-09,failed,parent=1 3@2026-11-17",
			"3K 2Q 1Q", NULL},
		{"the clock says 1970", "last=1", "1@2026-11-19 2@2026-11-20", "2Q 1Q",
			"1970-01-01"},
		{"the clock says 2036", "last=2 within=1d",
			"1@2026-11-19 2@2026-11-20 3@2026-11-21", "3K 2K 1D", "2036-01-01"},
	};
	(void)state;

	CHECK(rows);
}

static void s11_a_set_without_a_time_is_quarantined_for_that(void **state)
{
	static const enum set_state states[] = {SET_VALID, SET_RUNNING, SET_FAILED};
	struct policy *p = fixture_policy("last=all failed=1d");
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct set s = {.start_s = SET_NO_TIME, .state = (uint8_t)states[i]};
		_cleanup_(inventory_done) struct inventory inv;
		struct verdict v;
		inventory_init(&inv);
		inventory_add(&inv, &s, "1", NULL, NULL);
		verdicts(&inv, p, 0, fixture_time(NOW), &v, NULL);
		assert_int_equal(v.kind, VERDICT_QUARANTINE);
		assert_int_equal(v.doubt, DOUBT_TIME);
	}
	policy_free(p);
}

static void failed_sets_count_for_nothing_and_go_by_age(void **state)
{
	static const struct row rows[] = {
		{"five failed sets newer than all good ones", "last=3 failed=30d",
			"1@2026-11-10 2@2026-11-11 3@2026-11-12 4@2026-11-13 5@2026-11-14,failed "
			"6@2026-11-15,failed 7@2026-11-16,failed 8@2026-11-17,failed "
			"9@2026-11-18,failed",
			"9F 8F 7F 6F 5F 4K 3K 2K 1D", NULL},
		{"at the age", "failed=7d", "1@2026-11-14T00:00Z,failed 2@2026-11-14T00:01Z,failed",
			"2F 1D", NULL},
		{"at once", "failed=0s", "1@2026-11-21T00:00Z,failed 2@2026-11-21T00:01Z,failed",
			"2F 1D", NULL},
		{"never", "failed=keep", "1@2000-01-01,failed", "1F", NULL},
		{"only failed ones", "last=1 failed=7d", "1@2026-01-01,failed 2@2026-11-20,failed",
			"2F 1D", NULL},
		{"running is kept", "last=1",
			"1@2026-01-01 2@2026-11-20 3@2026-11-20T23:00Z,running", "3K 2K 1D", NULL},
		{"deleting counts for nothing", "last=1", "1@2026-01-01 2@2026-11-20,deleting",
			"2X 1K", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void protected_sets_stay_and_use_up_no_count(void **state)
{
	static const struct row rows[] = {
		{"by id", "last=1 protect=3", "1@2026-01-01 2@2026-01-02 3@2026-01-03", "3P 2K 1D",
			NULL},
		{"several ids", "last=1 protect=1 protect=3 protect=10",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03 4@2026-01-04", "4K 3P 2D 1P", NULL},
		{"by range, both ends inside", "last=1 protect=2026-01-01/2026-01-02",
			"0@2025-12-31 1@2026-01-01 2@2026-01-02 3@2026-01-03", "3K 2P 1P 0D", NULL},
		{"a failed set", "failed=1d protect=1", "1@2026-01-01,failed 2@2026-01-01,failed",
			"2D 1P", NULL},
		{"it anchors the windows", "within=2d protect=3",
			"1@2026-01-01 2@2026-01-02T00:01Z 3@2026-01-04", "3P 2K 1D", NULL},
		{"its own parent stays", "last=1 protect=2",
			"1@2026-01-01 2@2026-01-02,parent=1 3@2026-01-03 4@2026-01-04",
			"4K 3D 2P 1K", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void s1_the_newest_valid_sets_are_kept_by_any_policy(void **state)
{
	static const struct row rows[] = {
		{"minimum 3", "last=1 minimum=3",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03 4@2026-01-04,failed 5@2026-01-05",
			"5K 4D 3K 2K 1D", NULL},
		{"0 means 1", "minimum=0", "1@2026-01-01 2@2026-01-02", "2K 1D", NULL},
		{"protected sets count", "minimum=2 protect=3",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03", "3P 2K 1D", NULL},
		{"more than there are", "minimum=9", "1@2026-01-01 2@2026-01-02", "2K 1K", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void s8_what_a_kept_set_depends_on_is_kept(void **state)
{
	static const struct row rows[] = {
		{"the whole chain", "last=1",
			"1@2026-01-01 2@2026-01-02,parent=1 3@2026-01-03,parent=2 "
			"4@2026-01-04,parent=3",
			"4K 3K 2K 1K", NULL},
		{"not the siblings", "last=1",
			"1@2026-01-01 2@2026-01-02,parent=1 3@2026-01-03,parent=1 "
			"4@2026-01-04,parent=1",
			"4K 3D 2D 1K", NULL},
		{"a quarantined set's parent", "last=1",
			"1@2026-01-01 2@2026-01-02,unknown,parent=1 3@2026-01-03", "3K 2Q 1K",
			NULL},
		{"a running set's parent", "last=1",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03,running,parent=1", "3K 2K 1K",
			NULL},
		{"a failed set's parent", "last=1 failed=keep",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03,failed,parent=1", "3F 2K 1K", NULL},
		{"an expired failed set holds nothing", "last=1 failed=1d",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03,failed,parent=1", "3D 2K 1D", NULL},
		{"a deleting child holds nothing", "last=1",
			"1@2026-01-01 2@2026-01-02 3@2026-01-03,deleting,parent=1", "3X 2K 1D",
			NULL},
		{"a failed parent of a quarantined set", "failed=1d",
			"1@2026-01-01,failed 2@2026-01-02,parent=1 3@2026-01-03", "3K 2Q 1K", NULL},
		{"a parent that is newer than its child", "last=2",
			"1@2026-01-05 2@2026-01-02,parent=3 3@2026-01-01 4@2026-01-04",
			"1K 4K 2D 3D", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void ids_have_no_limit(void **state)
{
	static const struct row rows[] = {
		{"above 2^53: not the same", "last=1",
			"9007199254740993@2026-01-01 9007199254740992@2026-01-01",
			"9007199254740993K 9007199254740992D", NULL},
		{"above 2^64", "last=1", "18446744073709551616@2026-01-01 9@2026-01-01",
			"18446744073709551616K 9D", NULL},
	};
	(void)state;

	CHECK(rows);
}

static void times_far_apart_still_sort(void **state)
{
	static const struct row rows[] = {
		{"years 1 to 9999", "last=2",
			"1@0001-01-01 2@9999-12-31 3@2026-01-01 4@1900-01-01 5@?", "2Q 3K 4K 1D 5Q",
			NULL},
	};
	(void)state;

	CHECK(rows);
}

static void many_sets_of_one_instant_sort_by_id(void **state)
{
	static const size_t counts[] = {31, 32, 33, 100};
	struct policy *p = fixture_policy("last=all");
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		_cleanup_(inventory_done) struct inventory inv;
		struct verdict v[100];
		uint32_t order[100];
		inventory_init(&inv);
		for (size_t k = 0; k < counts[i]; k++) {
			_cleanup_free_ char *id = xasprintf("%zu", 1 + k * 7 % counts[i]);
			const struct set s = {.start_s = fixture_time("2026-11-20")};
			inventory_add(&inv, &s, id, NULL, NULL);
		}
		verdicts(&inv, p, 0, fixture_time(NOW), v, order);
		for (size_t k = 0; k < counts[i]; k++)
			assert_int_equal(atoll(set_id(&inv, order[k])), counts[i] - k);
	}
	policy_free(p);
}

TEST_FILE(retention_verdict_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keep_rules_are_those_of_restic),
		cmocka_unit_test(buckets_are_of_the_policys_zone),
		cmocka_unit_test(s11_sets_that_cannot_be_judged_are_quarantined),
		cmocka_unit_test(s11_a_set_without_a_time_is_quarantined_for_that),
		cmocka_unit_test(failed_sets_count_for_nothing_and_go_by_age),
		cmocka_unit_test(protected_sets_stay_and_use_up_no_count),
		cmocka_unit_test(s1_the_newest_valid_sets_are_kept_by_any_policy),
		cmocka_unit_test(s8_what_a_kept_set_depends_on_is_kept),
		cmocka_unit_test(ids_have_no_limit),
		cmocka_unit_test(times_far_apart_still_sort),
		cmocka_unit_test(many_sets_of_one_instant_sort_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
