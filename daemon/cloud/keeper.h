/* Keeps the keys of one account fresh. Keys that stand somewhere are read anew for each call, so
 * that they can be changed without a restart. Sessions are kept and renewed ahead of their end: in
 * the background when a quarter of their life is left (at most 15 minutes), and only with an eighth
 * (at most 3 minutes) left does a call wait for the new one. A renewal that fails leaves the old
 * session in use for as long as it lasts; tries come at growing distances. */
#pragma once

#include "cloud/clock.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cloud/login.h"

struct keeper;

struct keeper_options {
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

struct keeper *keeper_new(const struct keeper_options *o);
void keeper_free(struct keeper *k); /* wipes; accepts NULL */

/* 0: *ret is a copy for one call (keys_done). -EAGAIN: they are on their way; ask again when
 * changed() is called. Others: there are none; the text says where it looked, or what went wrong,
 * and when it is tried again. `region` is that of the call, for endpoints inside the cloud's
 * network. */
int keeper_get(struct keeper *k, const char *region, struct keys *ret, struct error *err);

/* The service says that the session of these keys has ended. */
void keeper_refused(struct keeper *k, const struct keys *used);

/* As fetch_fd() and its kin. */
int keeper_fd(const struct keeper *k);
int keeper_wait_ms(const struct keeper *k);
void keeper_look(struct keeper *k);

/* Its strings are borrowed until the next call. */
void keeper_state(const struct keeper *k, struct login_state *ret);
