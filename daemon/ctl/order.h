/* What a person orders by command, with an end and a reason: hold, release, protect,
 * unprotect; and proved. */
#pragma once

#include "ctl/online.h"

struct ordering {
	const char *method;
	bool takes_set; /* CLUSTER SET; else CLUSTER, or nothing for all */
	bool takes_end; /* --until, --reason */
	bool takes_by;  /* --by */
};

#define ORDER_END_HELP                                                          \
	"      --until T      until then (RFC 3339); else until it is undone\n" \
	"      --reason TEXT  why, for people: one line of at most 200 bytes\n"

/* Runs the command: prints the daemon's word of what is in force now. */
int order_run(const struct command *self, const struct ordering *o, int argc, char **argv);
