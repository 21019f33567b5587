/* Keeps the history to what the policy file says, in small steps. */
#pragma once

#include "service/manager.h"

struct housekeeping;

struct housekeeping *housekeeping_new(struct manager *m);
void housekeeping_free(struct housekeeping *h); /* accepts NULL */
