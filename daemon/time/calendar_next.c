/* Finds the next and the previous instant of a calendar expression. */
#include "time/calendar_internal.h"

#include <errno.h>

enum {
	DAY_S = 86400,
};

static void add_part(const struct calendar_part *part, int last, void (*add)(void *, int), void *to)
{
	int stop = part->stop >= 0 ? part->stop : part->step > 0 ? last : part->start;

	for (int value = part->start; value <= stop; value += part->step > 0 ? part->step : 1)
		add(to, value);
}

static void add_bit(void *bits, int value)
{
	*(uint64_t *)bits |= UINT64_C(1) << value;
}

static void add_year(void *years, int year)
{
	((bool *)years)[year - CALENDAR_YEAR_MIN] = true;
}

static uint64_t list_to_bits(const struct calendar_list *list, int first, int last)
{
	const struct calendar_part all = {.start = first, .stop = last, .step = 1};
	uint64_t bits = 0;

	for (size_t i = 0; i < list->count; i++)
		add_part(&list->parts[i], last, add_bit, &bits);
	if (list->count == 0)
		add_part(&all, last, add_bit, &bits);
	return bits;
}

/* Days counted from the end of a month, as bits; a step goes towards the end. */
static uint64_t days_from_end(const struct calendar_list *list)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct calendar_part part = list->parts[i];

		if (part.stop < 0 && part.step > 0) {
			part.stop = part.start;
			part.start = (part.start - 1) % part.step + 1;
		}
		add_part(&part, 31, add_bit, &bits);
	}
	return bits;
}

static uint64_t reverse_days(uint64_t from_end, int length)
{
	uint64_t bits = 0;

	for (int day = 1; day <= length; day++)
		if (from_end & UINT64_C(1) << (length + 1 - day))
			add_bit(&bits, day);
	return bits;
}

void calendar_compile(struct calendar *c)
{
	const struct calendar_part all = {CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX, 1};
	const struct calendar_list *years = &c->lists[CALENDAR_YEAR];
	const struct calendar_list *days = &c->lists[CALENDAR_DAY];

	for (size_t i = 0; i < years->count; i++)
		add_part(&years->parts[i], CALENDAR_YEAR_MAX, add_year, c->years);
	if (years->count == 0)
		add_part(&all, CALENDAR_YEAR_MAX, add_year, c->years);
	c->months = list_to_bits(&c->lists[CALENDAR_MONTH], 1, 12);
	c->hours = list_to_bits(&c->lists[CALENDAR_HOUR], 0, 23);
	c->minutes = list_to_bits(&c->lists[CALENDAR_MINUTE], 0, 59);
	c->seconds = list_to_bits(&c->lists[CALENDAR_SECOND], 0, 59);
	for (int length = 28; length <= 31; length++)
		c->days[length - 28] = c->from_end
			? reverse_days(days_from_end(days), length)
			: list_to_bits(days, 1, 31) & ((UINT64_C(2) << length) - 1);
	for (int first = 0; first < 7; first++)
		for (int day = 1; day <= 31; day++)
			if (c->weekdays & 1u << ((first + day - 1) % 7))
				add_bit(&c->on_weekdays[first], day);
}

/* The lowest set bit from `from` on, or -1. */
static int lowest(uint64_t bits, int from)
{
	bits &= ~UINT64_C(0) << from;
	return bits ? __builtin_ctzll(bits) : -1;
}

/* The highest set bit up to `upto`, or -1. */
static int highest(uint64_t bits, int upto)
{
	bits &= upto < 0 ? 0 : ~UINT64_C(0) >> (63 - upto);
	return bits ? 63 - __builtin_clzll(bits) : -1;
}

/* The days of a month that match, as bits from 1. */
static uint64_t month_days(const struct calendar *c, int64_t first_day, int64_t year, int month)
{
	return c->days[civil_month_length(year, month) - 28] &
		c->on_weekdays[civil_weekday(first_day)];
}

/* The first day that matches from `from` on, which lies in the years in question; -1 if none. */
static int64_t next_day(const struct calendar *c, int64_t from)
{
	int64_t year;
	int month, day;

	civil_from_days(from, &year, &month, &day);
	for (; year <= CALENDAR_YEAR_MAX; year++, month = 1, day = 1) {
		if (!c->years[year - CALENDAR_YEAR_MIN])
			continue;
		for (int m = lowest(c->months, month); m >= 0; m = lowest(c->months, m + 1)) {
			int64_t first = civil_to_days(year, m, 1);
			int d = lowest(month_days(c, first, year, m), m == month ? day : 1);

			if (d >= 0)
				return first + d - 1;
		}
	}
	return -1;
}

static int64_t previous_day(const struct calendar *c, int64_t upto)
{
	int64_t year;
	int month, day;

	civil_from_days(upto, &year, &month, &day);
	for (; year >= CALENDAR_YEAR_MIN; year--, month = 12, day = 31) {
		if (!c->years[year - CALENDAR_YEAR_MIN])
			continue;
		for (int m = highest(c->months, month); m >= 0; m = highest(c->months, m - 1)) {
			int64_t first = civil_to_days(year, m, 1);
			int d = highest(month_days(c, first, year, m), m == month ? day : 31);

			if (d >= 0)
				return first + d - 1;
		}
	}
	return -1;
}

/* The first matching second of a day from `from` on; -1 if none. */
static int next_time(const struct calendar *c, int from)
{
	int hour = from / 3600, minute = from / 60 % 60, second = -1;

	if (c->hours & UINT64_C(1) << hour) {
		if (c->minutes & UINT64_C(1) << minute)
			second = lowest(c->seconds, from % 60);
		if (second >= 0)
			return hour * 3600 + minute * 60 + second;
		minute = lowest(c->minutes, minute + 1);
	} else {
		minute = -1;
	}
	if (minute < 0) {
		hour = lowest(c->hours, hour + 1);
		minute = lowest(c->minutes, 0);
	}
	return hour < 0 ? -1 : hour * 3600 + minute * 60 + lowest(c->seconds, 0);
}

static int previous_time(const struct calendar *c, int upto)
{
	int hour = upto / 3600, minute = upto / 60 % 60, second = -1;

	if (c->hours & UINT64_C(1) << hour) {
		if (c->minutes & UINT64_C(1) << minute)
			second = highest(c->seconds, upto % 60);
		if (second >= 0)
			return hour * 3600 + minute * 60 + second;
		minute = highest(c->minutes, minute - 1);
	} else {
		minute = -1;
	}
	if (minute < 0) {
		hour = highest(c->hours, hour - 1);
		minute = highest(c->minutes, 59);
	}
	return hour < 0 ? -1 : hour * 3600 + minute * 60 + highest(c->seconds, 59);
}

/* The last local time that has come by an instant: the greatest one whose zone_instant(), which
 * grows with the local time, is at or before it. After a repetition has begun, that is its end. */
static int64_t last_local(const struct zone *z, int64_t instant_s)
{
	int64_t local_s = zone_local(z, instant_s), first_s, until_s;

	for (;;) {
		(void)zone_instant(z, local_s + 1, &first_s);
		if (first_s > instant_s)
			return local_s;
		local_s = zone_offset(z, first_s, &until_s);
		local_s += until_s <= instant_s ? until_s - 1 : instant_s;
	}
}

/* Local time from 1970-01-01 to 2200-01-01, and instants a little around it, so that no sum
 * overflows. */
#define LOCAL_BEGIN_S INT64_C(0)
#define LOCAL_END_S INT64_C(7258118400)
#define INSTANT_MIN_S INT64_C(-1000000000)
#define INSTANT_MAX_S INT64_C(8000000000)

static int64_t clamp(int64_t s, int64_t low, int64_t high)
{
	return s < low ? low : s > high ? high : s;
}

int calendar_next(const struct calendar *c, const struct zone *z, int64_t after_s, int64_t *ret_s)
{
	int64_t local_s = last_local(z, clamp(after_s, INSTANT_MIN_S, INSTANT_MAX_S)) + 1;
	int64_t day, from;
	int time;

	local_s = local_s < LOCAL_BEGIN_S ? LOCAL_BEGIN_S : local_s;
	if (local_s >= LOCAL_END_S)
		return -ENOENT;
	from = local_s / DAY_S;
	day = next_day(c, from);
	time = day == from ? next_time(c, (int)(local_s % DAY_S)) : next_time(c, 0);
	if (day == from && time < 0) {
		day = next_day(c, from + 1);
		time = next_time(c, 0);
	}
	if (day < 0)
		return -ENOENT;
	(void)zone_instant(z, day * DAY_S + time, ret_s);
	return 0;
}

int calendar_previous(const struct calendar *c, const struct zone *z, int64_t at_s, int64_t *ret_s)
{
	int64_t local_s = last_local(z, clamp(at_s, INSTANT_MIN_S, INSTANT_MAX_S));
	int64_t day, upto;
	int time;

	local_s = local_s >= LOCAL_END_S ? LOCAL_END_S - 1 : local_s;
	if (local_s < LOCAL_BEGIN_S)
		return -ENOENT;
	upto = local_s / DAY_S;
	day = previous_day(c, upto);
	time = previous_time(c, day == upto ? (int)(local_s % DAY_S) : DAY_S - 1);
	if (day == upto && time < 0) {
		day = previous_day(c, upto - 1);
		time = previous_time(c, DAY_S - 1);
	}
	if (day < 0)
		return -ENOENT;
	(void)zone_instant(z, day * DAY_S + time, ret_s);
	return 0;
}
