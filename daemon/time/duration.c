/* Reads and writes durations, and goes by them from an instant. */
#include "time/duration.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

enum kind {
	MONTHS,
	DAYS,
	SECONDS,
};

static const struct unit {
	const char *name;
	enum kind kind;
	int64_t count;   /* of its kind */
	int64_t seconds; /* about, for the limit */
} units[] = {
	{"y", MONTHS, 12, 31556952},
	{"mo", MONTHS, 1, 2629746},
	{"w", DAYS, 7, 604800},
	{"d", DAYS, 1, 86400},
	{"h", SECONDS, 3600, 3600},
	{"min", SECONDS, 60, 60},
	{"s", SECONDS, 1, 1},
};

#define LIMIT_S (INT64_C(10000) * 31556952)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int take_number(const char **s, int64_t *ret, const char *shown, struct error *err)
{
	int64_t value = 0;

	if (!is_digit(**s))
		return error_set(
			err, EINVAL, "'%s' is not a duration such as 90min, 14d or 1y2mo", shown);
	for (; is_digit(**s); (*s)++) {
		value = value * 10 + (**s - '0');
		if (value > LIMIT_S)
			return error_set(err, EINVAL, "'%s' is longer than 10000 years", shown);
	}
	*ret = value;
	return 0;
}

static int take_unit(const char **s, const struct unit **ret, const char *shown, struct error *err)
{
	size_t length = strcspn(*s, "0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == length && text_starts(*s, units[i].name)) {
			*s += length;
			*ret = &units[i];
			return 0;
		}
	if (length == 0)
		return error_set(err, EINVAL,
			"'%s' ends in a number without a unit: add one of s, min, h, d, w, mo, y",
			shown);
	if (memchr(*s, '-', length))
		return error_set(err, EINVAL,
			"'%s' has a '-': a duration is a sum, of which nothing is taken away",
			shown);
	if (**s == '.')
		return error_set(err, EINVAL,
			"'%s' has a '.': numbers are whole, as in 36h or 1d12h", shown);
	if (length == 1 && **s == 'm')
		return error_set(err, EINVAL,
			"'m' in '%s' may mean minutes or months: write min or mo", shown);
	return error_set(
		err, EINVAL, "'%s' has an unknown unit: use s, min, h, d, w, mo or y", shown);
}

static void add(struct duration *d, const struct unit *unit, int64_t value)
{
	switch (unit->kind) {
	case MONTHS:
		d->months += value * unit->count;
		break;
	case DAYS:
		d->days += value * unit->count;
		break;
	case SECONDS:
		d->seconds += value * unit->count;
		break;
	}
}

int duration_parse(const char *s, struct duration *ret, struct error *err)
{
	struct duration d = {0};
	int64_t total_s = 0;
	unsigned seen = 0;
	char shown[DURATION_TEXT_SIZE];

	text_copy_printable(shown, sizeof(shown), s);
	if (text_equal(s, "0")) {
		*ret = d;
		return 0;
	}
	do {
		const struct unit *unit = NULL;
		int64_t value = 0;
		int r = take_number(&s, &value, shown, err);

		if (r < 0)
			return r;
		r = take_unit(&s, &unit, shown, err);
		if (r < 0)
			return r;
		if (seen & 1u << (unit - units))
			return error_set(
				err, EINVAL, "'%s' names the unit '%s' twice", shown, unit->name);
		seen |= 1u << (unit - units);
		if (value > (LIMIT_S - total_s) / unit->seconds)
			return error_set(err, EINVAL, "'%s' is longer than 10000 years", shown);
		total_s += value * unit->seconds;
		add(&d, unit, value);
	} while (*s != '\0');
	*ret = d;
	return 0;
}

void duration_format(const struct duration *d, char ret[DURATION_TEXT_SIZE])
{
	const struct {
		int64_t value;
		const char *unit;
	} parts[] = {
		{d->months / 12, "y"},
		{d->months % 12, "mo"},
		{d->days, "d"},
		{d->seconds / 3600, "h"},
		{d->seconds / 60 % 60, "min"},
		{d->seconds % 60, "s"},
	};
	size_t used = 0;

	(void)snprintf(ret, DURATION_TEXT_SIZE, "0");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].value != 0)
			used += (size_t)snprintf(ret + used, DURATION_TEXT_SIZE - used, "%lld%s",
				(long long)parts[i].value, parts[i].unit);
}

int duration_to_seconds(const struct duration *d, int64_t *ret_s, struct error *err)
{
	char shown[DURATION_TEXT_SIZE];

	if (d->months != 0) {
		duration_format(d, shown);
		return error_set(err, EINVAL,
			"%s has no fixed length, since months and years have none: use days",
			shown);
	}
	*ret_s = d->days * 86400 + d->seconds;
	return 0;
}

/* As Go's Time.AddDate(), which restic uses: the day of the month may overflow into the next. */
static int64_t shift(const struct duration *d, int sign, int64_t instant_s, const struct zone *z)
{
	int64_t local_s, month, days;
	struct civil c;

	if (d->months != 0 || d->days != 0) {
		local_s = zone_local(z, instant_s);
		civil_from_seconds(local_s, &c);
		month = c.year * 12 + c.month - 1 + sign * d->months;
		c.year = month / 12 - (month % 12 < 0);
		days = civil_to_days(c.year, (int)(month - c.year * 12) + 1, 1) + c.day - 1 +
			sign * d->days;
		local_s = days * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
		(void)zone_instant(z, local_s, &instant_s);
	}
	return instant_s + sign * d->seconds;
}

int64_t duration_before(const struct duration *d, int64_t instant_s, const struct zone *z)
{
	return shift(d, -1, instant_s, z);
}

int64_t duration_after(const struct duration *d, int64_t instant_s, const struct zone *z)
{
	return shift(d, 1, instant_s, z);
}

void duration_format_seconds(int64_t seconds, char ret[DURATION_TEXT_SIZE])
{
	static const char *const names[] = {"d", "h", "min", "s"};
	const uint64_t size = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	const uint64_t parts[] = {size / 86400, size / 3600 % 24, size / 60 % 60, size % 60};
	const char *sign = seconds < 0 ? "-" : "";
	size_t first = 0;

	while (first < 3 && parts[first] == 0)
		first++;
	if (first < 3 && parts[first + 1] != 0)
		(void)snprintf(ret, DURATION_TEXT_SIZE, "%s%llu %s %llu %s", sign,
			(unsigned long long)parts[first], names[first],
			(unsigned long long)parts[first + 1], names[first + 1]);
	else
		(void)snprintf(ret, DURATION_TEXT_SIZE, "%s%llu %s", sign,
			(unsigned long long)parts[first], names[first]);
}
