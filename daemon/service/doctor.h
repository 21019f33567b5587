/* Looks at everything once for a person, by calls that change nothing, and answers with what it
 * found. Clusters are asked for one after the other, beside what they do otherwise. */
#pragma once

#include "service/service.h"
#include "service/varlink.h"

struct doctor;

/* Answers the call in the end. `only` NULL: all clusters, up to DOCTOR_CLUSTERS_MAX. `finished` is
 * called when that is done, to free it. */
#define DOCTOR_CLUSTERS_MAX 100
struct doctor *doctor_new(struct service *service, struct varlink_call *call, struct cluster *only,
	void (*finished)(void *data, struct doctor *d), void *data);
/* With its first question; may finish at once. */
void doctor_start(struct doctor *d);
/* Answers with an error if it has not finished: then the client may not turn any more. */
void doctor_free(struct doctor *d);
