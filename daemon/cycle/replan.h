/* From the listing, the marks and the policy to the plan at hand. */
#pragma once

#include "base/digest.h"
#include "cycle/effect.h"

struct cycle;

struct replan {
	int64_t fresh_within_s; /* safety.fresh_within, `auto` worked out for backups of no length
				 */
	int64_t fresh_within_until_boot_s; /* worked out anew then */
	int32_t longest_backup_s;          /* of the sets listed last; -1 unknown */
	unsigned told_holds;
	uint64_t told_quarantine; /* digest of the ids told of */
	uint64_t told_unlisted;   /* of protect_tell() */
	char told_hash[DIGEST_HEX_SIZE];
	int64_t told_second_s; /* since when seconds were last told to remain */
};

/* safety.fresh_within, in seconds; FRESH_OFF. */
int64_t replan_fresh_within(struct cycle *c, struct moment now);

/* After a complete listing with the clock in order: grace may have gone on. */
void replan_agree(struct cycle *c, struct moment now);
/* After a complete listing, whose sets are at hand: begins and ends grace, plans, and tells what is
 * new in the plan. */
void replan_follow_listing(struct cycle *c, struct moment now);
/* The same listing, while something else has changed. Nothing was listed: does nothing. */
void replan_again(struct cycle *c, struct moment now);
