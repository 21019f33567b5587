/* What the error codes of the service are about: one table for the daemon and the doctor. */
#pragma once

#include "cycle/answer.h"

/* A row is for all codes that begin with `begins`. Of several rows the longest one counts. */
struct error_code {
	const char *begins;
	enum about about;
	bool transient; /* passes by itself within minutes: the same call may then be made again */
	const char *note; /* put before the vendor's message; NULL: none */
	int64_t wait_ms;  /* the call is not worth trying again before; 0: not known */
};

/* Never NULL: an unknown code is about sets, and not transient. */
const struct error_code *error_code_find(const char *code);
