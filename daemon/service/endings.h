/* Reads of each cluster whether it is about to be gone (DescribeDBClusterAttribute): a minute after
 * the start, every six hours, hourly while something is wrong, and at once after a reload. A few
 * clusters are read at a time, each call by a permit of its account, so that one cluster that
 * hangs delays others' reads at most, and none of their backups or deletes (L2). */
#pragma once

#include "service/fleet.h"

struct endings;

/* `fleet` is borrowed until endings_free(), which goes after client_free() and before the fleet. */
int endings_new(struct fleet *fleet, struct endings **ret, struct error *err);
void endings_free(struct endings *e); /* accepts NULL */
/* All clusters are read again; accepts NULL. */
void endings_read_all(struct endings *e);
