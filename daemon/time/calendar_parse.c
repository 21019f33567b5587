/* Reads calendar expressions, in the grammar of systemd.time(7). */
#include "time/calendar_internal.h"

#include "base/text.h"
#include "time/weekdays.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

DEFINE_CLEANUP(struct calendar *, calendar_free)

enum {
	PARTS_MAX = 241, /* of one list, as systemd */
	/* systemd keeps seconds as microseconds in an int. */
	SECOND_NUMBER_MAX = INT_MAX / 1000000,
};

static const struct field {
	const char *name;
	int min, max;
} fields[] = {
	[CALENDAR_YEAR] = {"year", CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX},
	[CALENDAR_MONTH] = {"month", 1, 12},
	[CALENDAR_DAY] = {"day", 1, 31},
	[CALENDAR_HOUR] = {"hour", 0, 23},
	[CALENDAR_MINUTE] = {"minute", 0, 59},
	[CALENDAR_SECOND] = {"second", 0, 59},
};

static const struct shorthand {
	const char *name, *meaning;
} shorthands[] = {
	{"minutely", "*-*-* *:*:00"}, {"hourly", "*-*-* *:00:00"}, {"daily", "*-*-* 00:00:00"},
	{"weekly", "Mon *-*-* 00:00:00"}, {"monthly", "*-*-01 00:00:00"},
	{"quarterly", "*-01,04,07,10-01 00:00:00"}, {"semiannually", "*-01,07-01 00:00:00"},
	{"semi-annually", "*-01,07-01 00:00:00"}, {"biannually", "*-01,07-01 00:00:00"},
	{"bi-annually", "*-01,07-01 00:00:00"}, {"yearly", "*-01-01 00:00:00"},
	{"annually", "*-01-01 00:00:00"},
	{"anually", "*-01-01 00:00:00"}, /* systemd takes it too */
};

struct parser {
	const char *begin;
	const char *at;
	struct error *err;
};

/* Says what is wrong at a place in the text. Column 1 is the first. */
__attribute__((format(printf, 3, 4))) static int refuse(
	const struct parser *p, const char *where, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(p->err, EINVAL, "column %zu: %s", (size_t)(where - p->begin) + 1, text);
}

static bool ends(char c)
{
	return c == '\0' || c == ' ';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int take_number(struct parser *p, bool seconds, int *ret)
{
	const char *from = p->at;
	const int max = seconds ? SECOND_NUMBER_MAX : INT_MAX;
	int64_t value = 0;

	if (!is_digit(*p->at))
		return refuse(p, from, "a number or * is missing");
	for (; is_digit(*p->at); p->at++) {
		value = value * 10 + (*p->at - '0');
		if (value > max)
			return refuse(p, from, "the number is too large");
	}
	if (seconds && *p->at == '.' && p->at[1] != '.')
		return refuse(p, p->at, "fractions of a second are not supported");
	*ret = (int)value;
	return 0;
}

static int take_part(struct parser *p, bool seconds, struct calendar_part *ret)
{
	struct calendar_part part = {.stop = -1};
	const char *from = p->at;
	int r = take_number(p, seconds, &part.start);

	if (r < 0)
		return r;
	if (text_starts(p->at, "..")) {
		p->at += 2;
		r = take_number(p, seconds, &part.stop);
		if (r < 0)
			return r;
		part.step = 1;
	}
	if (*p->at == '/') {
		const char *step = ++p->at;
		r = take_number(p, seconds, &part.step);
		if (r < 0)
			return r;
		if (part.step == 0)
			return refuse(p, step, "a step of 0 goes nowhere");
	} else if (seconds && part.stop >= 0 && part.start >= part.stop) {
		return refuse(p, from, "the range of seconds is empty");
	}
	if (!strchr(" ,-~:", *p->at))
		return refuse(p, p->at, "a number, range or step cannot go on like this");
	*ret = part;
	return 0;
}

static void add_part(struct calendar_list *list, struct calendar_part part)
{
	list->parts =
		memory_grow(list->parts, &list->capacity, list->count + 1, sizeof(*list->parts));
	list->parts[list->count++] = part;
}

static void list_done(struct calendar_list *list)
{
	free(list->parts);
	*list = (struct calendar_list){0};
}

/* Takes `*` or parts with commas between them. */
static int take_list(struct parser *p, bool seconds, struct calendar_list *ret)
{
	_cleanup_(list_done) struct calendar_list list = {0};

	if (*p->at == '*') {
		p->at++;
		if (seconds)
			add_part(&list, (struct calendar_part){.stop = -1, .step = 1});
	} else {
		do {
			struct calendar_part part = {0};
			int r;

			if (list.count == PARTS_MAX)
				return refuse(
					p, p->at, "the list is longer than %d parts", PARTS_MAX);
			if (list.count > 0)
				p->at++;
			r = take_part(p, seconds, &part);
			if (r < 0)
				return r;
			add_part(&list, part);
		} while (*p->at == ',');
	}
	*ret = list;
	list = (struct calendar_list){0};
	return 0;
}

/* 12 is 2012, 89 is 1989. */
static int whole_year(int year)
{
	return year < 0 || year >= 100 ? year : year + (year < 70 ? 2000 : 1900);
}

static void normalize_part(struct calendar_part *part, enum calendar_field field)
{
	if (field == CALENDAR_YEAR) {
		part->start = whole_year(part->start);
		part->stop = whole_year(part->stop);
	}
	if (part->stop > part->start && part->step > 0)
		part->stop -= (part->stop - part->start) % part->step;
	if (part->stop == part->start) {
		part->stop = -1;
		part->step = 0;
	}
}

/* True if the step goes anywhere. From a day counted from the month's end it goes towards it. */
static bool has_room(const struct calendar_part *part, int min, int max, bool from_end)
{
	if (part->step > max - min)
		return false;
	if (part->stop >= 0)
		return part->start + part->step <= part->stop;
	return from_end ? part->start - part->step >= min : part->start + part->step <= max;
}

/* `where` is the list's place in the text, `max` the field's greatest value. */
static int check_part(struct parser *p, const char *where, const struct calendar_part *part,
	enum calendar_field field, int max, bool from_end)
{
	const struct field *f = &fields[field];
	int last = part->stop >= 0 ? part->stop : part->start;

	if (part->start < f->min || part->start > max || last < f->min || last > max)
		return refuse(p, where, "%ss%s run from %d to %d", f->name,
			from_end ? " from the end of the month" : "", f->min, max);
	if (last < part->start)
		return refuse(p, where, "the range %d..%d of %ss runs backwards", part->start,
			part->stop, f->name);
	if (!has_room(part, f->min, max, from_end))
		return refuse(p, where, "the step %d leaves the range of %ss at once", part->step,
			f->name);
	return 0;
}

/* Days from the month's end reach 28 back, since every month has as many. systemd takes three off
 * again for each further part of a list; so do we, so that it takes whatever we take. */
static int check_list(struct parser *p, const char *where, const struct calendar_list *list,
	enum calendar_field field, bool from_end)
{
	int max = fields[field].max;

	for (size_t i = 0; i < list->count; i++) {
		int r;

		max -= from_end ? 3 : 0;
		r = check_part(p, where, &list->parts[i], field, max, from_end);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_parts(const void *a, const void *b)
{
	const struct calendar_part *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->stop != y->stop)
		return x->stop < y->stop ? -1 : 1;
	return (x->step > y->step) - (x->step < y->step);
}

/* Puts a list in its field of the calendar, sorted and without repetitions, and leaves it empty. */
static int set_field(struct parser *p, const char *where, struct calendar *c,
	enum calendar_field field, struct calendar_list *list)
{
	size_t kept = 0;
	int r;

	for (size_t i = 0; i < list->count; i++)
		normalize_part(&list->parts[i], field);
	if (list->count > 0)
		qsort(list->parts, list->count, sizeof(*list->parts), compare_parts);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || compare_parts(&list->parts[kept - 1], &list->parts[i]) != 0)
			list->parts[kept++] = list->parts[i];
	list->count = kept;
	r = check_list(p, where, list, field, c->from_end && field == CALENDAR_DAY);
	if (r < 0)
		return r;
	c->lists[field] = *list;
	*list = (struct calendar_list){0};
	return 0;
}

static void set_number(struct calendar *c, enum calendar_field field, int value)
{
	add_part(&c->lists[field], (struct calendar_part){.start = value, .stop = -1});
}

/* Takes "@1700000000", seconds since 1970 and therefore UTC. */
static int take_timestamp(struct parser *p, struct calendar *c)
{
	const char *from = p->at++;
	int64_t instant_s = 0;
	struct civil civil;

	if (!is_digit(*p->at))
		return refuse(p, p->at, "a number has to follow @");
	for (; is_digit(*p->at); p->at++)
		if (instant_s < INT64_C(1) << 40)
			instant_s = instant_s * 10 + (*p->at - '0');
	civil_from_seconds(instant_s, &civil);
	if (civil.year > CALENDAR_YEAR_MAX)
		return refuse(p, from, "the instant is after the year %d", CALENDAR_YEAR_MAX);
	if (*p->at != '\0')
		return refuse(p, p->at, "nothing may follow the instant but a time zone");
	set_number(c, CALENDAR_YEAR, (int)civil.year);
	set_number(c, CALENDAR_MONTH, civil.month);
	set_number(c, CALENDAR_DAY, civil.day);
	set_number(c, CALENDAR_HOUR, civil.hour);
	set_number(c, CALENDAR_MINUTE, civil.minute);
	set_number(c, CALENDAR_SECOND, civil.second);
	free(c->zone);
	c->zone = xstrdup("UTC");
	return 0;
}

/* Takes the `-` or `~` before another part of a date. Only the last may be `~`. */
static int take_date_separator(struct parser *p, struct calendar *c)
{
	if (c->from_end)
		return refuse(p, p->at, "~ may stand before the day of the month only");
	if (*p->at != '-' && *p->at != '~')
		return refuse(
			p, p->at, "a date is written year-month-day or month-day, a time with ':'");
	c->from_end = *p->at == '~';
	p->at++;
	return 0;
}

/* The parts of a date, before it is known whether the first is a year. */
struct date {
	struct calendar_list lists[3];
	const char *where[3];
	unsigned count;
};

static void date_done(struct date *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(d->lists); i++)
		list_done(&d->lists[i]);
}

static int take_date_part(struct parser *p, struct date *d)
{
	d->where[d->count] = p->at;
	return take_list(p, false, &d->lists[d->count++]);
}

/* Takes what follows the first part of a date. */
static int take_date_rest(struct parser *p, struct calendar *c, struct date *d)
{
	do {
		int r = take_date_separator(p, c);

		if (r >= 0)
			r = take_date_part(p, d);
		if (r < 0)
			return r;
	} while (d->count < 3 && !ends(*p->at));
	return ends(*p->at) ? 0 : refuse(p, p->at, "a space ends a date");
}

/* Takes [year-]month-day and the spaces after it; nothing if a time stands here. */
static int take_date(struct parser *p, struct calendar *c)
{
	_cleanup_(date_done) struct date d = {0};
	int r = take_date_part(p, &d);

	if (r >= 0 && (*p->at == '\0' || *p->at == ':')) {
		p->at = d.where[0];
		return 0;
	}
	if (r >= 0)
		r = take_date_rest(p, c, &d);
	if (r < 0)
		return r;
	p->at += strspn(p->at, " ");
	for (unsigned i = 0; r >= 0 && i < d.count; i++)
		r = set_field(p, d.where[i], c, CALENDAR_DAY + 1 - d.count + i, &d.lists[i]);
	return r;
}

static int take_field(struct parser *p, struct calendar *c, enum calendar_field field)
{
	_cleanup_(list_done) struct calendar_list list = {0};
	const char *where = p->at;
	int r = take_list(p, field == CALENDAR_SECOND, &list);

	return r < 0 ? r : set_field(p, where, c, field, &list);
}

/* Takes hour:minute[:second]; midnight if nothing is left. */
static int take_time(struct parser *p, struct calendar *c)
{
	enum calendar_field field = CALENDAR_HOUR;

	if (*p->at != '\0') {
		for (; field < CALENDAR_FIELDS; field++) {
			int r;

			if (field == CALENDAR_SECOND && *p->at == '\0')
				break;
			if (field != CALENDAR_HOUR && *p->at++ != ':')
				return refuse(
					p, p->at - 1, "a time is written hour:minute[:second]");
			r = take_field(p, c, field);
			if (r < 0)
				return r;
		}
		if (*p->at != '\0')
			return refuse(p, p->at, "only a time zone may follow the time");
	}
	for (; field < CALENDAR_FIELDS; field++)
		set_number(c, field, 0);
	return 0;
}

/* Cuts the time zone off the end of `s`, if one is written there: a last word that begins with a
 * letter, since dates and times do not. */
static int cut_zone(char *s, struct calendar *c, struct error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789+-_/";
	char *space = strrchr(s, ' '), *word = space ? space + 1 : NULL;

	if (!word || *word == '*' || *word == '@' || strspn(word, "0123456789") > 0 ||
		*word == '\0')
		return 0;
	if (strspn(word, letters) != strlen(word))
		return error_set(err, EINVAL, "column %zu: this is not the name of a time zone",
			(size_t)(word - s) + 1);
	c->zone = xstrdup(strcasecmp(word, "UTC") == 0 ? "UTC" : word);
	*space = '\0';
	return 0;
}

static int parse(const char *s, struct calendar *c, struct error *err)
{
	struct parser p = {s, s, err};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(shorthands); i++)
		if (strcasecmp(s, shorthands[i].name) == 0)
			p.begin = p.at = shorthands[i].meaning;
	if (*p.at == '\0')
		return error_set(err, EINVAL, "it is empty");
	r = weekdays_take(&p.at, &c->weekdays, err);
	if (r < 0)
		return r;
	if (c->weekdays == 0)
		c->weekdays = WEEKDAYS_ALL;
	if (*p.at == '@')
		return take_timestamp(&p, c);
	if (*p.at != '\0') {
		r = take_date(&p, c);
		if (r < 0)
			return r;
	}
	return take_time(&p, c);
}

int calendar_parse(const char *s, struct calendar **ret, struct error *err)
{
	_cleanup_(calendar_freep) struct calendar *c = xcalloc(1, sizeof(*c));
	_cleanup_free_ char *copy = xstrdup(s);
	int r = cut_zone(copy, c, err);

	if (r >= 0)
		r = parse(copy, c, err);
	if (r < 0) {
		char shown[128];

		text_copy_printable(shown, sizeof(shown), s);
		(void)error_add(err, "calendar expression '%s'", shown);
		return r;
	}
	if (c->lists[CALENDAR_DAY].count == 0)
		c->from_end = false;
	calendar_compile(c);
	*ret = TAKE_PTR(c);
	return 0;
}

struct calendar *calendar_use(struct calendar *c)
{
	if (c)
		c->more_users++;
	return c;
}

void calendar_free(struct calendar *c)
{
	if (!c || c->more_users-- > 0)
		return;
	for (size_t i = 0; i < CALENDAR_FIELDS; i++)
		list_done(&c->lists[i]);
	free(c->zone);
	free(c);
}

const char *calendar_zone_name(const struct calendar *c)
{
	return c->zone;
}
