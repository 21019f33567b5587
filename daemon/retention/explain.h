/* Verdicts in words. Pure. */
#pragma once

#include "base/text.h"
#include "retention/plan.h"

const char *verdict_name(const struct verdict *v); /* "keep" .. "deleting" */

/* What the words need and a verdict does not hold: made once per plan, in time that grows with the
 * sets. Both are borrowed and must stay; explanation_free() accepts NULL. */
struct explanation;
struct explanation *explanation_new(const struct plan_input *in, const struct plan *p);
void explanation_free(struct explanation *e);

/* Which of the sets that the rule keeps this one is: 1 for the newest; 0 if the rule does not keep
 * it. */
uint32_t explanation_number(const struct explanation *e, size_t index, enum rule rule);

/* "daily 1 of 14 (2026-11-21); weekly 1 of 8 (2026-W47)"; "expired: no rule keeps it"; "status
 * 'Foo' is not known" ... Appends to `out`. */
void explanation_reason(const struct explanation *e, size_t index, struct text *out);
