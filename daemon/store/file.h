/* The files themselves: the lock that makes us their owner, and damaged ones moved aside. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Takes the lock PATH.lock. -EBUSY: another process has it; the text names the process. */
int file_lock(const char *path, int *ret_fd, struct error *err);
void file_unlock(int fd); /* accepts -1 */

struct file_header {
	int64_t version, application_id; /* as last checkpointed: the -wal may say otherwise */
};

/* Creates the file (0600) if it is missing (*ret_created), and reads its header: zero of an empty
 * file. -EBADMSG: not a database that we could have written. */
int file_prepare(
	const char *path, bool *ret_created, struct file_header *ret_header, struct error *err);
/* Removes a file that file_prepare() created, with what SQLite put next to it. */
void file_discard(const char *path);

/* Renames the file to PATH.WHAT-TIME ("damaged"), with its -wal, -shm and -journal. *ret_to is
 * owned by the caller. */
int file_move_aside(const char *path, const char *what, char **ret_to, struct error *err);
void file_move_back(const char *path, const char *from);

/* Which file is at a path, whatever its name is. */
struct file_identity {
	dev_t device;
	ino_t inode; /* 0: none */
};
struct file_identity file_identify(const char *path, const char *suffix);
bool file_is_at(const struct file_identity *file, const char *path, const char *suffix);
bool file_exists(const char *path);
/* Syncs `from`, and gives it the name of `to`. What SQLite put next to `to` goes: it would be taken
 * for `from`'s. */
int file_replace(const char *from, const char *to, struct error *err);
