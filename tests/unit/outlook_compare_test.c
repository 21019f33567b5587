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
	d = compare_policies(&inv, from, to, fixture_time(NOW), counts);
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

TEST_FILE(outlook_compare_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_tells_what_goes_stays_and_expires_at_another_time),
		cmocka_unit_test(without_a_schedule_nothing_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
