/* Calendar event expressions: the grammar of systemd.time(7), with lists, ranges, steps, `~`,
 * weekdays, fractions of seconds refused, a trailing zone and the shorthands. Pure.
 *
 * Equal to systemd-analyze calendar, with one stated difference: a local time that a change of
 * the clocks skips fires at the first instant after the gap (systemd skips the day). A repeated
 * local time fires once, the first time. (systemd 252 also skips instants after a month that lacks
 * a day or a step that leaves its unit, as in "*-*-1,31" and "*-*-1/23"; here they fire.) */
#pragma once

#include "base/error.h"
#include "time/zone.h"

struct calendar;

/* Errors: -EINVAL; the text says what is wrong and where. A last word that does not begin as a date
 * or a time does is taken for a zone's name; whether there is such a zone, the caller finds out.
 * *ret is owned by the caller. */
int calendar_parse(const char *s, struct calendar **ret, struct error *err);
struct calendar *calendar_use(struct calendar *c); /* as zone_use() */
void calendar_free(struct calendar *c);            /* as zone_free() */

/* The zone written at the expression's end ("UTC" for "@1700000000"), or NULL. The caller loads it
 * and passes it below; without one, the caller passes the zone in force (the policy's). */
const char *calendar_zone_name(const struct calendar *c);

/* The first instant strictly after / the last instant at or before. -ENOENT if there is none
 * within the years 1970 to 2199. */
int calendar_next(const struct calendar *c, const struct zone *z, int64_t after_s, int64_t *ret_s);
int calendar_previous(const struct calendar *c, const struct zone *z, int64_t at_s, int64_t *ret_s);

/* The normalized form, as systemd-analyze prints it. Owned by the caller. */
char *calendar_format(const struct calendar *c);

/* True if both have the same normalized form. */
bool calendar_same(const struct calendar *a, const struct calendar *b);
