/* Durations: sums of `s min h d w mo y`, largest unit first or in any order, each once ("1y2mo").
 * Pure. `m` alone is refused, since half the field reads minutes and half months. */
#pragma once

#include "base/error.h"
#include "time/zone.h"

struct duration {
	int64_t months;  /* y and mo */
	int64_t days;    /* w and d */
	int64_t seconds; /* h, min and s */
};

#define DURATION_TEXT_SIZE 96

/* Errors: -EINVAL with value and remedy in err. A bare "0" is the empty duration; any other bare
 * number is refused (no unit). At most 10000 years in all. */
int duration_parse(const char *s, struct duration *ret, struct error *err);
/* Parses back to the same. */
void duration_format(const struct duration *d, char ret[DURATION_TEXT_SIZE]);

/* Seconds, a day counted as 24 h. -EINVAL if it has months (they have no fixed length). */
int duration_to_seconds(const struct duration *d, int64_t *ret_s, struct error *err);

/* The instant this long before `instant_s`: months and days by the calendar of `z`, wall time
 * kept (a day of a month that does not exist overflows into the next month, as restic and Go
 * do: 31 March less one month is 3 March), seconds by the clock. */
int64_t duration_before(const struct duration *d, int64_t instant_s, const struct zone *z);
int64_t duration_after(const struct duration *d, int64_t instant_s, const struct zone *z);

/* "3 d 4 h", "17 min", "5 s": two units at most, for people. */
void duration_format_seconds(int64_t seconds, char ret[DURATION_TEXT_SIZE]);
