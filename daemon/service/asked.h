/* Who asked for something that changes what the daemon does: told in the journal and in the
 * history, so that it can be answered later. */
#pragma once

#include "service/cluster.h"

struct asker {
	uid_t uid;
	pid_t pid;
};

/* "root (uid 0)", or "uid 1000" where /etc/passwd has no name for it. Owned by the caller. */
char *asked_who(const struct asker *who);

/* `what`: "backup", "prune", "approve", "reload". `c` NULL: it concerns all clusters. `plan` NULL:
 * none. To be called before it is done. */
void asked_tell(struct context *context, const struct asker *who, const char *what,
	struct cluster *c, const char *plan);
