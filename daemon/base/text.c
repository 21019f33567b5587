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

/* Length of the well-formed sequence at `s`, or 0. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

bool text_is_utf8(const char *s, size_t length)
{
	const unsigned char *p = (const unsigned char *)s;

	while (length > 0) {
		size_t n = utf8_length(p, length);
		if (n == 0)
			return false;
		p += n;
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

void text_copy_printable(char *to, size_t size, const char *from)
{
	size_t at = 0, left = strlen(from);

	while (left > 0) {
		size_t n = utf8_length((const unsigned char *)from, left);
		size_t step = n ? n : 1;
		if (at + step >= size)
			break;
		if (n == 0 || (unsigned char)*from < 0x20 || *from == 0x7f)
			to[at++] = '?';
		else {
			memcpy(to + at, from, n);
			at += n;
		}
		from += step;
		left -= step;
	}
	if (size)
		to[at] = '\0';
}
