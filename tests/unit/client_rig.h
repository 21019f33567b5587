/* A client and a misbehaving server that it talks to. */
#pragma once

#include "cloud/client.h"
#include "wire_server.h"

#define CLUSTER "amv-test0000000001"
#define ID "TESTONLYACCESSKEYID00"
#define SECRET "TESTONLYACCESSKEYSECRET0000000"
#define TOKEN "TESTONLY/STS+TOKEN=="
#define NOW_S INT64_C(1767323045)    /* 2026-01-02T03:04:05Z */
#define SERVER_S INT64_C(1795219200) /* the Date of the replies below */

/* Steps of the server that answer well. */
#define PAGE_REPLY                                                                            \
	WIRE_ANSWER("200 OK",                                                                 \
		"{\"TotalCount\":\"1\",\"PageNumber\":\"1\",\"RequestId\":\"R-1\",\"Items\":" \
		"{\"Backup\":[{\"DBClusterId\":\"" CLUSTER "\",\"BackupId\":\"763\","         \
		"\"BackupStartTime\":\"2025-06-01T16:00Z\",\"BackupStatus\":\"Success\"}]}}")
#define CREATED_REPLY WIRE_ANSWER("200 OK", "{\"RequestId\":\"R-2\"}")
#define REFUSED_REPLY                                                                           \
	WIRE_ANSWER("404 Not Found",                                                            \
		"{\"Code\":\"InvalidDBCluster.NotFound\",\"Message\":\"not in our records: " ID \
		"\",\"RequestId\":\"R-3\"}")
#define POLICY_REPLY WIRE_ANSWER("200 OK", "{\"RequestId\":\"R-4\",\"BackupRetentionPeriod\":730}")

struct rig {
	struct wire_server server;
	struct client *client;
	struct client_account *account;
};
#define TARGET(rig, of_region)    \
	(&(struct client_target){ \
		.account = (rig)->account, .region = (of_region), .cluster = CLUSTER})

struct rig_options {
	const char *endpoint; /* NULL: the server's */
	const char *ca_file;  /* NULL: the server's */
	int64_t connect_timeout_s, total_timeout_s, connection_lifetime_s;
};

/* What a callback was told. */
struct got {
	int calls;
	struct answer answer;
	int64_t total, days;
	char first_id[80];
	struct rig *chain; /* starts another call from within the callback */
	struct got *chain_to;
	struct client **free_this; /* frees the client from within the callback */
};
void rig_done(void *data, const struct client_result *result); /* data: a struct got */

/* Keys in the environment, and a proxy that must not be asked. For cmocka. */
int rig_set_up(void **state);

void rig_begin(struct rig *b, bool tls, const struct wire_step *steps, size_t count,
	const struct rig_options *with); /* may be NULL */
void rig_end(struct rig *b);
void rig_finish(struct client *c); /* turns until nothing is pending */

/* One call, to its end. */
struct answer rig_describe(struct rig *b);
struct answer rig_create(struct rig *b);
