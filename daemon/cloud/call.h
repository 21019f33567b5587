/* One call on its way. The actions (client_actions.c and the like) know what to ask and how to read
 * the answer; the transport (client.c) signs the call and sends it once. For cloud/ alone. */
#pragma once

#include "cloud/client.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cloud/sign.h"

struct call;

/* Versions of the API, by edition. */
#define CALL_LAKEHOUSE "2021-12-01" /* the only one that has CreateBackup */
#define CALL_WAREHOUSE "2019-03-15"

struct action {
	const char *name;    /* "DescribeBackups" */
	const char *version; /* of the API: "2021-12-01" */
	const char *method;  /* "POST" or "GET" */
	bool sts;            /* goes to STS, not to the service */
	bool changes;        /* something in the cloud: it is sent at most once */
	size_t reply_max;    /* the most bytes of a reply; 0: HTTP_BODY_MAX */
	/* Reads the reply if call_reads() says that there is one, and ends with call_deliver(). */
	void (*read)(struct call *k);
};

/* A row of a table of actions by edition. */
#define CALL_ACTION(name_, version_, method_, changes_, read_)               \
	{                                                                    \
		.name = (name_), .version = (version_), .method = (method_), \
		.changes = (changes_), .read = (read_)                       \
	}

struct call {
	struct http_waiter waiter; /* the first member: answered() of client.c casts it back */
	struct call *next;         /* while due, or waiting for keys */
	struct client *client;
	struct client_account *account;
	const struct action *action;
	char *region, *cluster;
	bool remote;
	bool raw;                    /* keep the reply as it came, */
	struct http_reply reply_raw; /* here */
	struct client_tag *tags;     /* copies */
	size_t tag_count;
	char *query;          /* canonical */
	int64_t now_s;        /* the wall clock at the start */
	int64_t asked_boot_s; /* the same instant by CLOCK_BOOTTIME ... */
	int64_t asked_wall_s; /* ... and by CLOCK_REALTIME */
	struct keys keys; /* that signed the call; they are redacted from the texts of the answer */
	bool renewed;     /* the session had ended, and the call was sent again */
	bool both_asked;  /* the region's own host and the shared one were both tried */
	struct answer answer; /* valid once the call is due */
	cJSON *reply;         /* the body of an ANSWER_OK; otherwise NULL */
	client_callback *done;
	void *data;
};

/* For the actions: after call_new() comes call_start() or call_fail(), at once. */
struct call *call_new(struct client *c, const struct client_target *t, const struct action *action,
	int64_t now_s, client_callback *done, void *data);
/* `params` are the action's own: RegionId is added to every call of the service. */
void call_start(struct call *k, const struct sign_pair *params, size_t count);
/* Ends the call as ANSWER_UNSENT in the next turn. */
void call_fail(struct call *k, const char *code, const char *message);

/* read() of calls that change something: their reply has a RequestId and nothing else. */
void call_read_receipt(struct call *k);

/* For the read() of an action. */
bool call_reads(struct call *k); /* the answer is OK, and the reply repeats no secret */
void call_spoil(struct call *k, const char *message); /* the body is not the reply of this action */
void call_deliver(struct call *k, struct client_result *result); /* sets result->answer */
