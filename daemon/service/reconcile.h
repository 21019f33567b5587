/* What a listing of clusters says against what is known of them. Values: no I/O, no clock. */
#pragma once

#include "service/cluster_listing.h"

enum reconcile_news {
	RECONCILE_JOINED,
	RECONCILE_STATUS,  /* the cluster has another status than before */
	RECONCILE_MISSING, /* two listings in a row lacked it */
	RECONCILE_BACK,
	RECONCILE_FORGOTTEN,
};
/* Takes a complete listing in. `since_s`: since the listing before, 0 unknown. Calls `tell` for
 * what is new, before a forgotten member goes. True if there was anything new to be written down.
 */
bool reconcile(struct members *known, const struct cluster_listing *l, int64_t since_s,
	int64_t forget_after_s,
	void (*tell)(void *data, enum reconcile_news news, const struct member *m), void *data);
