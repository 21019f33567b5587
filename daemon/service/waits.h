/* Calls that are answered when their cluster has done what they ask for. */
#pragma once

#include "service/cluster.h"
#include "service/varlink.h"

struct waits {
	struct waiter *first;
	struct context *context;
};

/* Sets the context's hooks. */
void waits_begin(struct waits *waits, struct context *context);
void waits_end(struct waits *waits); /* calls that wait get an error */

/* Answers the call when the cluster's prune (or else backup) has ended; forgets it when the client
 * goes. */
void waits_add(struct waits *waits, struct varlink_call *call, struct cluster *cluster, bool prune);
/* For who does not wait. */
void waits_answer_begun(struct varlink_call *call, bool prune);
