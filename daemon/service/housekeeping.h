/* Keeps the history to what the policy file says, in small steps. */
#pragma once

#include "service/service.h"

struct housekeeping;

struct housekeeping *housekeeping_new(struct service *service);
void housekeeping_free(struct housekeeping *h); /* accepts NULL */
