/* Errors and warnings about texts, each with its place, collected and then shown in the order of
 * the texts:
 *   policy.yaml:12:5: error: unknown key 'dialy' (did you mean 'daily'?)
 *       dialy: 14d
 *       ^
 * Text that looks like a secret is never shown.
 */
#pragma once

#include "base/jsonwriter.h"
#include "base/text.h"
#include "policyfile/lines.h"

/* A place in a text as libyaml counts: from 0, columns in characters. */
struct position {
	uint32_t source; /* which text, in the order they were added */
	uint32_t line, column;
};

/* True if `a` stands before `b`. */
bool position_before(struct position a, struct position b);

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
	SEVERITY_NOTE, /* a second place of the message before it */
	SEVERITY_HINT, /* is not counted */
};

struct message {
	char *file; /* the message is about this whole file; NULL: about the place `at` */
	struct position at;
	struct position order; /* the place of the message that a note belongs to, else `at` */
	size_t number;         /* order of arrival */
	enum severity severity;
	char *text; /* quotes no secret */
};

#define MESSAGES_MAX 1000 /* kept; more are only counted */

struct messages {
	struct lines *sources;
	size_t source_count, source_capacity;
	struct message *list;
	size_t count, capacity;
	int errors, warnings;
};

/* Begins zeroed. */
void messages_done(struct messages *m);
/* Adds a text, whose places are meant from now on. Borrows `name` and `data` (which need not be
 * UTF-8) until messages_done(). Returns its number. */
uint32_t messages_source(struct messages *m, const char *name, const char *data, size_t size);

/* A note belongs to the error or warning added last. */
void messages_add(struct messages *m, enum severity severity, struct position at,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same about a file that could not be read, or has no text. */
void messages_add_file(struct messages *m, enum severity severity, const char *file,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The place of a byte of the text that was added last. */
struct position messages_position(const struct messages *m, size_t offset);

/* Appends all, sorted by place, each with its line and a caret. */
void messages_print(struct messages *m, struct text *out);
/* The same as objects into an open array: {"file": "policy.yaml", "line": 12, "column": 5,
 * "severity": "error", "message": "unknown key 'dialy' (did you mean 'daily'?)"}; line and column
 * are null for a whole file. */
void messages_print_json(struct messages *m, struct jsonwriter *w);
