/* Sees whether the policy file, or a file of policy.d, was edited and not loaded. Contents are
 * compared: an editor that saves the same again changes nothing, and a copy may keep its times. */
#pragma once

#include "service/service.h"

struct policy_watch;

/* Sets service->policy_edited, within seconds after something happens in the folder, and at least
 * once a minute. */
struct policy_watch *policy_watch_new(struct service *service);
void policy_watch_free(struct policy_watch *w); /* accepts NULL */
