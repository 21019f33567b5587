/* Policies for simulated clusters. */
#pragma once

#include "retention/policy.h"
#include "simulation/random.h"

/* A policy like many people would write: a backup each night, 3 last, 7 daily. Owned by the caller.
 */
struct policy *policy_plain(void);
struct policy *policy_random(struct random *r);
void policy_schedule(struct policy *p, const char *expression); /* replaces the schedule */
