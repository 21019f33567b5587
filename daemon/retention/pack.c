/* An inventory in few bytes. */
#include "retention/pack.h"

#include "base/varint.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_DIGITS 18 /* of an id that fits an int64_t whatever they are */

/* A set: a byte of these; then its id, and what has changed since the set before: the start, how
 * long it is kept, the size, the duration; then what the bits announce. */
enum {
	STATE = 0x07,
	ID_IS_NUMBER = 0x08, /* else its length and bytes */
	HAS_PARENT = 0x10,   /* its length and bytes */
	HAS_DOUBT = 0x20,    /* a byte, and the note's number */
	EXPIRES_IS_UNSAID = 0x40,
};
_Static_assert((int)SET_UNKNOWN <= (int)STATE, "states fit their bits");

struct last {
	int64_t id, start_s, kept_s, size_bytes, duration_s;
};

static bool is_number(const char *id, int64_t *ret)
{
	uint64_t value;

	if (strlen(id) > NUMBER_DIGITS || !text_to_u64(id, &value))
		return false;
	*ret = (int64_t)value;
	return true;
}

static void add_text(struct text *to, const char *s)
{
	size_t length = strlen(s);

	varint_add(to, length);
	text_add_bytes(to, s, length);
}

static int64_t wrap_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t wrap_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void add_set(struct text *to, const struct inventory *inv, size_t i, struct last *last)
{
	const struct set *s = &inv->sets[i];
	const char *parent = set_parent(inv, i);
	struct last this = {.start_s = s->start_s,
		.kept_s = last->kept_s,
		.size_bytes = s->size_bytes,
		.duration_s = s->duration_s,
		.id = last->id};
	bool number = is_number(set_id(inv, i), &this.id);
	unsigned char head = (unsigned char)(s->state | (number ? ID_IS_NUMBER : 0) |
		(*parent ? HAS_PARENT : 0) | (s->doubt || s->note ? HAS_DOUBT : 0) |
		(s->expires_s == SET_NO_TIME ? EXPIRES_IS_UNSAID : 0));

	if (s->expires_s != SET_NO_TIME)
		this.kept_s = wrap_sub(s->expires_s, s->start_s);
	text_add_bytes(to, (const char *)&head, 1);
	if (number)
		varint_add_difference(to, this.id, last->id);
	else
		add_text(to, set_id(inv, i));
	varint_add_difference(to, this.start_s, last->start_s);
	if (!(head & EXPIRES_IS_UNSAID))
		varint_add_difference(to, this.kept_s, last->kept_s);
	varint_add_difference(to, this.size_bytes, last->size_bytes);
	varint_add_difference(to, this.duration_s, last->duration_s);
	if (head & HAS_PARENT)
		add_text(to, parent);
	if (head & HAS_DOUBT) {
		varint_add(to, s->doubt);
		add_text(to, set_note(inv, i));
	}
	*last = this;
}

struct pack pack_inventory(const struct inventory *inv, struct pool *pool)
{
	struct text to = TEXT_INIT(SIZE_MAX / 2);
	struct last last = {0};
	struct pack ret;

	if (inv->count == 0)
		return (struct pack){0};
	varint_add(&to, inv->count);
	for (size_t i = 0; i < inv->count; i++)
		add_set(&to, inv, i, &last);
	ret = (struct pack){.bytes = pool_take(pool, to.length), .size = to.length};
	memcpy(ret.bytes, to.s, to.length);
	text_done(&to);
	return ret;
}

static char *take_text(struct varint_bytes *b)
{
	uint64_t length = varint_take(b);
	const char *bytes = varint_take_bytes(b, length);

	return xstrndup(bytes ? bytes : "", bytes ? (size_t)length : 0);
}

static void take_set(struct varint_bytes *b, struct inventory *inv, struct last *last)
{
	unsigned char head = varint_take_byte(b);
	struct set s = {.state = head & STATE, .expires_s = SET_NO_TIME};
	_cleanup_free_ char *id = NULL, *parent = NULL, *note = NULL;

	if (head & ID_IS_NUMBER) {
		last->id = varint_take_difference(b, last->id);
		id = xasprintf("%" PRId64, last->id);
	} else {
		id = take_text(b);
	}
	s.start_s = last->start_s = varint_take_difference(b, last->start_s);
	if (!(head & EXPIRES_IS_UNSAID)) {
		last->kept_s = varint_take_difference(b, last->kept_s);
		s.expires_s = wrap_add(s.start_s, last->kept_s);
	}
	s.size_bytes = last->size_bytes = varint_take_difference(b, last->size_bytes);
	last->duration_s = varint_take_difference(b, last->duration_s);
	s.duration_s = (int32_t)last->duration_s;
	parent = head & HAS_PARENT ? take_text(b) : NULL;
	s.doubt = head & HAS_DOUBT ? (uint8_t)varint_take(b) : 0;
	note = head & HAS_DOUBT ? take_text(b) : NULL;
	inventory_add(inv, &s, id, parent, note);
}

void pack_open(const struct pack *p, struct inventory *inv)
{
	struct varint_bytes b = {(const unsigned char *)p->bytes, p->size, false};
	uint64_t count = p->size ? varint_take(&b) : 0;
	struct last last = {0};

	for (uint64_t i = 0; i < count && !b.bad; i++)
		take_set(&b, inv, &last);
	inventory_trim(inv);
}

void pack_done(struct pack *p, struct pool *pool)
{
	pool_give(pool, p->bytes, p->size);
	*p = (struct pack){0};
}
