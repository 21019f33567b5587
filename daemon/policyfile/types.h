/* How the values of each type are read and printed: one row a type. */
#pragma once

#include "policyfile/loader.h"

struct type {
	/* Reads the value into its member of `object`, or tells the error. NULL: the parts of the
	 * loader that know the shape of the file read it. */
	void (*set)(struct loader *l, const struct key *k, const struct node *n, void *object);
	/* Appends the value as it stands in a file, on one line; nothing if there is none. NULL:
	 * the key has no value of its own. */
	void (*print)(const struct key *k, const void *object, struct text *out);
	/* The same for a list with each item on a line of its own. False, and nothing appended, if
	 * it is empty. NULL: never printed so. */
	bool (*print_lines)(const void *object, int indent, struct text *out);
};
extern const struct type types[TYPE_COUNT];

#define VALUE_MAX_BYTES (16 * 1024 * 1024) /* of a print: more than a file can hold */

/* Appends the value of a key, wherever it is kept; nothing if there is none to show. Two values are
 * the same if they print the same. */
void type_print(const struct key *k, const struct objects *objects, struct text *out);
