/* Writes calendar expressions in their normal form. */
#include "time/calendar_internal.h"

#include "base/text.h"
#include "time/weekdays.h"

static void format_part(const struct calendar_part *part, int width, struct text *to)
{
	text_printf(to, "%0*d", width, part->start);
	if (part->stop >= 0)
		text_printf(to, "..%0*d", width, part->stop);
	if (part->step > 0 && (part->stop < 0 || part->step != 1))
		text_printf(to, "/%d", part->step);
}

/* True for `*`: an empty list, and among seconds one that has all. */
static bool is_star(const struct calendar *c, enum calendar_field field)
{
	const struct calendar_list *list = &c->lists[field];

	if (field == CALENDAR_SECOND)
		for (size_t i = 0; i < list->count; i++)
			if (list->parts[i].start == 0 && list->parts[i].stop < 0 &&
				list->parts[i].step == 1)
				return true;
	return list->count == 0;
}

char *calendar_format(const struct calendar *c)
{
	static const char separators[CALENDAR_FIELDS + 1] = "-- ::";
	/* 6 lists of at most 241 parts, of at most 16 bytes each, and the zone. */
	struct text t = TEXT_INIT(64 * 1024);

	if (c->weekdays != WEEKDAYS_ALL) {
		weekdays_format(c->weekdays, &t);
		text_add(&t, " ");
	}
	for (enum calendar_field field = 0; field < CALENDAR_FIELDS; field++) {
		const struct calendar_list *list = &c->lists[field];

		if (is_star(c, field))
			text_add(&t, "*");
		else
			for (size_t i = 0; i < list->count; i++) {
				if (i > 0)
					text_add(&t, ",");
				format_part(&list->parts[i], field == CALENDAR_YEAR ? 4 : 2, &t);
			}
		if (field == CALENDAR_MONTH && c->from_end)
			text_add(&t, "~");
		else
			text_add_bytes(&t, &separators[field], separators[field] ? 1 : 0);
	}
	if (c->zone)
		text_printf(&t, " %s", c->zone);
	return text_take(&t);
}

static bool same_list(const struct calendar *a, const struct calendar *b, enum calendar_field field)
{
	const struct calendar_list *x = &a->lists[field], *y = &b->lists[field];
	bool star = is_star(a, field);

	if (star || is_star(b, field))
		return star && is_star(b, field);
	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (x->parts[i].start != y->parts[i].start ||
			x->parts[i].stop != y->parts[i].stop ||
			x->parts[i].step != y->parts[i].step)
			return false;
	return true;
}

bool calendar_same(const struct calendar *a, const struct calendar *b)
{
	if (a->weekdays != b->weekdays || a->from_end != b->from_end ||
		!text_equal(a->zone, b->zone))
		return false;
	for (enum calendar_field field = 0; field < CALENDAR_FIELDS; field++)
		if (!same_list(a, b, field))
			return false;
	return true;
}
