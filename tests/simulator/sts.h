/* The Security Token Service (2015-04-01). */
#pragma once

#include "call.h"

#define STS_VERSION "2015-04-01"

/* Finds the action and runs it, like actions_run(). */
void sts_run(struct call *c);
/* The parameters of the action, with a space around each; NULL if there is no such action. */
const char *sts_declared(const char *action);
/* Whether the action is called without a signature. */
bool sts_is_unsigned(const struct call *c);
