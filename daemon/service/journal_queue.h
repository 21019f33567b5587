/* Lines on their way to the journal or to standard error. Nothing here ever waits for a reader:
 * libsystemd's function sleeps while the journal's socket is full, and a write to a pipe sleeps
 * until somebody reads. What cannot be written now is kept, up to JOURNAL_QUEUE_MAX, and what finds
 * no room is lost and counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_QUEUE_MAX (4u << 20) /* bytes: some ten thousand lines */

struct journal_queue {
	int fd;
	const char *socket; /* each line is a datagram to this one; NULL: a stream of bytes */
	struct queued *first, *last;
	size_t bytes;
	int64_t lost; /* lines, ever */
};

/* To a socket for datagrams at this path, which is borrowed. */
void journal_queue_open(struct journal_queue *q, const char *path);
/* Takes over `bytes`. */
void journal_queue_put(struct journal_queue *q, char *bytes, size_t length);
/* Writes what can be written now. True if nothing is left. */
bool journal_queue_flush(struct journal_queue *q);
/* At the end of the program: gives the reader `wait_ms` more. */
void journal_queue_end(struct journal_queue *q, int wait_ms);
