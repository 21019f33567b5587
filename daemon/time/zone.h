/* Time zones from TZif data (RFC 9636), versions 2 to 4, with the POSIX footer. Pure: reading the
 * file is the caller's (policyfile/zonefile.h). Instants and local times may be up to 2^59 s away
 * from 1970, either way. */
#pragma once

#include "base/error.h"
#include "time/civil.h"

#include <stddef.h>

struct zone;

/* Parses TZif bytes. Errors: -EINVAL with what is wrong. *ret is owned by the caller.
 * A zone never changes, and counts its users (in one thread): many policies share one. */
int zone_parse(
	const char *name, const void *data, size_t size, struct zone **ret, struct error *err);
struct zone *zone_utc(void); /* a new UTC; owned by the caller */
struct zone *zone_fixed(const char *name, int32_t offset_s);
struct zone *zone_use(struct zone *z); /* z, with one user more; accepts NULL */
void zone_free(struct zone *z);        /* one user less; accepts NULL */

const char *zone_name(const struct zone *z);

/* Seconds east of UTC in force at an instant. `ret_until_s` (may be NULL) gets the first instant
 * at which another offset may hold (INT64_MAX if none), so that callers can cache. */
int32_t zone_offset(const struct zone *z, int64_t instant_s, int64_t *ret_until_s);
const char *zone_abbreviation(const struct zone *z, int64_t instant_s);

/* Local time of an instant, as civil seconds (see civil_from_seconds). */
int64_t zone_local(const struct zone *z, int64_t instant_s);

enum zone_kind {
	ZONE_UNIQUE,
	ZONE_GAP,      /* skipped by a change: *ret_s is the first instant after the gap */
	ZONE_REPEATED, /* occurs twice: *ret_s is the first */
};

/* The instant of a local time given as civil seconds. In each case it is the first at which the
 * local clock shows this time or has jumped over it, so it never decreases as local_s grows. */
enum zone_kind zone_instant(const struct zone *z, int64_t local_s, int64_t *ret_s);

/* "2026-12-05T02:00:00+08:00"; Z for UTC. Where the offset has seconds, which RFC 3339 cannot
 * write, they are dropped from the offset and from the time: the text names the same instant. */
void zone_format(const struct zone *z, int64_t instant_s, char ret[CIVIL_TEXT_SIZE]);
