/* The client's side of the control socket: one call, one reply (Varlink, https://varlink.org). */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define CONNECTION_SOCKET "/run/retaind/control"
#define CONNECTION_INTERFACE "io.retaind"

struct reply {
	cJSON *root;             /* owned */
	const cJSON *parameters; /* an object */
	const char *error; /* NULL if it went well; of our interface without its name ("Refused") */
};
void reply_done(struct reply *r); /* for _cleanup_() */

/* How long the daemon may be silent before a call is given up: it answers at once, or it is
 * stopped. */
#define CONNECTION_ANSWER_S 10

/* A call under way. */
struct connection {
	int fd; /* owned; -1: none */
	struct text received;
};
void connection_done(struct connection *c); /* for _cleanup_() */

/* Connects to the daemon and sends the call of a method of our interface. `path` NULL:
 * $RETAIND_SOCKET, or the usual place. `parameters` is one JSON object as text. *ret is to be
 * released by connection_done() whatever comes back. -ECONNREFUSED: the daemon is not running;
 * -EACCES: it is not for us; -ETIMEDOUT: it does not take the call; other errors as they come, all
 * with a line for people. */
int connection_send(const char *path, const char *method, const char *parameters,
	struct connection *ret, struct error *err);
/* Waits for the reply. -ETIMEDOUT: nothing came for `timeout_s`, and it may be waited for again;
 * -ECONNRESET: the daemon ended. A reply that is an error is returned as a reply. */
int connection_receive(
	struct connection *c, int64_t timeout_s, struct reply *ret, struct error *err);

/* -ETIMEDOUT, with the line for people: nothing came for so long. */
int connection_silent(int64_t seconds, struct error *err);

/* Both. `timeout_s` 0: CONNECTION_ANSWER_S. */
int connection_call(const char *path, const char *method, const char *parameters, int64_t timeout_s,
	struct reply *ret, struct error *err);
