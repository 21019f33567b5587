/* Access keys as values. */
#pragma once

#include <stdbool.h>

struct keys {
	char *id;
	char *secret;
	char *token; /* of a session; NULL for keys that last */
};
void keys_done(struct keys *k); /* wipes and frees */

/* The caller wipes the copy with keys_done(). */
void keys_copy(const struct keys *from, struct keys *ret);
bool keys_same(const struct keys *a, const struct keys *b);

/* True if there is an id and a secret, and all three are of visible ASCII: keys go into headers,
 * where a line end would begin another header. */
bool keys_are_clean(const struct keys *k);
