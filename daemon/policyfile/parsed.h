/* Zones and calendars by their text, so that clusters that write the same share them. */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "time/calendar.h"

struct parsed;
struct parsed *parsed_new(void);
void parsed_free(struct parsed *p);
DEFINE_CLEANUP(struct parsed *, parsed_free)

/* *ret is a use of the caller's own. Errors as from zonefile_load() and calendar_parse(). */
int parsed_zone(struct parsed *p, const char *name, struct zone **ret, struct error *err);
int parsed_calendar(struct parsed *p, const char *text, struct calendar **ret, struct error *err);
