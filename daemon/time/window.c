/* Reads and writes weekly windows, and finds the one that an instant lies in. */
#include "time/window.h"

#include "time/weekdays.h"

#include <errno.h>
#include <stdio.h>

enum {
	DAY_S = 86400,
};

/* Takes HH:MM, at most 24:00. */
static bool take_time(const char **s, int32_t *ret_s)
{
	const char *p = *s;
	int hours, minutes;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return false;
	hours = (p[0] - '0') * 10 + p[1] - '0';
	minutes = (p[3] - '0') * 10 + p[4] - '0';
	if (minutes > 59 || hours * 60 + minutes > 24 * 60)
		return false;
	*s += 5;
	*ret_s = hours * 3600 + minutes * 60;
	return true;
}

int window_parse(const char *s, struct window *ret, struct error *err)
{
	char shown[WINDOW_TEXT_SIZE];
	unsigned weekdays;
	int32_t start_s, end_s;
	int r;

	text_copy_printable(shown, sizeof(shown), s);
	r = weekdays_take(&s, &weekdays, err);
	if (r < 0) {
		(void)error_add(err, "window '%s'", shown);
		return r;
	}
	if (!take_time(&s, &start_s) || start_s == DAY_S || *s++ != '-' || !take_time(&s, &end_s) ||
		*s != '\0')
		return error_set(err, EINVAL,
			"'%s' is not a window: write HH:MM-HH:MM, or with weekdays "
			"Mon..Fri 09:00-19:00",
			shown);
	ret->weekdays = weekdays ? weekdays : WEEKDAYS_ALL;
	ret->start_s = start_s;
	ret->length_s = end_s - start_s + (end_s <= start_s ? DAY_S : 0);
	return 0;
}

void window_format(const struct window *w, char ret[WINDOW_TEXT_SIZE])
{
	_cleanup_(text_done) struct text t = TEXT_INIT(WINDOW_TEXT_SIZE - 1);
	int32_t end_s = w->start_s + w->length_s;

	if (end_s > DAY_S)
		end_s -= DAY_S;
	if (w->weekdays != WEEKDAYS_ALL) {
		weekdays_format(w->weekdays, &t);
		text_add(&t, " ");
	}
	text_printf(&t, "%02d:%02d-%02d:%02d", w->start_s / 3600, w->start_s / 60 % 60,
		end_s / 3600, end_s / 60 % 60);
	(void)snprintf(ret, WINDOW_TEXT_SIZE, "%s", t.s);
}

/* Windows are compared as instants: a day on which the clocks change shortens or lengthens them,
 * and a repeated hour does not open one again. */
bool window_contains(
	const struct window *w, const struct zone *z, int64_t instant_s, int64_t *ret_end_s)
{
	int64_t local_s = zone_local(z, instant_s);
	int64_t today = local_s / DAY_S - (local_s % DAY_S < 0);

	/* Tomorrow's too: where midnight is repeated, it may have begun before today ends. */
	for (int64_t day = today - 1; day <= today + 1; day++) {
		int64_t start_s, end_s;

		if (!(w->weekdays & 1u << civil_weekday(day)))
			continue;
		(void)zone_instant(z, day * DAY_S + w->start_s, &start_s);
		(void)zone_instant(z, day * DAY_S + w->start_s + w->length_s, &end_s);
		if (start_s <= instant_s && instant_s < end_s) {
			*ret_end_s = end_s;
			return true;
		}
	}
	return false;
}
