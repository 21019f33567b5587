/* Integers in as few bytes as they need. */
#include "base/varint.h"

void varint_add(struct text *to, uint64_t value)
{
	unsigned char bytes[10];
	size_t count = 0;

	for (; value > 127; value >>= 7)
		bytes[count++] = (unsigned char)(value | 128);
	bytes[count++] = (unsigned char)value;
	text_add_bytes(to, (const char *)bytes, count);
}

void varint_add_difference(struct text *to, int64_t value, int64_t from)
{
	uint64_t d = (uint64_t)value - (uint64_t)from;

	varint_add(to, d >> 63 ? ~(d << 1) : d << 1);
}

unsigned char varint_take_byte(struct varint_bytes *b)
{
	if (b->left == 0) {
		b->bad = true;
		return 0;
	}
	b->left--;
	return *b->at++;
}

uint64_t varint_take(struct varint_bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && !b->bad; shift += 7) {
		unsigned char byte = varint_take_byte(b);
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return b->bad ? 0 : value;
	}
	b->bad = true;
	return 0;
}

int64_t varint_take_difference(struct varint_bytes *b, int64_t from)
{
	uint64_t d = varint_take(b);

	return (int64_t)((uint64_t)from + (d & 1 ? ~(d >> 1) : d >> 1));
}

const char *varint_take_bytes(struct varint_bytes *b, uint64_t count)
{
	const char *bytes = (const char *)b->at;

	if (count > b->left) {
		b->bad = true;
		return NULL;
	}
	b->at += count;
	b->left -= count;
	return bytes;
}
