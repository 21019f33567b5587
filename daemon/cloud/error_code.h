/* What an error code of the service speaks of: one table for the daemon and the doctor. */
#pragma once

#include "cycle/answer.h"

/* A code by how it begins. The longest row that fits is meant. */
struct error_code {
	const char *begins;
	enum about about;
	bool transient; /* passes by itself within minutes: the same call may then be made again */
	const char *note; /* says what the vendor's message does not; NULL: nothing */
	int64_t wait_ms;  /* the least time until the same call may go well; 0: nobody knows */
};

/* Never NULL: a code that is not known is a row that is about sets, and lasts. */
const struct error_code *error_code_find(const char *code);
