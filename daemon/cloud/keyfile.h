/* Small files that hold secrets. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/* -EPERM for a file whose owner is neither root nor this user, or that others may use in a way of
 * `refused` (bits of a mode). The error names the owner or the mode, and the `mode` to set. */
int keyfile_check_trust(const char *path, const struct stat *st, mode_t refused, const char *mode,
	struct error *err);

/* Reads the whole of a text file of at most 64 KiB. With `private`, a file that others can read or
 * change, or that another user owns, is refused, and the error says what to set. The caller wipes
 * *ret (memory_erase_string). -ENOENT: there is no file; -EACCES: we may not read it; other errors:
 * the file is not acceptable. Errors name the file, and quote nothing of it. */
int keyfile_read(const char *path, bool private, char **ret, struct error *err);

/* Removes blanks and line ends at the end, in place. */
void keyfile_trim(char *text);

/* For _cleanup_(): wipes and frees. */
void keyfile_erasep(char **s);
