/* Which worlds are enumerated: kinds of sets, times, policies and what else is varied. */
#ifndef FAMILIES_H
#define FAMILIES_H

#include "proof/spec.h"

#include <stddef.h>

#define BASE_S 1795197600 /* 2026-11-20T18:00:00Z: times and now are given from here */
#define GRACE_S 3600
#define PERCENT_FROM 3 /* what the build for the enumeration makes of "from 10 sets up" */

struct kind {
	struct spec_set set; /* its time_s is added to the time of the world */
	bool chained;        /* with each parent, listed or lost, and with none */
};

/* A policy, in both tongues, and what else is varied under it. */
struct setup {
	const char *name;
	struct policy *policy;
	struct spec_rule rules[SPEC_RULES];
	int rule_count, minimum, percent, log_days;
	int64_t failed_s, now_s;
	bool marks;     /* all marks of all sets */
	bool holds;     /* each hold of all deletes */
	bool any_batch; /* whatever is allowed, whatever is in the batch */
};

struct family {
	const struct kind *kinds;
	size_t kind_count;
	const int64_t *times;
	size_t time_count;
	struct setup *setups;
	size_t setup_count;
};

/* NULL: there is none of this name. Sets the process's zone. */
const struct family *family_named(const char *name);

#endif
