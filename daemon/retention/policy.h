/* The policy in force for one cluster: plain values, after the layers of the file were merged. */
#pragma once

#include "retention/edition.h"
#include "retention/rule.h"
#include "time/calendar.h"
#include "time/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keep_rule {
	enum keep_kind kind;
	int64_t number;       /* KEEP_NUMBER, KEEP_FLOOR: > 0 */
	struct duration span; /* KEEP_SPAN, KEEP_FLOOR */
};

enum schedule_kind {
	SCHEDULE_NONE, /* prunes only */
	SCHEDULE_CALENDAR,
	SCHEDULE_EVERY, /* instants that are multiples of every_s since the epoch */
};

struct schedule {
	enum schedule_kind kind;
	struct calendar *calendar; /* counted as a user of it */
	struct zone *zone;         /* the expression's own, likewise; NULL for the policy's */
	int64_t every_s;
	int64_t jitter_s; /* each cluster's slots move by a stable part of this; 0: they do not */
	struct window *blackouts;
	size_t blackout_count;
	bool catch_up;
};

#define PROTECT_NO_END INT64_MAX

/* One set that is protected by its id. The texts are owned. */
struct protected_set {
	char *id;
	char *by;        /* who protected it by command; NULL: the policy file */
	char *reason;    /* NULL: none */
	int64_t at_s;    /* since when, if by command */
	int64_t until_s; /* then the protection ends; PROTECT_NO_END */
};

struct protected_range {
	int64_t from_s, to_s; /* both inside */
};

extern const char *const edition_names[EDITION_COUNT + 1]; /* "lakehouse", ... then NULL */

/* What is done where the cloud itself keeps sets for less long than the policy needs. */
enum cloud_retention_mode {
	CLOUD_RETENTION_CHECK,  /* tell */
	CLOUD_RETENTION_ENSURE, /* raise it; never lower it */
	CLOUD_RETENTION_IGNORE,
	CLOUD_RETENTION_COUNT,
};
extern const char *const cloud_retention_names[CLOUD_RETENTION_COUNT + 1]; /* ... then NULL */

/* What is done about sets that a restore to the second needs (S14). */
enum point_in_time_mode {
	POINT_IN_TIME_KEEP, /* keep them, whatever the rules say */
	POINT_IN_TIME_WARN, /* delete them, and tell how much shorter the time becomes */
	POINT_IN_TIME_IGNORE,
	POINT_IN_TIME_MODE_COUNT,
};
extern const char *const point_in_time_names[POINT_IN_TIME_MODE_COUNT + 1]; /* ... then NULL */

#define FRESH_OFF (-1)
#define FRESH_AUTO 0
#define FAILED_KEEP (-1)
#define PROVE_OFF 0

/* Owned whole by whoever made it, but for the zones and the calendar, which count their users. */
struct policy {
	char *cluster;     /* DBClusterId */
	char *name;        /* the label for people; never NULL */
	char *policy_name; /* the `policies:` entry that it names, or NULL */
	char *region;      /* of the cluster; NULL until someone says */
	char *account;     /* the `accounts:` entry that it uses; never NULL */
	enum edition edition;
	bool remote; /* prunes the copies in other regions, instead of the sets in its own */
	enum cloud_retention_mode cloud_retention;
	struct zone *zone; /* counted as a user of it */
	struct schedule schedule;
	struct keep_rule keep[RULE_COUNT];
	struct protected_set *protected_sets; /* by id, and of one id the longest first */
	size_t protected_set_count;
	struct protected_range *protected_ranges;
	size_t protected_range_count;
	int64_t failed_sets_s; /* age at which failed sets go; FAILED_KEEP */
	struct {
		int64_t minimum; /* >= 0; at least 1 holds anyway (S1) */
		int64_t grace_s;
		int max_delete_percent; /* 0..100; 100 switches the limit off */
		int64_t fresh_within_s; /* > 0, FRESH_AUTO or FRESH_OFF */
		enum point_in_time_mode point_in_time;
		int64_t prove_every_s; /* > 0 or PROVE_OFF; no delete depends on it */
	} safety;
	int64_t refresh_s; /* > 0 */
	/* What the cloud takes for the storage of sets. Decides nothing. */
	struct {
		int64_t price_billionths; /* of the currency, for a GB and an hour; 0: not given */
		char *currency;           /* NULL: not given */
		int64_t free_billionths;  /* of a GB, that cost nothing */
	} storage;
};

/* All rules off, UTC, no schedule, the defaults of DESIGN for the rest. */
struct policy *policy_new(const char *cluster);

/* The same for another cluster; owned by the caller. `name` NULL: the id. */
struct policy *policy_copy(const struct policy *from, const char *cluster, const char *name);

void policy_free(struct policy *p); /* accepts NULL */

/* Why no backup can be taken of the cluster under this policy, for people; NULL if one can. */
const char *policy_refuses_backup(const struct policy *p);

/* These free what was there. Arrays are taken over, with their texts. */
void policy_set_blackouts(struct policy *p, struct window *windows, size_t count);
void policy_set_protected(struct policy *p, struct protected_set *sets, size_t set_count,
	struct protected_range *ranges, size_t range_count);
/* Protects more sets; these are copied. */
void policy_protect_more(struct policy *p, const struct protected_set *sets, size_t count);

/* The protection of this id that is in force and lasts longest; NULL: there is none. */
const struct protected_set *policy_protection(
	const struct policy *p, const char *id, int64_t now_s);
/* True if there is one, or a range of `protect:` that the set's start lies in. */
bool policy_protects(const struct policy *p, const char *id, int64_t start_s, int64_t now_s);
