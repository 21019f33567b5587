/* Which keys of the effective policy differ. */
#pragma once

#include "base/jsonwriter.h"
#include "policyfile/policyfile.h"

/* "  keep.daily: 14 -> 7", a line for each. */
void policydiff_text(const struct policy *old, const struct policy *changed, struct text *out);
/* {"key": "keep.daily", "old": "14", "new": "7"}, one for each, into an array that is open. */
void policydiff_json(const struct policy *old, const struct policy *changed, struct jsonwriter *w);
