/* Writes JSON into a text, in order and without a tree: an inventory of a million sets costs
 * nothing but its output. In strings, each byte that is not UTF-8 is written as U+FFFD. */
#pragma once

#include "base/text.h"

#include <stdint.h>

struct jsonwriter {
	struct text *out; /* borrowed */
	bool more;        /* a value stands before this one: a comma is due */
};

void json_object_begin(
	struct jsonwriter *w, const char *key); /* key NULL inside an array or at the top */
void json_object_end(struct jsonwriter *w);
void json_array_begin(struct jsonwriter *w, const char *key);
void json_array_end(struct jsonwriter *w);
void json_string(
	struct jsonwriter *w, const char *key, const char *value); /* value NULL writes null */
void json_int(struct jsonwriter *w, const char *key, int64_t value);
void json_bool(struct jsonwriter *w, const char *key, bool value);
void json_null(struct jsonwriter *w, const char *key);
/* Writes `json`, which must be one complete value, as it stands. */
void json_raw(struct jsonwriter *w, const char *key, const char *json);
