/* Lines on their way to the journal or to standard error. Nothing here ever waits for a reader:
 * libsystemd's function sleeps while the journal's socket is full, and a write to a pipe sleeps
 * until somebody reads. What cannot be written now is kept, up to JOURNAL_QUEUE_MAX, and what finds
 * no room is lost and counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_QUEUE_MAX (4u << 20)    /* bytes: some ten thousand lines */
#define JOURNAL_QUEUE_PIECE (64u << 10) /* bytes of a stream that wait for the end of a turn */

struct journal_queue {
	int fd;
	const char *socket; /* each line is a datagram to this one; NULL: a stream of bytes */
	bool no_socket;     /* the stream is none */
	struct queued *first, *last;
	size_t bytes;
	int64_t lost; /* lines, ever */
};

/* To a socket for datagrams at this path, which is borrowed. */
void journal_queue_open(struct journal_queue *q, const char *path);
/* Takes over `bytes`. A datagram is sent at once; the lines of a stream wait for each other until
 * journal_queue_flush(), or until there are more than JOURNAL_QUEUE_PIECE bytes: a write for each
 * would be a third of what a prune of many sets costs. */
void journal_queue_put(struct journal_queue *q, char *bytes, size_t length);
/* Writes what can be written now. True if nothing is left. */
bool journal_queue_flush(struct journal_queue *q);
/* At the end of the program: gives the reader `wait_ms` more. */
void journal_queue_end(struct journal_queue *q, int wait_ms);
