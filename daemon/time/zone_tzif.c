/* Reads TZif data (RFC 9636), and refuses what does not fit together. */
#include "time/zone_internal.h"

#include "base/text.h"

#include <errno.h>

DEFINE_CLEANUP(struct zone *, zone_free)

/* RFC 9636 section 3.1. */
struct header {
	char version;
	uint32_t ut_count, std_count, leap_count, time_count, type_count, char_count;
};

enum {
	HEADER_SIZE = 44,
	TYPE_SIZE = 6,
	/* No transition is earlier than the universe (RFC 9636 section 3.2); bounding both ends
	 * keeps sums of instants, offsets and cycles within 64 bits. */
	INSTANT_BITS = 59,
};

struct input {
	const unsigned char *p;
	size_t left;
};

static uint32_t get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t get_i64(const unsigned char *p)
{
	return (int64_t)((uint64_t)get_u32(p) << 32 | get_u32(p + 4));
}

/* Returns the next `size` bytes and steps over them, or NULL if there are fewer. */
static const unsigned char *take(struct input *in, uint64_t size)
{
	const unsigned char *p = in->p;

	if (size > in->left)
		return NULL;
	in->p += size;
	in->left -= (size_t)size;
	return p;
}

static int take_header(struct input *in, struct header *ret, struct error *err)
{
	const unsigned char *p = take(in, HEADER_SIZE);

	if (!p || memcmp(p, "TZif", 4) != 0)
		return error_set(err, EINVAL, "not a time zone file (TZif)");
	if (p[4] < '2' || p[4] > '4')
		return error_set(err, EINVAL, "TZif version 2, 3 or 4 is needed");
	*ret = (struct header){
		.version = (char)p[4],
		.ut_count = get_u32(p + 20),
		.std_count = get_u32(p + 24),
		.leap_count = get_u32(p + 28),
		.time_count = get_u32(p + 32),
		.type_count = get_u32(p + 36),
		.char_count = get_u32(p + 40),
	};
	return 0;
}

/* The data for readers of version 1, with times of 32 bits. */
static int skip_v1_data(struct input *in, const struct header *h, struct error *err)
{
	uint64_t size = (uint64_t)h->time_count * 5 + (uint64_t)h->type_count * TYPE_SIZE +
		h->char_count + (uint64_t)h->leap_count * 8 + h->std_count + h->ut_count;

	return take(in, size) ? 0 : error_set(err, EINVAL, "the file is cut short");
}

static int check_header(const struct header *h, char version, struct error *err)
{
	if (h->version != version)
		return error_set(err, EINVAL, "the two headers name different versions");
	if (h->leap_count != 0)
		return error_set(err, EINVAL,
			"the zone counts leap seconds, which POSIX time does not (a file from "
			"\"right/\")");
	/* The two counts of indicators are 0 or the count of types. */
	if (h->type_count == 0 || h->type_count > 256 || h->char_count == 0 ||
		(h->std_count != 0 && h->std_count != h->type_count) ||
		(h->ut_count != 0 && h->ut_count != h->type_count))
		return error_set(err, EINVAL, "impossible counts in the header");
	return 0;
}

static int take_transitions(
	struct input *in, const struct header *h, struct zone *z, struct error *err)
{
	const unsigned char *times = take(in, (uint64_t)h->time_count * 8);
	const unsigned char *types = take(in, h->time_count);

	if (!times || !types)
		return error_set(err, EINVAL, "the file is cut short");
	z->at = xcalloc(h->time_count, sizeof(*z->at));
	z->type = xcalloc(h->time_count, sizeof(*z->type));
	z->count = h->time_count;
	for (size_t i = 0; i < z->count; i++) {
		z->at[i] = get_i64(times + i * 8);
		z->type[i] = types[i];
		if (z->at[i] < -(INT64_C(1) << INSTANT_BITS) ||
			z->at[i] > INT64_C(1) << INSTANT_BITS)
			return error_set(err, EINVAL, "transition %zu is out of range", i);
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return error_set(err, EINVAL, "transition %zu is not in order", i);
		if (types[i] >= h->type_count)
			return error_set(err, EINVAL, "transition %zu has no type", i);
	}
	return 0;
}

static int take_types(struct input *in, const struct header *h, struct zone *z, struct error *err)
{
	const unsigned char *types = take(in, (uint64_t)h->type_count * TYPE_SIZE);
	const unsigned char *chars = take(in, h->char_count);

	if (!types || !chars || !take(in, (uint64_t)h->std_count + h->ut_count))
		return error_set(err, EINVAL, "the file is cut short");
	if (chars[h->char_count - 1] != '\0')
		return error_set(err, EINVAL, "the last abbreviation has no end");
	/* Room for what a footer adds: two types and their names. */
	z->types = xcalloc(h->type_count + 2, sizeof(*z->types));
	z->abbreviations = xcalloc(h->char_count + 2 * ZONE_RULE_NAME_SIZE, 1);
	memcpy(z->abbreviations, chars, h->char_count);
	for (size_t i = 0; i < h->type_count; i++) {
		const unsigned char *p = types + i * TYPE_SIZE;
		int32_t offset_s = (int32_t)get_u32(p);

		if (offset_s < ZONE_OFFSET_MIN_S || offset_s > ZONE_OFFSET_MAX_S || p[4] > 1 ||
			p[5] >= h->char_count)
			return error_set(err, EINVAL, "type %zu of local time is invalid", i);
		z->types[i] = (struct zone_type){.offset_s = offset_s, .abbreviation = p[5]};
	}
	return 0;
}

/* Appends a change of the footer's rule. Where one ends daylight saving time at the instant at
 * which the next begins it, it is in force all year, so the later word counts. */
static void append(struct zone *z, size_t *capacity, int64_t at, uint16_t type)
{
	if (z->count > 0 && at <= z->at[z->count - 1]) {
		if (*capacity > 0 && at == z->at[z->count - 1])
			z->type[z->count - 1] = type;
		return;
	}
	if (z->count == *capacity || *capacity == 0) {
		*capacity = z->count + 1024; /* more than the footer adds */
		z->at = xreallocarray(z->at, *capacity, sizeof(*z->at));
		z->type = xreallocarray(z->type, *capacity, sizeof(*z->type));
	}
	z->at[z->count] = at;
	z->type[z->count++] = type;
}

/* Writes the rule's changes out for a little over one cycle after the last transition; zone.c maps
 * later instants back into it. */
static void expand(struct zone *z, const struct zone_rule *rule, uint16_t standard)
{
	uint16_t daylight = (uint16_t)(standard + 1);
	struct civil from = {.year = 1};
	size_t capacity = 0;

	if (z->count > 0)
		civil_from_seconds(z->at[z->count - 1], &from);
	for (int64_t year = from.year - 1; year <= from.year + 402; year++) {
		int64_t start = zone_rule_start(rule, year), end = zone_rule_end(rule, year);

		if (start <= end)
			append(z, &capacity, start, daylight);
		append(z, &capacity, end, standard);
		if (start > end)
			append(z, &capacity, start, daylight);
	}
	z->repeats = capacity > 0;
}

/* The footer rules after the last transition; where there is none, at all times. */
static int take_footer(struct input *in, const struct header *h, struct zone *z, struct error *err)
{
	const unsigned char *end = in->left > 1 ? memchr(in->p + 1, '\n', in->left - 1) : NULL;
	_cleanup_free_ char *text = NULL;
	struct zone_rule rule;
	char *names = z->abbreviations + h->char_count;

	if (!end || in->p[0] != '\n' || (size_t)(end - in->p) + 1 != in->left)
		return error_set(err, EINVAL, "the footer is missing or cut short");
	text = xstrndup((const char *)in->p + 1, (size_t)(end - in->p) - 1);
	if (*text == '\0')
		return 0;
	if (strlen(text) != (size_t)(end - in->p) - 1 || !zone_rule_parse(text, &rule))
		return error_set(err, EINVAL, "the footer is not a POSIX time zone rule");
	memcpy(names, rule.standard, ZONE_RULE_NAME_SIZE);
	memcpy(names + ZONE_RULE_NAME_SIZE, rule.daylight, ZONE_RULE_NAME_SIZE);
	z->types[h->type_count] = (struct zone_type){rule.standard_s, h->char_count};
	z->types[h->type_count + 1] =
		(struct zone_type){rule.daylight_s, h->char_count + ZONE_RULE_NAME_SIZE};
	if (z->count == 0)
		z->before = (uint16_t)h->type_count;
	if (rule.daylight[0])
		expand(z, &rule, (uint16_t)h->type_count);
	return 0;
}

int zone_parse(
	const char *name, const void *data, size_t size, struct zone **ret, struct error *err)
{
	_cleanup_(zone_freep) struct zone *z = xcalloc(1, sizeof(*z));
	struct input in = {data, size};
	struct header h = {0};
	char version;
	int r;

	z->name = xstrdup(name);
	r = take_header(&in, &h, err);
	if (r < 0)
		return r;
	version = h.version;
	r = skip_v1_data(&in, &h, err);
	if (r < 0)
		return r;
	r = take_header(&in, &h, err);
	if (r < 0)
		return r;
	r = check_header(&h, version, err);
	if (r < 0)
		return r;
	r = take_transitions(&in, &h, z, err);
	if (r < 0)
		return r;
	r = take_types(&in, &h, z, err);
	if (r < 0)
		return r;
	r = take_footer(&in, &h, z, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(z);
	return 0;
}
