/* Errors as values: a function that fails returns a negative errno and leaves a line for people. */
#pragma once

#include <stdarg.h>

struct error {
	int code;        /* positive errno; 0 = none */
	char text[1024]; /* one line, no newline at its end; never holds a secret */
};

/* Sets `err` (which may be NULL) and returns -code. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts context before an error that is on its way up: "context: text". Returns -code. */
int error_add(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
