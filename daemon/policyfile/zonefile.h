/* Finds and reads time zones by name: $TZDIR or /usr/share/zoneinfo. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "time/zone.h"

#define ZONEFILE_MAX_BYTES \
	(256 * 1024) /* the largest of tzdata's is under 4 KiB; more is cut off */

/* Appends the bytes of a zone's file. The name must be relative, without "..", and an existing
 * regular file: -ENOENT or -EINVAL with the name and the remedy (install tzdata; did you mean). */
int zonefile_read(const char *name, struct text *ret, struct error *err);
/* What such bytes say. -EINVAL: they are no zone's. Owned by the caller. */
int zonefile_parse(const char *name, const struct text *data, struct zone **ret, struct error *err);
/* Both at once; "UTC" needs no file. */
int zonefile_load(const char *name, struct zone **ret, struct error *err);

/* The present name of a zone, if `name` is an old one ("PRC", "US/Pacific"): newer systems have
 * these only where a package tzdata-legacy is installed. NULL: it is none. Owned by the caller. */
char *zonefile_instead(const char *name);
