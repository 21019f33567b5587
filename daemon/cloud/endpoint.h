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
	const char *shared; /* the host that serves several regions, this one too, and stands in
			     * where `host` has no address; static; NULL: none does */
};

/* `given` is an option: "host", "host:port", "https://host[:port][/]" or, to loopback only,
 * "http://..."; IPv6 in brackets. NULL or "": adb.<region>.aliyuncs.com, with `vpc`
 * adb-vpc.<region>.aliyuncs.com (both documented for every region: the SDK's comments, 2021-12-01).
 * -EINVAL with what is wrong. */
int endpoint_resolve(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);

/* STS: `given` likewise; else sts-vpc.<region>.aliyuncs.com with `vpc`, sts.<region>.aliyuncs.com
 * with a region, and sts.aliyuncs.com. */
int endpoint_resolve_sts(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);
