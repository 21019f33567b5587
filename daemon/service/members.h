/* The clusters that one discovery has found. Values: no I/O, no clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member {
	char *id, *description, *status; /* owned */
	int64_t missing_s; /* how long listings have lacked it; -1: they have it, as far as is known
			    */
	int absent;        /* complete listings in a row that lacked it */
	bool conflict;     /* it was told that an earlier discovery has it */
};
void member_done(struct member *m);

/* Sorted by id. */
struct members {
	struct member *list;
	size_t count, capacity;
};
void members_done(struct members *all);
void members_copy(struct members *to, const struct members *from);      /* `to` is empty */
struct member *members_find(const struct members *all, const char *id); /* NULL: there is none */
/* Copies. `id` must not be there yet. */
void members_add(struct members *all, const char *id, const char *description, const char *status,
	int64_t missing_s);
