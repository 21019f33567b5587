/* The inside of discoveries, shared by discoveries.c (listing) and discoveries_sync.c (what comes
 * of it). */
#pragma once

#include "base/digest.h"
#include "service/discoveries.h"
#include "service/merge.h"
#include "service/reconcile.h"

#define DISCOVERY_RUNNING "Running" /* the one status in which a cluster takes changes */

struct running_discovery {
	struct discovery *d; /* the entry of the policy file; owned */
	struct discoveries *discoveries;
	char key[DIGEST_HEX_SIZE]; /* in the state file: the same for the same region, tags, name,
				      ... */
	char *what;
	struct members found;
	struct cluster_listing listing; /* being read */
	struct call call;
	sd_event_source *timer;
	int readings, failures;
	bool listed_once; /* or could not, for a cause that lasts */
	int64_t listed_s, listed_boot_s;
	size_t clusters; /* that it stands for */
	char error[480];
	bool leaving; /* a reload did away with it: it is freed when its call is answered */
	struct running_discovery *next_leaving;
};

struct discovery_list {
	struct running_discovery **list; /* owned */
	size_t count;
};

struct discoveries {
	struct fleet *fleet;
	struct context *context;
	struct discovery_list in_force, prepared;
	struct running_discovery *leaving;
};

/* Brings the fleet in step with what is found. */
void discoveries_sync(struct discoveries *d);
