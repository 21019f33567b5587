/* Calendar expressions, durations and windows. The normalized form parses, to the same normalized
 * form and the same instants. The first byte chooses which of the three. */
#include "base/memory.h"
#include "fuzz.h"
#include "time/calendar.h"
#include "time/duration.h"
#include "time/window.h"

#include <string.h>

#define FROM_S 1795219200 /* 2026-11-21 */

static struct calendar *parse(const char *s)
{
	struct error err = {0};
	struct calendar *c = NULL;
	int r = calendar_parse(s, &c, &err);

	HOLDS((r == 0) == (c != NULL));
	HOLDS(r == 0 || err.text[0]);
	return c;
}

static void instants_are_the_same(const struct calendar *a, const struct calendar *b)
{
	struct zone *z = zone_fixed("+08", 8 * 3600);
	int64_t at_s = FROM_S, before_s, next_a = 0, next_b = 0;

	for (int i = 0; i < 3; i++) {
		int r = calendar_next(a, z, at_s, &next_a);
		HOLDS(calendar_next(b, z, at_s, &next_b) == r);
		if (r < 0)
			break;
		HOLDS(next_a == next_b && next_a > at_s);
		HOLDS(calendar_previous(a, z, next_a, &before_s) == 0 && before_s == next_a);
		/* None between: the last one before is at or before where the search began. */
		if (calendar_previous(a, z, next_a - 1, &before_s) == 0)
			HOLDS(before_s <= at_s);
		at_s = next_a;
	}
	zone_free(z);
}

static void try_calendar(const char *s)
{
	struct calendar *c = parse(s);

	if (!c)
		return;
	_cleanup_free_ char *normalized = calendar_format(c);
	struct calendar *again = parse(normalized);
	HOLDS(again);
	_cleanup_free_ char *twice = calendar_format(again);
	HOLDS(strcmp(normalized, twice) == 0);
	instants_are_the_same(c, again);
	calendar_free(again);
	calendar_free(c);
}

static void try_duration(const char *s)
{
	struct duration d, again;
	char text[DURATION_TEXT_SIZE];

	if (duration_parse(s, &d, NULL) < 0)
		return;
	duration_format(&d, text);
	HOLDS(duration_parse(text, &again, NULL) == 0);
	HOLDS(d.months == again.months && d.days == again.days && d.seconds == again.seconds);
	struct zone *z = zone_utc();
	HOLDS(duration_before(&d, FROM_S, z) <= FROM_S && duration_after(&d, FROM_S, z) >= FROM_S);
	zone_free(z);
}

static void try_window(const char *s)
{
	struct window w, again;
	char text[WINDOW_TEXT_SIZE];
	int64_t end_s;

	if (window_parse(s, &w, NULL) < 0)
		return;
	HOLDS(w.weekdays && w.length_s > 0 && w.length_s <= 86400);
	window_format(&w, text);
	HOLDS(window_parse(text, &again, NULL) == 0);
	HOLDS(w.weekdays == again.weekdays && w.start_s == again.start_s &&
		w.length_s == again.length_s);
	struct zone *z = zone_utc();
	if (window_contains(&w, z, FROM_S, &end_s))
		HOLDS(end_s > FROM_S && end_s <= FROM_S + 86400);
	zone_free(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	_cleanup_free_ char *s = xstrndup((const char *)data + 1, size - 1);
	if (data[0] == 'd')
		try_duration(s);
	else if (data[0] == 'w')
		try_window(s);
	else
		try_calendar(s);
	return 0;
}
