/* Checks for a person whether all is set up, by calls that change nothing, and answers with its
 * findings. It asks about one cluster after the other; their cycles go on meanwhile. */
#pragma once

#include "service/service.h"
#include "service/varlink.h"

struct doctor;

/* The call is answered when all is checked, and then `finished` is called, which may free the
 * doctor. `only` NULL: all clusters, up to DOCTOR_CLUSTERS_MAX. */
#define DOCTOR_CLUSTERS_MAX 100
struct doctor *doctor_new(struct service *service, struct varlink_call *call, struct cluster *only,
	void (*finished)(void *data, struct doctor *d), void *data);
/* Asks the first question; may call `finished` before it returns. */
void doctor_start(struct doctor *d);
/* A doctor that has not finished answers with an error; then client_turn() may not be called any
 * more. */
void doctor_free(struct doctor *d);
