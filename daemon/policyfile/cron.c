/* Turns cron's five fields into a calendar expression. */
#include "policyfile/cron.h"

#include "base/text.h"
#include "time/calendar.h"

#include <ctype.h>
#include <stdio.h>

enum {
	MINUTE,
	HOUR,
	DAY,
	MONTH,
	WEEKDAY,
	FIELDS,
};

/* Adds a list of numbers, ranges and steps. Ranges are written in another way, and the steps of `*`
 * need the number that they begin at. */
static bool add_numbers(struct text *out, const char *field, int first)
{
	for (const char *s = field; *s; s++) {
		if (*s == '*' && s[1] == '/')
			text_printf(out, "%d", first);
		else if (*s == '-')
			text_add(out, "..");
		else if (strchr("0123456789,/*", *s))
			text_add_bytes(out, s, 1);
		else
			return false;
	}
	return true;
}

/* Adds a list of weekdays, with names for their numbers. Sunday is 0 and 7. */
static bool add_weekdays(struct text *out, const char *field)
{
	static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	for (const char *s = field; *s; s++) {
		if (*s >= '0' && *s <= '7' && !isdigit((unsigned char)s[1]))
			text_add(out, names[*s - '0']);
		else if (*s == '-')
			text_add(out, "..");
		else if (*s == ',' || isalpha((unsigned char)*s))
			text_add_bytes(out, s, 1);
		else
			return false;
	}
	text_add(out, " ");
	return true;
}

static bool split(const char *s, char fields[FIELDS][64])
{
	int end = 0;

	return sscanf(s, "%63s %63s %63s %63s %63s %n", fields[MINUTE], fields[HOUR], fields[DAY],
		       fields[MONTH], fields[WEEKDAY], &end) == FIELDS &&
		!s[end];
}

static bool translate(const char *s, struct text *out)
{
	char fields[FIELDS][64];
	bool weekday;

	if (*s == '@') {
		text_add(out, s + 1);
		return true;
	}
	if (!split(s, fields))
		return false;
	weekday = strcmp(fields[WEEKDAY], "*") != 0;
	if (weekday &&
		strcmp(fields[DAY], "*") != 0) /* cron runs if either fits, a calendar if both do */
		return false;
	if (weekday && !add_weekdays(out, fields[WEEKDAY]))
		return false;
	text_add(out, "*-");
	if (!add_numbers(out, fields[MONTH], 1))
		return false;
	text_add(out, "-");
	if (!add_numbers(out, fields[DAY], 1))
		return false;
	text_add(out, " ");
	if (!add_numbers(out, fields[HOUR], 0))
		return false;
	text_add(out, ":");
	return add_numbers(out, fields[MINUTE], 0);
}

char *cron_to_calendar(const char *s)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(512);
	struct calendar *calendar;
	struct error err = {0};
	char *normal;

	if (!translate(s, &out) || calendar_parse(out.s ? out.s : "", &calendar, &err) < 0)
		return NULL;
	normal = calendar_format(calendar);
	calendar_free(calendar);
	return normal;
}
