/* Text from outside, made fit for people: nothing hidden, nothing that a terminal obeys. */
#include "base/text.h"

#include <stdio.h>

#define ESCAPE_SIZE 12 /* "\\U000e0041" and its NUL */

/* Characters that are well-formed and yet not to be seen, or that turn the direction of what
 * follows (Unicode 15: Bidi_Control, Default_Ignorable_Code_Point, the separators of lines). */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x80, 0x9f}, /* C1, of which some terminals obey U+009B */
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x61c, 0x61c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

/* Blanks beyond ASCII. */
static const uint32_t blanks[] = {0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005,
	0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x202f, 0x205f, 0x3000};

/* Of a well-formed sequence of `length` bytes. */
static uint32_t decode(const char *s, size_t length)
{
	static const uint32_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t character = (unsigned char)s[0] & first_bits[length];

	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)s[i] & 0x3f);
	return character;
}

static bool is_hidden(uint32_t character)
{
	if (character < 0x20 || character == 0x7f)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (character <= hidden[i].last)
			return character >= hidden[i].first;
	return false;
}

static bool is_blank(uint32_t character)
{
	for (size_t i = 0; i < ARRAY_SIZE(blanks); i++)
		if (character == blanks[i])
			return true;
	return false;
}

static void escape(uint32_t character, char ret[ESCAPE_SIZE])
{
	if (character == '\n' || character == '\t' || character == '\r')
		(void)snprintf(ret, ESCAPE_SIZE, "\\%c",
			character == '\n'           ? 'n'
				: character == '\t' ? 't'
						    : 'r');
	else
		(void)snprintf(ret, ESCAPE_SIZE,
			character < 0x80              ? "\\x%02x"
				: character < 0x10000 ? "\\u%04x"
						      : "\\U%08x",
			character);
}

void text_copy_printable(char *to, size_t size, const char *from)
{
	size_t at = 0, left = strlen(from);

	while (left > 0) {
		size_t used = text_utf8_length(from, left);
		char escaped[ESCAPE_SIZE] = "";
		const char *add = from;
		size_t length = used;
		if (used == 0)
			(void)snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*from);
		else if (is_hidden(decode(from, used)))
			escape(decode(from, used), escaped);
		if (escaped[0]) {
			add = escaped;
			length = strlen(escaped);
		}
		if (at + length >= size)
			break;
		memcpy(to + at, add, length);
		at += length;
		from += used ? used : 1;
		left -= used ? used : 1;
	}
	if (size)
		to[at] = '\0';
}

char *text_printable(const char *from)
{
	size_t size = TEXT_PRINTABLE_SIZE(strlen(from));
	char *copy = xmalloc(size);

	text_copy_printable(copy, size, from);
	return copy;
}

static bool is_of_a_name(const char *s, size_t length)
{
	char c = s[0];

	if (length == 1)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_';
	return length > 1 && !is_hidden(decode(s, length)) && !is_blank(decode(s, length));
}

char *text_name(const char *from)
{
	size_t left = strlen(from), at = 0;
	char *name = xmalloc(left + 1);
	bool gap = false;

	while (left > 0) {
		size_t used = text_utf8_length(from, left);
		size_t step = used ? used : 1;
		bool fits = is_of_a_name(from, used);
		if (fits && gap && at > 0)
			name[at++] = '-';
		if (fits) {
			memcpy(name + at, from, used);
			at += used;
		}
		gap = !fits;
		from += step;
		left -= step;
	}
	name[at] = '\0';
	return name;
}
