/* Saved replies of DescribeBackups. */
#pragma once

#include "retention/listing.h"
#include "retention/policy.h"

/* The replies, put together as the daemon would; `doubt` says why they are not complete. */
struct replies {
	struct listing listing;
	char doubt[300];
};

/* Reads a file ("-": standard input) for the cluster of `p`. An exit code, after telling what is
 * wrong; *ret is to be released by replies_done() whatever it is. */
int replies_read(const char *path, const struct policy *p, int64_t now_s, struct replies *ret);
void replies_done(struct replies *r);
