/* The client's side of the control socket: one call, one reply (Varlink, https://varlink.org). */
#pragma once

#include "base/error.h"
#include "base/json.h"

#define CONNECTION_SOCKET "/run/retaind/control"
#define CONNECTION_INTERFACE "io.retaind"

struct reply {
	cJSON *root;             /* owned */
	const cJSON *parameters; /* an object */
	const char *error; /* NULL if it went well; of our interface without its name ("Refused") */
};
void reply_done(struct reply *r); /* for _cleanup_() */

/* Calls a method of our interface. `path` NULL: $RETAIND_SOCKET, or the usual place. `parameters`
 * is one JSON object as text. With `patient` it waits for as long as the daemon lives, else a
 * minute. -ECONNREFUSED: the daemon is not running; -EACCES: it is not for us; other errors as they
 * come, all with a line for people. A reply that is an error is returned as a reply. */
int connection_call(const char *path, const char *method, const char *parameters, bool patient,
	struct reply *ret, struct error *err);
