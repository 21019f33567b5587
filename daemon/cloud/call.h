/* One call on its way: between the actions (client_actions.c), which know what to ask and how to
 * read the answer, and the transport (client.c), which gets it there once, signed. Of cloud/ alone.
 */
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
	bool sts;            /* of STS, instead of the service itself */
	bool changes;        /* to be sent at most once */
	size_t reply_max;    /* bytes; 0: HTTP_BODY_MAX */
	/* Reads an ANSWER_OK's body, if call_reads() says so, and ends with call_deliver(). */
	void (*read)(struct call *k);
};

/* A row of a table of them, by edition. */
#define CALL_ACTION(name_, version_, method_, changes_, read_)               \
	{                                                                    \
		.name = (name_), .version = (version_), .method = (method_), \
		.changes = (changes_), .read = (read_)                       \
	}

struct call {
	struct http_waiter waiter; /* the first member: see answered() of client.c */
	struct call *next;         /* while due, or waiting for keys */
	struct client *client;
	struct client_account *account;
	const struct action *action;
	char *region, *cluster;
	bool remote;
	struct client_tag *tags; /* strings owned */
	size_t tag_count;
	char *query;          /* canonical */
	int64_t now_s;        /* the wall clock at the start */
	int64_t asked_boot_s; /* the same instant by CLOCK_BOOTTIME */
	struct keys keys;     /* what it was signed with: to be taken out of the answer's texts */
	bool renewed;         /* sent again since its session had ended: once */
	bool both_asked;      /* the region's own host and the shared one */
	struct answer answer; /* once due */
	cJSON *reply;         /* of an ANSWER_OK; else NULL */
	client_callback *done;
	void *data;
};

/* The transport's side. A new call has to be started, or failed, at once. */
struct call *call_new(struct client *c, const struct client_target *t, const struct action *action,
	int64_t now_s, client_callback *done, void *data);
/* `params` are the action's own: RegionId is added to every call of the service. */
void call_start(struct call *k, const struct sign_pair *params, size_t count);
/* It ends as ANSWER_UNSENT, with the next turn. */
void call_fail(struct call *k, const char *code, const char *message);

/* read() of a change: the answer proves nothing but that it was received. */
void call_read_receipt(struct call *k);

/* For an action's read(). */
bool call_reads(struct call *k); /* the answer is OK so far, and the reply fit to be looked at */
void call_spoil(struct call *k, const char *message); /* the body is no reply to this action */
void call_deliver(struct call *k, struct client_result *result); /* sets result->answer */
