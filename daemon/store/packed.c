#include "store/packed.h"

#include "base/varint.h"

/* A line: a byte of kind and flags; then as varints: the time since the line before; the set's
 * number less that of the line before, or its length and bytes; the slot's distance; the reason's
 * word. */
enum {
	KIND = 0x0f,
	HAS_SLOT = 0x10,
	HAS_REASON = 0x20,
	SET_IS_TEXT = 0x40,
	HAS_SET = 0x80,
};
_Static_assert(ENTRY_KIND_COUNT <= KIND + 1, "kinds fit their bits");

void packed_add(struct text *pack, struct packed_at *at, const struct packed_line *line)
{
	bool text = line->set && line->number < 0;
	unsigned char head = (unsigned char)(line->kind | (line->slot_s ? HAS_SLOT : 0) |
		(line->reason ? HAS_REASON : 0) | (text ? SET_IS_TEXT : 0) |
		(text || line->number >= 0 ? HAS_SET : 0));

	text_add_bytes(pack, (const char *)&head, 1);
	varint_add_difference(pack, line->at_s, at->at_s);
	if (text) {
		varint_add(pack, line->set_length);
		text_add_bytes(pack, line->set, line->set_length);
	} else if (line->number >= 0) {
		varint_add_difference(pack, line->number, at->number);
		at->number = line->number;
	}
	if (line->slot_s)
		varint_add_difference(pack, line->slot_s, line->at_s);
	if (line->reason)
		varint_add(pack, (uint64_t)line->reason);
	at->at_s = line->at_s;
	at->offset = pack->length;
}

static void take_set(
	struct varint_bytes *b, unsigned char head, int64_t before, struct packed_line *ret)
{
	if (!(head & SET_IS_TEXT)) {
		ret->number = varint_take_difference(b, before);
		b->bad |= ret->number < 0;
		return;
	}
	ret->set_length = varint_take(b);
	ret->set = varint_take_bytes(b, ret->set_length);
}

bool packed_next(const void *pack, size_t size, struct packed_at *at, struct packed_line *ret)
{
	struct varint_bytes b = {
		(const unsigned char *)pack + at->offset, size - at->offset, false};
	struct packed_line line = {.number = -1};
	unsigned char head;

	if (at->offset >= size)
		return false;
	head = varint_take_byte(&b);
	line.kind = (enum entry_kind)(head & KIND);
	line.at_s = varint_take_difference(&b, at->at_s);
	if (head & HAS_SET)
		take_set(&b, head, at->number, &line);
	if (head & HAS_SLOT)
		line.slot_s = varint_take_difference(&b, line.at_s);
	if (head & HAS_REASON)
		line.reason = (int64_t)varint_take(&b);
	if (b.bad || line.kind >= ENTRY_KIND_COUNT || line.reason < 0)
		return false;
	at->at_s = line.at_s;
	at->number = line.number >= 0 ? line.number : at->number;
	at->offset = size - b.left;
	*ret = line;
	return true;
}
