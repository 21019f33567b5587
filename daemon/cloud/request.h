/* Builds one signed request as values: what goes on the wire, and nothing sent yet. Sources: the
 * adb API pages (RPC style: all parameters in the query, no body) and cloud/sign.h. */
#pragma once

#include "cloud/credentials.h"
#include "cloud/endpoint.h"
#include "cloud/sign.h"

#include <stdint.h>

#define REQUEST_NONCE_SIZE 33 /* 32 hex digits and NUL */
#define REQUEST_HEADERS_MAX 14

struct request {
	char *url;
	char *headers[REQUEST_HEADERS_MAX]; /* "name: value", ends with NULL */
};

struct request_input {
	const struct endpoint *endpoint;
	const char *action, *version, *method;
	const char *query; /* canonical (sign_canonical_query) */
	const struct keys *keys;
	int64_t now_s; /* becomes x-acs-date; the service refuses it if it is over 15 minutes off */
	const char *nonce;
};
void request_build(const struct request_input *in, struct request *ret);
void request_done(struct request *r); /* wipes: headers hold the token */

/* A fresh random nonce. */
void request_nonce(char ret[REQUEST_NONCE_SIZE]);

/* "2026-11-21T00:00Z": the form of DescribeBackups' StartTime and EndTime; seconds are dropped, or
 * with `up` carried to the next minute. */
#define REQUEST_MINUTE_SIZE 40
void request_minute(int64_t instant_s, bool up, char ret[REQUEST_MINUTE_SIZE]);
