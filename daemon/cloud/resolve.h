/* Host names to addresses, without ever waiting. getaddrinfo(3) runs in threads of its own, which
 * are abandoned rather than joined: with dead name servers it takes minutes, and libcurl's own
 * resolver would have the loop wait for it (curl#8515). A name is looked up once at a time, and
 * only so many names at once. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct resolver;

int resolver_new(struct resolver **ret, struct error *err);
void resolver_free(struct resolver *r); /* abandons look-ups under way; accepts NULL */

/* Becomes readable when a look-up has ended: resolver_collect() then takes in what came of it. */
int resolver_fd(const struct resolver *r);
void resolver_collect(struct resolver *r, int64_t now_s);

/* 0: *ret is "192.0.2.1,2001:db8::1", borrowed until the next resolver_collect(). -EAGAIN: a
 * look-up is under way, or waits for others to end. -EHOSTUNREACH: the name has no address, or no
 * name server says so.
 *
 * Addresses are good for a minute: getaddrinfo tells no TTL. Where nothing better comes, which
 * `patient` false says, those of the last hour are. `now_s` is of CLOCK_BOOTTIME. */
int resolver_find(struct resolver *r, const char *host, int64_t now_s, bool patient,
	const char **ret, struct error *err);
