/* The clusters that one discovery has found, and the lists that say so. Values: no I/O, no clock.
 */
#pragma once

#include "cloud/reply.h"
#include "policyfile/discovery.h"

struct member {
	char *id, *description, *status; /* owned */
	int64_t missing_s; /* how long lists have lacked it; -1: it is there, as far as is known */
	int absent;        /* complete lists in a row that lacked it */
	bool conflict;     /* it was told that an earlier discovery has it */
};

/* Sorted by id. */
struct roster {
	struct member *members;
	size_t count, capacity;
};
void roster_done(struct roster *r);
void roster_copy(struct roster *to, const struct roster *from);     /* `to` is empty */
struct member *roster_find(const struct roster *r, const char *id); /* NULL: there is none */
/* Copies. `id` must not be there yet. */
void roster_add(struct roster *r, const char *id, const char *description, const char *status,
	int64_t missing_s);

/* A list being read, page by page: any doubt about a page makes it worthless, as with backup sets.
 */
struct census {
	struct roster found; /* those that match */
	char **ids;          /* of all that were listed */
	size_t count, capacity;
	int64_t total, pages; /* total: -1 before the first page */
};
void census_begin(struct census *c); /* empty, again */
void census_done(struct census *c);
/* 1: complete; 0: ask for page c->pages + 1; -EBADMSG: a doubt, told in *err. */
int census_add(struct census *c, const struct discovery *d, const struct cluster_page *p,
	struct error *err);

enum roster_news {
	ROSTER_JOINED,
	ROSTER_STATUS,  /* another one than before */
	ROSTER_MISSING, /* two lists in a row lacked it */
	ROSTER_BACK,
	ROSTER_FORGOTTEN,
};
/* Takes a complete list in. `since_s`: since the list before, 0 unknown. Calls `tell` for what is
 * new, before a forgotten member goes. True if there was anything new to be written down. */
bool roster_follow(struct roster *r, const struct census *c, int64_t since_s,
	int64_t forget_after_s,
	void (*tell)(void *data, enum roster_news news, const struct member *m), void *data);
