/* Until when kept sets stay, and which rule lets go of them last. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "outlook/expiry.h"

#define NOW "2026-11-21"
#define DAY ((int64_t)86400)

/* A set is kept until then; the slots are at 00:00 UTC, the first after NOW on 2026-11-22. */
struct known {
	struct policy *policy;
	struct inventory inv;
	struct expiry *e; /* by index of the sets */
};

static void known_init(struct known *k, const char *policy, const char *sets)
{
	*k = (struct known){.policy = fixture_policy(policy)};
	k->policy->schedule.kind = SCHEDULE_EVERY;
	k->policy->schedule.every_s = DAY;
	inventory_init(&k->inv);
	fixture_sets(&k->inv, sets);
	inventory_trim(&k->inv);
}

static void known_done(struct known *k)
{
	free(k->e);
	inventory_done(&k->inv);
	policy_free(k->policy);
}

static void find_expiry(struct known *k, const char *policy, const char *sets, int64_t cloud_s)
{
	known_init(k, policy, sets);
	k->e = expiry_new(&k->inv, k->policy, cloud_s, 0, fixture_time(NOW));
}

static void assert_expires(const struct expiry *e, const char *want)
{
	char expires[CIVIL_TEXT_SIZE] = "never";

	if (e->expires_s != SET_NO_TIME)
		civil_format_utc(e->expires_s, expires);
	assert_string_equal(expires, want);
}

static size_t find(const struct known *k, const char *id)
{
	struct inventory_index *x = inventory_index_new(&k->inv);
	size_t at = inventory_find(x, id);

	inventory_index_free(x);
	assert_true(at < k->inv.count);
	return at;
}

/* Of set 1 the cloud does not say when it takes it. */
static void the_newest_set_that_tells_it_says_how_long_the_cloud_keeps_sets(void **state)
{
	static const struct {
		const char *name, *sets;
		int64_t cloud_days;
		const char *expires;
	} cases[] = {
		{"nobody knows", "1@2026-11-20", 0, "never"},
		{"the cluster's setting", "1@2026-11-20", 10, "2026-11-30T00:00:00Z"},
		{"a set", "1@2026-11-20 2@2026-11-10,expires=2026-11-30", 10,
			"2026-12-10T00:00:00Z"},
		{"a set that is listed first", "2@2026-11-10,expires=2026-11-30 1@2026-11-20", 10,
			"2026-12-10T00:00:00Z"},
		{"the newer of two sets",
			"1@2026-11-20 2@2026-11-10,expires=2026-11-30 "
			"3@2026-11-12,expires=2026-12-12",
			10, "2026-12-20T00:00:00Z"},
		{"the newer of two sets, listed first",
			"1@2026-11-20 3@2026-11-12,expires=2026-12-12 "
			"2@2026-11-10,expires=2026-11-30",
			10, "2026-12-20T00:00:00Z"},
		{"the first listed of two that start together",
			"1@2026-11-20 2@2026-11-10,expires=2026-11-30 "
			"3@2026-11-10,expires=2026-12-10",
			10, "2026-12-10T00:00:00Z"},
		{"none that is not valid", "1@2026-11-19 2@2026-11-20,running,expires=2026-11-27",
			10, "2026-11-29T00:00:00Z"},
		{"none that expires as it starts", "1@2026-11-19 2@2026-11-20,expires=2026-11-20",
			10, "2026-11-29T00:00:00Z"},
		{"not of a set that is there for longer", "1@2026-11-11 2@2026-11-20", 10, "never"},
		{"of a set that is there for less", "1@2026-11-11T00:00:01Z 2@2026-11-20", 10,
			"2026-11-21T00:00:01Z"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(known_done) struct known k;
		print_message("  %s\n", cases[i].name);
		find_expiry(&k, "last=all", cases[i].sets, cases[i].cloud_days * DAY);
		assert_expires(&k.e[find(&k, "1")], cases[i].expires);
	}
}

static void a_set_that_the_rules_do_not_keep_does_not_expire(void **state)
{
	_cleanup_(known_done) struct known k;
	(void)state;

	find_expiry(&k, "last=1 protect=1 protect=6",
		"1@2026-11-15 2@2026-11-16,failed 3@2026-11-17,unknown 4@2026-11-18,deleting "
		"5@2026-11-20 6@2026-11-19",
		0);
	for (size_t i = 0; i < k.inv.count; i++) {
		bool kept = i == 4;
		assert_expires(&k.e[i], kept ? "2026-11-22T00:00:00Z" : "never");
		assert_int_equal(k.e[i].count, kept ? 2 : 0);
	}
}

/* The set is one of four until the fourth slot, of two days until the second (as the oldest of
 * all), of the newest three until the third, and the oldest of all for ever. */
static void what_holds_a_set_is_told_in_the_order_in_which_it_lets_go(void **state)
{
	static const char *const rules[] = {"daily", "minimum", "last", "yearly"};
	static const char *const until[] = {"2026-11-23", "2026-11-24", "2026-11-25"};
	_cleanup_(text_done) struct text words = TEXT_INIT(1000);
	_cleanup_(known_done) struct known k;
	(void)state;

	find_expiry(&k, "last=4 daily=2 yearly=all minimum=3", "1@2026-11-20", 0);
	assert_int_equal(k.e[0].count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(k.e[0].phases[i].hold, rules[i]);
		assert_int_equal(
			k.e[0].phases[i].until_s, i < 3 ? fixture_time(until[i]) : SET_NO_TIME);
	}
	expiry_describe(k.e, &words);
	assert_string_equal(words.s, "daily, then minimum, then last, then yearly");
}

static void of_rules_that_let_go_together_the_first_of_the_policy_is_told(void **state)
{
	_cleanup_(text_done) struct text words = TEXT_INIT(1000);
	_cleanup_(known_done) struct known k;
	(void)state;

	find_expiry(&k, "last=2 within=4d daily=2 monthly=all yearly=all", "1@2026-11-20", 0);
	expiry_describe(k.e, &words);
	/* within and minimum until the 24th and the 22nd, last and daily until the 23rd. */
	assert_string_equal(words.s, "minimum, then last, then within, then monthly");
}

static void what_expires_after_twenty_years_counts_as_never(void **state)
{
	static const struct {
		const char *policy;
		int64_t days;
	} cases[] = {{"last=7320", 7320}, {"last=7321", -1}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(known_done) struct known k;
		find_expiry(&k, cases[i].policy, "1@2026-11-20", 0);
		assert_int_equal(k.e[0].expires_s,
			cases[i].days < 0 ? SET_NO_TIME : fixture_time(NOW) + cases[i].days * DAY);
	}
}

static void what_takes_too_long_is_not_known(void **state)
{
	struct verdict keep = {.kind = VERDICT_KEEP};
	_cleanup_(known_done) struct known k;
	(void)state;

	known_init(&k, "last=20000 within=1d", "1@2026-11-19 2@2026-11-20");
	k.policy->schedule.every_s = 60;
	k.e = expiry_new(&k.inv, k.policy, 0, 0, fixture_time(NOW));
	assert_false(k.e[0].known || k.e[1].known);
	assert_null(expiry_find(k.e, 0, &keep));
}

/* `yearly` keeps the set to the end of the next year, which is 406 days of 480 or 720 slots. */
static void what_outlives_200000_slots_is_not_known(void **state)
{
	static const struct {
		int64_t every_s;
		bool known;
	} cases[] = {{180, true}, {120, false}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(known_done) struct known k;
		known_init(&k, "yearly=3", "1@2026-11-20");
		k.policy->schedule.every_s = cases[i].every_s;
		k.e = expiry_new(&k.inv, k.policy, 0, 0, fixture_time(NOW));
		assert_int_equal(k.e[0].known, cases[i].known);
		assert_int_equal(k.e[0].expires_s == SET_NO_TIME, !cases[i].known);
	}
}

static void when_the_schedule_has_ended_nothing_expires(void **state)
{
	_cleanup_(known_done) struct known k;
	(void)state;

	known_init(&k, "last=1", "1@2026-11-20");
	k.policy->schedule.kind = SCHEDULE_CALENDAR;
	assert_int_equal(calendar_parse("2026-11-20", &k.policy->schedule.calendar, NULL), 0);
	k.e = expiry_new(&k.inv, k.policy, 0, 0, fixture_time(NOW));
	assert_expires(k.e, "never");
}

TEST_FILE(outlook_expiry_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_set_that_tells_it_says_how_long_the_cloud_keeps_sets),
		cmocka_unit_test(a_set_that_the_rules_do_not_keep_does_not_expire),
		cmocka_unit_test(what_holds_a_set_is_told_in_the_order_in_which_it_lets_go),
		cmocka_unit_test(of_rules_that_let_go_together_the_first_of_the_policy_is_told),
		cmocka_unit_test(what_expires_after_twenty_years_counts_as_never),
		cmocka_unit_test(what_takes_too_long_is_not_known),
		cmocka_unit_test(what_outlives_200000_slots_is_not_known),
		cmocka_unit_test(when_the_schedule_has_ended_nothing_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
