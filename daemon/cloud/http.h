/* HTTPS requests over libcurl's multi interface. This part tells a request that was certainly not
 * sent from one that may have been; it knows nothing else of the API. Redirects are not followed.
 * The program has to ignore SIGPIPE (libcurl runs with CURLOPT_NOSIGNAL). */
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
	int64_t connection_lifetime_s; /* a connection that is kept may be reused for so long */
};

int http_new(const struct http_options *o, struct http **ret, struct error *err);
void http_free(struct http *h); /* ends what is under way; accepts NULL */

struct http_request {
	const char *url;
	const char *method;         /* "GET", "POST" or "PUT" */
	const char *const *headers; /* "name: value", Host included; ends with NULL */
	const char *body;    /* of a POST; NULL: empty. It is copied, and the copy is wiped */
	const char *ca_file; /* the only authorities to trust; NULL: the system's */
	bool plain;          /* http:// is allowed */
	bool direct;         /* without a proxy, whatever the environment says */
	/* Send it at most once. libcurl sends a request again by itself if a connection that it
	 * reuses dies before the first byte of the reply, so it gets a connection of its own.
	 */
	bool once;
	size_t body_max; /* of the reply; 0: HTTP_BODY_MAX */
	bool keep_head;  /* keep all headers of the reply */
	bool secret;     /* the reply holds keys: its place is made in advance, so that no copy is
			    left behind as it grows */
	int64_t connect_timeout_s, total_timeout_s; /* 0: those of the options */
	int64_t connection_lifetime_s;              /* likewise */
	/* Only connections made after this instant of http_now_ms() may be reused; 0: any. */
	int64_t connected_after_ms;
};

struct http_reply;

/* A part of whoever waits for a reply. The reply is then the waiter's (http_reply_done). */
struct http_waiter {
	void (*answered)(struct http_waiter *w, struct http_reply *reply);
	/* The connection is made, and the first byte of the request comes next: may it? False: the
	 * request is not sent, and is answered so ("Late"). NULL: it always may. libcurl asks from
	 * 7.80 on; with an older one the request is sent. */
	bool (*may_send)(const struct http_waiter *w);
};

/* On an error nothing was started, and answered() is not called. */
int http_start(
	struct http *h, const struct http_request *r, struct http_waiter *w, struct error *err);
/* Ends all requests that `w` waits for; answered() is not called. */
void http_forget(struct http *h, const struct http_waiter *w);

enum http_fate {
	HTTP_ANSWERED,  /* a whole reply came */
	HTTP_UNSENT,    /* no byte of the request can have been sent */
	HTTP_AMBIGUOUS, /* anything else */
};

struct http_reply {
	enum http_fate fate;
	const char *word; /* not answered: "Resolve", "Connect", "Tls", "Proxy", "Timeout",
			     "Connection", "TooLarge", "Late"; static */
	char detail[256]; /* not answered: libcurl's words */
	int status;
	char *body; /* ends with NUL; never NULL */
	size_t length;
	char *head; /* all headers, as they came, if they were to be kept; else NULL */
	/* Headers of the reply; "" if absent. Each the first of its name. */
	char date[64], retry_after[32], acs_retry_after[32], ratelimit_api[128],
		ratelimit_user[128];
};
void http_reply_done(struct http_reply *r); /* wipes */

/* Waits until something happens on a request, or one of `fds` is readable, or `timeout_ms` have
 * passed (-1: no limit); it may return early. Then works on the requests. */
int http_turn(struct http *h, const int *fds, size_t fd_count, int timeout_ms, struct error *err);
#define HTTP_FDS_MAX 16 /* more are not watched */

int64_t http_now_ms(void); /* CLOCK_BOOTTIME */

int64_t http_busy_ms(const struct http *h);     /* since http_turn() last stopped waiting */
int64_t http_connections(const struct http *h); /* opened by the requests that have ended */

/* Calls answered() of the requests that have ended, until their replies make up some number of
 * bytes; the other requests follow in the next turns. answered() may start requests. */
void http_deliver(struct http *h);
