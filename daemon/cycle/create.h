/* Slots and CreateBackup (S5): at most one backup for a slot. */
#pragma once

#include "cycle/change.h"

struct create {
	struct create_record record;    /* as it is in the ledger */
	int64_t slot_s;                 /* of the call that create_wants_call() wants */
	bool wanted;                    /* by a person, not called yet */
	bool for_person;                /* the call under way was asked for by a person */
	bool transient;                 /* the trouble passes by itself within minutes */
	int64_t after_boot_s;           /* no call for the same slot before */
	int64_t throttled_until_boot_s; /* no call at all before: the service said so */
	int listings_since_call;        /* complete ones */
	int64_t called_boot_s;          /* < 0: called by an earlier run */
	int64_t answered_boot_s;        /* of that call; at first when it was made */
	char **known_before; /* sets of that minute that a listing showed before the call */
	size_t known_before_count;
	int64_t newest_start_s;   /* of valid and running sets in the last listing; SET_NO_TIME none
				   */
	int32_t longest_backup_s; /* of the valid sets in the last listing; -1 unknown */
	const char *trouble;      /* interned */
};

extern const struct change create_change; /* of struct create */

void create_init(struct create *c, const struct create_record *record, struct moment now);
void create_done(struct create *c);

/* A person wants a backup now. */
void create_want(struct create *c, const struct policy *policy, struct moment now);
/* A new policy may refuse what a person wanted. */
void create_follow_policy(struct create *c, const struct policy *policy);

/* A call may have begun a backup that is not finished, or not seen yet. */
bool create_is_unresolved(const struct create *c);
/* A slot has no backup that is known of. */
bool create_is_due(const struct create *c, const struct context *x, int64_t *ret_slot_s);
/* The same, as far as it is known before a listing. */
bool create_seems_due(const struct create *c, const struct context *x);
/* With a listing at hand: a call is to be made now. */
bool create_wants_call(struct create *c, const struct context *x);

/* After a complete listing. True if a backup of ours was just found complete. */
bool create_follow_listing(struct create *c, const struct context *x);
/* In how many seconds a backup wants a listing; INT64_MAX: it wants none. */
int64_t create_next_listing(const struct create *c, const struct context *x);
