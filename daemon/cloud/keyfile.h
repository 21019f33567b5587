/* Small files that hold secrets. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* Reads the whole of a text file of at most 64 KiB. With `private`, a file that others can read or
 * change is refused, and the error says which mode to set. The caller wipes *ret
 * (memory_erase_string). -ENOENT: there is no file; -EACCES: we may not read it; other errors: the
 * file is not acceptable. Errors name the file, and quote nothing of it. */
int keyfile_read(const char *path, bool private, char **ret, struct error *err);

/* Removes blanks and line ends at the end, in place. */
void keyfile_trim(char *text);

/* For _cleanup_(): wipes and frees. */
void keyfile_erasep(char **s);
