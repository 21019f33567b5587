/* Keeps the keys of one account fresh. Keys in files and variables are read anew for each call, so
 * that they can be changed without a restart. Sessions are cached, and renewed in the background
 * when a quarter of their life is left (at most 15 minutes). With an eighth left (at most 3
 * minutes), calls wait for the new session. If a renewal fails, the old session is used until it
 * ends, and the renewal is tried again after longer and longer waits. */
#pragma once

#include "cloud/cloud_clock.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cloud/login.h"

struct credential_cache;

struct credential_cache_options {
	const char *name; /* of the account; the cache copies all strings */
	struct login_options login;
	const char *ca_file;
	bool vpc;
	struct http *http; /* borrowed, as is the clock */
	struct cloud_clock *clock;
	/* Called from a turn: calls that wait for keys may ask again. */
	void (*changed)(void *data);
	void (*tell)(void *data, bool trouble, const char *text);
	void *data;
};

struct credential_cache *credential_cache_new(const struct credential_cache_options *o);
void credential_cache_free(struct credential_cache *c); /* wipes; accepts NULL */

/* 0: *ret is a copy for one call (keys_done). -EAGAIN: the keys are being fetched; ask again when
 * changed() is called. Other errors: there are no keys; the text says where they were looked for,
 * or what went wrong and when it is tried again. `region` is the region of the call; STS endpoints
 * inside the cloud's network depend on it. */
int credential_cache_get(
	struct credential_cache *c, const char *region, struct keys *ret, struct error *err);

/* The service refuses the session of these keys as ended: it is not used again. */
void credential_cache_refused(struct credential_cache *c, const struct keys *used);

/* As fetch_fd(), fetch_wait_ms() and fetch_poll(). */
int credential_cache_fd(const struct credential_cache *c);
int credential_cache_wait_ms(const struct credential_cache *c);
void credential_cache_poll(struct credential_cache *c);

/* The strings in *ret are borrowed until the next call of any function here. */
void credential_cache_state(const struct credential_cache *c, struct login_state *ret);
