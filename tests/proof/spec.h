/* What DESIGN says of verdicts, plans and batches, for worlds of few sets: written from its words
 * alone. */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stdint.h>

#define SPEC_SETS 8
#define SPEC_RULES 4

/* A set of sets: bit i is the set i. */
typedef uint32_t spec_mask;

enum spec_state { SPEC_DONE, SPEC_FAILED, SPEC_RUNNING, SPEC_DELETING, SPEC_UNKNOWN };
enum { SPEC_NO_PARENT = -1, SPEC_LOST_PARENT = -2 };

/* The set i of a world; the larger i, the larger the id. */
struct spec_set {
	enum spec_state state;
	bool unreadable; /* its time */
	bool foreign;    /* in another region */
	bool full;
	int parent; /* an index, or one of the two above */
	int64_t time_s;
	int64_t expires_s; /* when the cloud drops it; INT64_MAX: never */
	bool protect;
	bool ripe;     /* has waited out its grace */
	bool approved; /* a person approved that it goes */
};

enum spec_bucket { SPEC_EACH, SPEC_HOUR, SPEC_DAY, SPEC_WEEK, SPEC_MONTH, SPEC_QUARTER, SPEC_YEAR };

/* Keeps `count` sets, or those of a span, or (neither) all: one of each bucket. */
struct spec_rule {
	enum spec_bucket bucket;
	int count; /* 0: a span or all */
	bool span;
	int months, days, hours; /* the span */
};

/* The zone is that of the process (TZ). */
struct spec_world {
	struct spec_set sets[SPEC_SETS];
	int count;
	struct spec_rule rules[SPEC_RULES];
	int rule_count;
	int minimum;
	int percent;      /* max_delete_percent */
	int percent_from; /* applies from that many sets up */
	int64_t failed_s; /* failed sets go at this age; -1: they stay */
	int log_days; /* point in time: how long the log is kept; -1: there is none, or it is not
			 heeded */
	int64_t now_s;
	int64_t grace_s; /* shorter than a day, and without a schedule */
};

struct spec_judged {
	spec_mask valid;
	spec_mask failed;
	spec_mask quarantined;
	spec_mask kept;   /* valid, and by a rule, the minimum, the log, or for a set that stays */
	spec_mask doomed; /* what may be deleted, once nothing holds it */
};

struct spec_judged spec_judge(const struct spec_world *w);

/* The worst that a plan does which lets `allowed` go where nothing holds all deletes; NULL:
 * nothing. */
const char *spec_plan_fault(const struct spec_world *w, spec_mask allowed);

/* Why `batch`, of a plan that lets `allowed` go and has sent `gone`, must not be sent; NULL: it
 * may. */
const char *spec_batch_fault(
	const struct spec_world *w, spec_mask allowed, spec_mask gone, spec_mask batch);

#endif
