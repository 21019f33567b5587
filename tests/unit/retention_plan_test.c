/* From verdicts to deletes: the order, the holds, the hash (S1, S2, S7, S8). */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"

#include <stdio.h>

#define NOW "2026-11-21T00:00Z"

/* A plan and all that it is made from. */
struct scene {
	struct plan_input in;
	struct inventory inv;
	struct mark_view marks[64];
	struct plan plan;
};

static void scene_done(struct scene *s)
{
	union {
		const struct policy *borrowed;
		struct policy *owned;
	} policy = {.borrowed = s->in.policy};

	plan_done(&s->plan);
	inventory_done(&s->inv);
	policy_free(policy.owned);
}

static void scene_init(struct scene *s, const char *policy, const char *sets)
{
	*s = (struct scene){0};
	inventory_init(&s->inv);
	fixture_sets(&s->inv, sets);
	s->in = (struct plan_input){
		.policy = fixture_policy(policy),
		.inv = &s->inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW),
		.marks = s->marks,
	};
}

static void plan_again(struct scene *s)
{
	plan_done(&s->plan);
	plan_make(&s->in, &s->plan);
}

static struct mark_view *mark(struct scene *s, const char *id)
{
	struct inventory_index *x = inventory_index_new(&s->inv);
	size_t at = inventory_find(x, id);

	inventory_index_free(x);
	assert_true(at < ARRAY_SIZE(s->marks));
	return &s->marks[at];
}

static void assert_ids(
	const struct scene *s, const uint32_t *indices, size_t count, const char *want)
{
	_cleanup_free_ char *ids = fixture_ids(&s->inv, indices, count);

	assert_string_equal(ids, want);
}

static void assert_allowed(const struct scene *s, const char *want)
{
	assert_ids(s, s->plan.allowed, s->plan.allowed_count, want);
}

static void assert_doomed(const struct scene *s, const char *want)
{
	assert_ids(s, s->plan.doomed, s->plan.doomed_count, want);
}

static void assert_holds(const struct scene *s, const char *want)
{
	struct text t = TEXT_INIT(1000);
	_cleanup_free_ char *holds = NULL;

	for (size_t i = 0; i < HOLD_COUNT; i++)
		if (s->plan.holds & 1u << i) {
			text_printf(&t, "%s%s", t.length ? " " : "", hold_names[i]);
			assert_true(s->plan.hold_detail[i][0] != '\0');
		} else {
			assert_string_equal(s->plan.hold_detail[i], "");
		}
	holds = text_take(&t);
	assert_string_equal(holds, want);
}

#define FIVE "1@2026-11-16 2@2026-11-17 3@2026-11-18 4@2026-11-19 5@2026-11-20"
#define NINE                                                                             \
	"1@2026-11-11 2@2026-11-12 3@2026-11-13 4@2026-11-14 5@2026-11-15 6@2026-11-16 " \
	"7@2026-11-17 8@2026-11-18 9@2026-11-19"
#define TEN NINE " 10@2026-11-20"
#define TEN_FAILED                                                                         \
	"1@2026-11-01,failed 2@2026-11-01,failed 3@2026-11-01,failed 4@2026-11-01,failed " \
	"5@2026-11-01,failed 6@2026-11-01,failed 7@2026-11-01,failed 8@2026-11-01,failed " \
	"9@2026-11-01,failed 10@2026-11-01,failed"

static void deletes_come_oldest_first(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1 failed=1d",
		"9@2026-11-01 5@2026-11-20 10@2026-11-01 2@2026-11-03,failed 1@2026-11-02 "
		"8@2026-11-20");
	plan_again(&s);
	assert_doomed(&s, "9 10 1 2 5");
	assert_allowed(&s, "9 10 1 2 5");
	assert_holds(&s, "");
	assert_int_equal(s.plan.valid_count, 5);
	assert_int_equal(s.plan.newest_valid_s, fixture_time("2026-11-20"));
	assert_int_equal(s.plan.ripe_in_s, -1);
}

static void s8_dependents_go_before_their_parents(void **state)
{
	static const struct {
		const char *sets, *doomed;
	} rows[] = {
		{"1@2026-11-01 2@2026-11-02,parent=1 3@2026-11-03,parent=2 4@2026-11-04 "
		 "9@2026-11-20",
			"3 2 1 4"},
		{"1@2026-11-01 2@2026-11-02,parent=1 3@2026-11-03 4@2026-11-04,parent=1 "
		 "9@2026-11-20",
			"2 3 4 1"},
		{"2@2026-11-02,parent=3 3@2026-11-03 9@2026-11-20", "2 3"},
		/* The newest of all goes as well: it failed. */
		{"2@2026-11-02,parent=3 3@2026-11-03 4@2026-11-04 5@2026-11-05,failed", "2 3 5"},
		{"1@2026-11-01,failed,parent=0 2@2026-11-02,failed,parent=1 9@2026-11-20", "2 1"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		scene_init(&s, "last=1 failed=1d", rows[i].sets);
		plan_again(&s);
		assert_doomed(&s, rows[i].doomed);
		assert_allowed(&s, rows[i].doomed);
	}
}

static void a_plan_has_the_hash_of_its_cluster_and_ids(void **state)
{
	static const char text[] = "retaind plan 1\namv-1\n1\n2\n3\n4\n";
	_cleanup_(scene_done) struct scene s;
	char hash[DIGEST_HEX_SIZE];
	(void)state;

	scene_init(&s, "last=1", FIVE);
	plan_again(&s);
	digest_sha256_hex(text, sizeof(text) - 1, hash);
	assert_string_equal(s.plan.hash, hash);
}

static void s2_no_delete_without_a_complete_listing(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1", FIVE);
	s.in.listing_complete = false;
	plan_again(&s);
	assert_doomed(&s, "1 2 3 4");
	assert_allowed(&s, "");
	assert_holds(&s, "incomplete");
	s.in.listing_doubt = "a count that changed";
	plan_again(&s);
	assert_string_equal(s.plan.hold_detail[HOLD_INCOMPLETE], "a count that changed");
}

static void s6_no_delete_while_the_clock_is_in_doubt(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1", FIVE);
	s.in.clock_doubt = "the service's clock is 7 h ahead";
	plan_again(&s);
	assert_allowed(&s, "");
	assert_holds(&s, "clock");
	assert_string_equal(s.plan.hold_detail[HOLD_CLOCK], s.in.clock_doubt);
}

static void s7_no_delete_while_a_person_holds_them(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1", FIVE);
	s.in.operator_hold = "held by root since 2026-11-20T00:00:00Z: the migration";
	plan_again(&s);
	assert_allowed(&s, "");
	assert_holds(&s, "operator");
	assert_string_equal(s.plan.hold_detail[HOLD_OPERATOR], s.in.operator_hold);
}

static void no_delete_while_no_fresh_set_is_there(void **state)
{
	_cleanup_(scene_done) struct scene s, second, none;
	(void)state;

	scene_init(&s, "last=1 fresh=24h", FIVE);
	plan_again(&s);
	assert_holds(&s, "");
	assert_allowed(&s, "1 2 3 4");
	s.in.now_s++;
	plan_again(&s);
	assert_holds(&s, "fresh");
	assert_allowed(&s, "");

	scene_init(&second, "last=1 fresh=1s", "1@2026-11-19 2@2026-11-20T23:59:59Z");
	plan_again(&second);
	assert_holds(&second, "");
	second.in.now_s++;
	plan_again(&second);
	assert_holds(&second, "fresh");

	scene_init(&none, "last=1 fresh=24h failed=1d", "1@2026-01-01,failed 2@2036-01-01");
	plan_again(&none);
	assert_holds(&none, "fresh");
	assert_allowed(&none, "");
	assert_int_equal(none.plan.newest_valid_s, SET_NO_TIME);
}

static void holds_of_the_world_are_told_without_deletes_too(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=9 fresh=1h grace=1h percent=0 minimum=9", FIVE);
	s.in.listing_complete = false;
	s.in.clock_doubt = "x";
	plan_again(&s);
	assert_holds(&s, "incomplete clock fresh");
}

static void s7_expired_sets_wait_for_grace(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1 grace=24h", FIVE);
	mark(&s, "1")->waited_s = 86400;
	mark(&s, "2")->waited_s = 86399;
	mark(&s, "3")->waited_s = 86000;
	plan_again(&s);
	assert_allowed(&s, "1");
	assert_holds(&s, "grace");
	assert_int_equal(s.plan.ripe_in_s, 1);
	assert_non_null(strstr(s.plan.hold_detail[HOLD_GRACE], "3 of 4"));

	s.in.marks = NULL;
	plan_again(&s);
	assert_allowed(&s, "");
	assert_int_equal(s.plan.ripe_in_s, 86400);
}

static void s7_a_large_plan_waits_for_approval(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=4 percent=50", TEN);
	plan_again(&s);
	assert_doomed(&s, "1 2 3 4 5 6");
	assert_allowed(&s, "");
	assert_holds(&s, "approval");
	assert_string_equal(
		s.plan.hold_detail[HOLD_APPROVAL], "6 deletes of 10 sets (60%) await approval");

	for (int i = 0; i < 6; i++)
		s.marks[i].approved = true;
	plan_again(&s);
	assert_allowed(&s, "1 2 3 4 5 6");
	assert_holds(&s, "");
}

/* What expires after an approval is judged by itself: it neither holds the approved sets again nor
 * goes without an approval where it is too much. */
static void s7_approval_counts_only_what_nobody_approved(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=4 percent=50", TEN);
	for (int i = 0; i < 5; i++)
		s.marks[i].approved = true;
	plan_again(&s);
	assert_allowed(&s, "1 2 3 4 5 6");
	assert_holds(&s, "");

	scene_done(&s);
	scene_init(&s, "last=4 percent=9", TEN);
	for (int i = 0; i < 5; i++)
		s.marks[i].approved = true;
	plan_again(&s);
	assert_allowed(&s, "1 2 3 4 5");
	assert_holds(&s, "approval");
	assert_string_equal(s.plan.hold_detail[HOLD_APPROVAL],
		"1 deletes of 10 sets (10%) await approval, beside those that were approved");
}

#define FOUR_A_DAY                                                                         \
	"1@2026-11-17T00:00Z 2@2026-11-17T18:00Z 3@2026-11-18T00:00Z 4@2026-11-18T18:00Z " \
	"5@2026-11-19T00:00Z 6@2026-11-19T18:00Z,parent=5 7@2026-11-20T00:00Z 8@2026-11-20T18:00Z"

static void s14_a_full_set_of_each_day_of_the_log_stays(void **state)
{
	static const struct {
		const char *policy;
		int64_t log_days;
		const char *doomed;
	} rows[] = {
		{"last=1 seconds=keep", 0, "1 2 3 4 6 5 7"},
		{"last=1 seconds=keep", 2, "1 2 3 6 7"}, /* 6 is no full set: 5 serves its day */
		{"last=1 seconds=keep", 7, "1 3 6 7"},
		{"last=1 seconds=warn", 7, "1 2 3 4 6 5 7"},
		{"last=1 seconds=ignore", 7, "1 2 3 4 6 5 7"},
		{"last=1 seconds=keep protect=4", 2,
			"1 2 3 6 7"}, /* a protected set serves its day */
		{"last=1 seconds=keep protect=2", 7, "1 3 6 7"},
		/* Days are those of the zone. */
		{"last=1 seconds=keep zone=UTC", 1, "1 2 3 4 6 7"},
		{"last=1 seconds=keep zone=Asia/Shanghai", 1, "1 2 3 4 6"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		print_message("  %s, a log of %d days\n", rows[i].policy, (int)rows[i].log_days);
		scene_init(&s, rows[i].policy, FOUR_A_DAY);
		s.in.log_days = rows[i].log_days;
		plan_again(&s);
		assert_doomed(&s, rows[i].doomed);
	}
}

static void s14_nothing_goes_before_the_log_is_known(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1 seconds=keep", FOUR_A_DAY);
	s.in.log_days = LOG_UNKNOWN;
	plan_again(&s);
	assert_allowed(&s, "");
	assert_holds(&s, "point_in_time");

	scene_done(&s);
	scene_init(&s, "last=1 seconds=ignore", FOUR_A_DAY);
	s.in.log_days = LOG_UNKNOWN;
	plan_again(&s);
	assert_holds(&s, "");
}

static void s14_since_when_any_second_can_be_restored(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1 seconds=warn", FOUR_A_DAY);
	plan_again(&s);
	assert_true(s.plan.second_since_s == SET_NO_TIME); /* without a log none can */
	s.in.log_days = 3;
	plan_again(&s);
	assert_int_equal(s.plan.second_since_s, fixture_time("2026-11-18T00:00Z"));
	assert_int_equal(s.plan.second_after_s, fixture_time("2026-11-20T18:00Z"));

	scene_done(&s);
	scene_init(&s, "last=1 seconds=keep", FOUR_A_DAY);
	s.in.log_days = 3;
	plan_again(&s);
	assert_int_equal(s.plan.second_after_s, fixture_time("2026-11-18T18:00Z"));
}

static void s7_approval_counts_what_is_not_ripe_too(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=4 percent=50 grace=1h", TEN);
	mark(&s, "1")->waited_s = 3600;
	plan_again(&s);
	assert_allowed(&s, "");
	assert_holds(&s, "approval grace");

	for (int i = 0; i < 6; i++)
		s.marks[i].approved = true;
	plan_again(&s);
	assert_allowed(&s, "1");
	assert_holds(&s, "grace");
}

static void the_limit_of_deletes_is_exact(void **state)
{
	static const struct {
		const char *policy, *sets, *holds;
	} rows[] = {
		{"last=5 percent=50", TEN, ""},
		{"last=4 percent=50", TEN, "approval"},
		{"last=1 percent=100", TEN, ""},
		{"last=9 percent=0", TEN, "approval"},
		{"last=10 percent=0", TEN, ""},
		{"last=1 percent=0", NINE, ""}, /* fewer than 10 sets are listed */
		{"failed=1d percent=99", TEN_FAILED, "approval"},
		{"failed=1d percent=100", TEN_FAILED, "minimum"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		scene_init(&s, rows[i].policy, rows[i].sets);
		plan_again(&s);
		assert_holds(&s, rows[i].holds);
	}
}

/* Sets of the last day, and others that cannot be judged, are no measure of what is much. */
static void s16_a_plan_is_large_by_the_sets_that_are_known(void **state)
{
#define HOURS " a@2026-11-20T20:00Z b@2026-11-20T21:00Z c@2026-11-20T22:00Z d@2026-11-20T23:00Z"
	static const struct {
		const char *policy;
		int64_t every_s;
		const char *sets, *holds;
	} rows[] = {
		/* Ten sets are older than a day. Of four that are not as many count as the
		 * schedule has slots, and two more. */
		{"last=8 percent=43 grace=1d", 3600, TEN HOURS, "grace"},
		{"last=8 percent=43 grace=1d", 86400, TEN HOURS, "approval grace"},
		{"last=8 percent=47 grace=1d", 86400, TEN HOURS, "grace"},
		{"last=8 percent=47 grace=1d", 0, TEN HOURS, "approval grace"},
		{"last=8 percent=50 grace=1d", 0, TEN HOURS, "grace"},
		{"last=4 percent=50 grace=0", 0, "x@2026-11-01,unknown " TEN, "approval"},
		{"last=4 percent=50 grace=0", 0,
			"x@2026-11-01,unknown y@2026-11-01,unknown z@2026-11-01,late " TEN,
			"approval"},
		{"last=4 percent=50 grace=0", 0,
			"x@2026-11-01,unknown y@2026-11-01,unknown z@2026-11-01,unknown " TEN,
			"approval"},
		/* Late sets are no measure, and are told of even where nothing goes. */
		{"last=10 percent=50", 0, TEN " x@2026-11-03T03:00Z,late", "approval"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		struct policy *policy;
		scene_init(&s, rows[i].policy, rows[i].sets);
		policy = policy_copy(s.in.policy, "amv-1", NULL);
		if (rows[i].every_s)
			policy->schedule = (struct schedule){
				.kind = SCHEDULE_EVERY, .every_s = rows[i].every_s};
		policy_free((struct policy *)(uintptr_t)s.in.policy);
		s.in.policy = policy;
		plan_again(&s);
		assert_holds(&s, rows[i].holds);
	}
#undef HOURS
}

/* The late set may be real, and the plan larger than it looks: even one delete of few sets waits.
 */
static void s16_while_late_sets_wait_only_approved_sets_go(void **state)
{
	static const struct {
		const char *policy, *sets;
		bool approved; /* set 1 */
		const char *allowed, *holds;
	} rows[] = {
		{"last=4", FIVE, false, "1", ""},
		{"last=4", FIVE " x@2026-11-03,late", false, "", "approval"},
		{"last=4", FIVE " x@2026-11-03,late", true, "1", "approval"},
		{"last=3", FIVE " x@2026-11-03,late", true, "1", "approval"},
		{"last=9 percent=50", TEN, false, "1", ""},
		{"last=9 percent=50", TEN " x@2026-11-03,late", false, "", "approval"},
		{"last=9 percent=100", TEN " x@2026-11-03,late", false, "", "approval"},
		{"last=9 failed=1d", FIVE " 6@2026-11-01,failed", false, "6", ""},
		{"last=9 failed=1d", FIVE " 6@2026-11-01,failed x@2026-11-03,late", false, "",
			"approval"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		scene_init(&s, rows[i].policy, rows[i].sets);
		mark(&s, "1")->approved = rows[i].approved;
		plan_again(&s);
		assert_allowed(&s, rows[i].allowed);
		assert_holds(&s, rows[i].holds);
	}
}

static void s16_the_hash_names_what_showed_late(void **state)
{
	static const char *const sets[] = {
		FIVE, FIVE " 6@2026-11-03,late", FIVE " 7@2026-11-03,late"};
	char hashes[ARRAY_SIZE(sets)][DIGEST_HEX_SIZE];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		_cleanup_(scene_done) struct scene s;
		scene_init(&s, "last=1", sets[i]);
		plan_again(&s);
		assert_int_equal(s.plan.late_count, i > 0);
		memcpy(hashes[i], s.plan.hash, sizeof(hashes[i]));
	}
	assert_string_not_equal(hashes[0], hashes[1]);
	assert_string_not_equal(hashes[1], hashes[2]);
}

static void refused_sets_are_left_out(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1", FIVE);
	mark(&s, "2")->refused = true;
	plan_again(&s);
	assert_allowed(&s, "1 3 4");
	assert_holds(&s, "");
}

static void s8_a_parent_waits_for_its_children(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1",
		"1@2026-11-01 2@2026-11-02,parent=1 3@2026-11-03,parent=2 4@2026-11-04,parent=1 "
		"5@2026-11-05 9@2026-11-20");
	mark(&s, "3")->refused = true;
	plan_again(&s);
	assert_doomed(&s, "3 2 4 1 5");
	assert_allowed(&s, "4 5");

	mark(&s, "3")->refused = false;
	plan_again(&s);
	assert_allowed(&s, "3 2 4 1 5");
}

static void s1_a_parent_that_waits_counts_as_remaining(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=3 minimum=3 protect=0",
		"0@2026-11-01 1@2026-11-02 5@2026-11-03 2@2026-11-04,parent=1 "
		"7@2026-11-18,expires=2026-11-21T01:00Z 8@2026-11-19,expires=2026-11-21T01:00Z "
		"9@2026-11-20,expires=2026-11-21T01:00Z");
	mark(&s, "2")->refused = true;
	plan_again(&s);
	assert_doomed(&s, "5 2 1");
	assert_allowed(&s, "5");
	assert_holds(&s, "");
}

static void s1_sets_that_the_cloud_expires_within_a_day_do_not_count(void **state)
{
	static const struct {
		const char *name, *policy, *sets, *allowed, *holds;
	} rows[] = {
		{"the only kept set expires within the hour", "last=1",
			"1@2026-11-01 2@2026-11-02 3@2026-11-20,expires=2026-11-21T01:00Z", "1",
			"minimum"},
		{"at a day and a second it counts", "last=1",
			"1@2026-11-01 2@2026-11-02 3@2026-11-20,expires=2026-11-22T00:00:01Z",
			"1 2", ""},
		{"at a day it does not", "last=1",
			"1@2026-11-01 2@2026-11-02 3@2026-11-20,expires=2026-11-22T00:00:00Z", "1",
			"minimum"},
		{"all expire: nothing goes", "last=1",
			"1@2026-11-01,expires=2026-11-21T01:00Z "
			"3@2026-11-20,expires=2026-11-21T01:00Z",
			"", "minimum"},
		{"a minimum of none is one", "last=1 minimum=0", FIVE, "1 2 3 4", ""},
		{"all expire, and a minimum of none is one", "last=1 minimum=0",
			"1@2026-11-01,expires=2026-11-21T01:00Z "
			"3@2026-11-20,expires=2026-11-21T01:00Z",
			"", "minimum"},
		{"minimum 3 where there are two: nothing goes", "last=1 minimum=3 failed=1d",
			"1@2026-11-01,failed 2@2026-11-19 3@2026-11-20", "", "minimum"},
		{"minimum 2 with one that outlives", "last=2 minimum=2",
			"1@2026-11-01 2@2026-11-02 3@2026-11-19,expires=2026-11-21T01:00Z "
			"4@2026-11-20",
			"1", "minimum"},
		{"the newest that outlives stays, whatever else does", "last=1 protect=1",
			"1@2026-11-01 2@2026-11-02 3@2026-11-20,expires=2026-11-21T01:00Z", "",
			"minimum"},
		{"its parent expires", "last=1",
			"1@2026-11-01 2@2026-11-02,expires=2026-11-21T01:00Z 3@2026-11-03,parent=2",
			"", "minimum"},
		{"the withheld set's parents are withheld", "last=1",
			"1@2026-11-01 2@2026-11-02,parent=1 3@2026-11-20,expires=2026-11-21T01:00Z",
			"", "minimum"},
		{"an expired failed set is no help", "last=1 failed=1d",
			"1@2026-11-01 2@2026-11-02,failed 3@2026-11-20,expires=2026-11-21T01:00Z",
			"2", "minimum"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		print_message("  %s\n", rows[i].name);
		scene_init(&s, rows[i].policy, rows[i].sets);
		plan_again(&s);
		assert_allowed(&s, rows[i].allowed);
		assert_holds(&s, rows[i].holds);
	}
}

static void s1_the_hold_says_how_many_deletes_it_withholds(void **state)
{
	static const struct {
		const char *policy, *sets, *detail;
	} rows[] = {
		{"last=1 minimum=3",
			"1@2026-11-01 2@2026-11-02 3@2026-11-03 4@2026-11-18,expires=2026-11-21 "
			"5@2026-11-19,expires=2026-11-21 6@2026-11-20",
			"2 deletes withheld: at least 3 "},
		{"last=1 failed=1d",
			"1@2026-11-01,failed 2@2026-11-02,failed 3@2026-11-03,failed "
			"4@2026-11-20,expires=2026-11-21",
			"3 deletes withheld: at least 1 "},
		{"last=1 minimum=2 failed=1d",
			"1@2026-11-01,failed 2@2026-11-02 3@2026-11-19,expires=2026-11-21 "
			"4@2026-11-20,expires=2026-11-21",
			"2 deletes withheld: at least 2 "},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene s;
		scene_init(&s, rows[i].policy, rows[i].sets);
		plan_again(&s);
		assert_memory_equal(
			s.plan.hold_detail[HOLD_MINIMUM], rows[i].detail, strlen(rows[i].detail));
	}
}

static void a_plan_that_is_done_with_is_empty(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1", FIVE);
	plan_again(&s);
	assert_int_equal(s.plan.count, 5);
	plan_done(&s.plan);
	assert_int_equal(s.plan.count + s.plan.doomed_count, 0);
}

static void no_sets_make_an_empty_plan(void **state)
{
	_cleanup_(scene_done) struct scene s;
	(void)state;

	scene_init(&s, "last=1 percent=0 grace=1h minimum=3", "");
	plan_again(&s);
	assert_doomed(&s, "");
	assert_allowed(&s, "");
	assert_holds(&s, "");
	assert_int_equal(s.plan.valid_count, 0);
	assert_int_equal(s.plan.newest_valid_s, SET_NO_TIME);
}

TEST_FILE(retention_plan_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deletes_come_oldest_first),
		cmocka_unit_test(s8_dependents_go_before_their_parents),
		cmocka_unit_test(a_plan_has_the_hash_of_its_cluster_and_ids),
		cmocka_unit_test(s2_no_delete_without_a_complete_listing),
		cmocka_unit_test(s6_no_delete_while_the_clock_is_in_doubt),
		cmocka_unit_test(s7_no_delete_while_a_person_holds_them),
		cmocka_unit_test(no_delete_while_no_fresh_set_is_there),
		cmocka_unit_test(holds_of_the_world_are_told_without_deletes_too),
		cmocka_unit_test(s7_expired_sets_wait_for_grace),
		cmocka_unit_test(s7_a_large_plan_waits_for_approval),
		cmocka_unit_test(s7_approval_counts_only_what_nobody_approved),
		cmocka_unit_test(s14_a_full_set_of_each_day_of_the_log_stays),
		cmocka_unit_test(s14_nothing_goes_before_the_log_is_known),
		cmocka_unit_test(s14_since_when_any_second_can_be_restored),
		cmocka_unit_test(s7_approval_counts_what_is_not_ripe_too),
		cmocka_unit_test(the_limit_of_deletes_is_exact),
		cmocka_unit_test(s16_a_plan_is_large_by_the_sets_that_are_known),
		cmocka_unit_test(s16_while_late_sets_wait_only_approved_sets_go),
		cmocka_unit_test(s16_the_hash_names_what_showed_late),
		cmocka_unit_test(refused_sets_are_left_out),
		cmocka_unit_test(s8_a_parent_waits_for_its_children),
		cmocka_unit_test(s1_a_parent_that_waits_counts_as_remaining),
		cmocka_unit_test(s1_sets_that_the_cloud_expires_within_a_day_do_not_count),
		cmocka_unit_test(s1_the_hold_says_how_many_deletes_it_withholds),
		cmocka_unit_test(a_plan_that_is_done_with_is_empty),
		cmocka_unit_test(no_sets_make_an_empty_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
