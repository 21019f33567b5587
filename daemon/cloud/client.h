/* The calls that retaind makes. Asynchronous over libcurl's multi interface; nothing blocks: a call
 * that needs fresh keys waits inside the client until they have come (what changes something for
 * ten seconds at most: its listing would grow old). The one place that builds a DeleteBackups
 * request is client_delete_backups(). */
#pragma once

#include "base/error.h"
#include "cloud/describe.h"
#include "cloud/login.h"
#include "cloud/reply.h"
#include "retention/edition.h"

struct client;
struct client_account; /* a way into the cloud */

struct client_options {
	int64_t connect_timeout_s;     /* 0: 10 */
	int64_t total_timeout_s;       /* 0: 60 */
	int64_t connection_lifetime_s; /* 0: 300 */
	/* What there is to say of logging in: trouble, and its end. NULL: nobody is told. */
	void (*tell)(void *data, bool trouble, const char *text);
	void *tell_data;
};

int client_new(const struct client_options *o, struct client **ret, struct error *err);
/* Abandons what is under way: no callback runs any more. Frees the accounts too. */
void client_free(struct client *c);

struct client_account_options {
	const char *name;     /* for people, and for the credentials that systemd gives */
	const char *endpoint; /* URL or host; NULL: from the region (cloud/endpoint.h). http://
				 only to loopback */
	bool vpc;             /* without `endpoint`: the one inside the cloud's own network */
	const char *ca_file;  /* NULL: the system's */
	struct login_options login;
};

/* All of it is copied. A bad endpoint is told here, not at the first backup: -EINVAL. */
int client_add_account(struct client *c, const struct client_account_options *o,
	struct client_account **ret, struct error *err);
/* When none of its calls is pending. Accepts NULL. */
void client_remove_account(struct client_account *a);

/* Its strings are borrowed until the next turn. */
void client_account_state(const struct client_account *a, struct login_state *ret);
/* Where the account's calls about this region go: "https://adb.cn-hangzhou.aliyuncs.com".
 * The caller's; NULL:
 * nowhere. */
char *client_account_url(const struct client_account *a, const char *region);

/* What a call is about; copied. */
struct client_target {
	struct client_account *account;
	const char *region, *cluster; /* NULL: not given */
	enum edition edition;
	bool remote; /* the copies in other regions, instead of the local sets */
};

/* Called once per call, from client_turn(). Members for one kind of call are set only with its
 * ANSWER_OK, and borrowed. A reply that does not read is ANSWER_AMBIGUOUS "BadReply". */
struct client_result {
	const struct answer *answer;
	const struct page *page;                  /* describe_backups */
	const struct backup_policy *policy;       /* describe_policy */
	const struct cluster_page *clusters;      /* describe_clusters */
	const struct caller *caller;              /* caller_identity */
	const struct cluster_attributes *cluster; /* describe_cluster */
};
typedef void client_callback(void *data, const struct client_result *result);

/* `now_s` is the wall clock, for x-acs-date. Each returns at once; failure to start comes through
 * the callback too (in the next turn), so callers have one path. */
void client_describe_backups(struct client *c, const struct client_target *t, int64_t from_s,
	int64_t to_s, int64_t page, int64_t now_s, client_callback *done, void *data);
/* Certainly not sent, for an edition that cannot, or for remote copies. */
void client_create_backup(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
/* 1..100 ids of [A-Za-z0-9._-]; anything else is refused before a byte is sent (ANSWER_UNSENT). */
void client_delete_backups(struct client *c, const struct client_target *t, const char *const *ids,
	size_t count, int64_t now_s, client_callback *done, void *data);

/* The cloud's own backup policy. modify_policy sends all of `p`, so that nothing but what differs
 * from what was read changes; one that did not read whole is refused before a byte is sent. */
void client_describe_policy(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
void client_modify_policy(struct client *c, const struct client_target *t,
	const struct backup_policy *p, int64_t now_s, client_callback *done, void *data);

/* The clusters of a region (t->cluster NULL) with all of these tags, one page of 100. */
void client_describe_clusters(struct client *c, const struct client_target *t,
	const struct client_tag *tags, size_t tag_count, int64_t page, int64_t now_s,
	client_callback *done, void *data);

/* Of STS (t->cluster is not looked at), and DescribeDBClusterAttribute. */
void client_caller_identity(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
void client_describe_cluster(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);

/* What begins from now on uses no connection that is there: names may have moved. (A file of
 * certificate authorities that changed is noticed by itself.) */
void client_renew(struct client *c);

size_t client_pending(const struct client *c);      /* calls whose callback has not run */
int64_t client_connections(const struct client *c); /* opened so far, for logins too */

/* Waits at most `timeout_ms` (-1: until something happens) for the calls under way and for `fd`
 * to become readable, then runs the callbacks that are due. */
int client_turn(struct client *c, int fd, int timeout_ms, struct error *err);
