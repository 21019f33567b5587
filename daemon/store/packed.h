/* Lines of history of one cluster, packed: a few bytes each, each told by what it differs in from
 * the one before. Values; reads what damage has left without harm. */
#pragma once

#include "base/text.h"
#include "cycle/ledger.h"

struct packed_line {
	enum entry_kind kind;
	int64_t at_s;
	int64_t slot_s;  /* 0 if it has none */
	int64_t number;  /* the set's id, if it is a number; else -1 */
	const char *set; /* the set's id, if not; borrowed from the pack, not ended by NUL */
	size_t set_length;
	int64_t reason; /* the number of a word, 0 for none */
};

/* Where a reader or writer stands; zero at the beginning. */
struct packed_at {
	size_t offset;
	int64_t at_s, number;
};

/* Appends a line behind the last one, after which `at` stands. */
void packed_add(struct text *pack, struct packed_at *at, const struct packed_line *line);
/* The next line; false at the end, and at the first that does not read. */
bool packed_next(const void *pack, size_t size, struct packed_at *at, struct packed_line *ret);
