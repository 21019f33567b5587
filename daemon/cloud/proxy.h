/* Which proxy a request goes by: what libcurl would find in the environment, but known in advance,
 * since the name of the proxy then has to be looked up in place of the host's. Source:
 * libcurl-env(3), CURLOPT_NOPROXY(3). */
#pragma once

#include <stdbool.h>

/* The value of https_proxy, HTTPS_PROXY, all_proxy or ALL_PROXY (of http_proxy in lower case alone
 * for http), borrowed; NULL: none, or no_proxy (NO_PROXY) names the host. `host` is without
 * brackets. */
const char *proxy_find(bool tls, const char *host);

/* True if the list of no_proxy has the host: "*", a domain ("example.com" or ".example.com" with
 * all below it), an address, or a network ("10.0.0.0/8"), parted by commas or blanks. */
bool proxy_is_excluded(const char *list, const char *host);
