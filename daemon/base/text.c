/* Builds strings, and compares, quotes and suggests words. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static bool text_room(struct text *t, size_t more)
{
	if (more > t->max || t->length > t->max - more) {
		t->full = true;
		return false;
	}
	t->s = memory_grow(t->s, &t->capacity, t->length + more + 1, 1);
	return true;
}

void text_add_bytes(struct text *t, const char *s, size_t length)
{
	if (!text_room(t, length))
		return;
	memcpy(t->s + t->length, s, length);
	t->length += length;
	t->s[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n >= 0 && text_room(t, (size_t)n)) {
		(void)vsnprintf(t->s + t->length, (size_t)n + 1, format, again);
		t->length += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

void text_add_percent_encoded(struct text *t, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || strchr("-_.~", c);
		if (plain)
			text_add_bytes(t, s, 1);
		else
			text_add_bytes(t, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
	}
}

char *text_take(struct text *t)
{
	char *s = t->s ? t->s : xstrdup("");

	*t = TEXT_INIT(t->max);
	return s;
}

void text_done(struct text *t)
{
	free(t->s);
	*t = TEXT_INIT(t->max);
}

void text_reserve(struct text *t, size_t bytes)
{
	if (bytes <= t->max && t->length <= t->max - bytes)
		t->s = memory_grow(t->s, &t->capacity, t->length + bytes + 1, 1);
	if (t->s)
		t->s[t->length] = '\0';
}

void text_erase(struct text *t)
{
	if (t->s)
		explicit_bzero(t->s, t->capacity);
	text_done(t);
}

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_to_u64(const char *s, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*s || (s[0] == '0' && s[1]))
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

/* Well-formed sequences (Unicode, table 3-7): the range of the first byte, that of the second, and
 * how many bytes it takes; all further ones are 80..bf. */
static const struct {
	unsigned char first, first_to, second, second_to, length;
} utf8[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t text_utf8_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t row = 0;

	if (left == 0 || s[0] < 0x80)
		return left > 0;
	while (row < ARRAY_SIZE(utf8) && s[0] > utf8[row].first_to)
		row++;
	if (row == ARRAY_SIZE(utf8) || s[0] < utf8[row].first || utf8[row].length > left)
		return 0;
	if (s[1] < utf8[row].second || s[1] > utf8[row].second_to)
		return 0;
	for (size_t i = 2; i < utf8[row].length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return utf8[row].length;
}

bool text_is_utf8(const char *s, size_t length)
{
	while (length > 0) {
		size_t n = text_utf8_length(s, length);
		if (n == 0)
			return false;
		s += n;
		length -= n;
	}
	return true;
}

static size_t edit_distance(const char *a, const char *b)
{
	size_t row[65], n = strlen(b);

	if (strlen(a) > 64 || n > 64)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[n];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	const char *nearest = NULL;
	size_t limit = strlen(word) / 3 > 1 ? strlen(word) / 3 : 2;

	for (; *candidates; candidates++) {
		size_t distance = edit_distance(word, *candidates);
		if (distance <= limit && distance < strlen(*candidates)) {
			nearest = *candidates;
			limit = distance ? distance - 1 : 0;
			if (distance == 0)
				break;
		}
	}
	return nearest;
}

void interned_clear(const char **at)
{
	char *old = NULL;

	memcpy(&old, at, sizeof(old));
	if (old && *old)
		free(old);
	*at = "";
}

void interned_set(const char **at, const char *format, ...)
{
	char text[480];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	interned_clear(at);
	if (text[0])
		*at = xstrdup(text);
}
