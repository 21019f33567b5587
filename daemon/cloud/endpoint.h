/* The host of a region's API, and of STS. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

#define ENDPOINT_HOST_SIZE 272 /* 253 bytes of a host name, ':', a port */

struct endpoint {
	bool tls;
	bool loopback;
	char host[ENDPOINT_HOST_SIZE]; /* lower case, with the port unless it is the scheme's own:
					* this is the Host header, which is signed */
	const char *shared; /* a host that serves this region among others; it stands in if `host`
			     * has no address. Static; NULL: there is none */
};

/* `given` is an option: "host", "host:port", "https://host[:port][/]" or, to loopback only,
 * "http://..."; IPv6 in brackets. NULL or "": adb.<region>.aliyuncs.com, with `vpc`
 * adb-vpc.<region>.aliyuncs.com (both documented for every region: the SDK's comments, 2021-12-01).
 * -EINVAL with what is wrong. */
int endpoint_resolve(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);

/* The same for STS. Without `given`: sts-vpc.<region>.aliyuncs.com with `vpc`,
 * sts.<region>.aliyuncs.com with a region, and sts.aliyuncs.com. */
int endpoint_resolve_sts(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);
