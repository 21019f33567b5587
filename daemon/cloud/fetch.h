/* Carries out one provider: asks its source for keys, and then STS for a session of each of its
 * roles. It ends with keys or with an error. No function waits. */
#pragma once

#include "cloud/cloud_clock.h"
#include "cloud/http.h"
#include "cloud/provider.h"
#include "cloud/session.h"

struct fetch;

struct fetch_options {
	struct http *http;
	struct cloud_clock *clock;
	const char *ca_file, *sts_endpoint, *region; /* borrowed as long as the fetch lives */
	bool vpc;
	/* Called from a turn, unless the fetch ends in fetch_start(). */
	void (*finished)(void *data);
	void *data;
};

/* Takes over what *provider holds. */
struct fetch *fetch_start(const struct fetch_options *o, struct provider *provider);
void fetch_free(struct fetch *f); /* ends what is under way; wipes; accepts NULL */

/* For a provider that runs a command: the descriptor to watch (-1: none), the longest time until
 * the next fetch_poll(), and fetch_poll() itself, which never waits. */
int fetch_fd(const struct fetch *f);
int fetch_wait_ms(const struct fetch *f); /* -1: no limit */
void fetch_poll(struct fetch *f);

/* -EINPROGRESS: the fetch goes on. 0: *ret_keys is the caller's, and is good for *ret_lifetime_s
 * from now on (0: not known). -ENODEV: there is no metadata service, or the instance has no role.
 * Other errors: the text says what went wrong, and holds no secret. */
int fetch_result(
	struct fetch *f, struct keys *ret_keys, int64_t *ret_lifetime_s, struct error *err);
/* After a failure: how long STS asks us to wait. */
int64_t fetch_retry_after_s(const struct fetch *f);
const struct provider *fetch_provider(const struct fetch *f);
