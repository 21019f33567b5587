/* Warnings about time zones. */
#pragma once

#include "policyfile/loader.h"

/* Of one cluster's policy, the zone in its schedule included. */
void lint_zones(const struct loader *l);
