/* Reads the replies that the doctor asks for: GetCallerIdentity (STS API page, 2015-04-01), which
 * says who we are, and DescribeDBClusterAttribute (adb API page), which describes a cluster.
 */
#pragma once

#include "base/json.h"

/* All texts are printable. */
struct caller {
	char arn[256];    /* "acs:ram::1234567890123456:user/backup" */
	char account[32]; /* its number */
};

struct cluster_attributes {
	char status[64]; /* "Running" */
	char region[64];
	char description[160]; /* "" none */
	char lock_mode[64];    /* as "Unlock"; "" if the reply has none */
	char lock_reason[160]; /* "" none */
	bool subscription;     /* PayType: Prepaid */
	bool expired;
	int64_t expires_s; /* when the subscription ends; 0 the reply does not say */
};

/* A missing Arn or AccountId, an error body: -EBADMSG with what is wrong. */
int describe_read_caller(const cJSON *reply, struct caller *ret, struct error *err);
/* Exactly one cluster, which is `cluster`, with a status and a region; else -EBADMSG. The rest may
 * be missing, or not read. */
int describe_read_cluster(
	const cJSON *reply, const char *cluster, struct cluster_attributes *ret, struct error *err);
