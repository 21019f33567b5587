/* Whole numbers in as few bytes as they need: 7 bits a byte, lowest first. Differences have their
 * sign in the lowest bit, and go around where they do not fit. */
#pragma once

#include "base/text.h"

void varint_add(struct text *to, uint64_t value);
void varint_add_difference(struct text *to, int64_t value, int64_t from);

/* Bytes to be read. */
struct varint_bytes {
	const unsigned char *at;
	size_t left;
	bool bad; /* something did not read: what was returned since is 0 */
};

uint64_t varint_take(struct varint_bytes *b);
int64_t varint_take_difference(struct varint_bytes *b, int64_t from);
unsigned char varint_take_byte(struct varint_bytes *b);
/* A number of bytes, borrowed; NULL if there are not so many. */
const char *varint_take_bytes(struct varint_bytes *b, uint64_t count);
