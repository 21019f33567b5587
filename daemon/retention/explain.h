/* Verdicts and plans in words and in JSON (the form of `evaluate --json`, DESIGN.md section 5).
 * Pure. */
#pragma once

#include "base/jsonwriter.h"
#include "retention/expiry.h"
#include "retention/plan.h"

const char *verdict_name(const struct verdict *v); /* "keep" .. "deleting" */

/* For each set and rule, which slot of how many it takes: made once per plan. */
struct explanation;
struct explanation *explanation_new(const struct plan_input *in, const struct plan *p);
void explanation_free(struct explanation *e);

/* "daily 1 of 14 (2026-11-21); weekly 1 of 8 (2026-W47)"; "expired: no rule keeps it"; "status
 * 'Foo' is not known" ... Appends to `out`. */
void explanation_reason(const struct explanation *e, size_t index, struct text *out);

/* Until when the set stays if the schedule keeps running, and what holds it on the way; NULL if it
 * is not known: no schedule, or not a set that the rules keep. Borrowed. The first call plays the
 * schedule forward, which may take a second: for plans that are shown. */
const struct expiry *explanation_expiry(struct explanation *e, size_t index);

/* The object of DESIGN.md section 5; `key` as for json_object_begin(). */
void explanation_json(struct explanation *e, struct jsonwriter *w, const char *key);
