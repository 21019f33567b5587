/* What sets cost: by the month, and over a forecast, with a part of the storage free. */
#include "cmocka_all.h"
#include "fixture.h"

#include "outlook/cost.h"

#include <math.h>

#define GB INT64_C(1073741824)
#define DAY INT64_C(86400)
#define FROM INT64_C(1800000000)

static void assert_near(const char *what, double value, double expected)
{
	if (fabs(value - expected) > 1e-6 * (1 + fabs(expected)))
		fail_msg("%s: %f, not %f", what, value, expected);
}

static struct policy *priced(double price, double free_gb)
{
	struct policy *p = fixture_policy("last=3");

	p->storage.price_billionths = llround(price * 1e9);
	p->storage.free_billionths = llround(free_gb * 1e9);
	return p;
}

static void a_month_costs_what_is_more_than_the_free_part(void **state)
{
	static const struct {
		double price, free_gb;
		int64_t bytes;
		double money;
	} rows[] = {
		{0.00022, 0, 1000 * GB, 160.71},
		{0.00022, 100, 1000 * GB, 144.639},
		{0.00022, 1000, 1000 * GB, 0},
		{0.00022, 2000, 1000 * GB, 0},
		{0.00022, 0.5, GB, 0.080355},
		{0, 0, 1000 * GB, 0},
		{0.00022, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct policy *p = priced(rows[i].price, rows[i].free_gb);
		assert_near("money", cost_of_month(p, rows[i].bytes), rows[i].money);
		policy_free(p);
	}
}

/* Ten days: one set from before on, one of three days, one from the eighth day on. */
static struct forecast_set sets[] = {
	{.start_s = FROM - 2 * DAY, .end_s = SET_NO_TIME},
	{.start_s = FROM + 1 * DAY, .end_s = FROM + 4 * DAY, .fate = FATE_DELETED},
	{.start_s = FROM + 8 * DAY, .end_s = SET_NO_TIME},
};
static const struct forecast tens = {
	.from_s = FROM, .to_s = FROM + 10 * DAY, .reach_s = 5 * DAY, .sets = sets, .count = 3};

static void a_forecast_adds_up_what_is_there_at_each_moment(void **state)
{
	static const struct {
		bool flat;
		double free_gb, set_days, paid_gb_days; /* sets of 2 GB */
	} rows[] = {
		{false, 0, 15, 30},
		/* Two sets are there on five days; one alone is free. */
		{false, 2, 15, 10},
		{false, 3, 15, 5},
		{false, 4, 15, 0},
		/* 3 days of the first, 5 of the second, 2 of the third; two at once on two days. */
		{true, 0, 10, 20},
		{true, 2, 10, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct policy *p = priced(0.5, rows[i].free_gb);
		struct cost c = cost_of_forecast(p, &tens, 2 * GB, rows[i].flat);
		assert_near("sets", c.average_sets, rows[i].set_days / 10);
		assert_near("GB-months", c.gb_months, rows[i].set_days * 2 * 24 / 730.5);
		assert_near("money", c.money, rows[i].paid_gb_days * 24 * 0.5);
		policy_free(p);
	}
}

static void a_forecast_without_sets_costs_nothing(void **state)
{
	struct policy *p = priced(0.5, 0);
	const struct forecast none = {.from_s = FROM, .to_s = FROM};
	struct cost c = cost_of_forecast(p, &none, GB, false);

	(void)state;
	assert_near("sets", c.average_sets, 0);
	assert_near("money", c.money, 0);
	policy_free(p);
}

TEST_FILE(outlook_cost_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month_costs_what_is_more_than_the_free_part),
		cmocka_unit_test(a_forecast_adds_up_what_is_there_at_each_moment),
		cmocka_unit_test(a_forecast_without_sets_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
