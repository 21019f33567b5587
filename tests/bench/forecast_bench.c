/* How long a forecast of ten years of hourly backups takes, and the expiry of 10,000 sets, by
 * policies that keep few sets and such that keep all of them. Wall clock, the best and the median
 * of several runs. */
#include "base/text.h"
#include "fixture.h"
#include "outlook/forecast.h"
#include "outlook/plan_json.h"
#include "retention/reach.h"

#include <stdio.h>
#include <time.h>

#define NOW "2026-11-21T00:30Z"
#define RUNS 5
#define SETS 10000
#define HOUR ((int64_t)3600)

static const char *const policies[] = {
	"last=3 hourly=48 daily=14 weekly=8 monthly=12 yearly=2 zone=Asia/Shanghai",
	"within=1y monthly=24 zone=Europe/Berlin",
	"hourly=all",
	"last=10000",
};

struct figures {
	const char *what, *policy;
	double best_ms, median_ms;
	size_t sets;
};

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct policy *hourly(const char *words)
{
	struct policy *p = fixture_policy(words);

	p->schedule.kind = SCHEDULE_CALENDAR;
	if (calendar_parse("hourly", &p->schedule.calendar, NULL) < 0)
		abort();
	return p;
}

static void run_forecast(const struct policy *p, const struct inventory *inv, struct figures *f)
{
	struct forecast_input in = {.policy = p,
		.from_s = fixture_time(NOW),
		.to_s = fixture_time("2036-11-21T00:30Z"),
		.cloud_s = (int64_t)CLOUD_DAYS_MOST * 86400};
	struct forecast forecast;

	(void)inv;
	forecast_make(&in, &forecast);
	f->sets = (size_t)forecast.backups;
	forecast_done(&forecast);
}

/* All that `plan --json` does. */
static void run_expiry(const struct policy *p, const struct inventory *inv, struct figures *f)
{
	struct plan_input in = {
		.policy = p, .inv = inv, .listing_complete = true, .now_s = fixture_time(NOW)};
	struct text out = TEXT_INIT(SIZE_MAX / 2);
	struct jsonwriter w = {.out = &out};
	struct plan plan;

	plan_make(&in, &plan);
	plan_json(&in, &plan, &w, NULL);
	f->sets = plan.count - plan.doomed_count;
	plan_done(&plan);
	text_done(&out);
}

static void make_sets(struct inventory *inv)
{
	char id[16];

	inventory_init(inv);
	for (int64_t i = 0; i < SETS; i++) {
		struct set s = {.start_s = fixture_time(NOW) - i * HOUR,
			.size_bytes = -1,
			.duration_s = -1,
			.state = SET_VALID};
		s.expires_s = s.start_s + (int64_t)CLOUD_DAYS_MOST * 86400;
		(void)snprintf(id, sizeof(id), "%07d", (int)(9999999 - i));
		inventory_add(inv, &s, id, NULL, NULL);
	}
}

typedef void run(const struct policy *, const struct inventory *, struct figures *);

static void measure(run *what, const char *policy, const struct inventory *inv, struct figures *f)
{
	struct policy *p = hourly(policy);
	double ms[RUNS];

	for (int i = 0; i < RUNS; i++) {
		double begin = now_ms();
		what(p, inv, f);
		ms[i] = now_ms() - begin;
	}
	qsort(ms, RUNS, sizeof(*ms), compare_doubles);
	f->policy = policy;
	f->best_ms = ms[0];
	f->median_ms = ms[RUNS / 2];
	policy_free(p);
}

static void print(const struct figures *f, size_t count, bool json)
{
	if (json)
		(void)printf("{\"benchmark\":\"forecast\",\"runs\":%d,\"results\":[", RUNS);
	else
		(void)printf("%-34s %8s %10s %10s  %s\n", "what", "sets", "best ms", "median ms",
			"policy");
	for (size_t i = 0; i < count; i++)
		if (json)
			(void)printf("%s{\"what\":\"%s\",\"policy\":\"%s\",\"sets\":%zu,"
				     "\"best_ms\":%.3f,\"median_ms\":%.3f}",
				i ? "," : "", f[i].what, f[i].policy, f[i].sets, f[i].best_ms,
				f[i].median_ms);
		else
			(void)printf("%-34s %8zu %10.1f %10.1f  %s\n", f[i].what, f[i].sets,
				f[i].best_ms, f[i].median_ms, f[i].policy);
	(void)printf(json ? "]}\n" : "sets: backups made; sets kept\n");
}

int main(int argc, char **argv)
{
	struct figures figures[2 * ARRAY_SIZE(policies)];
	struct inventory inv;
	size_t count = 0;

	make_sets(&inv);
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		figures[count] = (struct figures){.what = "forecast, 10 years of hours"};
		measure(run_forecast, policies[i], &inv, &figures[count++]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		figures[count] = (struct figures){.what = "plan with expires, 10,000 sets"};
		measure(run_expiry, policies[i], &inv, &figures[count++]);
	}
	inventory_done(&inv);
	print(figures, count, argc > 1 && text_equal(argv[1], "--json"));
	return 0;
}
