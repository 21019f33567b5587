/* Lines on their way to the journal or to standard error. */
#include "service/journal_queue.h"

#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct queued {
	struct queued *next;
	char *bytes; /* owned */
	size_t length, capacity, sent;
	int64_t lines;
};

void journal_queue_open(struct journal_queue *q, const char *path)
{
	q->socket = path;
	q->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Not connected: the journal may be started anew, and make another socket. */
static ssize_t send_datagram(const struct journal_queue *q, const char *bytes, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", q->socket);
	return sendto(q->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&address, sizeof(address));
}

/* A pipe that is ready takes PIPE_BUF bytes at once. (O_NONBLOCK would be set for everybody who has
 * the pipe open.) */
static ssize_t write_some(struct journal_queue *q, const char *bytes, size_t length)
{
	struct pollfd p = {.fd = q->fd, .events = POLLOUT};

	if (!q->no_socket) {
		ssize_t n = send(q->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0 || errno != ENOTSOCK)
			return n;
		q->no_socket = true;
	}
	if (poll(&p, 1, 0) == 1)
		return write(q->fd, bytes, length < PIPE_BUF ? length : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

static void drop_first(struct journal_queue *q)
{
	struct queued *l = q->first;

	q->first = l->next;
	if (!q->first)
		q->last = NULL;
	q->bytes -= l->length;
	free(l->bytes);
	free(l);
}

bool journal_queue_flush(struct journal_queue *q)
{
	while (q->first) {
		struct queued *l = q->first;
		ssize_t n = q->socket ? send_datagram(q, l->bytes, l->length)
				      : write_some(q, l->bytes + l->sent, l->length - l->sent);
		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
			return false;
		if (n < 0) { /* nobody is there, or the line is too long for a datagram */
			q->lost += l->lines;
			drop_first(q);
			continue;
		}
		l->sent += (size_t)n;
		if (l->sent == l->length)
			drop_first(q);
	}
	return true;
}

/* To the last piece of a stream, if there is room. Takes over `bytes` then. */
static bool append(struct journal_queue *q, char *bytes, size_t length)
{
	struct queued *l = q->last;

	if (q->socket || !l || l->length + length > JOURNAL_QUEUE_PIECE)
		return false;
	if (l->capacity < l->length + length) {
		l->capacity = 2 * (l->length + length);
		l->bytes = xreallocarray(l->bytes, l->capacity, 1);
	}
	memcpy(l->bytes + l->length, bytes, length);
	l->length += length;
	l->lines++;
	free(bytes);
	return true;
}

void journal_queue_put(struct journal_queue *q, char *bytes, size_t length)
{
	struct queued *l;

	if (q->bytes + length > JOURNAL_QUEUE_MAX) {
		q->lost++;
		free(bytes);
		return;
	}
	q->bytes += length;
	if (!append(q, bytes, length)) {
		l = xcalloc(1, sizeof(*l));
		*l = (struct queued){.bytes = bytes, .length = length, .lines = 1};
		if (q->last)
			q->last->next = l;
		else
			q->first = l;
		q->last = l;
	}
	if (q->socket || q->bytes > JOURNAL_QUEUE_PIECE)
		(void)journal_queue_flush(q);
}

void journal_queue_end(struct journal_queue *q, int wait_ms)
{
	struct pollfd p = {.fd = q->socket ? -1 : q->fd, .events = POLLOUT};

	while (!journal_queue_flush(q) && wait_ms > 0)
		if (poll(&p, 1, 10) == 0)
			wait_ms -= 10;
	while (q->first)
		drop_first(q);
	if (q->socket && q->fd >= 0)
		(void)close(q->fd);
}
