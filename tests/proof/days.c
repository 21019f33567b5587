/* Every day of 400 years, after which the calendar repeats: dates, weeks, buckets and durations
 * against a calendar that only counts on from one day to the next. In UTC; zones have worlds of
 * their own. */
#include "retention/rule.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	DAY_S = 86400,
	DAYS = 146097,
	MONTHS = 400 * 12,
	BACK = 30, /* months */
};

struct day {
	int year, month, day, weekday; /* from Monday */
	int week_year, week;
	int month_index;
};

static struct day days[DAYS + 7];
static int first_days[MONTHS + 1]; /* by month_index */

static int length_of(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);

	return lengths[month - 1] + (month == 2 && leap);
}

static void count_days(void)
{
	struct day d = {1970, 1, 1, 3, 1970, 1, 0};

	for (int i = 0; i < DAYS + 7; i++) {
		days[i] = d;
		if (d.day == 1 && d.month_index <= MONTHS)
			first_days[d.month_index] = i;
		d.weekday = (d.weekday + 1) % 7;
		if (++d.day > length_of(d.year, d.month)) {
			d.day = 1;
			d.month_index++;
			if (++d.month > 12) {
				d.month = 1;
				d.year++;
			}
		}
	}
	/* A week belongs to the year of its Thursday. */
	for (int i = 0, year = 1970, week = 1; i + 3 < DAYS + 7; i++) {
		if (days[i].weekday == 0) {
			week = days[i + 3].year == year ? week + 1 : 1;
			year = days[i + 3].year;
		}
		days[i].week_year = year;
		days[i].week = week;
	}
}

static void expect(bool holds, const char *what, int day)
{
	if (holds)
		return;
	printf("%s: %d-%02d-%02d\n", what, days[day].year, days[day].month, days[day].day);
	exit(1);
}

static void check_dates(int i)
{
	const struct day *d = &days[i];
	int64_t year, week_year;
	int month, day, week;

	civil_from_days(i, &year, &month, &day);
	expect(year == d->year && month == d->month && day == d->day, "the date", i);
	expect(civil_to_days(d->year, d->month, d->day) == i, "the day", i);
	expect(civil_month_length(d->year, d->month) == length_of(d->year, d->month),
		"the month's length", i);
	expect(civil_weekday(i) == d->weekday, "the weekday", i);
	civil_iso_week(i, &week_year, &week);
	expect(week_year == d->week_year && week == d->week, "the week", i);
}

/* A bucket ends where the next day is of another week, month and so on, and not before. */
static void check_buckets(int i, const struct zone *z)
{
	const struct day *d = &days[i], *next = &days[i + 1];
	const struct {
		enum rule rule;
		bool ends;
	} rows[] = {
		{RULE_DAILY, true},
		{RULE_WEEKLY, next->weekday == 0},
		{RULE_MONTHLY, next->day == 1},
		{RULE_QUARTERLY, next->day == 1 && next->month % 3 == 1},
		{RULE_YEARLY, next->year != d->year},
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		int64_t start_s = (int64_t)i * DAY_S, here = rule_bucket(rows[k].rule, z, start_s);

		expect(rule_bucket(rows[k].rule, z, start_s + DAY_S - 1) == here, "a day's bucket",
			i);
		expect(rule_bucket(rows[k].rule, z, start_s + DAY_S) == here + rows[k].ends,
			rule_rows[rows[k].rule]->name, i);
	}
	for (int hour = 0; hour < 24; hour++) {
		int64_t start_s = (int64_t)i * DAY_S + hour * 3600;

		expect(rule_bucket(RULE_HOURLY, z, start_s + 3599) == (int64_t)i * 24 + hour,
			"hourly", i);
	}
}

/* The day of the month overflows: a month before 31 March is 3 March. */
static void check_durations(int i, const struct zone *z)
{
	const struct day *d = &days[i];
	int64_t at_s = (int64_t)i * DAY_S + 81000;

	for (int months = 0; months <= BACK; months++) {
		struct duration before = {.months = months, .days = months % 5, .seconds = months};
		int64_t day;

		if (d->month_index >= months) {
			day = first_days[d->month_index - months] + d->day - 1 - before.days;
			expect(duration_before(&before, at_s, z) == day * DAY_S + 81000 - months,
				"before", i);
		}
		if (d->month_index + months <= MONTHS) {
			day = first_days[d->month_index + months] + d->day - 1 + before.days;
			expect(duration_after(&before, at_s, z) == day * DAY_S + 81000 + months,
				"after", i);
		}
	}
}

int main(void)
{
	struct zone *z = zone_utc();

	count_days();
	for (int i = 0; i < DAYS; i++) {
		check_dates(i);
		check_buckets(i, z);
		check_durations(i, z);
	}
	zone_free(z);
	printf("days: %d days and %d durations of each are as counted\n", DAYS, 2 * (BACK + 1));
	return 0;
}
