/* Small files that hold secrets. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Reads a file of at most 64 KiB whole, as text. `private` refuses one that others can read or
 * change, and says which mode to set. *ret is wiped by the caller (memory_erase_string). -ENOENT:
 * not there; -EACCES: closed to us; other errors: it is there, but will not do. Errors name the
 * file, and quote nothing of it. */
int keyfile_read(const char *path, bool private, char **ret, struct error *err);

/* Cuts blanks and line ends off the end, in place. */
void keyfile_trim(char *text);

/* For _cleanup_(): wipes and frees. */
void keyfile_erasep(char **s);
