/* What the history tells of single sets: seen, expired and what had kept them, vanished. Driven
 * effect by effect. */
#include "cycle_drive.h"

#include <stdlib.h>

#define BY_OTHERS ": deleted, but not by retaind\n"
#define EXPIRED(id) "expired " id ": no rule keeps it any more"

/* What the cloud lists from now on: "ID@TIME,FLAG ...", or ids alone, which are days of November.
 */
static void show(struct rig *r, const char *words)
{
	_cleanup_free_ char *copy = xstrdup(words);
	char *save = NULL;

	inventory_done(&r->sets);
	inventory_init(&r->sets);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char set[200];
		if (strchr(word, '@'))
			(void)snprintf(set, sizeof(set), "%s", word);
		else
			(void)snprintf(set, sizeof(set), "%s@2026-11-%02d", word, atoi(word));
		fixture_sets(&r->sets, set);
	}
}

static void begin_life(struct rig *r, const char *words)
{
	begin(r, words, 0);
	r->policy->cloud_retention = CLOUD_RETENTION_IGNORE;
}

/* Sets stay though they are expired, and count though they show late. */
static void begin_held(struct rig *r, const char *words)
{
	struct event e = {.kind = EVENT_HOLD, .held = "by a person", .until_s = INT64_MAX};

	begin_life(r, words);
	cycle_feed(r->cycle, &e, r->now);
}

/* What the next listing adds to the history. */
static const char *lines(struct rig *r)
{
	text_done(&r->history);
	r->history = TEXT_INIT(1 << 20);
	feed(r, EVENT_PRUNE);
	expect(r, EFFECT_LIST);
	answer_list(r);
	expect(r, EFFECT_WAIT);
	return r->history.s ? r->history.s : "";
}

static void the_first_listing_is_one_line(void **state)
{
	struct rig r;

	(void)state;
	begin_life(&r, "last=20");
	show(&r, "1 2 3");
	assert_string_equal(lines(&r), "seen x3: the first listing\n");
	assert_string_equal(lines(&r), "");
	end(&r);
	begin_life(&r, "last=20");
	assert_string_equal(lines(&r), "seen: the first listing\n"); /* of no sets */
	assert_string_equal(lines(&r), "");
	end(&r);
}

static void what_comes_and_vanishes_is_told(void **state)
{
	static const struct {
		const char *before, *after, *told;
	} rows[] = {
		{"1 2 3", "1 2 3", ""},
		{"1 2 3", "1 2 3 4", "seen 4\n"},
		{"1 2 3", "2 3", "vanished 1" BY_OTHERS},
		{"1 2 3", "1 2", "vanished 3" BY_OTHERS},
		{"1 2 3", "1 2 4", "seen 4\nvanished 3" BY_OTHERS},
		{"1 2", "3 4", "seen 3\nseen 4\nvanished 1" BY_OTHERS "vanished 2" BY_OTHERS},
		{"1", "2", "seen 2\nvanished 1" BY_OTHERS},
		{"2", "1", "seen 1\nvanished 2" BY_OTHERS},
		{"1", "3", "seen 3\nvanished 1" BY_OTHERS},
		{"1", "10", "seen 10\nvanished 1" BY_OTHERS},
		/* What depended on another by name, or no longer does. */
		{"1@2026-11-01,parent=2", "1 2", "seen 2\n"},
		{"1@2026-11-01,parent=2 3", "1 2", "seen 2\nvanished 3" BY_OTHERS},
		{"1 2", "1@2026-11-01,parent=2 3", "seen 3\nvanished 2" BY_OTHERS},
		/* The same names in the same order, but not the same sets. */
		{"9@2026-11-09,parent=8 7", "9 8@2026-11-08,parent=7",
			"seen 8\nvanished 7" BY_OTHERS},
		{"", "1", "seen 1\n"},
		{"1", "", "vanished 1" BY_OTHERS},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_life(&r, "last=20");
		show(&r, rows[i].before);
		(void)lines(&r);
		show(&r, rows[i].after);
		assert_string_equal(lines(&r), rows[i].told);
		end(&r);
	}
}

static void what_was_asked_for_does_not_vanish_what_was_not_does(void **state)
{
	struct rig r;

	(void)state;
	begin_life(&r, "last=2");
	show(&r, "1 2 3 4");
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE); /* of 1 and 2 */
	answer(&r, ANSWER_OK, 0);
	expect(&r, EFFECT_WAIT);
	show(&r, "4");
	assert_string_equal(lines(&r), "vanished 3" BY_OTHERS);
	assert_string_equal(lines(&r), "gone 1\ngone 2\n");
	end(&r);
	begin_life(&r, "last=2 grace=30d");
	show(&r, "1 2 3 4");
	(void)lines(&r);
	show(&r, "2 3 4"); /* 1 and 2 have their grace */
	assert_string_equal(lines(&r), "vanished 1: expired, and deleted, but not by retaind\n");
	end(&r);
}

/* The window that was listed may have been another. */
static void nothing_vanishes_while_the_clock_is_in_doubt(void **state)
{
	struct rig r;

	(void)state;
	begin_life(&r, "last=20");
	show(&r, "1 2 3");
	(void)lines(&r);
	r.server_ahead_s = HOUR_S;
	show(&r, "3 4");
	assert_string_equal(lines(&r), "seen 4\n");
	end(&r);
}

/* There is nothing to compare with; the cloud's times may be to the minute. */
static void after_a_restart_what_began_since_is_new(void **state)
{
	static const struct {
		int64_t after_s; /* the last listing */
		const char *told;
	} rows[] = {{-DAY_S, ""}, {-60, ""}, {-59, "seen 1\n"}, {0, "seen 1\n"}, {500, "seen 1\n"}};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_life(&r, "last=20");
		r.disk.ledger.listed_s = START_S - 1000;
		restart(&r);
		show(&r, "1 2");
		r.sets.sets[0].start_s = START_S - 1000 + rows[i].after_s;
		assert_string_equal(lines(&r), rows[i].told);
		end(&r);
	}
}

static void more_than_a_thousand_lines_are_told_in_one(void **state)
{
	static const struct {
		size_t count, lines;
		const char *last;
	} rows[] = {
		{999, 999, "\nseen 1998\n"},
		{1000, 1000, "\nseen 1999\n"},
		{1001, 1001, "\nseen 1999\nseen x1: more in the same listing\n"},
		{1500, 1001, "\nseen 1999\nseen x500: more in the same listing\n"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *told;
		begin_life(&r, "last=2000");
		(void)lines(&r);
		r.disk.entries[ENTRY_SEEN] = 0;
		for (size_t k = 0; k < rows[i].count; k++) {
			char set[40];
			(void)snprintf(set, sizeof(set), "%zu@2026-11-%02zu", 1000 + k, 1 + k % 20);
			fixture_sets(&r.sets, set);
		}
		told = lines(&r);
		assert_int_equal(r.disk.entries[ENTRY_SEEN], rows[i].lines);
		assert_string_equal(told + strlen(told) - strlen(rows[i].last), rows[i].last);
		end(&r);
	}
}

static void what_expires_is_told_with_what_kept_it_until_now(void **state)
{
	static const struct {
		const char *policy, *before, *after, *told;
	} rows[] = {
		{"last=2", "1 2", "1 2 3", "seen 3\n" EXPIRED("1") "; until now last\n"},
		{"last=2 daily=2", "1 2", "1 2 3",
			"seen 3\n" EXPIRED("1") "; until now last, daily\n"},
		{"daily=2", "1@2026-11-01T01:00Z 2@2026-11-01T02:00Z",
			"1@2026-11-01T01:00Z 2@2026-11-01T02:00Z 3",
			"seen 3\n" EXPIRED("1") "; until now daily (as the oldest)\n"},
		{"yearly=1", "1", "1 2", "seen 2\n" EXPIRED("1") "; until now yearly\n"},
		{"minimum=2", "1 2", "1 2 3",
			"seen 3\n" EXPIRED("1") "; until now safety.minimum\n"},
		{"last=1", "1 2@2026-11-02,parent=1", "1 2@2026-11-02,parent=1 3",
			"seen 3\n" EXPIRED("2") "; until now last\n" EXPIRED(
				"1") "; until now another set depended on it\n"},
		{"last=3", "1 2 3", "1 2 3 4 5 6",
			"seen 4\nseen 5\nseen 6\n" EXPIRED("1") "; until now last\n" EXPIRED(
				"2") "; until now last\n" EXPIRED("3") "; until now last\n"},
		/* It came late: nobody knows what would have kept it. */
		{"last=1", "2", "1 2", "seen 1\n" EXPIRED("1") "\n"},
		{"last=1 failed=7d", "1@2026-11-15,failed 2", "1@2026-11-13,failed 2",
			"expired 1: failed, and old enough\n"},
		/* The cloud corrected its time. */
		{"last=1 protect=2026-11-05/2026-11-06", "1@2026-11-05T12:00Z 20",
			"1@2026-11-04T12:00Z 20", EXPIRED("1") "; until now protected\n"},
		{"last=1", "1@2026-11-20T22:00Z,running 2@2026-11-20T23:00Z",
			"1@2026-11-20T22:00Z 2@2026-11-20T23:00Z", EXPIRED("1") "\n"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_held(&r, rows[i].policy);
		show(&r, rows[i].before);
		if (strstr(lines(&r), "expired"))
			fail_msg("%s: %s", rows[i].before, r.history.s);
		show(&r, rows[i].after);
		assert_string_equal(lines(&r), rows[i].told);
		end(&r);
	}
}

static void what_a_new_policy_expires_is_told_as_such(void **state)
{
	struct policy *less = fixture_policy("last=1");
	struct rig r;

	(void)state;
	less->cloud_retention = CLOUD_RETENTION_IGNORE;
	begin_held(&r, "last=3");
	show(&r, "1 2 3");
	(void)lines(&r);
	reload(&r, less);
	show(&r, "1 2 3 4"); /* but for 4 the new policy would keep 3 */
	assert_string_equal(lines(&r),
		"seen 4\n" EXPIRED("1") "; the policy was changed\n" EXPIRED(
			"2") "; the policy was changed\n" EXPIRED("3") "; until now last\n");
	show(&r, "1 2 3 4 5");
	assert_string_equal(lines(&r), "seen 5\n" EXPIRED("4") "; until now last\n");
	end(&r);
}

/* It was so already in a listing that nothing follows from. */
static void what_expired_while_the_clock_was_in_doubt_is_told_later(void **state)
{
	struct rig r;

	(void)state;
	begin_held(&r, "last=2");
	show(&r, "1 2");
	(void)lines(&r);
	r.server_ahead_s = HOUR_S;
	show(&r, "1 2 3");
	assert_string_equal(lines(&r), "seen 3\n");
	r.server_ahead_s = 0;
	assert_string_equal(lines(&r), EXPIRED("1") "\n");
	end(&r);
}

TEST_FILE(cycle_life_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_listing_is_one_line),
		cmocka_unit_test(what_comes_and_vanishes_is_told),
		cmocka_unit_test(what_was_asked_for_does_not_vanish_what_was_not_does),
		cmocka_unit_test(nothing_vanishes_while_the_clock_is_in_doubt),
		cmocka_unit_test(after_a_restart_what_began_since_is_new),
		cmocka_unit_test(more_than_a_thousand_lines_are_told_in_one),
		cmocka_unit_test(what_expires_is_told_with_what_kept_it_until_now),
		cmocka_unit_test(what_a_new_policy_expires_is_told_as_such),
		cmocka_unit_test(what_expired_while_the_clock_was_in_doubt_is_told_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
