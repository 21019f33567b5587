/* Calls that are answered when their cluster has done what they ask for. */
#pragma once

#include "service/fleet.h"
#include "service/varlink.h"

struct waits {
	struct waiter *first;
	struct fleet *fleet;
};

enum wait {
	WAIT_BACKUP,
	WAIT_PRUNE,
	WAIT_APPROVAL, /* until it is on disk */
	WAIT_DELETES,  /* until no delete call is under way */
};

/* Sets the context's hooks. */
void waits_begin(struct waits *waits, struct fleet *fleet);
void waits_end(struct waits *waits); /* calls that wait get an error */

/* Answers the call when the cluster's backup or prune has come `to_the_end`, or else has begun;
 * sooner if it is known that it does not. The call is forgotten when its client goes. */
void waits_add(struct waits *waits, struct varlink_call *call, struct cluster *cluster,
	enum wait kind, bool to_the_end);
/* Answers with `reply`, which is taken over, when no delete call of the cluster (NULL: of any) is
 * under way: what was sent before cannot be taken back. */
void waits_for_deletes(
	struct waits *waits, struct varlink_call *call, struct cluster *cluster, char *reply);
