/* Slots: the instants at which a backup is due. Schedule, plus the cluster's jitter, moved to the
 * end of a blackout that it falls in (again, if that end lies in another one). Pure. */
#pragma once

#include "retention/policy.h"
#include "retention/set.h"

/* The cluster's own part of the jitter: 0 <= result < jitter_s, stable across restarts. */
int64_t slot_jitter(const struct policy *p);

/* The first slot strictly after / the last slot at or before an instant. -ENOENT: none. */
int slot_next(const struct policy *p, int64_t after_s, int64_t *ret_s);
int slot_previous(const struct policy *p, int64_t at_s, int64_t *ret_s);

/* The instant from which on a set that begins stands for the slot (S5). The cloud's times may be to
 * the minute, so a slot counts from its minute on; only a schedule finer than that is taken by the
 * second. */
int64_t slot_counts_from(const struct policy *p, int64_t slot_s);
/* The newest start of the valid and running sets, but those of the future; SET_NO_TIME: none. */
int64_t slot_newest_start(const struct inventory *inv, int64_t now_s);

/* The longest distance between neighbouring slots in the 366 days from `from_s` on, from the last
 * slot at or before `from_s` to the first one after these days (looking at no more than 10,000
 * slots). -ENOENT if there are fewer than two. */
int slot_longest_gap(const struct policy *p, int64_t from_s, int64_t *ret_s);

/* The first slots after `from_s` that two policies do not share, looking as far as
 * slot_longest_gap(); SET_NO_TIME: one of them has none. False: they share all. */
bool slot_first_difference(const struct policy *a, const struct policy *b, int64_t from_s,
	int64_t *ret_a_s, int64_t *ret_b_s);

/* The longest of the valid sets took so long; -1: none says. */
int32_t slot_longest_backup(const struct inventory *inv);

/* How long after its call a set may take to show, where the longest of the valid sets took so long;
 * -1: none says. See A5 in DESIGN.md. */
int64_t slot_shows_within(int32_t longest_backup_s);

/* safety.fresh_within in seconds: `auto` is the longest gap + jitter + the longest blackout and a
 * quarter more, and the longest backup (-1: not known; at most a day), since a set counts from its
 * end and is dated by its beginning. FRESH_OFF if off, or auto without a schedule. */
int64_t slot_fresh_within(const struct policy *p, int64_t longest_backup_s, int64_t now_s);
/* The same from its result for a backup of no length, which takes a year of slots to find. */
int64_t slot_fresh_add(const struct policy *p, int64_t fresh_s, int64_t longest_backup_s);
