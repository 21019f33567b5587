/* A server on loopback that does what a test tells it, byte by byte: it reads requests, keeps
 * them, and for each answers, hangs, closes or resets. A thread per connection. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum wire_then {
	WIRE_KEEP, /* waits for the next request */
	WIRE_CLOSE,
	WIRE_RESET,
	WIRE_HANG, /* neither answers nor closes */
};

struct wire_step {
	const char *reply; /* sent as it stands; NULL: nothing */
	enum wire_then then;
	size_t filler;    /* bytes of 'x' sent after it */
	const char *body; /* not NULL: `reply` is a status ("200 OK"), and head and body are made */
};

#define WIRE_ANSWER(status, text)          \
	{                                  \
		status, WIRE_KEEP, 0, text \
	}

#define WIRE_MAX 64

struct wire_server {
	int port;
	char ca_file[64]; /* with tls: the certificate, to be trusted; removed at the stop */
	const struct wire_step
		*steps; /* for the first, second ... request; the last one for all others */
	size_t step_count;
	char *requests[WIRE_MAX]; /* each, as it came */
	int connection_of[WIRE_MAX];
	size_t request_count;
	int connection_count;
	int resumed_count; /* of those, with the TLS session of another */
	bool deaf;         /* accepts, and never says a word: no TLS handshake either */
	/* private */
	int listener, connections[WIRE_MAX];
	void *tls;
	pthread_t thread, threads[WIRE_MAX];
	pthread_mutex_t lock;
};

void wire_start(struct wire_server *s, bool tls, const struct wire_step *steps, size_t count);
void wire_stop(struct wire_server *s); /* and frees */
size_t wire_requests(struct wire_server *s,
	const char *action); /* how many came with this x-acs-action; NULL: all */
