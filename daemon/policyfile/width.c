/* Widths of characters on a terminal. */
#include "policyfile/width.h"

#include "base/text.h"

size_t width_decode(const char *s, size_t left, uint32_t *ret_character)
{
	unsigned char first = (unsigned char)s[0];
	size_t length = text_utf8_length(s, left);

	if (length == 0) {
		*ret_character = 0xfffd;
		return 1;
	}
	*ret_character = length == 1 ? first : first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		*ret_character = *ret_character << 6 | ((unsigned char)s[i] & 0x3f);
	return length;
}

/* The blocks of characters that names of clusters and comments are likely to have (Unicode 15 East
 * Asian Width W and F, and the common combining blocks), not the whole tables. */
static const struct {
	uint32_t first, last;
	int width;
} ranges[] = {
	{0x0300, 0x036f, 0},
	{0x1100, 0x115f, 2},
	{0x200b, 0x200f, 0},
	{0x20d0, 0x20ff, 0},
	{0x2e80, 0x303e, 2},
	{0x3041, 0xa4cf, 2},
	{0xac00, 0xd7a3, 2},
	{0xf900, 0xfaff, 2},
	{0xfe00, 0xfe0f, 0},
	{0xfe30, 0xfe6f, 2},
	{0xfeff, 0xfeff, 0},
	{0xff00, 0xff60, 2},
	{0xffe0, 0xffe6, 2},
	{0x1f300, 0x1f64f, 2},
	{0x1f680, 0x1f6ff, 2},
	{0x1f900, 0x1f9ff, 2},
	{0x20000, 0x3fffd, 2},
};

int width_of(uint32_t character)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

size_t width_of_text(const char *s)
{
	size_t left = strlen(s), columns = 0;

	while (left > 0) {
		uint32_t character;
		size_t length = width_decode(s, left, &character);
		columns += (size_t)width_of(character);
		s += length;
		left -= length;
	}
	return columns;
}
