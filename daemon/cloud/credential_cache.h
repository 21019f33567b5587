/* Keeps the keys of one account fresh. Keys that stand somewhere are read anew for each call, so
 * that they can be changed without a restart. Sessions are kept and renewed ahead of their end: in
 * the background when a quarter of their life is left (at most 15 minutes), and only with an eighth
 * (at most 3 minutes) left does a call wait for the new one. A renewal that fails leaves the old
 * session in use for as long as it lasts; tries come at growing distances. */
#pragma once

#include "cloud/cloud_clock.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cloud/login.h"

struct credential_cache;

struct credential_cache_options {
	const char *name; /* of the account; all strings are copied */
	struct login_options login;
	const char *ca_file;
	bool vpc;
	struct http *http; /* borrowed, as is the clock */
	struct cloud_clock *clock;
	void (*changed)(void *data); /* who waits for keys may ask again; from a turn */
	void (*tell)(void *data, bool trouble, const char *text);
	void *data;
};

struct credential_cache *credential_cache_new(const struct credential_cache_options *o);
void credential_cache_free(struct credential_cache *c); /* wipes; accepts NULL */

/* 0: *ret is a copy for one call (keys_done). -EAGAIN: they are on their way; ask again when
 * changed() is called. Others: there are none; the text says where it looked, or what went wrong,
 * and when it is tried again. `region` is that of the call, for endpoints inside the cloud's
 * network. */
int credential_cache_get(
	struct credential_cache *c, const char *region, struct keys *ret, struct error *err);

/* The service says that the session of these keys has ended. */
void credential_cache_refused(struct credential_cache *c, const struct keys *used);

/* As fetch_fd() and its kin. */
int credential_cache_fd(const struct credential_cache *c);
int credential_cache_wait_ms(const struct credential_cache *c);
void credential_cache_poll(struct credential_cache *c);

/* Its strings are borrowed until the next call. */
void credential_cache_state(const struct credential_cache *c, struct login_state *ret);
