/* GetCallerIdentity and DescribeDBClusterAttribute: who we are, and what a cluster is like. */
#include "cloud/call.h"

static void read_caller(struct call *k)
{
	struct client_result result = {0};
	struct caller caller;
	struct error err = {0};

	if (call_reads(k)) {
		if (describe_read_caller(k->reply, &caller, &err) < 0)
			call_spoil(k, err.text);
		else
			result.caller = &caller;
	}
	call_deliver(k, &result);
}

static void read_cluster(struct call *k)
{
	struct client_result result = {0};
	struct cluster_attributes cluster;
	struct error err = {0};

	if (call_reads(k)) {
		if (describe_read_cluster(k->reply, k->cluster, &cluster, &err) < 0)
			call_spoil(k, err.text);
		else
			result.cluster = &cluster;
	}
	call_deliver(k, &result);
}

void client_caller_identity(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data)
{
	static const struct action action = {.name = "GetCallerIdentity",
		.version = "2015-04-01",
		.method = "POST",
		.sts = true,
		.read = read_caller};

	call_start(call_new(c, t, &action, now_s, done, data), (struct sign_pair[]){{0}}, 0);
}

void client_describe_cluster(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data)
{
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] = CALL_ACTION(
			"DescribeDBClusterAttribute", CALL_LAKEHOUSE, "POST", false, read_cluster),
		[EDITION_WAREHOUSE] = CALL_ACTION(
			"DescribeDBClusterAttribute", CALL_WAREHOUSE, "POST", false, read_cluster),
	};

	call_start(call_new(c, t, &actions[t->edition], now_s, done, data),
		(struct sign_pair[]){{"DBClusterId", t->cluster}}, 1);
}
