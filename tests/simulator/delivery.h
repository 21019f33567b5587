/* How a reply leaves: whole, cut, slowly, or not at all. */
#pragma once

#include "request.h"

#include <microhttpd.h>

/* Suspends the connection for that long; called while a slow body is under way. */
typedef void delivery_pause(void *data, int64_t us);

/* `now_us` is the simulator's time, for the Date header. `pause` is called until the connection's
 * request is completed. */
enum MHD_Result delivery_send(struct MHD_Connection *connection, const struct reply *r,
	int64_t now_us, delivery_pause *pause, void *data);
