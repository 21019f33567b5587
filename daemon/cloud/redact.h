/* Takes secrets out of text that comes from outside (promise S9). A secret is found in any case and
 * behind escapes, also several on top of each other: %2F as in a URL, \/ and \u002f as in JSON. */
#pragma once

#include "base/json.h"
#include "cloud/credentials.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes `s` to `to`, cut to `size`, printable and in one line: every occurrence of the key's id,
 * secret or token becomes "[redacted]", and whatever follows a "string to sign" or "canonical
 * request" is cut, since the gateway's SignatureDoesNotMatch echoes there what was signed. `keys`
 * NULL: only the cut. */
void redact(const char *s, const struct keys *keys, char *to, size_t size);

/* True if `s` has the secret or the token in it. */
bool redact_finds(const char *s, const struct keys *keys);
/* True if a string or a key of the document has: what was parsed, so that no spelling of a
 * character hides it. */
bool redact_finds_in(const cJSON *value, const struct keys *keys);
