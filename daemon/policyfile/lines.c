/* Cuts a text into lines as YAML does. */
#include "policyfile/lines.h"

#include "base/memory.h"

#include <string.h>

/* Length of the line break at `s`, 0 if there is none. */
static size_t line_break(const char *s, size_t left)
{
	if (s[0] == '\n')
		return 1;
	if (s[0] == '\r')
		return left > 1 && s[1] == '\n' ? 2 : 1;
	if (left > 1 && memcmp(s, "\xc2\x85", 2) == 0)
		return 2;
	if (left > 2 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

static void add_line(struct lines *s, size_t offset)
{
	s->begins = memory_grow(s->begins, &s->capacity, s->count + 1, sizeof(*s->begins));
	s->begins[s->count++] = offset;
}

void lines_init(struct lines *s, const char *name, const char *data, size_t size)
{
	*s = (struct lines){.name = name, .data = data, .size = size};
	add_line(s, 0);
	for (size_t i = 0; i < size;) {
		size_t length = line_break(data + i, size - i);
		i += length ? length : 1;
		if (length)
			add_line(s, i);
	}
}

void lines_done(struct lines *s)
{
	free(s->begins);
}

void lines_bounds(const struct lines *s, size_t line, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = s->begins[line], end = begin;

	while (end < s->size && !line_break(s->data + end, s->size - end))
		end++;
	*ret_begin = begin;
	*ret_end = end;
}

size_t lines_find(const struct lines *s, size_t offset)
{
	size_t low = 0, high = s->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (s->begins[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}
