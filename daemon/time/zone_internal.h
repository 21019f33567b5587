/* What a zone is made of. For the zone_*.c files only. */
#pragma once

#include "time/zone.h"

#include <stdbool.h>

/* RFC 9636 section 3.2: an offset lies strictly between -25 h and +26 h. */
enum {
	ZONE_OFFSET_MIN_S = -89999,
	ZONE_OFFSET_MAX_S = 93599,
};

/* The Gregorian calendar repeats after 400 years, weekdays included, and so do footer rules. */
#define ZONE_CYCLE_S (INT64_C(146097) * 86400)

struct zone_type {
	int32_t offset_s;
	uint32_t abbreviation; /* where it begins in struct zone's abbreviations */
};

struct zone {
	size_t more_users; /* besides the first */
	char *name;
	struct zone_type *types;
	char *abbreviations; /* strings, each ended by NUL */
	int64_t *at;         /* ascending: from at[i] on, type[i] holds */
	uint16_t *type;
	size_t count;    /* of transitions */
	uint16_t before; /* the type that holds before the first transition */
	bool repeats;    /* the 400 years before the last transition repeat for ever after it */
};

/* One date of a footer rule (POSIX.1 "TZ", with RFC 9636's hours from -167 to 167). */
struct zone_rule_date {
	enum {
		ZONE_RULE_JULIAN,  /* Jn: 1..365, 29 February is never counted */
		ZONE_RULE_ORDINAL, /* n: 0..365, it is */
		ZONE_RULE_MONTH,   /* Mm.w.d: week 5 is the last */
	} kind;
	int month, week;
	int day;
	int32_t time_s; /* of the local day, in the offset that the change ends */
};

#define ZONE_RULE_NAME_SIZE 32

struct zone_rule {
	char standard[ZONE_RULE_NAME_SIZE];
	char daylight[ZONE_RULE_NAME_SIZE]; /* empty: one offset all year */
	int32_t standard_s, daylight_s;     /* seconds east of UTC */
	struct zone_rule_date start, end;   /* of daylight saving time */
};

/* Parses a whole footer string, such as "CET-1CEST,M3.5.0,M10.5.0/3". */
bool zone_rule_parse(const char *s, struct zone_rule *ret);
/* When daylight saving time begins and ends in a year. */
int64_t zone_rule_start(const struct zone_rule *rule, int64_t year);
int64_t zone_rule_end(const struct zone_rule *rule, int64_t year);
