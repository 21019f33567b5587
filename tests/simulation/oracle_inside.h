/* What the files of the oracle share. */
#pragma once

#include "simulation/oracle.h"
#include "simulation/oracle_rules.h"

static inline int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

struct oracle_trail *trail_at(struct oracle *o, size_t at);
struct oracle_trail *trail(struct oracle *o, const char *id);
/* Named by a call of the last day that may have been carried out. */
bool is_asked(struct oracle *o, const char *id, int64_t true_s);
const struct oracle_set *listed(struct oracle *o, const char *id);
/* How old a failed set is may be told by either clock, while they are as good as one. */
int64_t latest(const struct oracle_view *v);
/* Sets that a call of before named count for nothing. Owned by the caller. */
bool *asked_sets(struct oracle *o, int64_t true_s, const char *const *but, size_t but_count);
/* Opinions on the listing, as if the sets with skip were not there. Owned by the caller. */
enum opinion *opinions_but(struct oracle *o, const struct oracle_view *v, const bool *skip);
/* The instant from which a set stands for the slot that our clock is in. False if there is none. */
bool slot_of(const struct oracle_view *v, int64_t ours_s, int64_t *ret_s);
/* Newest of what the cloud truly has, with all that it depends on; NULL if there is none. */
const struct cloud_set *newest_true(struct oracle *o, const struct oracle_view *v);
/* oracle_late.c: after a complete listing with the clock in order; and of how many sets a plan may
 * be a part. */
void late_follow_listing(struct oracle *o, const struct oracle_view *v);
size_t late_known_sets(struct oracle *o, const struct oracle_view *v);
/* oracle_pace.c: no call too soon, nor in ignorance. */
void pace_restarted(struct oracle *o);
void pace_lists(struct oracle *o, const struct oracle_view *v);
void pace_creates(struct oracle *o, const struct oracle_view *v);
void pace_deletes(struct oracle *o, const struct oracle_view *v);
void pace_answered(struct oracle *o, const struct oracle_view *v, enum effect_kind kind,
	const struct answer *a);
