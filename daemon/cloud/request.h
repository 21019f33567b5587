/* Builds one signed request as a value; nothing is sent. Sources: the API pages of adb (RPC style:
 * all parameters in the query, no body) and of STS (parameters in a form), and cloud/sign.h. */
#pragma once

#include "cloud/credentials.h"
#include "cloud/endpoint.h"
#include "cloud/sign.h"

#include <stdint.h>

#define REQUEST_NONCE_SIZE 33 /* 32 hex digits and NUL */
#define REQUEST_HEADERS_MAX 14
#define REQUEST_FORM "application/x-www-form-urlencoded"

struct request {
	char *url;
	char *body;                         /* NULL: none */
	char *headers[REQUEST_HEADERS_MAX]; /* "name: value", ends with NULL */
};

struct request_input {
	const struct endpoint *endpoint;
	const char *action, *version, *method;
	const char *query; /* canonical (sign_canonical_query) */
	const char *form;  /* in the same form, the body; NULL: none */
	const struct keys *keys;
	int64_t now_s; /* for x-acs-date; the service refuses what is more than 15 minutes off */
	const char *nonce;
};
void request_build(const struct request_input *in, struct request *ret);
void request_done(struct request *r); /* wipes: headers and body hold tokens */

/* A fresh random nonce. */
void request_nonce(char ret[REQUEST_NONCE_SIZE]);

/* "2026-11-21T00:00Z", as StartTime and EndTime of DescribeBackups want it. Seconds are dropped, or
 * with `up` rounded up to the next minute. */
#define REQUEST_MINUTE_SIZE 40
void request_minute(int64_t instant_s, bool up, char ret[REQUEST_MINUTE_SIZE]);
