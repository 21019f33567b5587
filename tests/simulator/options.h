/* The command line. */
#pragma once

#include "server.h"

struct options {
	struct server_options server;
	char *cert, *key; /* owned PEM text */
	const char *port_file;
	bool done; /* there is nothing more to do than what was printed */
};

/* Sets `sim` up too. -EINVAL with what is wrong. */
int options_parse(
	int argc, char **argv, struct options *ret, struct simulator *sim, struct error *err);
void options_free(struct options *o);
