/* Tells systemd how the service is (sd_notify(3)), without ever waiting for it: libsystemd's own
 * function sleeps while the socket is full. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct supervisor {
	int fd; /* -1: nobody wants to know */
	struct sockaddr_un address;
	socklen_t address_length;
	char **unsent; /* the oldest first */
	size_t unsent_count;
};

/* By $NOTIFY_SOCKET. */
void supervisor_begin(struct supervisor *s);
void supervisor_end(struct supervisor *s);

/* Sends it now. False: it could not be sent and is forgotten; the caller tells it again later. */
bool supervisor_tell(struct supervisor *s, const char *state);
/* Sends it now, or as soon as supervisor_flush() can: what has to arrive, and in order. */
void supervisor_promise(struct supervisor *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Once a turn of the loop. False: something is still unsent. */
bool supervisor_flush(struct supervisor *s);
