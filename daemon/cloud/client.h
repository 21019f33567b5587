/* The four calls that retaind makes. Asynchronous over libcurl's multi interface; nothing blocks.
 * The one place that builds a DeleteBackups request is client_delete_backups(). */
#pragma once

#include "base/error.h"
#include "cloud/reply.h"

#include <curl/curl.h>

struct client;
struct credentials;

struct client_options {
	const char *endpoint; /* URL or host; NULL: from the region (adb-api.md section 2). http://
				 only to loopback */
	const char *ca_file;  /* NULL: the system's */
	struct credentials *credentials; /* borrowed; must outlive the client */
	int64_t connect_timeout_s;       /* 0: 10 */
	int64_t total_timeout_s;         /* 0: 60 */
};

int client_new(const struct client_options *o, struct client **ret, struct error *err);
void client_free(struct client *c); /* abandons what is under way: no callback runs any more */

/* Called once per call, from client_turn(). `page` only with ANSWER_OK of describe_backups, and
 * borrowed; `retention` likewise. A reply that does not read is ANSWER_AMBIGUOUS "BadReply". */
struct client_result {
	const struct answer *answer;
	const struct page *page;
	const struct cloud_retention *retention;
};
typedef void client_callback(void *data, const struct client_result *result);

/* `now_s` is the wall clock, for x-acs-date. Each returns at once; failure to start comes through
 * the callback too (in the next turn), so callers have one path. */
void client_describe_backups(struct client *c, const char *region, const char *cluster,
	int64_t from_s, int64_t to_s, int64_t page, int64_t now_s, client_callback *done,
	void *data);
void client_create_backup(struct client *c, const char *region, const char *cluster, int64_t now_s,
	client_callback *done, void *data);
/* 1..100 ids of [A-Za-z0-9._-]; anything else is refused before a byte is sent (ANSWER_UNSENT). */
void client_delete_backups(struct client *c, const char *region, const char *cluster,
	const char *const *ids, size_t count, int64_t now_s, client_callback *done, void *data);
void client_describe_retention(struct client *c, const char *region, const char *cluster,
	int64_t now_s, client_callback *done, void *data);

size_t client_pending(const struct client *c); /* calls whose callback has not run */

/* Waits at most `timeout_ms` (-1: until something happens) for the calls under way and for `fd`
 * to become readable, then runs the callbacks that are due. */
int client_turn(struct client *c, int fd, int timeout_ms, struct error *err);
