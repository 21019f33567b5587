/* Reads and writes lists and ranges of weekdays. */
#include "time/weekdays.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

/* Returns the weekday at the start of *s and steps over it, or -1. */
static int take_name(const char **s)
{
	for (int day = 0; day < (int)ARRAY_SIZE(names); day++) {
		size_t length = strlen(names[day]);

		if (strncasecmp(*s, names[day], length) != 0)
			length = 3;
		if (strncasecmp(*s, names[day], length) == 0) {
			*s += length;
			return day;
		}
	}
	return -1;
}

/* Steps over ".." or "-", which systemd takes for the same. */
static bool take_range(const char **s)
{
	size_t length = text_starts(*s, "..") ? 2 : **s == '-' ? 1 : 0;

	*s += length;
	return length > 0;
}

/* Takes a day or a range of days. */
static int take_element(const char **s, unsigned *days, struct error *err)
{
	int first = take_name(s), last = first;

	if (first < 0)
		return error_set(err, EINVAL, "a weekday (Mon..Sun) is missing in the list");
	if (take_range(s)) {
		last = take_name(s);
		if (last < 0)
			return error_set(err, EINVAL, "the range of weekdays has no end");
		if (last < first)
			return error_set(err, EINVAL,
				"the range of weekdays %.3s..%.3s runs backwards (the week begins "
				"on "
				"Monday)",
				names[first], names[last]);
	}
	for (int day = first; day <= last; day++)
		*days |= 1u << day;
	return 0;
}

int weekdays_take(const char **s, unsigned *ret, struct error *err)
{
	const char *at = *s;
	unsigned days = 0;

	if (take_name(&at) < 0) {
		*ret = 0;
		return 0;
	}
	at = *s;
	for (;;) {
		int r = take_element(&at, &days, err);
		if (r < 0)
			return r;
		if (*at == ',')
			at++;
		else if (*at != '\0' && *at != ' ')
			return error_set(err, EINVAL,
				"weekdays are written as Mon..Fri or Mon,Wed, and a space ends "
				"them");
		if (*at == '\0' || *at == ' ') /* a comma may trail, as in systemd */
			break;
	}
	*s = at + strspn(at, " ");
	*ret = days;
	return 0;
}

void weekdays_format(unsigned weekdays, struct text *to)
{
	const char *comma = "";

	for (int day = 0; day < (int)ARRAY_SIZE(names); day++) {
		int last = day;

		if (!(weekdays & 1u << day))
			continue;
		while (last + 1 < (int)ARRAY_SIZE(names) && weekdays & 1u << (last + 1))
			last++;
		text_printf(to, "%s%.3s", comma, names[day]);
		if (last > day)
			text_printf(to, "%s%.3s", last > day + 1 ? ".." : ",", names[last]);
		comma = ",";
		day = last;
	}
}
