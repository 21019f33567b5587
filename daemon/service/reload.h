/* Reads the policy file again, while clusters run. */
#pragma once

#include "service/service.h"

/* All or nothing (S10), and told to systemd and the journal. `messages` gets the errors and
 * warnings of the file, `changes` one line of what is different, and one more if the clusters
 * that are gone are most of at least 4, or all. Negative errno: the policy in force stays. */
int reload_policy(struct service *service, struct text *messages, struct text *changes);

/* The files of time zones have changed, the policy has not: what follows is told to the journal. */
void reload_zones(struct service *service);
