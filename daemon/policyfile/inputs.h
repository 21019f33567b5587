/* The texts that a policy is made of: the policy file, and the files of `policy.d` beside it. */
#pragma once

#include "base/digest.h"
#include "base/text.h"

/* Limits for all files together, in case the folder is full of files that are no policies. */
#define INPUTS_MAX_FILES 1000
#define INPUTS_MAX_BYTES (32 * 1024 * 1024)

struct messages;

struct input {
	char *name;
	struct text data;
};

struct inputs {
	struct input *list; /* the policy file first, the others in byte order of their names */
	size_t count, capacity;
};

/* What follows if somebody else could have written a file (S10): if its owner is neither root nor
 * the service, or if others may write it. */
enum trust {
	TRUST_ALL,    /* nothing */
	TRUST_TELL,   /* a warning that the service refuses them */
	TRUST_OWNERS, /* an error */
};

/* Reads them all: of policy.d what is called *.yaml, does not begin with a dot, and is a regular
 * file (or a link to one). 0, even with errors in the other files; a negative errno if the policy
 * file itself could not be read. */
int inputs_read(const char *path, enum trust trust, struct inputs *ret, struct messages *m);
/* Adds a copy of a text. */
void inputs_add(struct inputs *in, const char *name, const char *data, size_t size);
/* Of all names and texts: the same again if nothing was edited. */
void inputs_digest(const struct inputs *in, char ret[DIGEST_HEX_SIZE]);
void inputs_done(struct inputs *in);
