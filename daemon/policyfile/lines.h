/* A text that messages are about, cut into its lines. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lines {
	const char *name; /* borrowed */
	const char *data; /* borrowed */
	size_t size;
	size_t *begins; /* offset of each line's first byte */
	size_t count, capacity;
};

/* Borrows `name` and `data`, which need not be UTF-8. Lines end as in YAML 1.1 (LF, CR, CR LF, NEL,
 * LS, PS). */
void lines_init(struct lines *s, const char *name, const char *data, size_t size);
void lines_done(struct lines *s);

/* The bytes of a line, without its break. */
void lines_bounds(const struct lines *s, size_t line, size_t *ret_begin, size_t *ret_end);
/* The line that a byte is in. */
size_t lines_find(const struct lines *s, size_t offset);
