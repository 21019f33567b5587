/* A warning about rules that, alone, would shorten the time that can be restored to the second
 * (S14). */
#pragma once

#include "policyfile/loader.h"

/* Tells, where the policy has a schedule, that the rules do not keep a full set of each day that
 * the cloud's log surely reaches. `at_s`: judged as if backups had been made as scheduled until
 * then. Returns how many slots it looked at. */
int64_t lint_seconds(const struct loader *l, int64_t at_s);
