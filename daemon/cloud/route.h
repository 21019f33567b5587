/* The way of a request to its host: through which proxy, and by which addresses. It is settled
 * before libcurl gets the request, so that libcurl looks no name up itself. */
#pragma once

#include "cloud/resolve.h"

#include <curl/curl.h>
#include <stddef.h>

/* A proxy of SOCKS may want the server's address besides its own. */
#define ROUTE_NAMES_MAX 2

struct route {
	struct {
		char *host, *port;
	} names[ROUTE_NAMES_MAX]; /* to be looked up */
	size_t count;
	struct curl_slist *addresses; /* of all of them, as CURLOPT_RESOLVE takes them */
	bool proxied;
};

/* Decides on the proxy (cloud/proxy.h; `direct`: none), and tells `easy`. False if the URL does not
 * read. */
bool route_begin(struct route *r, CURL *easy, const char *url, bool tls, bool direct);
void route_done(struct route *r);

/* As resolver_find(), for all of its names; once they are found `easy` has their addresses. */
int route_find(struct route *r, CURL *easy, struct resolver *resolver, int64_t now_s, bool patient,
	struct error *err);
