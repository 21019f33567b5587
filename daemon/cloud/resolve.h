/* Looks up the addresses of host names without ever waiting. getaddrinfo(3) takes minutes if the
 * name servers are dead, and libcurl waits for it when a transfer ends (curl#8515). Here it runs in
 * threads that nobody waits for. Each name has one look-up at a time, and the number of threads is
 * limited. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct resolver;

int resolver_new(struct resolver **ret, struct error *err);
void resolver_free(struct resolver *r); /* does not wait for look-ups under way; accepts NULL */

/* Readable when a look-up has ended. resolver_collect() then takes in the results. */
int resolver_fd(const struct resolver *r);
void resolver_collect(struct resolver *r, int64_t now_s);

/* 0: *ret is "192.0.2.1,2001:db8::1", borrowed until the next resolver_collect(). -EAGAIN: a
 * look-up is under way, or waits for a thread. -EHOSTUNREACH: the look-up has failed.
 *
 * Addresses are used for a minute, since getaddrinfo tells no TTL. If the look-up fails, or
 * `patient` is false, addresses of the last hour are used. `now_s` is of CLOCK_BOOTTIME. */
int resolver_find(struct resolver *r, const char *host, int64_t now_s, bool patient,
	const char **ret, struct error *err);
