/* Runs a command that prints keys. Its line is split as a shell would split it, but no shell runs.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Splits a line into words by the quoting rules of POSIX: blanks separate words; '...' is literal;
 * in
 * "..." a backslash escapes " \ $ and `; elsewhere it escapes any character; a backslash before a
 * line end joins lines. Nothing is expanded. The array ends with NULL and is the caller's
 * (subprocess_free_words). -EINVAL: an open quote, a backslash at the end, or no word at all. */
int subprocess_split(const char *line, char ***ret_words, struct error *err);
void subprocess_free_words(char **words); /* wipes; accepts NULL */

struct subprocess;

/* Starts a command, which is found by $PATH. -EPERM: its program is another user's, neither root's
 * nor ours, or others may write it. It has our environment and an empty standard input;
 * its standard error is thrown away. After `limit_s` it is killed with its process group. */
int subprocess_start(const char *line, int64_t limit_s, int64_t boot_s, struct subprocess **ret,
	struct error *err);
void subprocess_free(struct subprocess *p); /* kills the command if it runs; wipes; accepts NULL */

/* The descriptor to watch for reading (-1: none), and the longest time until the next poll in ms.
 */
int subprocess_fd(const struct subprocess *p);
int subprocess_wait_ms(const struct subprocess *p);

/* 0: the command runs. 1: it ended with status 0; *ret_output is borrowed, up to 64 KiB. -EIO: it
 * failed, took too long or printed too much. Never waits. */
int subprocess_poll(struct subprocess *p, int64_t boot_s, const char **ret_output,
	size_t *ret_length, struct error *err);
