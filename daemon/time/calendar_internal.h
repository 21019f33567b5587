/* What a calendar expression is made of. For the calendar_*.c files only. */
#pragma once

#include "time/calendar.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CALENDAR_YEAR_MIN = 1970, /* as systemd */
	CALENDAR_YEAR_MAX = 2199,
};

enum calendar_field {
	CALENDAR_YEAR,
	CALENDAR_MONTH,
	CALENDAR_DAY,
	CALENDAR_HOUR,
	CALENDAR_MINUTE,
	CALENDAR_SECOND,
	CALENDAR_FIELDS,
};

/* start, start..stop, start/step or start..stop/step */
struct calendar_part {
	int start;
	int stop; /* -1: none */
	int step; /* 0: start alone */
};

struct calendar_list {
	struct calendar_part *parts;
	size_t count; /* 0: `*` */
	size_t capacity;
};

struct calendar {
	size_t more_users; /* besides the first */

	/* As written, but normalized. */
	struct calendar_list lists[CALENDAR_FIELDS];
	unsigned weekdays; /* bit 0 = Monday; never 0 */
	bool from_end;     /* `~`: days count from the month's last, which is 1 */
	char *zone;        /* NULL if none is written */

	/* The same as sets of bits, for the search. */
	bool years[CALENDAR_YEAR_MAX - CALENDAR_YEAR_MIN + 1];
	uint64_t months; /* bit 1 = January */
	uint64_t hours, minutes, seconds;
	uint64_t days[4];        /* bit 1 = the first; by the month's length, from 28 */
	uint64_t on_weekdays[7]; /* days of a month with a right weekday; by the weekday of its
				    first */
};

/* Fills the sets of bits from the lists. */
void calendar_compile(struct calendar *c);
