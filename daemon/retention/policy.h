/* The policy in force for one cluster: plain values, after the layers of the file were merged. */
#pragma once

#include "retention/edition.h"
#include "time/calendar.h"
#include "time/duration.h"
#include "time/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the file, which is also the order of reasons. */
enum rule {
	RULE_LAST,
	RULE_WITHIN,
	RULE_HOURLY,
	RULE_DAILY,
	RULE_WEEKLY,
	RULE_MONTHLY,
	RULE_QUARTERLY,
	RULE_YEARLY,
	RULE_COUNT,
};
extern const char *const rule_names[RULE_COUNT + 1]; /* "last" .. "yearly", then NULL */

enum keep_kind {
	KEEP_OFF,
	KEEP_NUMBER, /* last and the buckets */
	KEEP_SPAN,   /* within and the buckets */
	KEEP_ALL,    /* last and the buckets */
};

struct keep_rule {
	enum keep_kind kind;
	int64_t number;       /* KEEP_NUMBER: > 0 */
	struct duration span; /* KEEP_SPAN */
};

enum schedule_kind {
	SCHEDULE_NONE, /* prunes only */
	SCHEDULE_CALENDAR,
	SCHEDULE_EVERY, /* instants that are multiples of every_s since the epoch */
};

struct schedule {
	enum schedule_kind kind;
	struct calendar *calendar; /* owned */
	struct zone *zone;         /* owned: of the expression itself, or NULL for the policy's */
	int64_t every_s;
	int64_t jitter_s;         /* 0 = none: slots move by a stable part of this, per cluster */
	struct window *blackouts; /* owned */
	size_t blackout_count;
	bool catch_up;
};

struct protected_range {
	int64_t from_s, to_s; /* both inside */
};

extern const char *const edition_names[]; /* in the order of the enum, then NULL */

/* What is done about how long the cloud itself keeps sets, where that is shorter than the policy
 * needs. */
enum cloud_retention_mode {
	CLOUD_RETENTION_CHECK,  /* tell */
	CLOUD_RETENTION_ENSURE, /* raise it; never lower it */
	CLOUD_RETENTION_IGNORE,
};
extern const char *const cloud_retention_names[]; /* in the order of the enum, then NULL */

#define FRESH_OFF (-1)
#define FRESH_AUTO 0
#define FAILED_KEEP (-1)

struct policy {
	char *cluster;     /* DBClusterId */
	char *name;        /* the label for people; never NULL */
	char *policy_name; /* the `policies:` entry that it names, or NULL */
	char *region;      /* of the cluster; NULL until someone says */
	char *account;     /* the `accounts:` entry that it uses; never NULL */
	enum edition edition;
	bool remote; /* prunes the copies in other regions, instead of the sets in its own */
	enum cloud_retention_mode cloud_retention;
	struct zone *zone; /* owned */
	struct schedule schedule;
	struct keep_rule keep[RULE_COUNT];
	char **protected_ids; /* sorted by strcmp */
	size_t protected_id_count;
	struct protected_range *protected_ranges;
	size_t protected_range_count;
	int64_t failed_sets_s; /* age at which failed sets go; FAILED_KEEP */
	struct {
		int64_t minimum; /* >= 0; at least 1 holds anyway (S1) */
		int64_t grace_s;
		int max_delete_percent; /* 0..100; 100 switches the limit off */
		int64_t fresh_within_s; /* > 0, FRESH_AUTO or FRESH_OFF */
	} safety;
	int64_t refresh_s; /* > 0 */
};

struct policy *policy_new(const char *
		cluster); /* all rules off, UTC, no schedule, the defaults of DESIGN for the rest */
void policy_free(struct policy *p); /* accepts NULL */

/* Why no backup can be taken of the cluster under this policy, in words for people; NULL if one
 * can.
 */
const char *policy_refuses_backup(const struct policy *p);

/* True if `protect:` names this set, or has a range that its start lies in. */
bool policy_protects(const struct policy *p, const char *id, int64_t start_s);
