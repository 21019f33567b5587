/* What the tests of the store share: files in a folder of their own, over the layer of store_vfs.h,
 * and changes by number, of which all has to stand or nothing. */
#pragma once

#include "store/history_db.h"
#include "store/store.h"

#include <stddef.h>

extern char *directory;
extern char path[64];         /* of the state file */
extern char history_path[64]; /* of the history next to it */

int begin(void **state);        /* the group's set-up ... */
int end(void **state);          /* ... and tear-down */
int remove_files(void **state); /* after each test */

size_t count_files(const char *pattern);
char *read_whole(const char *name, size_t *ret_size);
void write_whole(const char *name, const char *data, size_t size);
void copy_file(const char *from, const char *to);
void run_sql(const char *file, const char *sql);
int64_t number_in(const char *file, const char *sql);
/* Ends a process that runs `f`, with no file closed. */
void run_and_die(void (*f)(void));

struct store *open_or_fail(void); /* without damage found */
struct history_db *open_history_or_fail(void);

/* Change number i: whatever of it is there afterwards, all of it has to be. */
int record_number(struct store *s, const char *cluster, int i, struct error *err);
/* The number of the change that stands, after checking that it stands whole; 0 if none does. */
int standing(struct store *s, const char *cluster);

/* For history_db_query(), with a string of 4096 bytes: a line for each entry. */
void write_line(void *data, const char *cluster, const struct entry *e);
int64_t history_count(struct history_db *h);
