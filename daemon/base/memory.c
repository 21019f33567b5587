/* Allocates, grows and frees; ends the program where there is no memory left. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *checked(void *p)
{
	if (!p) {
		static const char out[] = "<0>out of memory\n";
		(void)fwrite(out, 1, sizeof(out) - 1, stderr);
		abort();
	}
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	return checked(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return s ? checked(strdup(s)) : NULL;
}

void xstrset(char **at, const char *s)
{
	char *copy = xstrdup(s);

	free(*at);
	*at = copy;
}

char *xstrndup(const char *s, size_t length)
{
	const char *end = memchr(s, '\0', length);
	size_t n = end ? (size_t)(end - s) : length;
	char *copy = xmalloc(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *xconcat(const char *a, const char *b, const char *c)
{
	char *s = xmalloc(strlen(a) + strlen(b) + strlen(c) + 1);

	(void)stpcpy(stpcpy(stpcpy(s, a), b), c);
	return s;
}

char *xasprintf(const char *format, ...)
{
	char *s = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&s, format, args);
	va_end(args);
	return checked(n < 0 ? NULL : s);
}

void *memory_grow(void *array, size_t *capacity, size_t need, size_t size)
{
	size_t want = *capacity ? *capacity : 16;

	if (need <= *capacity)
		return array;
	while (want < need)
		want = want > SIZE_MAX / 2 ? need : want * 2;
	array = xreallocarray(array, want, size);
	*capacity = want;
	return array;
}

void memory_erase_string(char *s)
{
	if (!s)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}
