/* HTTPS requests over libcurl's multi interface: no callbacks, finished ones are fetched. Knows
 * nothing of the API but how to tell a request that was certainly not sent from one that may have
 * been. The program has to ignore SIGPIPE (libcurl runs with CURLOPT_NOSIGNAL). */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_MAX ((size_t)8 << 20)

struct http;

struct http_options {
	int64_t connect_timeout_s;
	int64_t total_timeout_s;
};

int http_new(const struct http_options *o, struct http **ret, struct error *err);
void http_free(struct http *h); /* breaks off what is under way; accepts NULL */

struct http_request {
	const char *url;
	const char *method;         /* "POST" (without a body) or "GET" */
	const char *const *headers; /* "name: value", ends with NULL; also Host */
	const char *ca_file;        /* NULL: the system's; otherwise this one alone is trusted */
	bool loopback;              /* never by a proxy, and plain http is allowed */
	/* To be sent at most once. libcurl sends a request again by itself if a connection that it
	 * reuses dies before the first byte of the reply, so this one gets a connection of its own.
	 */
	bool once;
};

/* Starts it. `data` comes back with the reply. -EINVAL etc.: not started. */
int http_start(struct http *h, const struct http_request *r, void *data, struct error *err);

enum http_fate {
	HTTP_ANSWERED,  /* a whole reply came */
	HTTP_UNSENT,    /* no byte of the request can have been sent */
	HTTP_AMBIGUOUS, /* anything else */
};

struct http_reply {
	enum http_fate fate;
	const char *word; /* not answered: "Resolve", "Connect", "Tls", "Timeout", "Connection",
			     "TooLarge"; static */
	char detail[256]; /* not answered: libcurl's words */
	int status;
	char *body; /* ends with NUL; never NULL */
	size_t length;
	/* Headers of the reply; "" if absent. Each the first of its name. */
	char date[64], retry_after[32], acs_retry_after[32], ratelimit_api[128],
		ratelimit_user[128];
};
void http_reply_done(struct http_reply *r);

/* Waits at most `timeout_ms` (-1: no limit of ours; may return early) until something happens on a
 * request or `fd` (-1: none) is readable, and works on the requests. */
int http_turn(struct http *h, int fd, int timeout_ms, struct error *err);

/* Fetches one finished request: true, the reply (the caller's) and its `data`. */
bool http_take(struct http *h, struct http_reply *ret, void **ret_data);
