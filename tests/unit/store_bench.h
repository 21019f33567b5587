/* What the tests of the store share: a file in a directory of its own, over the layer of
 * store_vfs.h, and changes by number, of which all has to stand or nothing. */
#pragma once

#include "store/store.h"

#include <stddef.h>

extern char *directory;
extern char path[64]; /* of the state file */

int begin(void **state);        /* the group's set-up ... */
int end(void **state);          /* ... and tear-down */
int remove_files(void **state); /* after each test */

size_t count_files(const char *pattern);
char *read_whole(const char *name, size_t *ret_size);
void write_whole(const char *name, const char *data, size_t size);

struct store *open_or_fail(void); /* without damage found */

/* Change number i: whatever of it is there afterwards, all of it has to be. */
int record_number(struct store *s, const char *cluster, int i, struct error *err);
/* The number of the change that stands, after checking that it stands whole; 0 if none does. */
int standing(struct store *s, const char *cluster);

/* For store_history(): counts, and notes the time of the first. */
struct seen {
	int count;
	int64_t newest_s;
};
void see(void *data, const char *cluster, const struct entry *e);
