/* Reads replies of the adb API strictly, from their parsed bodies. Sources: the API pages of
 * DescribeBackups, DescribeBackupPolicy and DescribeDBClusters, and the page of the common error
 * body. The daemon and retainctl use it. */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "cloud/credentials.h"
#include "cycle/answer.h"
#include "retention/listing.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads one DescribeBackups reply. Counts may be strings or integers. -EBADMSG, with the field: a
 * missing or negative count, a missing Items, an id or parent that a delete call could not carry
 * ([A-Za-z0-9._-]{1,64}), a missing DBClusterId, an error body. *ret is the caller's (page_done).
 *
 * `cluster` NULL: the sets may be of any one cluster. `region` NULL or "": regions are not checked.
 * With `remote`, the sets have to name another region than `region`; without, no other region.
 *
 * A set whose status, time or region cannot be judged is no error: it gets a doubt (S11), and the
 * text in question as its note. An IncrementalBackup without a parent gets DOUBT_PARENT, since
 * nothing says which sets it needs.
 *
 * Status: the value list is not documented. Success (and Succeed, Succeeded, Finished, Completed)
 * are valid; Failed, Failure, Error failed; Running, Creating, Processing, InProgress, Backuping,
 * Backing, Preparing, Init, Pending running; Deleting, Deleted deleting; without regard to case.
 * Absent or empty: valid if it has an end at or after its start, else running. All else:
 * DOUBT_STATUS. */
int reply_read_backups(const cJSON *reply, const char *cluster, const char *region, bool remote,
	struct page *ret, struct error *err);

/* Reads several bodies, one after the other, as `evaluate --sets` takes them, and calls `take` for
 * each page. All sets have to be of one cluster: that of the first set if `cluster` is NULL. The
 * page is freed after the call; `take` may move its inventory out and leave an empty one. Stops at
 * the first error. An empty text is an error. */
int reply_read_backups_stream(const char *body, size_t length, const char *cluster,
	const char *region, bool remote,
	int (*take)(void *data, struct page *page, struct error *err), void *data,
	struct error *err);

/* Reads a DescribeBackupPolicy reply. -EBADMSG: BackupRetentionPeriod is not at least a day. If
 * another field is not in the form that ModifyBackupPolicy takes, ret->unread names the first one.
 * EnableBackupLog may be Enable, Disable, "true", "false" or a boolean. */
int reply_read_policy(const cJSON *reply, struct backup_policy *ret, struct error *err);

struct found_cluster {
	char *id;          /* of [A-Za-z0-9._-]{1,64} */
	char *description; /* printable; "" none */
	char *status;      /* printable, not empty */
	bool wanted;       /* has all tags that were asked for */
};

struct client_tag {
	char *key, *value;
};

/* One reply of DescribeDBClusters. */
struct cluster_page {
	int64_t total;  /* TotalCount */
	int64_t number; /* PageNumber */
	struct found_cluster *clusters;
	size_t count;
	char foreign[64]; /* the first RegionId that is not the one asked for; "" none */
};
void cluster_page_done(struct cluster_page *p);

/* Counts may be integers or strings. -EBADMSG, with the field: a missing count, Items, id, status
 * or region, an error body. If tags were asked for, a cluster without a list of tags is an error,
 * too: nothing shows that the service heeded the tags. *ret is the caller's (cluster_page_done).
 */
int reply_read_clusters(const cJSON *reply, const char *region, const struct client_tag *tags,
	size_t tag_count, struct cluster_page *ret, struct error *err);

/* True if the reply is an error body: an object whose Code is a string other than "", "200", "OK"
 * and "Success". Its code, message and request id then go to *ret, redacted (cloud/redact.h). */
bool reply_read_error(const cJSON *reply, const struct keys *keys, struct answer *ret);
/* Puts the RequestId of any reply into *ret, redacted. False, and *ret untouched: there is none. */
bool reply_read_request_id(const cJSON *reply, const struct keys *keys, struct answer *ret);
/* True if a Code stands for success. */
bool reply_code_is_success(const char *code);

/* Ids that a delete call can carry: 1 to 64 of [A-Za-z0-9._-]. */
#define REPLY_ID_MAX 64
bool reply_is_set_id(const char *s);
