/* Slots against a naive list of them: every instant of the schedule for weeks around, each moved
 * second by second, and then looked through for the nearest. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/memory.h"
#include "retention/slot.h"

#include <errno.h>
#include <inttypes.h>

#define HOUR 3600
#define DAY 86400
#define AROUND_S (24 * DAY)

static void random_windows(struct schedule *s, struct dice *d)
{
	s->blackout_count = (size_t)dice_between(d, 0, 4);
	s->blackouts = xcalloc(s->blackout_count, sizeof(*s->blackouts));
	for (size_t i = 0; i < s->blackout_count; i++)
		s->blackouts[i] = (struct window){
			.weekdays = (unsigned)dice_between(d, 1, 127),
			.start_s = (int32_t)dice_between(d, 0, 23) * HOUR,
			.length_s = (int32_t)dice_between(d, 1, 24) * HOUR,
		};
}

static struct policy *random_policy(struct dice *d)
{
	static const char *const zones[] = {"zone=UTC", "zone=America/New_York",
		"zone=Australia/Lord_Howe", "zone=Asia/Shanghai"};
	struct policy *p = fixture_policy(zones[dice_between(d, 0, ARRAY_SIZE(zones) - 1)]);

	p->schedule.kind = SCHEDULE_EVERY;
	p->schedule.every_s =
		dice_one_in(d, 3) ? dice_between(d, 1, 200) * HOUR : dice_between(d, 600, 3 * DAY);
	p->schedule.jitter_s = dice_one_in(d, 2) ? 0 : dice_between(d, 1, 9000);
	random_windows(&p->schedule, d);
	return p;
}

static bool in_blackout(const struct policy *p, int64_t at_s)
{
	int64_t end_s;

	for (size_t i = 0; i < p->schedule.blackout_count; i++)
		if (window_contains(&p->schedule.blackouts[i], p->zone, at_s, &end_s))
			return true;
	return false;
}

/* The slot of an instant. Windows end on whole minutes of local time. */
static int64_t naive_slot(const struct policy *p, int64_t at_s)
{
	int64_t limit_s = at_s + 15 * DAY;

	while (in_blackout(p, at_s) && at_s < limit_s)
		at_s += 60 - at_s % 60;
	return at_s < limit_s ? at_s : -1;
}

static void check_seed(uint64_t seed)
{
	struct dice d = {seed};
	struct policy *p = random_policy(&d);
	int64_t around[] = {fixture_time("2026-11-01T06:00Z"), fixture_time("2026-03-08T07:00Z"),
		fixture_time("2026-04-04T15:00Z"), fixture_time("2026-07-01")};
	int64_t at_s = around[dice_between(&d, 0, 3)] + dice_between(&d, -3 * DAY, 3 * DAY);
	int64_t every_s = p->schedule.every_s, previous_s = -1, next_s = -1, got_s = -1;
	bool none = naive_slot(p, at_s) < 0;

	for (int64_t i = (at_s - AROUND_S) / every_s; i <= (at_s + AROUND_S) / every_s; i++) {
		int64_t slot_s = naive_slot(p, i * every_s + slot_jitter(p));
		if (slot_s <= at_s && slot_s > previous_s)
			previous_s = slot_s;
		if (slot_s > at_s && (next_s < 0 || slot_s < next_s))
			next_s = slot_s;
	}
	if (none) {
		if (slot_next(p, at_s, &got_s) != -ENOENT ||
			slot_previous(p, at_s, &got_s) != -ENOENT)
			fail_msg("RETAIND_SEED=%" PRIu64 ": a slot where there is no time for one",
				seed);
	} else {
		if (slot_next(p, at_s, &got_s) < 0 || got_s != next_s)
			fail_msg("RETAIND_SEED=%" PRIu64 ": next after %" PRId64 " is %" PRId64
				 ", not %" PRId64,
				seed, at_s, got_s, next_s);
		if (slot_previous(p, at_s, &got_s) < 0 || got_s != previous_s)
			fail_msg("RETAIND_SEED=%" PRIu64 ": previous at %" PRId64 " is %" PRId64
				 ", not %" PRId64,
				seed, at_s, got_s, previous_s);
	}
	policy_free(p);
}

static void slots_are_those_of_a_naive_list(void **state)
{
	(void)state;
	world_each_seed(500, check_seed);
}

TEST_FILE(retention_slot_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_those_of_a_naive_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
