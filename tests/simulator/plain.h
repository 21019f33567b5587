/* What is served without a signature: an ECS instance's metadata service, and a credentials URI. */
#pragma once

#include "call.h"

/* The action that the request stands for (for the log and the faults); NULL: it is an API call. */
const char *plain_action(const struct request *r);
void plain_run(struct call *c);
