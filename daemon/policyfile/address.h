/* Addresses to listen on, in numbers: "127.0.0.1:9879", "[::1]:9879", "0.0.0.0:9879". */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* False, and nothing written, if `s` is not one: a name, no port, or port 0. */
bool address_parse(const char *s, struct sockaddr_storage *ret, socklen_t *ret_length);
