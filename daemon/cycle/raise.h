/* How long the cloud itself keeps sets (DescribeBackupPolicy), and raising it (ModifyBackupPolicy)
 * where the policy needs longer. It is never lowered. */
#pragma once

#include "cycle/change.h"
#include "cycle/ledger.h"

struct raise {
	int64_t read_after_boot_s;        /* read then, ... */
	int64_t read_with_listing_boot_s; /* ... or once a listing ends after this */
	int64_t call_after_boot_s;        /* no call before */
	struct backup_policy read;        /* the cloud's, as last read; days 0: not yet */
	int64_t read_boot_s;              /* when */
	struct cloud_record known;        /* likewise, as the state file remembers it */
	size_t drops;               /* kept sets that the cloud may drop since it was lowered */
	int64_t needs_days;         /* what the policy needed then; 0 not known */
	int64_t told_days;          /* how many people were last told that it keeps */
	int64_t from_days, to_days; /* of a call that has yet to show; 0 none */
	int failures;               /* calls in a row that did not show */
	int read_failures;          /* reads in a row that failed for a cause that passes */
	bool transient;      /* the last call or read failed, and the cause passes by itself */
	const char *lowered; /* interned: it was lowered by another hand, and still is */
	const char *trouble; /* interned */
};

extern const struct change raise_change; /* of struct raise */

/* At first; `known` as in the state file. */
void raise_init(struct raise *r, const struct cloud_record *known, struct moment now);
/* With each new policy. */
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
