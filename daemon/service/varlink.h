/* The server's side of the Varlink protocol (https://varlink.org): JSON objects, each ended by a
 * NUL byte, on a unix stream socket. It knows nothing of what the methods do. Single-threaded,
 * never blocks, and bounded: messages of at most 64 KiB in, at most 64 connections, one reply a
 * connection in memory, and at most 64 MiB of replies that were not read yet. Root and the server's
 * own user have places and bytes that others cannot take. Who sends or reads too slowly is dropped.
 * A call whose client has gone before it was read is not carried out, unless it is oneway (L4).
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct varlink_server;

/* A call that waits for its reply. Whoever is given one must reply exactly once, at once or later:
 * also if the client has gone meanwhile, and also before the server is freed or after. */
struct varlink_call;

enum varlink_type {
	VARLINK_STRING,
	VARLINK_INT, /* whole, up to 2^53 either way */
	VARLINK_BOOL,
};

struct varlink_parameter {
	const char *name;
	enum varlink_type type;
	bool optional; /* may be absent or null */
};

#define VARLINK_PARAMETERS_MAX 6

struct varlink_method {
	const char *name; /* "Status": without the interface */
	struct varlink_parameter parameters[VARLINK_PARAMETERS_MAX + 1]; /* ends with a NULL name */
	/* `parameters` is an object (never NULL) that was checked against the above: nothing else
	 * is in it, and nulls are not. Borrowed until run() returns. Must not free the server. */
	void (*run)(struct varlink_call *call, const cJSON *parameters, void *data);
};

struct varlink_options {
	const char *path;        /* of the socket; absolute, at most 107 bytes */
	mode_t mode;             /* of the socket */
	const char *group;       /* may connect, and owns the socket; NULL or unknown: none */
	const char *interface;   /* "io.retaind" */
	const char *description; /* of the interface, in Varlink's language */
	const char *vendor, *product, *version, *url; /* for GetInfo */
	const struct varlink_method *methods;
	size_t method_count;
	void *data;                /* for run() */
	int64_t message_timeout_s; /* for the whole of a message to come in; 0: 10 */
	int64_t write_timeout_s;   /* for 64 KiB of a reply to be taken; 0: 30 */
};

/* Listens. Everything in `o` is borrowed until the server is freed, but for `path`.
 * -EADDRINUSE: something listens there already. A socket that nobody listens on is replaced;
 * anything else at the path is left alone (-EEXIST). */
int varlink_server_new(sd_event *e, const struct varlink_options *o, struct varlink_server **ret,
	struct error *err);
/* Closes all connections without ado, and removes the socket if it is still ours. Accepts NULL. */
void varlink_server_free(struct varlink_server *s);
/* True while replies are on their way out: for a stop that lets them go. */
bool varlink_server_is_busy(const struct varlink_server *s);

/* These end a call. `parameters` is one JSON object as text, taken over and freed; NULL means {}.
 */
void varlink_reply(struct varlink_call *call, char *parameters);
/* `name` in full, or a name of our own interface without dots: "UnknownCluster". */
void varlink_error(struct varlink_call *call, const char *name, char *parameters);
/* The same with the parameters {"message": ...}. */
void varlink_error_message(struct varlink_call *call, const char *name, const char *message);
/* org.varlink.service.InvalidParameter */
void varlink_error_parameter(struct varlink_call *call, const char *parameter);

/* False once nobody waits for the reply any more: the client is gone, or wanted none (oneway). */
bool varlink_call_is_awaited(const struct varlink_call *call);
/* `gone` is called if the client goes before the reply; the call must still be replied to. */
void varlink_call_when_gone(struct varlink_call *call, void (*gone)(void *data), void *data);
uid_t varlink_call_uid(const struct varlink_call *call); /* who asks, for the journal */
pid_t varlink_call_pid(const struct varlink_call *call);
