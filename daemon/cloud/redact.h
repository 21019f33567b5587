/* Takes secrets out of text that comes from outside (promise S9). */
#pragma once

#include "cloud/credentials.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes `s` to `to`, cut to `size`, printable and in one line: every occurrence of the key's id,
 * secret or token (plain or percent-encoded, in any case) becomes "[redacted]", and whatever
 * follows a "string to sign" or "canonical request" is cut, since the gateway's
 * SignatureDoesNotMatch echoes there what was signed. `keys` NULL: only the cut. */
void redact(const char *s, const struct keys *keys, char *to, size_t size);

/* True if `s` has the secret or the token in it, plain or percent-encoded, in any case. */
bool redact_finds(const char *s, const struct keys *keys);
