/* Replies of the adb API, read strictly, from what base/json.h made of their bodies. Sources: adb
 * API pages for DescribeBackups, DescribeBackupPolicy, DescribeDBClusters and the common error
 * body. Used by the daemon and by retainctl. */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "cloud/credentials.h"
#include "cycle/answer.h"
#include "retention/listing.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads one DescribeBackups reply. Counts may be strings or integers; a missing or negative count,
 * a missing Items, an id or parent that a delete call could not carry ([A-Za-z0-9._-]{1,64}), a
 * missing DBClusterId, an error body: -EBADMSG with which field.
 * `cluster` NULL accepts any one cluster; `region` NULL or "" does not check. With `remote` the
 * copies in other regions than `region` are wanted: one that does not name such a region cannot be
 * judged; without it one that does. A set whose status,
 * time or region cannot be judged is not an error: it gets its doubt (S11), with the text that gave
 * rise to it as its note. An IncrementalBackup that names no parent gets DOUBT_PARENT: nothing says
 * what it needs. *ret is the caller's (page_done).
 *
 * Status: the value list is not documented. Success (and Succeed, Succeeded, Finished, Completed)
 * are valid; Failed, Failure, Error failed; Running, Creating, Processing, InProgress, Backuping,
 * Backing, Preparing, Init, Pending running; Deleting, Deleted deleting; without regard to case.
 * Absent or empty: valid if it has an end at or after its start, else running. All else:
 * DOUBT_STATUS. */
int reply_read_backups(const cJSON *reply, const char *cluster, const char *region, bool remote,
	struct page *ret, struct error *err);

/* Several bodies, one after the other, as `evaluate --sets` takes them: calls `take` for each
 * page. All of one cluster, that of the first set if `cluster` is NULL. `page` is freed after the
 * call; `take` may move its inventory out, leaving an empty one. Stops at the first error; no reply
 * at all is one. */
int reply_read_backups_stream(const char *body, size_t length, const char *cluster,
	const char *region, bool remote,
	int (*take)(void *data, struct page *page, struct error *err), void *data,
	struct error *err);

/* Reads a DescribeBackupPolicy reply. Without a BackupRetentionPeriod of at least a day: -EBADMSG.
 * What of the rest does not read, in the one form that ModifyBackupPolicy takes it back in, is
 * named in ret->unread. EnableBackupLog may be Enable, Disable, "true", "false" or a boolean. */
int reply_read_policy(const cJSON *reply, struct backup_policy *ret, struct error *err);

struct found_cluster {
	char *id;          /* of [A-Za-z0-9._-]{1,64} */
	char *description; /* printable; "" none */
	char *status;      /* printable, not empty */
	bool wanted;       /* it shows all tags that were asked for */
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

/* Counts may be integers or strings. A missing count, Items, id, status or region, an error body:
 * -EBADMSG with which field. Where tags are asked for, a cluster that does not show its tags at all
 * is one too: nothing says that the service heeded them. *ret is the caller's (cluster_page_done).
 */
int reply_read_clusters(const cJSON *reply, const char *region, const struct client_tag *tags,
	size_t tag_count, struct cluster_page *ret, struct error *err);

/* Fills code, message and request_id from an error body, redacted (cloud/redact.h; `keys` NULL:
 * only what follows a "string to sign" is cut); leaves them as they are if it is not one. True if
 * it was one: an object whose Code is a non-empty string other than "200", "OK" and "Success". */
bool reply_read_error(const cJSON *reply, const struct keys *keys, struct answer *ret);
/* RequestId of any reply, redacted; false, and *ret as it was, if there is none. */
bool reply_read_request_id(const cJSON *reply, const struct keys *keys, struct answer *ret);
/* True if a Code says that all is well. */
bool reply_code_is_success(const char *code);

/* Ids that a delete call can carry: 1 to 64 of [A-Za-z0-9._-]. */
#define REPLY_ID_MAX 64
bool reply_is_set_id(const char *s);
