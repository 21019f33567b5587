/* Takes secrets out of text that comes from outside (promise S9). A secret is found in upper and
 * lower case, and if it is escaped, once or several times: %2F as in a URL, \/ and \u002f as in
 * JSON. */
#pragma once

#include "base/json.h"
#include "cloud/credentials.h"

#include <stdbool.h>
#include <stddef.h>

/* Copies `s` to `to`, cut to `size`, printable and in one line. Every occurrence of the id, the
 * secret or the token becomes "[redacted]". The text ends at "string to sign" or "canonical
 * request", where the gateway's SignatureDoesNotMatch echoes what was signed. `keys` NULL: the text
 * is only cut. */
void redact(const char *s, const struct keys *keys, char *to, size_t size);

/* True if `s` has the secret or the token in it. */
bool redact_finds(const char *s, const struct keys *keys);
/* True if a string or a key of a parsed document has one in it. */
bool redact_finds_in(const cJSON *value, const struct keys *keys);
