/* What became of one call to the cloud. Filled in by cloud/, read by the cycle. A value. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum answer_kind {
	ANSWER_OK,        /* HTTP 2xx and a body that reads as the reply */
	ANSWER_REFUSED,   /* HTTP 4xx with an error body: certainly not carried out */
	ANSWER_THROTTLED, /* a Throttling code: certainly not carried out; ask later */
	ANSWER_UNSENT, /* certainly never reached the service: DNS, connect, TLS, no credentials */
	ANSWER_AMBIGUOUS, /* may or may not have been carried out: timeout, reset, 5xx, a body that
			     does not read */
};
extern const char *const answer_names[ANSWER_AMBIGUOUS + 1]; /* "ok" .. "ambiguous" */

/* What the error code of a refusal speaks of. */
enum about {
	ABOUT_SETS, /* a set that the call names, or anything else that nobody knows the code of */
	ABOUT_CLUSTER, /* its state, its edition, whether it exists */
	ABOUT_CALLER,  /* keys, permissions, signature, clock */
	ABOUT_NOTHING, /* the call as such: its action, version, parameters, protocol */
};

/* How the cloud backs a cluster up by itself, and how long it keeps sets, whoever made them
 * (DescribeBackupPolicy). A value. */
struct backup_policy {
	int64_t days;      /* BackupRetentionPeriod */
	char weekdays[96]; /* PreferredBackupPeriod: "Tuesday,Friday" */
	char window[16];   /* PreferredBackupTime, UTC: "15:00Z-16:00Z" */
	bool log;          /* EnableBackupLog */
	int64_t log_days;  /* LogBackupRetentionPeriod; 0 if it is not said, with the log off */
	char unread[96];   /* the first field that does not read, so that none can be sent back as
			      it was, and why; "" none */
};

struct answer {
	enum answer_kind kind;
	enum about about;       /* of ANSWER_REFUSED: what `code` speaks of */
	bool transient;         /* not of ANSWER_OK: the cause passes by itself within minutes */
	bool unreadable;        /* an answer came that does not read as the reply */
	int http_status;        /* 0 if none came */
	char code[96];          /* Code of the error body, or a word of ours: "Timeout", "Connect",
				   "Resolve", "Tls", "BadReply", "Credentials" ... */
	char message[320];      /* redacted (S9), printable, one line */
	char request_id[80];    /* RequestId, "" if none */
	int64_t retry_after_ms; /* what the service asks us to wait; 0 if it does not say */
	int64_t server_s;       /* the Date header; 0 if there was none or it did not read */
};
