/* What the tests of the policy file share. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../support/cmocka_all.h"

#include "policyfile/policyfile.h"

struct loaded {
	int result;
	struct policyfile *file; /* NULL after errors */
	char *messages;
	struct policyfile_counts counts;
};

static inline struct loaded load_bytes(const char *data, size_t size)
{
	struct text messages = TEXT_INIT(4 * 1024 * 1024);
	_cleanup_(inputs_done) struct inputs in = {0};
	struct loaded l = {0};

	inputs_add(&in, "p.yaml", data, size);
	l.result = policyfile_parse(&in, &l.file, &messages, &l.counts);
	l.messages = text_take(&messages);
	assert_int_equal(l.result<0, l.counts.errors> 0);
	assert_int_equal(l.result < 0, l.file == NULL);
	return l;
}

static inline struct loaded load_text(const char *yaml)
{
	return load_bytes(yaml, strlen(yaml));
}

static inline void loaded_done(struct loaded *l)
{
	policyfile_free(l->file);
	free(l->messages);
}

/* Loads what must have no errors. */
static inline struct loaded load_good(const char *yaml)
{
	struct loaded l = load_text(yaml);

	if (l.result < 0)
		print_error("%s\n%s\n", yaml, l.messages);
	assert_int_equal(l.result, 0);
	return l;
}

/* True if `part` stands in the messages; shows both if not. */
static inline bool says(const struct loaded *l, const char *part)
{
	if (strstr(l->messages, part))
		return true;
	print_error("expected: %s\nmessages: %s\n", part, l->messages);
	return false;
}
