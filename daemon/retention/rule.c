/* The rows of the keep rules. */
#include "retention/rule.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)

#define TAKES_COUNT (1u << KEEP_OFF | 1u << KEEP_NUMBER | 1u << KEEP_ALL)
#define TAKES_SPAN (1u << KEEP_OFF | 1u << KEEP_SPAN)

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t hour_of(const struct rule_time *t)
{
	return t->hour;
}

static int64_t day_of(const struct rule_time *t)
{
	return t->day;
}

/* ISO weeks begin on Monday; 1970-01-01 was a Thursday. */
static int64_t week_of(const struct rule_time *t)
{
	return floor_divide(t->day + 3, 7);
}

static int64_t month_of(const struct rule_time *t)
{
	return t->month;
}

static int64_t quarter_of(const struct rule_time *t)
{
	return floor_divide(t->month, 3);
}

static int64_t year_of(const struct rule_time *t)
{
	return floor_divide(t->month, 12);
}

static void hour_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	(void)snprintf(ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64 "-%02d-%02dT%02d", c->year,
		c->month, c->day, c->hour);
}

static void day_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	(void)snprintf(
		ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64 "-%02d-%02d", c->year, c->month, c->day);
}

static void week_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	int64_t week_year;
	int week;

	civil_iso_week(civil_to_days(c->year, c->month, c->day), &week_year, &week);
	(void)snprintf(ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64 "-W%02d", week_year, week);
}

static void month_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	(void)snprintf(ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64 "-%02d", c->year, c->month);
}

static void quarter_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	(void)snprintf(
		ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64 "-Q%d", c->year, (c->month + 2) / 3);
}

static void year_text(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE])
{
	(void)snprintf(ret, RULE_BUCKET_TEXT_SIZE, "%04" PRId64, c->year);
}

static const struct rule_row last = {
	.name = "last",
	.help = "Keeps the newest N sets, or all.",
	.kinds = TAKES_COUNT,
};

static const struct rule_row within = {
	.name = "within",
	.help = "Keeps every set younger than this, measured from the newest valid set.",
	.kinds = TAKES_SPAN,
};

static const struct rule_row hourly = {
	.name = "hourly",
	.help = "Keeps the newest set of each hour: for the newest N hours that have one, for a "
		"span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = hour_of,
	.text = hour_text,
	.mean_s = HOUR_S,
	.longest_s = HOUR_S,
	.shortest = {.seconds = HOUR_S},
};

/* The day on which clocks go back has 25 hours, and so on for what is longer. */
static const struct rule_row daily = {
	.name = "daily",
	.help = "Keeps the newest set of each day: for the newest N days that have one, for a "
		"span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = day_of,
	.text = day_text,
	.mean_s = DAY_S,
	.longest_s = DAY_S + HOUR_S,
	.shortest = {.days = 1},
	.nests = {[RULE_HOURLY] = 25},
};

static const struct rule_row weekly = {
	.name = "weekly",
	.help = "Keeps the newest set of each ISO week: for the newest N weeks that have one, for "
		"a span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = week_of,
	.text = week_text,
	.mean_s = 7 * DAY_S,
	.longest_s = 7 * DAY_S + HOUR_S,
	.shortest = {.days = 7},
	.nests = {[RULE_HOURLY] = 169, [RULE_DAILY] = 7},
};

static const struct rule_row monthly = {
	.name = "monthly",
	.help = "Keeps the newest set of each month: for the newest N months that have one, for a "
		"span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = month_of,
	.text = month_text,
	.mean_s = 730 * HOUR_S,
	.longest_s = 31 * DAY_S + HOUR_S,
	.shortest = {.months = 1},
	.nests = {[RULE_HOURLY] = 745, [RULE_DAILY] = 31},
};

static const struct rule_row quarterly = {
	.name = "quarterly",
	.help = "Keeps the newest set of each quarter: for the newest N quarters that have one, "
		"for a span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = quarter_of,
	.text = quarter_text,
	.mean_s = 2190 * HOUR_S,
	.longest_s = 92 * DAY_S + HOUR_S,
	.shortest = {.months = 3},
	.nests = {[RULE_HOURLY] = 2209, [RULE_DAILY] = 92, [RULE_MONTHLY] = 3},
};

static const struct rule_row yearly = {
	.name = "yearly",
	.help = "Keeps the newest set of each year: for the newest N years that have one, for a "
		"span, or all.",
	.kinds = TAKES_COUNT | TAKES_SPAN,
	.bucket = year_of,
	.text = year_text,
	.mean_s = 365 * DAY_S,
	.longest_s = 366 * DAY_S,
	.shortest = {.months = 12},
	.nests = {[RULE_HOURLY] = 8785,
		[RULE_DAILY] = 366,
		[RULE_MONTHLY] = 12,
		[RULE_QUARTERLY] = 4},
};

/* It takes nothing from the file: how long it reaches back is the cloud's log retention. */
static const struct rule_row point_in_time = {
	.name = "point_in_time",
	.help = "Keeps the newest full set of each day as far back as the cloud keeps the log.",
	.kinds = 1u << KEEP_OFF,
	.bucket = day_of,
	.text = day_text,
	.mean_s = DAY_S,
	.longest_s = DAY_S + HOUR_S,
	.shortest = {.days = 1},
};

#define RULE_ROW(rule, row) [rule] = &(row),
const struct rule_row *const rule_rows[RULE_COUNT] = {
	RULES(RULE_ROW)[RULE_POINT_IN_TIME] = &point_in_time};
#undef RULE_ROW

void rule_time_set(struct rule_time *t, int64_t local_s)
{
	int64_t day, year;
	int month, day_of_month;

	if (local_s == t->local_s)
		return;
	day = floor_divide(local_s, DAY_S);
	t->local_s = local_s;
	t->hour = floor_divide(local_s, HOUR_S);
	if (day == t->day)
		return;
	civil_from_days(day, &year, &month, &day_of_month);
	t->day = day;
	t->month = year * 12 + month - 1;
}

int64_t rule_bucket(enum rule rule, const struct zone *z, int64_t instant_s)
{
	struct rule_time t = RULE_TIME_NONE;

	rule_time_set(&t, zone_local(z, instant_s));
	return rule_rows[rule]->bucket(&t);
}

void rule_bucket_text(
	enum rule rule, const struct zone *z, int64_t instant_s, char ret[RULE_BUCKET_TEXT_SIZE])
{
	struct civil c;

	ret[0] = '\0';
	if (!rule_rows[rule]->text)
		return;
	civil_from_seconds(zone_local(z, instant_s), &c);
	rule_rows[rule]->text(&c, ret);
}

bool rule_counts(enum rule rule)
{
	return rule_rows[rule]->kinds & 1u << KEEP_NUMBER;
}
