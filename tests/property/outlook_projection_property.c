/* The outlook as projected with verdicts() alone against the outlook as it was played with queues:
 * over random policies, sets, schedules, outages and missed slots, both say the same. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"
#include "played/played.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_SETS 60
#define HOUR ((int64_t)3600)

static void random_schedule(struct world *w)
{
	static const int64_t every_s[] = {1800, 3600, 5400, 6 * 3600, 86400, 86400, 5 * 86400};
	static const char *const calendars[] = {"hourly", "*-*-* 02:30", "Mon..Fri 01:00",
		"*-*-* 00/6:00", "*-*-1,15 00:30", "*-*~1 04:00"};
	struct schedule *s = &w->policy->schedule;
	struct dice *d = &w->dice;

	if (dice_one_in(d, 2)) {
		const char *calendar = calendars[dice_between(d, 0, ARRAY_SIZE(calendars) - 1)];
		s->kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(calendar, &s->calendar, NULL), 0);
	} else {
		s->kind = SCHEDULE_EVERY;
		s->every_s = every_s[dice_between(d, 0, ARRAY_SIZE(every_s) - 1)];
	}
	s->jitter_s = dice_one_in(d, 2) ? 3000 : 0;
	s->catch_up = !dice_one_in(d, 3);
	if (dice_one_in(d, 4)) {
		s->blackouts = xcalloc(1, sizeof(*s->blackouts));
		s->blackout_count = 1;
		assert_int_equal(window_parse("Mon..Fri 09:00-19:00", s->blackouts, NULL), 0);
	}
	/* At times a range of the future is protected. */
	if (w->policy->protected_range_count > 0 && dice_one_in(d, 2))
		w->policy->protected_ranges[0].to_s = WORLD_NOW_S + dice_between(d, 1, 40) * 86400;
}

/* At times the cloud takes few sets, the protected ones rather than others, some of them together.
 */
static void random_expiries(struct world *w)
{
	struct dice *d = &w->dice;

	if (!dice_one_in(d, 3))
		return;
	for (size_t i = 0; i < w->inv.count; i++) {
		struct set *s = &w->inv.sets[i];
		bool protected =
			policy_protects(w->policy, set_id(&w->inv, i), s->start_s, WORLD_NOW_S);
		s->expires_s = SET_NO_TIME;
		if (dice_one_in(d, protected ? 2 : 12))
			s->expires_s = WORLD_NOW_S + dice_between(d, 0, 20) * 12 * HOUR;
	}
}

static void random_input(struct world *w, struct forecast_input *ret)
{
	struct dice *d = &w->dice;

	*ret = (struct forecast_input){.policy = w->policy,
		.inv = dice_one_in(d, 5) ? NULL : &w->inv,
		.from_s = WORLD_NOW_S,
		.to_s = WORLD_NOW_S + dice_between(d, 1, dice_one_in(d, 4) ? 400 : 40) * 86400,
		.cloud_s = dice_one_in(d, 3) ? 0 : dice_between(d, 1, 80) * 43200,
		.miss_permille = dice_one_in(d, 2) ? 0 : (int)dice_between(d, 1, 300),
		.seed = w->seed};
	if (!dice_one_in(d, 2)) {
		ret->down_from_s = WORLD_NOW_S + dice_between(d, 0, 30 * 86400);
		ret->down_to_s = ret->down_from_s + dice_between(d, 0, 20 * 86400);
	}
}

static bool same_sets(const struct forecast *a, const struct forecast *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct forecast_set *x = &a->sets[i], *y = &b->sets[i];
		if (x->start_s != y->start_s || x->end_s != y->end_s || x->fate != y->fate ||
			x->rules != y->rules || x->protect != y->protect || x->given != y->given)
			return false;
	}
	return true;
}

static void check_forecast(uint64_t seed)
{
	struct forecast_input in;
	struct forecast a, b;
	struct world w;
	char what[300];

	world_init(&w, seed, WORLD_ANY, MOST_SETS);
	random_schedule(&w);
	random_expiries(&w);
	random_input(&w, &in);
	forecast_make(&in, &a);
	played_forecast(&in, &b);
	(void)snprintf(what, sizeof(what),
		"backups %" PRId64 "/%" PRId64 " deletes %" PRId64 "/%" PRId64 " expired %" PRId64
		"/%" PRId64 " most %" PRId64 "/%" PRId64 " steady %" PRId64 "/%" PRId64
		" sets %zu/%zu kept %zu/%zu",
		a.backups, b.backups, a.deletes, b.deletes, a.expired, b.expired, a.most_sets,
		b.most_sets, a.steady_s, b.steady_s, a.count, b.count, a.kept, b.kept);
	if (a.backups != b.backups || a.missed != b.missed || a.deletes != b.deletes ||
		a.expired != b.expired || a.most_sets != b.most_sets ||
		a.most_at_s != b.most_at_s || a.steady_s != b.steady_s || a.held_s != b.held_s ||
		a.reach_s != b.reach_s || a.flat_sets != b.flat_sets ||
		a.flat_held_s != b.flat_held_s || a.count != b.count || a.kept != b.kept ||
		memcmp(a.worst_gap_s, b.worst_gap_s, sizeof(a.worst_gap_s)) != 0 ||
		!same_sets(&a, &b))
		world_fail(&w, what);
	forecast_done(&a);
	forecast_done(&b);
	world_done(&w);
}

static void check_expiry(uint64_t seed)
{
	int64_t cloud_s;
	struct expiry *a, *b;
	struct world w;

	world_init(&w, seed, WORLD_ANY, MOST_SETS);
	random_schedule(&w);
	random_expiries(&w);
	cloud_s = dice_one_in(&w.dice, 3) ? 0 : dice_between(&w.dice, 1, 80) * 43200;
	/* What stays for ever is played for 20 years. */
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (w.policy->keep[rule].kind == KEEP_ALL && !dice_one_in(&w.dice, 10))
			w.policy->keep[rule].kind = KEEP_OFF;
	a = expiry_new(&w.inv, w.policy, cloud_s, WORLD_NOW_S);
	b = played_expiry(&w.inv, w.policy, cloud_s, WORLD_NOW_S);
	for (size_t i = 0; i < w.inv.count; i++) {
		bool same = a[i].expires_s == b[i].expires_s && a[i].count == b[i].count;
		for (size_t k = 0; same && k < a[i].count; k++)
			same = strcmp(a[i].phases[k].hold, b[i].phases[k].hold) == 0 &&
				a[i].phases[k].until_s == b[i].phases[k].until_s;
		if (!same) {
			print_error("set %s\n", set_id(&w.inv, i));
			for (size_t k = 0; k < a[i].count; k++)
				print_error("  projected %s %" PRId64 "\n", a[i].phases[k].hold,
					a[i].phases[k].until_s);
			for (size_t k = 0; k < b[i].count; k++)
				print_error("  played %s %" PRId64 "\n", b[i].phases[k].hold,
					b[i].phases[k].until_s);
			world_fail(&w, "another expiry");
		}
	}
	free(a);
	free(b);
	world_done(&w);
}

static int seeds(int otherwise)
{
	const char *said = getenv("RETAIND_SEEDS");

	return said ? atoi(said) : otherwise;
}

static void a_forecast_is_what_was_played(void **state)
{
	(void)state;
	world_each_seed(seeds(60), check_forecast);
}

static void expiries_are_what_was_played(void **state)
{
	(void)state;
	world_each_seed(seeds(25), check_expiry);
}

TEST_FILE(outlook_projection_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forecast_is_what_was_played),
		cmocka_unit_test(expiries_are_what_was_played),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
