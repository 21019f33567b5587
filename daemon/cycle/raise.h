/* How long the cloud itself keeps sets (DescribeBackupPolicy), and raising it (ModifyBackupPolicy)
 * where the policy needs longer. It is never lowered. */
#pragma once

#include "cycle/change.h"

struct raise {
	int64_t read_after_boot_s;  /* not read before */
	int64_t call_after_boot_s;  /* no call before */
	struct backup_policy read;  /* the cloud's, as last read; days 0: not yet */
	int64_t read_boot_s;        /* when */
	int64_t needs_days;         /* what the policy needed then; 0 not known */
	int64_t told_days;          /* how many people were last told that it keeps */
	int64_t from_days, to_days; /* of a call that has yet to show; 0 none */
	int failures;               /* calls in a row that did not show */
	int read_failures;          /* reads in a row that failed for a cause that passes */
	bool transient;      /* the last call or read failed, and the cause passes by itself */
	const char *trouble; /* interned */
};

extern const struct change raise_change; /* of struct raise */

/* At first, and again with each new policy. */
void raise_begin(struct raise *r, struct moment now);
void raise_done(struct raise *r);

/* How long the cloud keeps the log that a restore to the second needs, in days; 0: there is none,
 * or the policy does not ask for it. LOG_UNKNOWN: not read yet, or it did not read. */
int64_t raise_log_days(const struct raise *r, const struct policy *p);

/* In how many seconds the cloud's policy is to be read; INT64_MAX: it is of no interest. */
int64_t raise_next_read(const struct raise *r, const struct context *x);
/* Takes the answer in. True if a raise is to be intended. `read`: NULL if it was not read. */
bool raise_take_read(struct raise *r, const struct context *x, const struct answer *a,
	const struct backup_policy *read);
