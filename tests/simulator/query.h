/* The query of a request target: form-decoded, and made canonical again as the gateway does. */
#pragma once

#include "base/text.h"

struct pair {
	char *key;
	char *value;
};

struct query {
	struct pair *pairs; /* in the order of the wire */
	size_t count, capacity;
};

/* `+` and %20 are both a space. False on a broken %XX, on NUL, and on what is not UTF-8. Either way
 * the caller frees `ret`. */
bool query_parse(const char *raw, struct query *ret);
/* Adds what `raw` has to what is there. */
bool query_add(const char *raw, struct query *q);
void query_free(struct query *q);
/* The first of that name; NULL if there is none. */
const char *query_get(const struct query *q, const char *key);
/* RFC 3986: every byte outside A-Za-z0-9-_.~ as %XX. */
void query_encode(const char *s, struct text *out);
/* Sorted by key, every byte outside A-Za-z0-9-_.~ as %XX. */
void query_canonical(const struct query *q, struct text *out);
