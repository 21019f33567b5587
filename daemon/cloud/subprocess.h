/* A command that prints keys: taken apart as a shell would, but run without one. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Words as POSIX quotes them: blanks part words; '...' is as it stands; in "..." a backslash
 * escapes " \ $ and `; elsewhere it escapes anything; a backslash before a line end joins lines.
 * Nothing is expanded. The array ends with NULL and is the caller's (subprocess_free_words).
 * -EINVAL: an open quote, a backslash at the end, or no word at all. */
int subprocess_split(const char *line, char ***ret_words, struct error *err);
void subprocess_free_words(char **words); /* wipes; accepts NULL */

struct subprocess;

/* Starts it: found by $PATH, with our environment, nothing to read, and what it says on its
 * standard error thrown away. `limit_s` from now on it is killed, with what it started. */
int subprocess_start(const char *line, int64_t limit_s, int64_t boot_s, struct subprocess **ret,
	struct error *err);
void subprocess_free(struct subprocess *p); /* kills it if it runs; wipes; accepts NULL */

/* What to watch for reading (-1: nothing), and how long at most before the next look, in ms. */
int subprocess_fd(const struct subprocess *p);
int subprocess_wait_ms(const struct subprocess *p);

/* 0: it runs. 1: it ended with status 0; *ret_output is borrowed, up to 64 KiB. -EIO: it failed,
 * took too long or said too much. Never waits. */
int subprocess_poll(struct subprocess *p, int64_t boot_s, const char **ret_output,
	size_t *ret_length, struct error *err);
