/* Where a region's API is found. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

#define ENDPOINT_HOST_SIZE 272 /* 253 bytes of a host name, ':', a port */

struct endpoint {
	bool tls;
	bool loopback;
	char host[ENDPOINT_HOST_SIZE]; /* lower case, with the port unless it is the scheme's own:
					* the Host header, and so what is signed */
};

/* `given` is an option: "host", "host:port", "https://host[:port][/]" or, to loopback only,
 * "http://..."; IPv6 in brackets. NULL or "": adb.aliyuncs.com for cn-beijing, cn-hangzhou and
 * cn-shanghai, adb.<region>.aliyuncs.com for all others (the service's endpoint list); with `vpc`
 * adb-vpc.<region>.aliyuncs.com for each. -EINVAL with what is wrong. */
int endpoint_resolve(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);

/* STS: `given` likewise; else sts-vpc.<region>.aliyuncs.com with `vpc`, sts.<region>.aliyuncs.com
 * with a region, and sts.aliyuncs.com. */
int endpoint_resolve_sts(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);
