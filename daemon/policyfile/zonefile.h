/* Finds and reads time zones by name: $TZDIR or /usr/share/zoneinfo. */
#pragma once

#include "base/error.h"
#include "time/zone.h"

/* "UTC" needs no file. A name must be relative, without "..", and an existing TZif file: -ENOENT or
 * -EINVAL with the name and the remedy (install tzdata; did you mean). Owned by the caller. */
int zonefile_load(const char *name, struct zone **ret, struct error *err);
