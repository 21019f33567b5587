/* Finds the offset of an instant, and the instants of a local time. */
#include "time/zone_internal.h"

#include "base/text.h"

#include <stdio.h>

struct zone *zone_fixed(const char *name, int32_t offset_s)
{
	struct zone *z = xcalloc(1, sizeof(*z));

	z->name = xstrdup(name);
	z->abbreviations = xstrdup(name);
	z->types = xcalloc(1, sizeof(*z->types));
	z->types[0].offset_s = offset_s;
	return z;
}

struct zone *zone_utc(void)
{
	return zone_fixed("UTC", 0);
}

struct zone *zone_use(struct zone *z)
{
	if (z)
		z->more_users++;
	return z;
}

void zone_free(struct zone *z)
{
	if (!z || z->more_users-- > 0)
		return;
	free(z->name);
	free(z->types);
	free(z->abbreviations);
	free(z->at);
	free(z->type);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

/* How many transitions there are up to an instant, by binary search. */
static size_t count_until(const struct zone *z, int64_t instant_s)
{
	size_t low = 0, high = z->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->at[middle] <= instant_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct zone_type *type_at(
	const struct zone *z, int64_t instant_s, int64_t *ret_until_s)
{
	int64_t cycles_s = 0;
	size_t i;

	if (z->repeats && instant_s >= z->at[z->count - 1])
		cycles_s = ((instant_s - z->at[z->count - 1]) / ZONE_CYCLE_S + 1) * ZONE_CYCLE_S;
	i = count_until(z, instant_s - cycles_s);
	if (ret_until_s)
		*ret_until_s = i < z->count ? z->at[i] + cycles_s : INT64_MAX;
	return &z->types[i > 0 ? z->type[i - 1] : z->before];
}

int32_t zone_offset(const struct zone *z, int64_t instant_s, int64_t *ret_until_s)
{
	return type_at(z, instant_s, ret_until_s)->offset_s;
}

const char *zone_abbreviation(const struct zone *z, int64_t instant_s)
{
	return z->abbreviations + type_at(z, instant_s, NULL)->abbreviation;
}

int64_t zone_local(const struct zone *z, int64_t instant_s)
{
	return instant_s + zone_offset(z, instant_s, NULL);
}

/* True if a local time occurs in a period of one offset that begins at `from_s` or later. */
static bool occurs_again(const struct zone *z, int64_t local_s, int64_t from_s)
{
	while (from_s <= local_s - ZONE_OFFSET_MIN_S) {
		int64_t until_s, instant_s = local_s - zone_offset(z, from_s, &until_s);

		if (instant_s >= from_s && instant_s < until_s)
			return true;
		from_s = until_s;
	}
	return false;
}

/* Looks for the first instant at which the local clock shows this time or, having jumped, a later
 * one. It walks the periods of one offset, from before any offset could show it. */
enum zone_kind zone_instant(const struct zone *z, int64_t local_s, int64_t *ret_s)
{
	int64_t from_s = local_s - ZONE_OFFSET_MAX_S;

	for (;;) {
		int64_t until_s, instant_s = local_s - zone_offset(z, from_s, &until_s);

		if (instant_s < from_s) {
			*ret_s = from_s;
			return ZONE_GAP;
		}
		if (instant_s < until_s) {
			*ret_s = instant_s;
			return occurs_again(z, local_s, until_s) ? ZONE_REPEATED : ZONE_UNIQUE;
		}
		from_s = until_s;
	}
}

void zone_format(const struct zone *z, int64_t instant_s, char ret[CIVIL_TEXT_SIZE])
{
	int32_t offset_s = zone_offset(z, instant_s, NULL);
	/* RFC 3339 has no seconds in offsets, some zones of old had: drop them from both. */
	int minutes = offset_s / 60, size = abs(minutes);
	size_t used;

	civil_format_utc(instant_s + minutes * 60, ret);
	if (offset_s == 0 && text_equal(zone_abbreviation(z, instant_s), "UTC"))
		return;
	used = strlen(ret) - 1;
	(void)snprintf(ret + used, CIVIL_TEXT_SIZE - used, "%c%02d:%02d", offset_s < 0 ? '-' : '+',
		size / 60, size % 60);
}
