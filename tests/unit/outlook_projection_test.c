/* Slots and prunes played forward, a step at a time. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "outlook/projection.h"

#include <stdio.h>

#define NOW "2026-11-21T00:00Z"

struct projected {
	struct policy *policy;
	struct inventory inv;
	struct projection projection;
};

static void begin(
	struct projected *p, const char *policy, const char *sets, int64_t cloud_s, const char *now)
{
	p->policy = fixture_policy(policy);
	inventory_init(&p->inv);
	fixture_sets(&p->inv, sets);
	projection_begin(&p->projection, p->policy, &p->inv, cloud_s, 0, fixture_time(now));
}

static void projected_done(struct projected *p)
{
	projection_done(&p->projection);
	inventory_done(&p->inv);
	policy_free(p->policy);
}

/* The ids of the sets that are there, oldest first; a new one is a +. */
static void expect_there(const struct projected *p, const char *name, const char *wanted)
{
	_cleanup_(text_done) struct text ids = TEXT_INIT(1000);

	for (size_t i = 0; i < p->projection.count; i++) {
		const struct projected_set *s = &p->projection.sets[i];
		if (s->fate == FATE_KEPT)
			text_printf(&ids, "%s%s", ids.length ? " " : "",
				s->source == PROJECTION_NEW ? "+" : set_id(&p->inv, s->source));
	}
	if (!text_equal(ids.s, wanted))
		fail_msg("%s:\n got  %s\n want %s", name, ids.s, wanted);
}

static void a_backup_leaves_the_sets_that_the_policy_keeps(void **state)
{
	static const struct {
		const char *name, *policy, *sets, *now, *at, *there;
	} cases[] = {
		/* The incremental 2 cannot be judged, and goes at the age that the cloud gives it.
		 */
		{"a failed set goes with the last that depends on it", "last=5 failed=1d",
			"1@2026-11-01,failed 2@2026-11-02,parent=1,expires=2026-11-21T12:00Z "
			"3@2026-11-20",
			NOW, "2026-11-22T00:00Z", "3 +"},
		{"a failed set goes at the instant that it is old enough", "last=5 failed=1d",
			"1@2026-11-21T00:00Z,failed 2@2026-11-20", NOW, "2026-11-22T00:00Z", "2 +"},
		{"so does one that is older than all others", "last=5 failed=1d",
			"1@2026-11-20T12:00Z,failed 2@2026-11-20T18:00Z", NOW, "2026-11-22T00:00Z",
			"2 +"},
		{"a failed set that is a second too young stays", "last=5 failed=1d",
			"1@2026-11-21T00:00:01Z,failed 2@2026-11-20", NOW, "2026-11-22T00:00Z",
			"2 1 +"},
		/* 31 March less a month is 3 March, and 1 April less a month 1 March. */
		{"a window that moves back lets a set in again", "within=1mo last=2",
			"1@2027-03-02T12:00Z 2@2027-03-31T23:00Z", "2027-03-31T23:30Z",
			"2027-04-01T01:00Z", "1 2 +"},
		/* 2 and 3 are no longer among the newest three, so 1 is. */
		{"the minimum takes in older sets for those that the cloud takes",
			"last=2 minimum=3 protect=2 protect=3",
			"1@2026-11-17 2@2026-11-18,expires=2026-11-21T12:00Z "
			"3@2026-11-19,expires=2026-11-21T12:00Z 4@2026-11-20",
			NOW, "2026-11-22T00:00Z", "1 4 +"},
		{"the minimum needs no older set for one that the cloud takes",
			"last=2 minimum=2 protect=3",
			"1@2026-11-17 3@2026-11-19,expires=2026-11-21T12:00Z 4@2026-11-20", NOW,
			"2026-11-22T00:00Z", "4 +"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(projected_done) struct projected p;
		begin(&p, cases[i].policy, cases[i].sets, 0, cases[i].now);
		assert_true(projection_slot(&p.projection, fixture_time(cases[i].at)));
		expect_there(&p, cases[i].name, cases[i].there);
	}
}

static void a_set_of_the_same_start_satisfies_a_slot(void **state)
{
	_cleanup_(projected_done) struct projected p;
	(void)state;

	begin(&p, "last=2", "1@2026-11-20 2@2026-11-21T00:04Z", 0, NOW);
	assert_false(projection_slot(&p.projection, fixture_time("2026-11-21T00:03Z")));
	assert_false(projection_slot(&p.projection, fixture_time("2026-11-21T00:04Z")));
	expect_there(&p, "satisfied", "1 2");
	assert_true(projection_slot(&p.projection, fixture_time("2026-11-21T00:05Z")));
	expect_there(&p, "not satisfied", "2 +");
}

/* A set's own expiry counts; without one, the age at which the cloud takes sets, if the set is
 * younger than that. */
static void the_cloud_takes_a_set_at_its_expiry_or_at_the_age_of_all(void **state)
{
	static const struct {
		const char *set;
		int64_t cloud_s;
		const char *vanishes; /* NULL: never */
	} cases[] = {
		{"1@2026-11-20", 0, NULL},
		{"1@2026-11-20,expires=2026-12-01", 0, "2026-12-01"},
		{"1@2026-11-20,expires=2026-12-01", 86400 * 2, "2026-12-01"},
		{"1@2026-11-19T00:00:01Z", 86400 * 2, "2026-11-21T00:00:01Z"},
		{"1@2026-11-19", 86400 * 2, NULL},
		{"1@2026-11-18", 86400 * 2, NULL},
		{"1@2026-11-21", 1, "2026-11-21T00:00:01Z"},
		{"1@?", 86400 * 2, NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(projected_done) struct projected p;
		begin(&p, "last=2", cases[i].set, cases[i].cloud_s, NOW);
		assert_int_equal(p.projection.there.sets[0].expires_s,
			cases[i].vanishes ? fixture_time(cases[i].vanishes) : SET_NO_TIME);
	}
}

static void a_new_set_vanishes_at_the_age_of_all_or_never(void **state)
{
	static const int64_t clouds_s[] = {0, 1, 3600};
	int64_t at_s = fixture_time("2026-11-22T00:00Z");
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(clouds_s); i++) {
		_cleanup_(projected_done) struct projected p;
		begin(&p, "last=all", "", clouds_s[i], NOW);
		assert_true(projection_slot(&p.projection, at_s));
		assert_true(projection_slot(&p.projection, at_s + 3600));
		assert_int_equal(p.projection.valid_count, clouds_s[i] ? 1 : 2);
		assert_int_equal(
			p.projection.sets[0].end_s, clouds_s[i] ? at_s + clouds_s[i] : SET_NO_TIME);
	}
}

static void one_that_is_done_is_empty(void **state)
{
	struct projected p;
	(void)state;

	begin(&p, "last=2", "1@2026-11-20", 0, NOW);
	projection_done(&p.projection);
	assert_null(p.projection.policy);
	assert_null(p.projection.sets);
	assert_int_equal(p.projection.count, 0);
	projected_done(&p); /* a second time is no harm */
}

TEST_FILE(outlook_projection_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backup_leaves_the_sets_that_the_policy_keeps),
		cmocka_unit_test(a_set_of_the_same_start_satisfies_a_slot),
		cmocka_unit_test(the_cloud_takes_a_set_at_its_expiry_or_at_the_age_of_all),
		cmocka_unit_test(a_new_set_vanishes_at_the_age_of_all_or_never),
		cmocka_unit_test(one_that_is_done_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
