/* A plan as JSON: what becomes of each set, why, and until when it stays. Pure. */
#pragma once

#include "base/jsonwriter.h"
#include "retention/plan.h"

/* Writes the object of `evaluate --json` (DESIGN.md, section 5); `key` as for json_object_begin().
 * The expiries take as long as expiry_new() does. */
void plan_json(
	const struct plan_input *in, const struct plan *p, struct jsonwriter *w, const char *key);
