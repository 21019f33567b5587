/* Shared by the varlink_*.c files; nobody else includes it. */
#pragma once

#include "base/memory.h"
#include "base/text.h"
#include "service/varlink.h"

#include <sys/stat.h>

#define VARLINK_MESSAGE_MAX (64 * 1024) /* with its NUL */
#define VARLINK_CONNECTIONS_MAX 64
#define VARLINK_OTHERS_MAX 48          /* of neither root nor the server's own user */
#define VARLINK_USER_MAX 24            /* of one such user */
#define VARLINK_UNREAD_MAX (64u << 20) /* bytes of replies, to others and, apart, to those two */
#define VARLINK_PROGRESS (64 * 1024)   /* bytes that have to go out within write_timeout_s */

struct connection;

struct varlink_server {
	struct varlink_options o;
	/* Carries out one message. False: it is none, the connection is dropped. */
	bool (*dispatch)(struct connection *c, const char *message, size_t length);
	char *path; /* set once the file is there */
	sd_event *e;
	int fd;
	struct stat socket; /* the file, to know it again */
	gid_t group;        /* (gid_t)-1: none */
	sd_event_source *listening;
	sd_event_source *resume; /* listens again after file descriptors ran out */
	struct connection *connections;
	size_t unread[2]; /* bytes of replies on their way out: to others, and to root and ourselves
			   */
};

enum timing {
	TIMING_OFF,
	TIMING_MESSAGE, /* part of a message is here */
	TIMING_WRITE,   /* a reply is on its way out */
};

struct connection {
	struct varlink_server *server;
	struct connection *next;
	int fd;
	pid_t pid;
	uid_t uid;
	bool permitted;
	bool privileged;  /* root, or the server's own user */
	uint64_t used_us; /* when something last came in or went out; CLOCK_MONOTONIC */

	char *in; /* bytes start .. end are yet to be read */
	size_t start, end, capacity;
	bool eof;          /* the peer sends no more */
	bool gone;         /* ... and reads no more */
	uint64_t messages; /* dispatched so far */

	struct varlink_call *call; /* under way; owned by whoever is to reply */

	char *head, *body, tail[2]; /* the reply: head, body, then "}" and NUL; NULL: none */
	size_t head_length, body_length;
	size_t sent; /* of the whole */

	sd_event_source *io, *again, *timer;
	enum timing timing;
	size_t timed_from; /* `sent` and `messages` when the timer was set */
	uint64_t timed_message;
};

struct varlink_call {
	struct connection *connection; /* NULL: nobody waits */
	bool oneway;
	void (*gone)(void *data);
	void *gone_data;
	uid_t uid;
	pid_t pid;
};

/* varlink_socket.c */
int varlink_socket_listen(const struct varlink_options *o, gid_t group, int *ret_fd,
	struct stat *ret_socket, struct error *err);
gid_t varlink_group(const char *name); /* (gid_t)-1 if there is none */
/* Reads who is at the other end; false if the kernel does not say. */
bool varlink_socket_peer(int fd, gid_t group, struct connection *ret);

/* varlink_connection.c */
int connection_new(struct varlink_server *s, int fd, struct connection **ret);
void connection_free(struct connection *c);
bool connection_is_idle(const struct connection *c);
/* False: too much is on its way out to such users already. */
bool connection_has_room(const struct connection *c, size_t bytes);
/* Ends the call under way. Queues its reply, which goes out from the event loop; head and body are
 * taken over, both NULL: none is wanted. */
void connection_reply(struct connection *c, char *head, char *body);

/* varlink_call.c, for server->dispatch */
bool message_dispatch(struct connection *c, const char *message, size_t length);
