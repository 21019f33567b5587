/* The inside of discoveries, shared by discovery.c (looking) and discovery_sync.c (what comes of
 * it).
 */
#pragma once

#include "base/digest.h"
#include "service/discovery.h"
#include "service/lineup.h"

#define DISCOVERY_RUNNING "Running" /* the one status in which a cluster takes changes */

/* A call under way. It outlives a finder that a reload did away with. */
struct look {
	struct look *next;
	struct discoveries *discoveries;
	struct finder *finder; /* NULL: nobody waits for it any more */
	struct access *access;
};

struct finder {
	struct discovery *d; /* owned */
	struct discoveries *discoveries;
	char key[DIGEST_HEX_SIZE]; /* in the state file: the same for the same question */
	char *what;
	struct roster roster;
	struct census census;
	struct look *look; /* under way */
	struct access *access;
	sd_event_source *timer;
	int readings, failures;
	bool looked; /* once, whatever came of it */
	int64_t listed_s, listed_boot_s;
	size_t clusters; /* that it stands for */
	char error[480];
};

struct finders {
	struct finder *list;
	size_t count;
};

struct discoveries {
	struct fleet *fleet;
	struct context *context;
	struct finders in_force, prepared;
	struct look *looks; /* calls under way */
};

/* Brings the fleet in step with what is found. */
void discoveries_sync(struct discoveries *d);
