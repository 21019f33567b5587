/* The sockets: HTTP and HTTPS on loopback, by libmicrohttpd, in one thread. */
#pragma once

#include "simulator.h"

struct server;

struct server_options {
	const char *address;    /* of loopback; "127.0.0.1", "::1" */
	uint16_t port;          /* 0: any free one */
	const char *cert, *key; /* PEM text; both NULL: plain http */
};

/* `sim` is borrowed and has to outlive the server. */
int server_start(const struct server_options *o, struct simulator *sim, struct server **ret,
	struct error *err);
uint16_t server_port(const struct server *s);
/* Serves what is there and what comes within the next moment; returns early if `fd` is readable. */
void server_turn(struct server *s, int fd);
/* Drops what is still open. NULL is accepted. */
void server_stop(struct server *s);
