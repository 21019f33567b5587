/* Finds secrets that were pasted into a policy file, by the names of their keys, so that no message
 * shows them (S9). */
#pragma once

#include "policyfile/lines.h"

#include <stdbool.h>

/* True for the name of a key that a secret stands under: "access_key_secret", "securityToken". */
bool secret_key(const char *name);

/* Where in the line, in bytes from the source's begin, a secret may begin; SIZE_MAX if nowhere. A
 * line that continues the value of such a key is secret as a whole. */
size_t secret_find(const struct lines *s, uint32_t line);
