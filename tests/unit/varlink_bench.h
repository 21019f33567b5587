/* What the tests of the control socket share: a server with a few methods, and a client, on one
 * event loop. */
#pragma once

#include "service/varlink.h"

#define BIG (8 * 1024 * 1024) /* the text in the reply of Big() */

extern char directory[];
extern char path[64]; /* of the socket */

struct bench {
	sd_event *e;
	struct varlink_server *server;
	struct varlink_call *late;      /* the call that Late() has put off */
	struct varlink_call *held[256]; /* those of Hold() */
	size_t held_count;
	int runs; /* calls that reached a method */
};

struct varlink_options options(struct bench *b);
int begin(void **state); /* of the group */
int end(void **state);
int set_up(void **state); /* of each test; the state is the bench */
int tear_down(void **state);

/* Lets the server do what there is to do, and returns when it has been quiet for `quiet_ms`. */
void pump_for(struct bench *b, int quiet_ms);
void pump(struct bench *b);

int client(void);
void put(int fd, const char *bytes, size_t length);
/* One reply without its NUL, owned by the caller; "" if the server closed, NULL if nothing comes.
 */
char *take(struct bench *b, int fd);
void expect(struct bench *b, int fd, const char *expected);

#define CLOSED ""
#define ECHO(s) "{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"" s "\"}}"
#define ECHOED(s) "{\"parameters\":{\"s\":\"" s "\"}}"
#define SERVICE_ERROR(name, key, value) \
	"{\"error\":\"org.varlink.service." name "\",\"parameters\":{\"" key "\":\"" value "\"}}"
