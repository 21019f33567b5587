/* Weekly windows of local time, such as "Mon..Fri 09:00-19:00". Pure.
 * Grammar: [weekdays] HH:MM-HH:MM; weekdays as in calendar expressions (lists and ranges of names);
 * none means every day. An end at or before the start lies on the next day; 24:00 is allowed as an
 * end. The start is inside, the end is not. */
#pragma once

#include "base/error.h"
#include "time/zone.h"

struct window {
	unsigned weekdays; /* bit 0 = Monday: days on which it starts */
	int32_t start_s;   /* seconds of the local day */
	int32_t length_s;  /* > 0, at most 86400 */
};

int window_parse(const char *s, struct window *ret, struct error *err);
#define WINDOW_TEXT_SIZE 64
void window_format(const struct window *w, char ret[WINDOW_TEXT_SIZE]);

/* If the instant lies inside, true and the end of the window (by local time). */
bool window_contains(
	const struct window *w, const struct zone *z, int64_t instant_s, int64_t *ret_end_s);
