/* Turns days into dates and back, and reads and writes RFC 3339. */
#include "time/civil.h"

#include <stdio.h>
#include <string.h>

enum {
	DAYS_PER_ERA = 146097, /* 400 years: the Gregorian calendar repeats */
	SECONDS_PER_DAY = 86400,
};

#ifdef PROOF_WORDS
#include PROOF_WORDS
#endif

/*@ requires b > 1; assigns \nothing; ensures \result * b <= a < \result * b + b; */
static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*@ requires -300000000001 <= year <= 300000000000; assigns \nothing;
  ensures \result != 0 <==> leap(year) == \true; */
static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Both directions count years from 1 March, so that the leap day comes last: the months then
 * follow a pattern of 153 days in five months (H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
/*@ requires -300000000000 <= year <= 300000000000 && 1 <= month <= 12 && 1 <= day <= 31;
  assigns \nothing; ensures \result == days_of(year, month, day); */
int64_t civil_to_days(int64_t year, int month, int day)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = floor_divide(y, 400);
	int64_t year_of_era = y - era * 400;
	//@ assert y == era * 400 + year_of_era && 0 <= year_of_era < 400;
	//@ assert placed(y, era, year_of_era);
	//@ assert leaps_to(y) == (era + 1000000000) * 97 + year_of_era / 4 - year_of_era / 100;
	//@ assert counted(year);
	//@ assert nested(year);
	//@ assert leap_day(year) == leap_steps(year);
	//@ assert leaps_to(year) == leaps_to(year - 1) + leap_day(year);
	//@ assert leaps_to(1969) == 97000000477;
	int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468; /* days from 0000-03-01 to 1970-01-01 */
}

/*@ requires -106751991167301 <= days <= 106751991167301;
  requires \valid(ret_year) && \valid(ret_month) && \valid(ret_day);
  requires \separated(ret_year, ret_month, ret_day);
  assigns *ret_year, *ret_month, *ret_day;
  ensures 1 <= *ret_month <= 12 && 1 <= *ret_day;
  ensures *ret_day <= month_length(*ret_year, *ret_month);
  ensures days_of(*ret_year, *ret_month, *ret_day) == days; */
void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
	int64_t era = floor_divide(days + 719468, DAYS_PER_ERA);
	int64_t day_of_era = days + 719468 - era * DAYS_PER_ERA;
	//@ assert 0 <= day_of_era < 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	//@ assert 0 <= year_of_era < 400;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	//@ assert 0 <= day_of_year <= 365;
	/*@ assert day_of_year == 365 ==> (year_of_era % 4 == 3 &&
	  (year_of_era % 100 != 99 || year_of_era == 399)); */
	int64_t from_march = (5 * day_of_year + 2) / 153;

	//@ assert 0 <= from_march <= 11;
	*ret_day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
	*ret_month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	*ret_year = era * 400 + year_of_era + (from_march >= 10);
	//@ ghost int64_t y = era * 400 + year_of_era, z = *ret_year;
	//@ ghost int64_t q = (153 * from_march + 2) / 5;
	//@ assert placed(y, era, year_of_era);
	//@ assert leaps_to(y) == (era + 1000000000) * 97 + year_of_era / 4 - year_of_era / 100;
	//@ assert counted(z);
	//@ assert nested(z);
	//@ assert leap_day(z) == leap_steps(z);
	//@ assert leaps_to(z) == leaps_to(z - 1) + leap_day(z);
	//@ assert leaps_to(1969) == 97000000477;
	//@ assert day_of_year == 365 ==> leap(y + 1) == \true;
	//@ assert 5 * q <= 153 * from_march + 2 < 5 * q + 5;
	//@ assert from_march < 10 ==> before_month(*ret_month) == q + 59;
	//@ assert from_march >= 10 ==> before_month(*ret_month) == q - 306;
	//@ assert day_of_year == 365 ==> from_march == 11 && z == y + 1 && leap_day(z) == 1;
	//@ assert from_march == 11 ==> *ret_month == 2 && *ret_day <= 28 + leap_day(z);
	/*@ assert from_march < 11 ==> *ret_month != 2 && *ret_day <= 31 &&
	  ((from_march == 1 || from_march == 3 || from_march == 6 || from_march == 8) ==>
	  *ret_day <= 30); */
	/*@ assert days == era * 146097 + 365 * year_of_era + year_of_era / 4 - year_of_era / 100 +
	  day_of_year - 719468; */
	//@ assert from_march < 10 ==> leaps_to(z - 1) + leap_day(z) == leaps_to(y);
	//@ assert from_march >= 10 ==> leaps_to(z - 1) == leaps_to(y);
}

/*@ requires \valid_read(c) && -10000000000 <= c->year <= 10000000000;
  requires 1 <= c->month <= 12 && 1 <= c->day <= 31 && 0 <= c->hour < 24;
  requires 0 <= c->minute < 60 && 0 <= c->second < 60; assigns \nothing;
  ensures \result == days_of(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
    c->minute * 60 + c->second; */
int64_t civil_to_seconds(const struct civil *c)
{
	return civil_to_days(c->year, c->month, c->day) * SECONDS_PER_DAY + c->hour * 3600 +
		c->minute * 60 + c->second;
}

/*@ requires \valid(ret) && -9000000000000000000 <= seconds <= 9000000000000000000;
  assigns *ret;
  ensures date(ret->year, ret->month, ret->day);
  ensures 0 <= ret->hour < 24 && 0 <= ret->minute < 60 && 0 <= ret->second < 60;
  ensures seconds == days_of(ret->year, ret->month, ret->day) * 86400 +
    ret->hour * 3600 + ret->minute * 60 + ret->second; */
void civil_from_seconds(int64_t seconds, struct civil *ret)
{
	int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
	int rest = (int)(seconds - days * SECONDS_PER_DAY);

	civil_from_days(days, &ret->year, &ret->month, &ret->day);
	ret->hour = rest / 3600;
	ret->minute = rest / 60 % 60;
	ret->second = rest % 60;
}

/*@ requires -106751991167301 <= days <= 106751991167301; assigns \nothing;
  ensures 0 <= \result < 7 && \exists integer week; days + 3 == 7 * week + \result; */
int civil_weekday(int64_t days)
{
	int64_t from_thursday = days % 7; /* 1970-01-01 was one */
	//@ assert days == 7 * (days / 7) + from_thursday && -6 <= from_thursday <= 6;

	return (int)((from_thursday + 7 + 3) % 7);
}

/*@ requires -300000000000 <= year <= 300000000000 && 1 <= month <= 12; assigns \nothing;
  ensures \result == month_length(year, month); */
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
