/* Turns days into dates and back, and reads and writes RFC 3339. */
#include "time/civil.h"

#include <stdio.h>
#include <string.h>

enum {
	DAYS_PER_ERA = 146097, /* 400 years: the Gregorian calendar repeats */
	SECONDS_PER_DAY = 86400,
};

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Both directions count years from 1 March, so that the leap day comes last: the months then
 * follow a pattern of 153 days in five months (H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
int64_t civil_to_days(int64_t year, int month, int day)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = floor_divide(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468; /* days from 0000-03-01 to 1970-01-01 */
}

void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
	int64_t era = floor_divide(days + 719468, DAYS_PER_ERA);
	int64_t day_of_era = days + 719468 - era * DAYS_PER_ERA;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * day_of_year + 2) / 153;

	*ret_day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
	*ret_month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	*ret_year = era * 400 + year_of_era + (from_march >= 10);
}

int64_t civil_to_seconds(const struct civil *c)
{
	return civil_to_days(c->year, c->month, c->day) * SECONDS_PER_DAY + c->hour * 3600 +
		c->minute * 60 + c->second;
}

void civil_from_seconds(int64_t seconds, struct civil *ret)
{
	int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
	int rest = (int)(seconds - days * SECONDS_PER_DAY);

	civil_from_days(days, &ret->year, &ret->month, &ret->day);
	ret->hour = rest / 3600;
	ret->minute = rest / 60 % 60;
	ret->second = rest % 60;
}

int civil_weekday(int64_t days)
{
	int64_t from_thursday = days % 7; /* 1970-01-01 was one */

	return (int)((from_thursday + 7 + 3) % 7);
}

int civil_month_length(int64_t year, int month)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : length[month - 1];
}

void civil_iso_week(int64_t days, int64_t *ret_year, int *ret_week)
{
	int64_t thursday =
		days - civil_weekday(days) + 3; /* decides to which year a week belongs */
	int month, day;

	civil_from_days(thursday, ret_year, &month, &day);
	*ret_week = (int)((thursday - civil_to_days(*ret_year, 1, 1)) / 7) + 1;
}

void civil_format_utc(int64_t instant_s, char ret[CIVIL_TEXT_SIZE])
{
	struct civil c;

	civil_from_seconds(instant_s, &c);
	(void)snprintf(ret, CIVIL_TEXT_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)c.year,
		c.month, c.day, c.hour, c.minute, c.second);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes exactly `count` digits. */
static bool take_digits(const char **s, int count, int *ret)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!is_digit((*s)[i]))
			return false;
		value = value * 10 + ((*s)[i] - '0');
	}
	*s += count;
	*ret = value;
	return true;
}

static bool take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Takes a character that RFC 3339 lets be written small. */
static bool take_letter(const char **s, char upper)
{
	return take(s, upper) || take(s, (char)(upper | 0x20));
}

static bool take_date(const char **s, struct civil *c)
{
	int year;

	if (!take_digits(s, 4, &year) || !take(s, '-') || !take_digits(s, 2, &c->month) ||
		!take(s, '-') || !take_digits(s, 2, &c->day))
		return false;
	c->year = year;
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
		c->day <= civil_month_length(c->year, c->month);
}

/* HH:MM[:SS[.fraction]] */
static bool take_time(const char **s, struct civil *c)
{
	if (!take_digits(s, 2, &c->hour) || !take(s, ':') || !take_digits(s, 2, &c->minute))
		return false;
	c->second = 0;
	if (take(s, ':')) {
		if (!take_digits(s, 2, &c->second))
			return false;
		if (take(s, '.')) {
			if (!is_digit(**s))
				return false;
			while (is_digit(**s))
				(*s)++;
		}
	}
	return c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

static bool take_offset(const char **s, int *ret_s)
{
	int sign, hours, minutes;

	if (take_letter(s, 'Z')) {
		*ret_s = 0;
		return true;
	}
	sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
	if (sign == 0 || !take_digits(s, 2, &hours) || !take(s, ':') ||
		!take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool civil_parse_instant(const char *s, bool allow_date, int64_t *ret_s)
{
	struct civil c = {0};
	int offset_s = 0;

	if (!take_date(&s, &c))
		return false;
	if (*s == '\0') {
		if (!allow_date)
			return false;
	} else if (!take_letter(&s, 'T') || !take_time(&s, &c) || !take_offset(&s, &offset_s) ||
		*s != '\0') {
		return false;
	}
	*ret_s = civil_to_seconds(&c) - offset_s;
	return true;
}
