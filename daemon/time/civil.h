/* Civil dates of the proleptic Gregorian calendar, and RFC 3339 text. Pure.
 * An instant is an int64_t of seconds since 1970-01-01T00:00:00Z (suffix _s), without leap
 * seconds, as POSIX counts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct civil {
	int64_t year;
	int month; /* 1..12 */
	int day;   /* 1..31 */
	int hour;  /* 0..23 */
	int minute;
	int second;
};

/* Days since 1970-01-01. Month and day must be in range. */
int64_t civil_to_days(int64_t year, int month, int day);
void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);

/* As if UTC; for local time, pass what zone_local() gives. */
int64_t civil_to_seconds(const struct civil *c);
void civil_from_seconds(int64_t seconds, struct civil *ret);

int civil_weekday(int64_t days); /* 0 = Monday .. 6 = Sunday */
int civil_month_length(int64_t year, int month);
/* ISO 8601: week 1 has the first Thursday. */
void civil_iso_week(int64_t days, int64_t *ret_year, int *ret_week);

#define CIVIL_TEXT_SIZE 40

/* "2026-11-21T00:00:00Z" */
void civil_format_utc(int64_t instant_s, char ret[CIVIL_TEXT_SIZE]);

/* Parses RFC 3339 ("2026-11-21T08:00:00+08:00", fractions dropped), the cloud's minute form
 * ("2026-11-21T00:00Z"), and, if `allow_date`, a bare date (midnight UTC). The whole string has to
 * match; an offset or Z is required but for a bare date. Year 0000..9999; second 60 is refused.
 * Returns false and leaves *ret_s alone if it does not parse. */
bool civil_parse_instant(const char *s, bool allow_date, int64_t *ret_s);
