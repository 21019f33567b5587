/* The parts of the daemon, put together. */
#pragma once

#include "policyfile/policyfile.h"
#include "service/discoveries.h"
#include "service/endings.h"
#include "service/fleet.h"
#include "service/sinks.h"
#include "service/turns.h"

struct service {
	struct context context;
	struct fleet fleet;
	struct discoveries *discoveries;
	struct endings *endings; /* NULL with --once */
	struct sinks *sinks;     /* NULL with --once */
	struct metrics *metrics; /* NULL with --once */
	struct turns turns;      /* of the loop */
	struct zonecache *zones; /* of the policy in force; before there is one, the state's */
	char *reload_error;      /* why the last reload was rejected; NULL if it was not */
	int64_t policy_loaded_s, started_s;
	char policy_digest[DIGEST_HEX_SIZE]; /* of the files in force */
	bool policy_edited;                  /* the files are others now */
	unsigned warnings_told;              /* by enum warning */
	struct duration history;             /* how long it is remembered what was done */
};

/* Opens the state file. The caller has set the context's options, journal and event.
 * service_done() also after a failure. */
int service_open(struct service *s, struct error *err);
/* Opens credentials and client and begins with the policy, after service_open(). */
int service_start(struct service *s, struct policyfile *file, struct error *err);
void service_done(struct service *s);

/* No new calls. True when no call that changes something is under way any more. */
bool service_stop(struct service *s);
/* --once: true when every cluster is finished, and every discovery has listed once; *ret_unwell if
 * one of them failed or is held. */
bool service_once_finished(const struct service *s, bool *ret_unwell);
