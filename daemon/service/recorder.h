/* One call on behalf of a person that changes nothing, with its reply as it came: what `retainctl
 * record` asks for, again and again. Like the doctor it takes no permits, and there is one at a
 * time. */
#pragma once

#include "service/service.h"
#include "service/varlink.h"

struct recorder;

/* Sends the call of this action about the cluster, and answers with its reply; then `finished` is
 * called, which may free the recorder. NULL: the action is none that may be recorded, and then the
 * varlink call has been answered. `page` is of DescribeBackups alone. */
struct recorder *recorder_start(struct service *service, struct varlink_call *call,
	const struct cluster *cluster, const char *action, int64_t page,
	void (*finished)(void *data, struct recorder *r), void *data);
/* One that has not finished answers with an error; then client_turn() may not be called any more.
 */
void recorder_free(struct recorder *r);
