/* Strict JSON in, over cJSON. cJSON alone rounds 2^53+1, takes the first of duplicate keys, cuts
 * strings at \u0000, and accepts bad UTF-8, 007, 1e999 and trailing junk: here all of these are
 * errors. Keys are compared with case. */
#pragma once

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MAX_DEPTH 32

/* One value and nothing after it but white space. Owned by the caller (cJSON_Delete, or the cleanup
 * below). -EBADMSG with the byte offset and what is wrong. */
int json_parse(const char *data, size_t length, cJSON **ret, struct error *err);
/* The same, but refuses a text of more values than `values_max` (a container is one, too) before
 * any of them takes memory: cJSON needs about 100 bytes for each. */
int json_parse_within(
	const char *data, size_t length, size_t values_max, cJSON **ret, struct error *err);
/* The same, but stops after one value: *ret_used tells how many bytes it took (with white space
 * around it). For several values one after the other. */
int json_parse_one(
	const char *data, size_t length, cJSON **ret, size_t *ret_used, struct error *err);

/* Members of an object; NULL if `object` is not one or has no such key. */
cJSON *json_get(const cJSON *object, const char *key);
/* String value, borrowed; NULL if absent or not a string. */
const char *json_get_string(const cJSON *object, const char *key);
/* Whole numbers up to 2^53, or (if `or_string`) the same as a string of decimal digits with an
 * optional sign, without leading zeros. False if absent or anything else. */
bool json_get_int(const cJSON *object, const char *key, bool or_string, int64_t *ret);
bool json_get_bool(const cJSON *object, const char *key, bool *ret);

/* Overwrites every string value and deletes: for documents that hold secrets. NULL is accepted. */
void json_erase(cJSON *value);

static inline void json_deletep(cJSON **p)
{
	cJSON_Delete(*p);
}

static inline void json_erasep(cJSON **p)
{
	json_erase(*p);
}
