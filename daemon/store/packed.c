#include "store/packed.h"

/* A line: a byte of kind and flags; then as varints of 7 bits a byte, lowest first, signed ones
 * with the sign in the lowest bit: the time since the line before; the set's number less that of
 * the line before, or its length and bytes; the slot's distance; the reason's word. */
enum {
	KIND = 0x0f,
	HAS_SLOT = 0x10,
	HAS_REASON = 0x20,
	SET_IS_TEXT = 0x40,
	HAS_SET = 0x80,
};
_Static_assert(ENTRY_KIND_COUNT <= KIND + 1, "kinds fit their bits");

static void add_unsigned(struct text *pack, uint64_t value)
{
	unsigned char bytes[10];
	size_t count = 0;

	for (; value > 127; value >>= 7)
		bytes[count++] = (unsigned char)(value | 128);
	bytes[count++] = (unsigned char)value;
	text_add_bytes(pack, (const char *)bytes, count);
}

static void add_difference(struct text *pack, int64_t to, int64_t from)
{
	uint64_t d = (uint64_t)to - (uint64_t)from;

	add_unsigned(pack, d >> 63 ? ~(d << 1) : d << 1);
}

void packed_add(struct text *pack, struct packed_at *at, const struct packed_line *line)
{
	bool text = line->set && line->number < 0;
	unsigned char head = (unsigned char)(line->kind | (line->slot_s ? HAS_SLOT : 0) |
		(line->reason ? HAS_REASON : 0) | (text ? SET_IS_TEXT : 0) |
		(text || line->number >= 0 ? HAS_SET : 0));

	text_add_bytes(pack, (const char *)&head, 1);
	add_difference(pack, line->at_s, at->at_s);
	if (text) {
		add_unsigned(pack, line->set_length);
		text_add_bytes(pack, line->set, line->set_length);
	} else if (line->number >= 0) {
		add_difference(pack, line->number, at->number);
		at->number = line->number;
	}
	if (line->slot_s)
		add_difference(pack, line->slot_s, line->at_s);
	if (line->reason)
		add_unsigned(pack, (uint64_t)line->reason);
	at->at_s = line->at_s;
	at->offset = pack->length;
}

struct bytes {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static uint64_t take_unsigned(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; b->left > 0 && shift < 64; shift += 7) {
		unsigned char byte = *b->at++;
		b->left--;
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
	b->bad = true;
	return 0;
}

static int64_t take_difference(struct bytes *b, int64_t from)
{
	uint64_t d = take_unsigned(b);

	return (int64_t)((uint64_t)from + (d & 1 ? ~(d >> 1) : d >> 1));
}

static void take_set(struct bytes *b, unsigned char head, int64_t before, struct packed_line *ret)
{
	if (!(head & SET_IS_TEXT)) {
		ret->number = take_difference(b, before);
		b->bad |= ret->number < 0;
		return;
	}
	ret->set_length = take_unsigned(b);
	ret->set = (const char *)b->at;
	if (ret->set_length > b->left) {
		b->bad = true;
		return;
	}
	b->at += ret->set_length;
	b->left -= ret->set_length;
}

bool packed_next(const void *pack, size_t size, struct packed_at *at, struct packed_line *ret)
{
	struct bytes b = {(const unsigned char *)pack + at->offset, size - at->offset, false};
	struct packed_line line = {.number = -1};
	unsigned char head;

	if (at->offset >= size)
		return false;
	head = *b.at++;
	b.left--;
	line.kind = (enum entry_kind)(head & KIND);
	line.at_s = take_difference(&b, at->at_s);
	if (head & HAS_SET)
		take_set(&b, head, at->number, &line);
	if (head & HAS_SLOT)
		line.slot_s = take_difference(&b, line.at_s);
	if (head & HAS_REASON)
		line.reason = (int64_t)take_unsigned(&b);
	if (b.bad || line.kind >= ENTRY_KIND_COUNT || line.reason < 0)
		return false;
	at->at_s = line.at_s;
	at->number = line.number >= 0 ? line.number : at->number;
	at->offset = size - b.left;
	*ret = line;
	return true;
}
