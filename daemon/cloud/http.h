/* HTTPS requests over libcurl's multi interface. Knows nothing of the API but how to tell a request
 * that was certainly not sent from one that may have been. Redirects are not followed. The program
 * has to ignore SIGPIPE (libcurl runs with CURLOPT_NOSIGNAL). */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page of 100 sets takes 30 to 70 KiB. */
#define HTTP_BODY_MAX ((size_t)1 << 20)

struct http;

struct http_options {
	int64_t connect_timeout_s;
	int64_t total_timeout_s;
	int64_t connection_lifetime_s; /* a connection that is kept serves for so long */
};

int http_new(const struct http_options *o, struct http **ret, struct error *err);
void http_free(struct http *h); /* breaks off what is under way; accepts NULL */

struct http_request {
	const char *url;
	const char *method;         /* "GET", "POST" or "PUT" */
	const char *const *headers; /* "name: value", ends with NULL; also Host */
	const char *body;           /* of a POST; NULL: empty. Copied, and the copy wiped */
	const char *ca_file;        /* NULL: the system's; otherwise this one alone is trusted */
	bool plain;                 /* http:// is allowed */
	bool direct;                /* never by a proxy, whatever the environment says */
	/* To be sent at most once. libcurl sends a request again by itself if a connection that it
	 * reuses dies before the first byte of the reply, so this one gets a connection of its own.
	 */
	bool once;
	size_t body_max; /* of the reply; 0: HTTP_BODY_MAX */
	bool secret;     /* the reply holds keys: its place is made in advance, so that no copy is
			    left behind as it grows */
	int64_t connect_timeout_s, total_timeout_s; /* 0: those of the options */
	int64_t connection_lifetime_s;              /* likewise */
	/* By http_now_ms(): no connection that was made before will do; 0: any. */
	int64_t connected_after_ms;
};

struct http_reply;

/* Who waits for a reply: a part of it. The reply is the waiter's (http_reply_done). */
struct http_waiter {
	void (*answered)(struct http_waiter *w, struct http_reply *reply);
};

/* Starts it. -EINVAL etc.: not started, and nobody is called. */
int http_start(
	struct http *h, const struct http_request *r, struct http_waiter *w, struct error *err);
/* Breaks off whatever it waits for. */
void http_forget(struct http *h, const struct http_waiter *w);

enum http_fate {
	HTTP_ANSWERED,  /* a whole reply came */
	HTTP_UNSENT,    /* no byte of the request can have been sent */
	HTTP_AMBIGUOUS, /* anything else */
};

struct http_reply {
	enum http_fate fate;
	const char *word; /* not answered: "Resolve", "Connect", "Tls", "Proxy", "Timeout",
			     "Connection", "TooLarge"; static */
	char detail[256]; /* not answered: libcurl's words */
	int status;
	char *body; /* ends with NUL; never NULL */
	size_t length;
	/* Headers of the reply; "" if absent. Each the first of its name. */
	char date[64], retry_after[32], acs_retry_after[32], ratelimit_api[128],
		ratelimit_user[128];
};
void http_reply_done(struct http_reply *r); /* wipes */

/* Waits at most `timeout_ms` (-1: no limit of ours; may return early) until something happens on a
 * request or one of `fds` is readable, and works on the requests. */
int http_turn(struct http *h, const int *fds, size_t fd_count, int timeout_ms, struct error *err);
#define HTTP_FDS_MAX 16 /* those beyond are not watched */

int64_t http_now_ms(void); /* CLOCK_BOOTTIME */

int64_t http_connections(const struct http *h); /* opened so far by requests that have ended */

/* Tells those whose requests have finished, up to some number of bytes; the rest are told in the
 * next turns. They may start others. */
void http_deliver(struct http *h);
