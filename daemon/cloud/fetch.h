/* Carries out one provider: asks whom it says, one after the other, and ends with keys or with what
 * went wrong. Nothing blocks. */
#pragma once

#include "cloud/cloud_clock.h"
#include "cloud/http.h"
#include "cloud/provider.h"
#include "cloud/session.h"

struct fetch;

struct fetch_options {
	struct http *http;
	struct cloud_clock *clock;
	const char *ca_file, *sts_endpoint, *region; /* borrowed for as long as it lives */
	bool vpc;
	void (*finished)(void *data); /* from a turn; not if fetch_start() finishes it already */
	void *data;
};

/* Takes the provider over. */
struct fetch *fetch_start(const struct fetch_options *o, struct provider *provider);
void fetch_free(struct fetch *f); /* breaks off what is under way; wipes; accepts NULL */

/* A command's output: what to watch (-1: nothing), when to look again at the latest, and the look
 * itself. */
int fetch_fd(const struct fetch *f);
int fetch_wait_ms(const struct fetch *f); /* -1: no need */
void fetch_poll(struct fetch *f);

/* -EINPROGRESS: it has not finished. 0: *ret_keys is the caller's, and lasts *ret_lifetime_s from
 * now on (0: nobody knows). -ENODEV: there is no metadata service, or no role. Others: why not. The
 * text holds no secret. */
int fetch_result(
	struct fetch *f, struct keys *ret_keys, int64_t *ret_lifetime_s, struct error *err);
int64_t fetch_retry_after_s(const struct fetch *f); /* if it failed: what STS asks us to wait */
const struct provider *fetch_recipe(const struct fetch *f);
