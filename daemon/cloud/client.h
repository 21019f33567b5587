/* The calls that retaind makes, over libcurl's multi interface. No function waits for the cloud. A
 * call that needs fresh keys waits inside the client until they have come; a call that changes
 * something waits ten seconds at most, because the listing that it rests on grows old. Only
 * client_delete_backups() builds a DeleteBackups request. */
#pragma once

#include "base/error.h"
#include "cloud/describe.h"
#include "cloud/login.h"
#include "cloud/reply.h"
#include "retention/edition.h"

struct client;
struct http;
struct client_account; /* one login, and the hosts that it calls */

struct client_options {
	int64_t connect_timeout_s;     /* 0: 10 */
	int64_t total_timeout_s;       /* 0: 60 */
	int64_t connection_lifetime_s; /* 0: 300 */
	/* Told when logging in fails, and when it works again. NULL: nobody is told. */
	void (*tell)(void *data, bool trouble, const char *text);
	void *tell_data;
};

int client_new(const struct client_options *o, struct client **ret, struct error *err);
/* Frees the accounts, too. Calls under way are abandoned: no callback runs any more. */
void client_free(struct client *c);

struct client_account_options {
	const char *name;     /* shown to people; part of the names of systemd credentials */
	const char *endpoint; /* URL or host; NULL: from the region (cloud/endpoint.h). http://
				 only to loopback */
	bool vpc;             /* without `endpoint`: the endpoint of the cloud's own network */
	const char *ca_file;  /* of certificate authorities; NULL: the system's */
	struct login_options login;
};

/* Copies the options. -EINVAL: the endpoint is bad, which is better known now than at the first
 * backup. */
int client_add_account(struct client *c, const struct client_account_options *o,
	struct client_account **ret, struct error *err);
/* Only when none of its calls is pending. Accepts NULL. */
void client_remove_account(struct client_account *a);

/* The strings in *ret are borrowed until the next turn. */
void client_account_state(const struct client_account *a, struct login_state *ret);
/* Where the account's calls about this region go: "https://adb.cn-hangzhou.aliyuncs.com".
 * The string is the caller's. NULL: neither an endpoint nor a good region is given. */
char *client_account_url(const struct client_account *a, const char *region);

/* What a call is about. Calls copy it. */
struct client_target {
	struct client_account *account;
	const char *region, *cluster; /* NULL: none */
	enum edition edition;
	bool remote; /* the copies in other regions, instead of the local sets */
	bool raw;    /* the result tells the reply as it came, too */
};

/* A call of ours, and the reply as it came, whether it reads or not. */
struct client_raw {
	const char *action, *version, *query; /* of the call; the query is canonical */
	/* The headers, a line each, and the body. NULL: there was no reply, the call was refused,
	 * or a secret of ours is in it. */
	const char *head, *body;
};

/* Called once for each call, from client_turn(). With ANSWER_OK the member of the call's kind is
 * set, and borrowed; the others are NULL. A reply that does not read is ANSWER_AMBIGUOUS with the
 * code "BadReply". */
struct client_result {
	const struct answer *answer;
	const struct page *page;                  /* describe_backups */
	const struct backup_policy *policy;       /* describe_policy */
	const struct cluster_page *clusters;      /* describe_clusters */
	const struct caller *caller;              /* caller_identity */
	const struct cluster_attributes *cluster; /* describe_cluster */
	const struct client_raw *raw;             /* of any call, if the target asks for it */
};
typedef void client_callback(void *data, const struct client_result *result);

/* All of these return at once. `now_s` is the wall clock, which goes into x-acs-date. A call that
 * cannot start fails through its callback, too, in the next turn: callers have one path. */
void client_describe_backups(struct client *c, const struct client_target *t, int64_t from_s,
	int64_t to_s, int64_t page, int64_t now_s, client_callback *done, void *data);
/* ANSWER_UNSENT for an edition without CreateBackup, and for the copies in other regions. */
void client_create_backup(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
/* 1..100 ids of [A-Za-z0-9._-]; anything else is refused before a byte is sent (ANSWER_UNSENT). */
void client_delete_backups(struct client *c, const struct client_target *t, const char *const *ids,
	size_t count, int64_t now_s, client_callback *done, void *data);

/* The cloud's own backup policy. ModifyBackupPolicy sets what is left out to its default, so the
 * call sends all fields of `p`. A policy with a field that did not read is ANSWER_UNSENT. */
void client_describe_policy(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
void client_modify_policy(struct client *c, const struct client_target *t,
	const struct backup_policy *p, int64_t now_s, client_callback *done, void *data);

/* One page, of 100, of the clusters of a region that have all of these tags. t->cluster is not
 * used. */
void client_describe_clusters(struct client *c, const struct client_target *t,
	const struct client_tag *tags, size_t tag_count, int64_t page, int64_t now_s,
	client_callback *done, void *data);

/* GetCallerIdentity of STS, which does not use t->cluster; and DescribeDBClusterAttribute. */
void client_caller_identity(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);
void client_describe_cluster(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data);

/* For requests that are no calls of an account, in the same turns. Borrowed. */
struct http *client_http(struct client *c);

/* Calls that begin from now on use no connection that exists already: names may have moved. (A
 * changed file of certificate authorities needs no such call.) */
void client_renew(struct client *c);

/* How long ago client_turn() last stopped waiting: what the callbacks and the caller took since. */
int64_t client_busy_ms(const struct client *c);
size_t client_pending(const struct client *c);      /* calls whose callback has not run */
int64_t client_connections(const struct client *c); /* opened so far, those for logins included */

/* Waits at most `timeout_ms` (-1: until something happens) for the calls under way and for `fd`
 * to become readable, then runs the callbacks that are due. */
int client_turn(struct client *c, int fd, int timeout_ms, struct error *err);
