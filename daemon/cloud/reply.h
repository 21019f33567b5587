/* Replies of the adb API, read strictly. Sources: adb API pages for DescribeBackups,
 * DescribeBackupPolicy and the common error body. Used by the daemon and by retainctl. */
#pragma once

#include "base/error.h"
#include "cycle/answer.h"
#include "retention/listing.h"

#include <stddef.h>

/* Reads one DescribeBackups reply. Counts may be strings or integers; a missing or negative count,
 * a missing Items, an id that is not a non-empty string, bad JSON (see base/json.h), an error body:
 * -EBADMSG with which field. `cluster` NULL accepts any one cluster; `region` NULL or "" does not
 * check. A set whose status, time or region cannot be judged is not an error: it gets its doubt (S11).
 *
 * Status: the value list is not documented. Success (and Succeed, Succeeded, Finished, Completed)
 * are valid; Failed, Failure, Error failed; Running, Creating, Processing, InProgress, Backuping,
 * Backing, Preparing, Init, Pending running; Deleting, Deleted deleting; without regard to case. Absent or empty:
 * valid if it has an end at or after its start, else running. All else: DOUBT_STATUS. */
int reply_read_backups(const char *body, size_t length, const char *cluster, const char *region,
	struct page *ret, struct error *err);

/* Several replies, one after the other, as `evaluate --sets` takes them: calls `take` for each page.
 * Stops at the first error. */
int reply_read_backups_stream(const char *body, size_t length, const char *cluster, const char *region,
	int (*take)(void *data, struct page *page, struct error *err), void *data, struct error *err);

struct cloud_retention {
	int64_t days;               /* BackupRetentionPeriod */
	char weekdays[128];         /* PreferredBackupPeriod */
	char window[32];            /* PreferredBackupTime, UTC */
};
int reply_read_retention(const char *body, size_t length, struct cloud_retention *ret, struct error *err);

/* Fills code, message (redacted: whatever follows a "string to sign" is cut) and request_id from an
 * error body; leaves them as they are if it is not one. True if it was one. */
bool reply_read_error(const char *body, size_t length, struct answer *ret);
/* RequestId of any reply; false if there is none. */
bool reply_read_request_id(const char *body, size_t length, struct answer *ret);
