/* The route of a request to its host: the proxy, and the addresses. Both are known before libcurl
 * gets the request, so that libcurl itself looks up no name. */
#pragma once

#include "cloud/resolve.h"

#include <curl/curl.h>
#include <stddef.h>

/* With some SOCKS proxies, the server's address is needed besides the proxy's. */
#define ROUTE_NAMES_MAX 2

struct route {
	struct {
		char *host, *port;
	} names[ROUTE_NAMES_MAX]; /* to be looked up */
	size_t count;
	struct curl_slist *addresses; /* in the form of CURLOPT_RESOLVE */
	bool proxied;
};

/* Chooses the proxy by cloud/proxy.h (with `direct`: none), and sets it on `easy`. False: the URL
 * does not read. */
bool route_begin(struct route *r, CURL *easy, const char *url, bool tls, bool direct);
void route_done(struct route *r);

/* Looks up all names; errors are those of resolver_find(). 0: `easy` has their addresses. */
int route_find(struct route *r, CURL *easy, struct resolver *resolver, int64_t now_s, bool patient,
	struct error *err);
