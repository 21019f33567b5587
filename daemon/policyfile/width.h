/* How many columns UTF-8 text takes on a terminal. Pure; independent of the locale. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Decodes the sequence at `s` (`left` > 0 bytes); returns its length. A byte that begins no
 * well-formed sequence is taken alone, as U+FFFD. */
size_t width_decode(const char *s, size_t left, uint32_t *ret_character);

/* Columns of a character: 0 for combining marks, 2 for East Asian wide ones and emoji, else 1. */
int width_of(uint32_t character);

/* Columns of a whole string; control characters count as 1. */
size_t width_of_text(const char *s);
