/* An inventory in few bytes: differences from one set to the next, in as few bytes as they need. */
#include "retention/pack.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_DIGITS 18 /* a decimal number of so many digits fits an int64_t */

/* A set begins with a byte of these. Then come its id; the changes since the set before in start,
 * time kept, size and duration; and what the bits announce. Texts end in NUL. */
enum {
	STATE = 0x07,
	ID_IS_NUMBER = 0x08, /* the id is a change, too; else a text */
	HAS_PARENT = 0x10,   /* a text */
	HAS_DOUBT = 0x20,    /* a number, and the note's text */
	EXPIRES_IS_UNSAID = 0x40,
};
_Static_assert((int)SET_UNKNOWN <= (int)STATE, "states fit their bits");

struct last {
	int64_t id, start_s, kept_s, size_bytes, duration_s;
};

static int64_t wrap_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t wrap_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* 7 bits a byte, lowest first; the highest bit says that more follow. */
static void put(struct text *to, uint64_t value)
{
	char bytes[10];
	size_t count = 0;

	for (; value > 127; value >>= 7)
		bytes[count++] = (char)(value | 128);
	bytes[count++] = (char)value;
	text_add_bytes(to, bytes, count);
}

static uint64_t get(const char **at)
{
	uint64_t value = 0;
	unsigned shift = 0;

	for (; **at & 128; shift += 7)
		value |= (uint64_t)(*(*at)++ & 127) << shift;
	return value | (uint64_t) * (*at)++ << shift;
}

/* The sign stands in the lowest bit, so that small differences either way are small numbers. */
static void put_change(struct text *to, int64_t value, int64_t *last)
{
	uint64_t d = (uint64_t)wrap_sub(value, *last);

	put(to, d >> 63 ? ~(d << 1) : d << 1);
	*last = value;
}

static int64_t get_change(const char **at, int64_t *last)
{
	uint64_t d = get(at);

	*last = wrap_add(*last, (int64_t)(d & 1 ? ~(d >> 1) : d >> 1));
	return *last;
}

static void put_text(struct text *to, const char *s)
{
	text_add_bytes(to, s, strlen(s) + 1);
}

static const char *get_text(const char **at)
{
	const char *s = *at;

	*at += strlen(s) + 1;
	return s;
}

static bool is_number(const char *id, int64_t *ret)
{
	uint64_t value;

	if (strlen(id) > NUMBER_DIGITS || !text_to_u64(id, &value))
		return false;
	*ret = (int64_t)value;
	return true;
}

static void put_set(struct text *to, const struct inventory *inv, size_t i, struct last *last)
{
	const struct set *s = &inv->sets[i];
	const char *parent = set_parent(inv, i);
	int64_t number;
	bool id_is_number = is_number(set_id(inv, i), &number);
	char head = (char)(s->state | (id_is_number ? ID_IS_NUMBER : 0) |
		(*parent ? HAS_PARENT : 0) | (s->doubt || s->note ? HAS_DOUBT : 0) |
		(s->expires_s == SET_NO_TIME ? EXPIRES_IS_UNSAID : 0));

	text_add_bytes(to, &head, 1);
	if (id_is_number)
		put_change(to, number, &last->id);
	else
		put_text(to, set_id(inv, i));
	put_change(to, s->start_s, &last->start_s);
	if (!(head & EXPIRES_IS_UNSAID))
		put_change(to, wrap_sub(s->expires_s, s->start_s), &last->kept_s);
	put_change(to, s->size_bytes, &last->size_bytes);
	put_change(to, s->duration_s, &last->duration_s);
	if (head & HAS_PARENT)
		put_text(to, parent);
	if (head & HAS_DOUBT) {
		put(to, s->doubt);
		put_text(to, set_note(inv, i));
	}
}

struct pack pack_inventory(const struct inventory *inv)
{
	struct text to = TEXT_INIT(SIZE_MAX / 2);
	struct last last = {0};
	struct pack ret = {0};

	for (size_t i = 0; i < inv->count; i++)
		put_set(&to, inv, i, &last);
	if (to.length > 0) {
		ret = (struct pack){.bytes = xmalloc(to.length), .size = to.length};
		memcpy(ret.bytes, to.s, to.length);
	}
	text_done(&to);
	return ret;
}

static void get_set(const char **at, struct inventory *inv, struct last *last)
{
	char head = *(*at)++, number[NUMBER_DIGITS + 1];
	struct set s = {.state = head & STATE, .expires_s = SET_NO_TIME};
	const char *id = number, *parent = NULL, *note = NULL;

	if (head & ID_IS_NUMBER)
		(void)snprintf(number, sizeof(number), "%" PRId64, get_change(at, &last->id));
	else
		id = get_text(at);
	s.start_s = get_change(at, &last->start_s);
	if (!(head & EXPIRES_IS_UNSAID))
		s.expires_s = wrap_add(s.start_s, get_change(at, &last->kept_s));
	s.size_bytes = get_change(at, &last->size_bytes);
	s.duration_s = (int32_t)get_change(at, &last->duration_s);
	if (head & HAS_PARENT)
		parent = get_text(at);
	if (head & HAS_DOUBT) {
		s.doubt = (uint8_t)get(at);
		note = get_text(at);
	}
	inventory_add(inv, &s, id, parent, note);
}

void pack_open(const struct pack *p, struct inventory *inv)
{
	struct last last = {0};
	const char *at = p->bytes;

	while (at && at < p->bytes + p->size)
		get_set(&at, inv, &last);
	inventory_trim(inv);
}

void pack_done(struct pack *p)
{
	free(p->bytes);
	*p = (struct pack){0};
}
