/* Access keys in files: the CLI's config.json and the SDKs' ini file. Errors name the file and what
 * is wrong, and quote nothing of it but the profile's name and kinds of credentials that are known.
 */
#pragma once

#include "base/error.h"
#include "cloud/credentials.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads a small file whole, as text. `private` refuses one that others can read. *ret is wiped by
 * the caller (memory_erase_string). -ENOENT: not there; -EACCES: closed to us; other errors: it is
 * there, but will not do. */
int profile_read_file(const char *path, bool private, char **ret, struct error *err);

/* 1: *ret has keys (not its source); 0: nothing in the file for us (the empty profile that the CLI
 * makes on its first run); < 0: the file is meant, but does not do. `profile` NULL: `current`. */
int profile_from_cli(const char *text, const char *path, const char *profile, struct keys *ret,
	struct error *err);
/* The same for the ini file. `profile` NULL: section "default". */
int profile_from_ini(const char *text, const char *path, const char *profile, struct keys *ret,
	struct error *err);
