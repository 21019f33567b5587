/* What a change of policy does to each set. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/memory.h"
#include "outlook/compare.h"

#include <string.h>

#define NOW "2026-11-20T12:00Z"
#define SETS "1@2026-11-18 2@2026-11-19 3@2026-11-20"

/* `effect` has a letter for each set: Delete, Keep, < for earlier, > for later, = for none. */
struct change {
	const char *from, *to, *effect;
	bool unscheduled;
};

static struct policy *daily(const char *words, bool unscheduled)
{
	struct policy *p = fixture_policy(words);

	p->schedule.kind = unscheduled ? SCHEDULE_NONE : SCHEDULE_EVERY;
	p->schedule.every_s = 86400;
	return p;
}

static void check_change(const struct change *c)
{
	static const char letters[DIFFERENCE_COUNT] = {
		[DIFFERENCE_NONE] = '=',
		[DIFFERENCE_DELETE] = 'D',
		[DIFFERENCE_KEEP] = 'K',
		[DIFFERENCE_EARLIER] = '<',
		[DIFFERENCE_LATER] = '>',
	};
	struct policy *from = daily(c->from, c->unscheduled), *to = daily(c->to, c->unscheduled);
	_cleanup_(inventory_done) struct inventory inv;
	_cleanup_free_ uint8_t *d = NULL;
	size_t counts[DIFFERENCE_COUNT] = {7, 7, 7, 7, 7};
	char effect[4] = "";

	inventory_init(&inv);
	fixture_sets(&inv, SETS);
	d = compare_policies(&inv, from, to, 0, fixture_time(NOW), counts);
	for (size_t i = 0; i < 3; i++) {
		effect[i] = letters[d[i]];
		counts[d[i]]--;
	}
	if (strcmp(effect, c->effect) != 0)
		fail_msg("%s to %s: %s, not %s", c->from, c->to, effect, c->effect);
	for (size_t i = 0; i < DIFFERENCE_COUNT; i++)
		assert_int_equal(counts[i], 0);
	policy_free(from);
	policy_free(to);
}

static void a_change_tells_what_goes_stays_and_expires_at_another_time(void **state)
{
	static const struct change changes[] = {
		{"last=3", "last=3", "===", false},
		{"last=all", "last=all", "===", false},
		{"last=1", "last=1", "===", false},
		{"last=3", "last=2", "D<<", false},
		{"last=2", "last=3", "K>>", false},
		{"last=3", "last=all", ">>>", false},
		{"last=all", "last=3", "<<<", false},
		/* Of what is protected nothing else is told. */
		{"last=3", "last=3 protect=1", "===", false},
		{"last=3 protect=1", "last=3", "===", false},
		{"last=2 protect=1", "last=2", "D==", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		check_change(&changes[i]);
}

static void without_a_schedule_nothing_expires(void **state)
{
	static const struct change changes[] = {
		{"last=3", "last=all", "===", true},
		{"last=3", "last=2", "D==", true},
		{"last=1", "last=3", "KK=", true},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		check_change(&changes[i]);
}

/* "" has no schedule. */
static struct policy *scheduled(const char *expression)
{
	struct policy *p = fixture_policy("last=3");

	if (*expression) {
		p->schedule.kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(expression, &p->schedule.calendar, NULL), 0);
	}
	return p;
}

static void a_slot_that_a_new_schedule_has_just_behind_is_due_at_once(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: no policy */
		const char *newest;    /* NULL: the sets are not known */
		enum set_state state;
		const char *due; /* NULL: none */
	} rows[] = {
		{"02:00", "03:30", "2026-11-20T02:00Z", SET_VALID, "2026-11-20T03:30Z"},
		{"02:00", "03:30", "2026-11-20T03:30Z", SET_VALID, NULL},
		{"02:00", "03:30", "2026-11-20T03:31Z", SET_RUNNING, NULL},
		{"02:00", "03:30", "2026-11-20T03:31Z", SET_FAILED, "2026-11-20T03:30Z"},
		{"02:00", "03:30", NULL, SET_VALID, "2026-11-20T03:30Z"},
		{"02:00", "01:30", NULL, SET_VALID, NULL},
		{"02:00", "13:00", NULL, SET_VALID, NULL},
		{"02:00", "02:00", NULL, SET_VALID, NULL},
		{"02:00", "", NULL, SET_VALID, NULL},
		{"", "03:30", NULL, SET_VALID, "2026-11-20T03:30Z"},
		{NULL, "03:30", NULL, SET_VALID, "2026-11-20T03:30Z"},
		{NULL, "03:30", "2026-11-20T11:00Z", SET_VALID, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *from = rows[i].from ? scheduled(rows[i].from) : NULL;
		struct policy *to = scheduled(rows[i].to);
		_cleanup_(inventory_done) struct inventory inv;
		int64_t slot_s = -1;
		bool due;
		inventory_init(&inv);
		if (rows[i].newest) {
			_cleanup_free_ char *set = xasprintf("1@%s", rows[i].newest);
			fixture_sets(&inv, set);
			inv.sets[0].state = (uint8_t)rows[i].state;
		}
		due = compare_due(
			from, to, rows[i].newest ? &inv : NULL, fixture_time(NOW), &slot_s);
		if (due != (rows[i].due != NULL) ||
			slot_s != (due ? fixture_time(rows[i].due) : -1))
			fail_msg("row %zu", i);
		policy_free(from);
		policy_free(to);
	}
}

TEST_FILE(outlook_compare_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_tells_what_goes_stays_and_expires_at_another_time),
		cmocka_unit_test(without_a_schedule_nothing_expires),
		cmocka_unit_test(a_slot_that_a_new_schedule_has_just_behind_is_due_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
