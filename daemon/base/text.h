/* Text: a string builder with a limit, and small helpers on strings. */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A growing string. Whoever makes one says how large it may become; past that it keeps what it
 * has and sets `full`, so that no input can make it grow without end. */
struct text {
	char *s;       /* always ends in NUL once something was added; NULL before */
	size_t length; /* bytes, without the NUL */
	size_t capacity;
	size_t max; /* bytes */
	bool full;  /* something did not fit */
};

#define TEXT_INIT(max_bytes) ((struct text){.max = (max_bytes)})

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t length);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* RFC 3986: unreserved characters as they are, all other bytes as %XX in upper case. */
void text_add_percent_encoded(struct text *t, const char *s);
/* Returns the string (never NULL), owned by the caller, and leaves `t` empty. */
char *text_take(struct text *t);
/* Frees what `t` holds. For _cleanup_(). */
void text_done(struct text *t);

/* For secrets: makes room in advance (for `bytes` more, no more than the limit), so that no copy is
 * left behind as it grows, and wipes all that it holds before it frees it. */
void text_reserve(struct text *t, size_t bytes);
void text_erase(struct text *t);

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_starts(const char *s, const char *prefix);

/* Parses a whole string of decimal digits (no sign, no space, no leading zero but "0" itself).
 * False, and *ret untouched, if it is anything else or does not fit. */
bool text_to_u64(const char *s, uint64_t *ret);

/* Length of the well-formed UTF-8 sequence at `s`, of which `left` bytes are there; 0 if there is
 * none. */
size_t text_utf8_length(const char *s, size_t left);

/* True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(const char *s, size_t length);

/* The candidate nearest to `word` by edit distance, or NULL if none is near enough to suggest
 * (more than a third of the word's length apart, at least 1). `candidates` ends with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

/* An interned string: *at is the one empty string, which takes no memory, or a copy that *at owns.
 * Ten thousand clusters have several texts each that are nearly always empty. Both functions free
 * what *at was; the arguments of the new text may point into it. At most 479 bytes are kept. */
void interned_set(const char **at, const char *format, ...) __attribute__((format(printf, 2, 3)));
void interned_clear(const char **at); /* also from NULL: at the beginning and at the end */

/* For a value from outside that goes into a line for people: copies at most `size`-1 bytes, and
 * cuts between characters. A character that moves the cursor, turns the direction of writing or is
 * not to be seen is written as "\n", "\x1b" or "\u202e", and a byte that is not UTF-8 as "\xff". A
 * second copy changes nothing. */
void text_copy_printable(char *to, size_t size, const char *from);
/* What that takes at most, with the NUL: bytes for a text of `length` bytes. */
#define TEXT_PRINTABLE_SIZE(length) (4 * (length) + 1)
/* The same, of any length. Owned by the caller. */
char *text_printable(const char *from);

/* A name that a shell, a table and a person read in one way: letters and digits of any script, '.',
 * '_' and '-' stay; a run of anything else becomes one '-', none at either end. Owned by the
 * caller;
 * "" if nothing is left. */
char *text_name(const char *from);
