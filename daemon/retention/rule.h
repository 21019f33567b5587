/* The keep rules: all that the program knows of each, in one row a rule. Pure.
 *
 * A new rule is a line in RULES and a row in rule.c; a line without a row does not compile. Whoever
 * walks, explains, checks or draws rules asks the row. What the rules mean is said in DESIGN.md,
 * section 4, and in `help`. */
#pragma once

#include "time/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RULE(enumerator, name of the row in rule.c): the rules that have a key under `keep:`, in the
 * order of the policy file, which is also the order of reasons. */
#define RULES(RULE)                     \
	RULE(RULE_LAST, last)           \
	RULE(RULE_WITHIN, within)       \
	RULE(RULE_HOURLY, hourly)       \
	RULE(RULE_DAILY, daily)         \
	RULE(RULE_WEEKLY, weekly)       \
	RULE(RULE_MONTHLY, monthly)     \
	RULE(RULE_QUARTERLY, quarterly) \
	RULE(RULE_YEARLY, yearly)

#define RULE_ENUMERATOR(rule, row) rule,
enum rule {
	RULES(RULE_ENUMERATOR) RULE_POINT_IN_TIME, /* S14: asked for by safety.point_in_time */
	RULE_COUNT,
	RULE_KEYS = RULE_POINT_IN_TIME, /* those before have a key */
};
#undef RULE_ENUMERATOR

/* What stands after the rule's key in the policy file. */
enum keep_kind {
	KEEP_OFF,
	KEEP_NUMBER,
	KEEP_SPAN,
	KEEP_ALL,
	KEEP_FLOOR, /* a count and a span: what either keeps. For rules that take both. */
};

/* A local time, split as far as the buckets need it. */
struct rule_time {
	int64_t local_s;
	int64_t hour, day; /* since 1970-01-01T00:00 of local time */
	int64_t month;     /* since January of the year 0 */
};
#define RULE_TIME_NONE ((struct rule_time){.local_s = INT64_MIN, .day = INT64_MIN})

#define RULE_BUCKET_TEXT_SIZE 32

struct rule_row {
	const char *name; /* its key under `keep:` */
	const char *help; /* what it keeps: a sentence for those who write policies */
	unsigned kinds;   /* a bit per enum keep_kind that it takes */

	/* The number of the bucket: the same for all times of an hour, a day, an ISO week ... NULL
	 * if the rule has no buckets: then it keeps every set that it reaches. */
	int64_t (*bucket)(const struct rule_time *t);
	/* Names the bucket for people: "2026-W47". NULL without buckets. */
	void (*text)(const struct civil *c, char ret[RULE_BUCKET_TEXT_SIZE]);

	/* How long a bucket is; 0 without buckets. */
	int64_t mean_s, longest_s;
	struct duration shortest;
	/* By finer rule, how many of its buckets one of these holds at most; 0 if its buckets do
	 * not nest in these (weeks cross the ends of months). */
	int64_t nests[RULE_COUNT];
};
extern const struct rule_row *const rule_rows[RULE_COUNT];

/* Splits a local time (civil seconds, as zone_local() gives). `t` holds the time that was split
 * before, or RULE_TIME_NONE: the same time again, or one of the same day, costs less. */
void rule_time_set(struct rule_time *t, int64_t local_s);

/* The bucket that an instant falls into. The rule must have buckets. */
int64_t rule_bucket(enum rule rule, const struct zone *z, int64_t instant_s);
/* Its name for people; "" for a rule without buckets. */
void rule_bucket_text(
	enum rule rule, const struct zone *z, int64_t instant_s, char ret[RULE_BUCKET_TEXT_SIZE]);

/* True if the rule takes a count, so that the sets that it keeps have numbers. */
bool rule_counts(enum rule rule);
