/* One API call, from its request to its reply. */
#pragma once

#include "request.h"
#include "simulator.h"

enum call_style {
	CALL_ACS3,  /* all about the call in headers */
	CALL_RPC,   /* in parameters: the older signature, or none */
	CALL_PLAIN, /* no API call, see plain.h */
};

struct call {
	struct simulator *sim;         /* borrowed */
	const struct request *request; /* borrowed */
	enum call_style style;
	struct query params;          /* of the query, then of the form */
	size_t query_count;           /* how many of them are the query's */
	const char *action, *version; /* borrowed; "" if not there */
	char *key;                    /* access key id as sent */
	struct fault_hits hits;
	int64_t log_number;
	int64_t now_us;  /* when the action is carried out */
	int64_t wait_us; /* to let pass between call_begin() and call_finish() */
	char request_id[37];
	bool settled; /* `reply` needs no action any more */
	struct reply reply;

	int status;               /* of the answer, before faults */
	cJSON *body;              /* of the answer */
	bool effect;              /* the action changed the world */
	cJSON *created, *deleted; /* arrays of ids, for the log; NULL: none */
	struct backup **listing;  /* of DescribeBackups: all that match, in order */
	size_t listing_count;
	char *code;   /* of a refusal; NULL: none */
	char *issued; /* key id of the session that the answer has; NULL: none */
};

/* `c` is zeroed but for sim and request. Checks the call and picks its faults. */
void call_begin(struct call *c);
/* Carries it out, and makes the reply. */
void call_finish(struct call *c);
void call_free(struct call *c);

/* For the actions. The answer becomes an error of the vendor's shape. */
void call_refuse(struct call *c, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The answer becomes a body with just the RequestId; returns it, to add to it. */
cJSON *call_accept(struct call *c);
/* A parameter's value; NULL if absent or empty. */
const char *call_param(const struct call *c, const char *name);
/* A whole parameter as a number from `least` to `most`; `otherwise` if absent. False, without
 * refusing, if it is anything else. */
bool call_number(const struct call *c, const char *name, int64_t least, int64_t most,
	int64_t otherwise, int64_t *ret);
/* Whether an RPC call's parameter is about the call: Action, Signature and the like. */
bool call_is_common(const struct call *c, const char *name);
bool call_is_2021(const struct call *c);
