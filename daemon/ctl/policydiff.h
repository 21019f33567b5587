/* Which keys of the effective policy differ, and what else two policy files differ in. */
#pragma once

#include "base/jsonwriter.h"
#include "policyfile/policyfile.h"

/* "  keep.daily: 14 -> 7", a line for each. */
void policydiff_text(const struct policy *old, const struct policy *changed, struct text *out);
/* {"key": "keep.daily", "old": "14", "new": "7"}, one for each, into an array that is open. */
void policydiff_json(const struct policy *old, const struct policy *changed, struct jsonwriter *w);

/* The accounts that differ, and then what is discovered: "account prod: changed" and its keys. */
void policydiff_rest_text(
	const struct policyfile *old, const struct policyfile *changed, struct text *out);
/* The same as for a cluster, with `cluster` and what follows from it null: {"cluster": null,
 * "name": "account prod", "change": "changed", "policy": [...], ...}; into an array that is open.
 */
void policydiff_rest_json(
	const struct policyfile *old, const struct policyfile *changed, struct jsonwriter *w);
