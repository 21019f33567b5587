/* The sets of a cluster as JSON. */
#pragma once

#include "base/jsonwriter.h"
#include "service/cluster.h"

/* Writes the last listing of the cluster as one reply of DescribeBackups, as the member `key`: what
 * --sets of retainctl reads. A set that cannot be judged (S11) has the value that was in doubt.
 * False, and nothing is written, if there is no listing. */
bool sets_json(struct cluster *c, struct jsonwriter *w, const char *key);
