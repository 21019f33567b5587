/* Policies and inventories from short texts, for tests. Texts that do not read end the program. */
#pragma once

#include "retention/plan.h"

/* "2026-11-20T18:00Z" or "2026-11-20" (midnight UTC). */
int64_t fixture_time(const char *text);

/* A zone of /usr/share/zoneinfo; owned by the caller. NULL if this machine does not have it. */
struct zone *fixture_zone(const char *name);

/* A policy from words such as
 *   last=3 within=2d daily=14d weekly=8 yearly=all minimum=2 grace=1h percent=100 failed=7d
 *   failed=keep fresh=36h fresh=off protect=763 protect=2026-01-01/2026-02-01 zone=Asia/Shanghai
 * on top of policy_new("amv-1"). But grace is 0, percent 100 and fresh off unless said. */
struct policy *fixture_policy(const char *words);

/* Adds sets from words ID@TIME[,FLAG...]: flags are failed, running, deleting, unknown, late,
 * region, parent=ID and expires=TIME. A TIME of ? is one that does not parse. */
void fixture_sets(struct inventory *inv, const char *words);

/* "9K 8D 7P": ids newest first, each with the letter of its verdict: Keep, Delete, Protect,
 * Quarantine, Failed, deleting (X). Owned by the caller. */
char *fixture_letters(const struct inventory *inv, const struct policy *p, int64_t now_s);
/* The ids of some indices: "7 8 9". Owned by the caller. */
char *fixture_ids(const struct inventory *inv, const uint32_t *indices, size_t count);

/* Random numbers, the same on every machine (splitmix64). */
struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *d);
/* from..to, both possible. */
int64_t dice_between(struct dice *d, int64_t from, int64_t to);
/* True once in `n`. */
bool dice_one_in(struct dice *d, int n);
