/* The log of API calls, for assertions. It never holds a secret. */
#pragma once

#include <cjson/cJSON.h>
#include <stdint.h>

struct calllog {
	cJSON *entries; /* array of objects with "n"; NULL: empty */
	int64_t last;
};

void calllog_free(struct calllog *l);
void calllog_clear(struct calllog *l); /* numbers go on */
/* A new entry; returns its number. */
int64_t calllog_begin(struct calllog *l);
/* The entry, to add to it; NULL if the log was cleared meanwhile. Borrowed until the next call
 * here. */
cJSON *calllog_entry(struct calllog *l, int64_t number);
/* Entries after number `since`, as a copy. */
cJSON *calllog_since(const struct calllog *l, int64_t since);
