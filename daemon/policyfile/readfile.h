/* Reads regular files whole. */
#pragma once

#include "base/text.h"

#include <sys/stat.h>

/* Opens and reads a file, of which no more than the limit of `ret` is kept; a FIFO or a device
 * blocks nobody. *ret_st tells what the file is, and is zeroed if that is not known. 0 or a
 * negative errno; -EINVAL: it is no regular file. */
int readfile(const char *path, struct text *ret, struct stat *ret_st);
