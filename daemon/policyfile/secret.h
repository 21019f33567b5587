/* Secrets do not belong into a policy file, which many may read. What was pasted there all the same
 * is recognised by its key, and shown nowhere (S9). */
#pragma once

#include "policyfile/message.h"

/* True for the name of a key that a secret stands under: "access_key_secret", "securityToken". */
bool secret_key(const char *name);

/* Where in the line, in bytes from the source's begin, a secret may begin; SIZE_MAX if nowhere. A
 * line that continues the value of such a key is secret as a whole. */
size_t secret_find(const struct source *s, uint32_t line);
