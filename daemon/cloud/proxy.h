/* Finds the proxy of a request in the environment, by the rules of libcurl. It has to be known
 * before libcurl gets the request, because the name to look up is then the proxy's. Sources:
 * libcurl-env(3), CURLOPT_NOPROXY(3). */
#pragma once

#include <stdbool.h>

/* The first of https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY; for http the first of http_proxy
 * (in lower case only), all_proxy and ALL_PROXY. Borrowed. NULL: none is set, or no_proxy
 * (NO_PROXY) has the host. `host` has no brackets. */
const char *proxy_find(bool tls, const char *host);

/* True if the list of no_proxy has the host. Its entries are separated by commas or blanks: "*", a
 * domain with all hosts below it ("example.com", ".example.com"), an address, or a network
 * ("10.0.0.0/8"). */
bool proxy_is_excluded(const char *list, const char *host);
