/* Reads the POSIX rule in the footer of TZif data, and finds its changes in a year. */
#include "time/zone_internal.h"

#include "base/text.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Takes one to three digits. */
static bool take_number(const char **s, int min, int max, int *ret)
{
	int value = 0, digits = 0;

	for (; digits < 3 && is_digit(**s); digits++)
		value = value * 10 + (*(*s)++ - '0');
	if (digits == 0 || is_digit(**s) || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

/* "EST", or "<+03>" for what is not all letters. */
static bool take_name(const char **s, char ret[ZONE_RULE_NAME_SIZE])
{
	bool quoted = take(s, '<');
	size_t length = 0;

	while (is_letter((*s)[length]) ||
		(quoted && (is_digit((*s)[length]) || (*s)[length] == '+' || (*s)[length] == '-')))
		length++;
	if (length < 3 || length >= ZONE_RULE_NAME_SIZE)
		return false;
	memcpy(ret, *s, length);
	ret[length] = '\0';
	*s += length;
	return !quoted || take(s, '>');
}

/* [+-]h[:mm[:ss]] */
static bool take_time(const char **s, int max_hours, int32_t *ret_s)
{
	int sign = take(s, '-') ? -1 : 1;
	int hours, minutes = 0, seconds = 0;

	if (sign > 0)
		(void)take(s, '+');
	if (!take_number(s, 0, max_hours, &hours))
		return false;
	if (take(s, ':')) {
		if (!take_number(s, 0, 59, &minutes))
			return false;
		if (take(s, ':') && !take_number(s, 0, 59, &seconds))
			return false;
	}
	*ret_s = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool take_date(const char **s, struct zone_rule_date *ret)
{
	bool valid;

	if (take(s, 'M')) {
		ret->kind = ZONE_RULE_MONTH;
		valid = take_number(s, 1, 12, &ret->month) && take(s, '.') &&
			take_number(s, 1, 5, &ret->week) && take(s, '.') &&
			take_number(s, 0, 6, &ret->day);
	} else if (take(s, 'J')) {
		ret->kind = ZONE_RULE_JULIAN;
		valid = take_number(s, 1, 365, &ret->day);
	} else {
		ret->kind = ZONE_RULE_ORDINAL;
		valid = take_number(s, 0, 365, &ret->day);
	}
	ret->time_s = 2 * 3600;
	return valid && (!take(s, '/') || take_time(s, 167, &ret->time_s));
}

/* An offset, which POSIX counts west of Greenwich. */
static bool take_offset(const char **s, int32_t *ret_s)
{
	int32_t west_s;

	if (!take_time(s, 24, &west_s))
		return false;
	*ret_s = -west_s;
	return true;
}

/* NAME[OFFSET],DATE,DATE */
static bool take_daylight(const char **s, struct zone_rule *rule)
{
	rule->daylight_s = rule->standard_s + 3600;
	return take_name(s, rule->daylight) && (**s == ',' || take_offset(s, &rule->daylight_s)) &&
		take(s, ',') && take_date(s, &rule->start) && take(s, ',') &&
		take_date(s, &rule->end);
}

bool zone_rule_parse(const char *s, struct zone_rule *ret)
{
	struct zone_rule rule = {0};

	if (!take_name(&s, rule.standard) || !take_offset(&s, &rule.standard_s))
		return false;
	if (*s != '\0' && !take_daylight(&s, &rule))
		return false;
	if (*s != '\0')
		return false;
	*ret = rule;
	return true;
}

static int64_t date_to_days(const struct zone_rule_date *date, int64_t year)
{
	int64_t january = civil_to_days(year, 1, 1), first;
	int ahead, length;

	if (date->kind == ZONE_RULE_ORDINAL)
		return january + date->day;
	if (date->kind == ZONE_RULE_JULIAN)
		return january + date->day - 1 +
			(date->day >= 60 && civil_month_length(year, 2) == 29);
	first = civil_to_days(year, date->month, 1);
	length = civil_month_length(year, date->month);
	/* POSIX weekdays begin with Sunday = 0, ours with Monday = 0. */
	ahead = (date->day + 6 - civil_weekday(first) + 7) % 7 + (date->week - 1) * 7;
	return first + (ahead < length ? ahead : ahead - 7);
}

int64_t zone_rule_start(const struct zone_rule *rule, int64_t year)
{
	return date_to_days(&rule->start, year) * 86400 + rule->start.time_s - rule->standard_s;
}

int64_t zone_rule_end(const struct zone_rule *rule, int64_t year)
{
	return date_to_days(&rule->end, year) * 86400 + rule->end.time_s - rule->daylight_s;
}
