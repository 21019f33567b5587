/* The time zones in force, and their rules as they were last known: a zone whose file an upgrade
 * took away stops neither the service nor its next start. */
#pragma once

#include "policyfile/zonecache.h"
#include "service/service.h"

/* What the state file knows of zones, before a policy is loaded. */
int zones_load(struct context *x, struct zonecache **ret, struct error *err);
/* The zones of a file that comes into force: tells of those with new rules, and writes them to the
 * state file. */
void zones_take(struct service *service, struct policyfile *file);
/* True if the zones of a cluster's policy have other rules in the file. */
bool zones_differ(
	const struct service *service, const struct policyfile *file, const struct policy *p);
/* How many of the zones in force go by rules from before. *ret_first (may be NULL): the first. */
size_t zones_in_trouble(const struct service *service, const struct zonecache_entry **ret_first);
