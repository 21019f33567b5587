/* Which keys of the effective policy differ, and what else two policy files differ in. */
#pragma once

#include "base/jsonwriter.h"
#include "policyfile/policyfile.h"

/* Where differences are told: as text, a line for each ("  keep.daily: 14 -> 7"), or, if `w` is not
 * NULL, into its open array ({"key": "keep.daily", "old": "14", "new": "7"}). */
struct policydiff {
	struct text *text;
	struct jsonwriter *w;
};

/* The keys of one cluster. */
void policydiff_keys(struct policydiff *to, const struct policy *old, const struct policy *changed);

/* The daemon's own keys, the accounts that differ, and then the discoveries: "account prod:
 * changed" and its keys; or, in JSON, as for a cluster, with `cluster` and what follows from it
 * null: {"cluster": null, "name": "account prod", "change": "changed", "policy": [...], ...}. */
void policydiff_rest(
	struct policydiff *to, const struct policyfile *old, const struct policyfile *changed);
