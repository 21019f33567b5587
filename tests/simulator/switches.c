/* The table of switches, and what they are set to. */
#include "switches.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

/* Values are separated by `|`, the first is the default; ANY_ERROR allows any other STATUS:CODE.
 * `fact` names the open question. */
#define ANY_ERROR "|STATUS:CODE"

static const struct switch_row {
	const char *name, *values, *fact;
} rows[SW_COUNT_] = {
	[SW_VISIBLE_AT] = {"visible-at", "start|finish|late",
		"when a new set is listed: at once, when finished, or --late-seconds after that"},
	[SW_RUNNING_LISTED] = {"running-listed", "yes|no", "whether sets in progress are listed"},
	[SW_FAILED_LISTED] = {"failed-listed", "yes|no", "whether failed sets are listed"},
	[SW_STATUS_FIELD] = {"status-field", "present|absent|empty",
		"whether BackupStatus is there (it is new since 2025-09)"},
	[SW_STATUS_VALUES] = {"status-values", "Success/Failed|Success/Failure",
		"the words for a valid and a failed set"},
	[SW_STATUS_RUNNING] = {"status-running",
		"Running|Backuping|Pending|NoStart|Checking|Waiting|Uploading|Progressing|absent",
		"the word for a set in progress"},
	[SW_RUNNING_END_TIME] = {"running-end-time", "absent|empty|start|future",
		"BackupEndTime of a set in progress"},
	[SW_ORDER] = {"order", "newest|oldest|id|shuffled",
		"order of the list (shuffled: the same shuffle in every call)"},
	[SW_TIME_FILTER] = {"time-filter", "start|end",
		"which time of a set StartTime and EndTime select by"},
	[SW_TIME_FILTER_EDGES] = {"time-filter-edges", "inclusive|exclusive",
		"whether a set exactly at StartTime or EndTime is listed"},
	[SW_LONGEST_WINDOW] = {"longest-window", "any|200-days|31-days",
		"the longest time from StartTime to EndTime that is answered (a longer one gets "
		"504)"},
	[SW_PAGE_SIZE_MEANING] = {"page-size-meaning", "items-on-page|requested",
		"what PageSize in the response counts"},
	[SW_PAGE_SIZE_LIMIT] = {"page-size-limit", "documented|any",
		"whether a PageSize other than 30, 50, 100 is refused (any: 1 to 100)"},
	[SW_COUNTS] = {"counts", "string|integer", "JSON type of the counts in DescribeBackups"},
	[SW_EMPTY_ITEMS] = {"empty-items", "array|no-list|null|absent",
		"Items of a page without sets: {Backup: []}, {}, null, or not there"},
	[SW_TIME_FORMAT] = {"time-format", "minute|second",
		"form of BackupStartTime and BackupEndTime"},
	[SW_EXPIRED_FIELD] = {"expired-field", "present|absent|empty",
		"whether BackupExpiredTime is there"},
	[SW_EXPIRED_FORMAT] = {"expired-format", "minute|second|local",
		"form of BackupExpiredTime (local: 2026-01-02 11:04:05, UTC+8)"},
	[SW_REMOTE_OMITTED] = {"remote-omitted", "local|all",
		"what is listed when Remote is not given"},
	[SW_REGION_FIELD] = {"region-field", "cross-region|always",
		"whether local sets have BackupRegion too"},
	[SW_PARENT_FIELD] = {"parent-field", "when-set|empty",
		"ParentBackupId of a set without a parent: not there, or empty"},
	[SW_SIZE_FORMAT] = {"size-format", "exact|int32|string",
		"BackupSize above 2 GiB (int32: wraps around)"},
	[SW_ID_KIND] = {"id-kind", "decimal|above-2^53|long", "how large ids are"},
	[SW_ID_ORDER] = {"id-order", "rising|falling|random",
		"how the ids of later sets compare with those of earlier ones"},
	[SW_SECOND_CREATE] = {"second-create-while-running", "accept|refuse|same",
		"CreateBackup while a backup runs (same: well answered, but no second set)"},
	[SW_CLIENT_TOKEN] = {"client-token", "ignored|honoured",
		"an undeclared ClientToken in CreateBackup"},
	[SW_REGION_PARAMETER] = {"region-parameter", "required|optional",
		"whether a call that is about a cluster needs RegionId to find it (the endpoint "
		"serves several regions)"},
	[SW_DELETE_UNKNOWN_ID] = {"delete-unknown-id", "ignore|refuse-all|partial",
		"ids that do not exist (partial: an error, and yet the others go)"},
	[SW_DELETE_MIXED] = {"delete-mixed", "all-or-nothing|partial",
		"ids that may not go among ids that may (partial: an error, and yet the others "
		"go)"},
	[SW_DELETE_LAST] = {"delete-last", "refuse|partial",
		"a call that names every valid set (partial: well answered, but the newest stays)"},
	[SW_DELETE_RUNNING] = {"delete-running", "refuse|accept", "deleting a set in progress"},
	[SW_DELETE_ASYNC] = {"delete-async", "shows-until-gone|status-deleting|hidden-at-once",
		"how a set is listed while its delete takes --delete-seconds"},
	[SW_DELETE_PARENT] = {"delete-parent", "refuse|cascade|orphan",
		"deleting a set that another has as its ParentBackupId"},
	[SW_DELETE_IN_LOG] = {"delete-in-log", "accept|refuse",
		"deleting a set that is younger than the log's retention, while the log is on"},
	[SW_DELETE_AGAIN] = {"delete-again", "ignore|refuse",
		"deleting a set that is being deleted"},
	[SW_VALID_COUNTS] = {"valid-counts", "full|all",
		"whether an incremental set is a valid set, as in `keeps one valid set`"},
	[SW_EXPIRE_LAST] = {"expire-last", "keep|drop",
		"whether the last valid set stays past its expiry"},
	[SW_RETENTION_CHANGE] = {"retention-change", "new-sets|all-sets",
		"whether a new BackupRetentionPeriod moves the expiry of existing sets"},
	[SW_LOG_BACKUP] = {"log-backup", "on|off",
		"whether the clusters keep a log (documented on)"},
	[SW_LOG_BACKUP_VALUE] = {"log-backup-value", "Enable|true|boolean",
		"EnableBackupLog in DescribeBackupPolicy: \"Enable\", \"true\", or true"},
	[SW_NEED_SSL] = {"need-ssl", "off|on",
		"CreateBackup and DeleteBackups over plain http (documented on; off for loopback)"},
	[SW_PAYLOAD_HASH] = {"payload-hash", "checked|unchecked",
		"whether x-acs-content-sha256 has to be the body's"},
	[SW_DATE_CHECK] = {"date-check", "on|off",
		"x-acs-date within 15 minutes (documented on; off for clients with a made-up "
		"clock)"},
	[SW_TOKEN_ERROR_STATUS] = {"token-error-status", "400|403",
		"HTTP status of security token errors"},
	[SW_SIGNATURE_ERROR_STATUS] = {"signature-error-status", "400|403",
		"HTTP status of SignatureDoesNotMatch"},
	[SW_UNKNOWN_KEY_STATUS] = {"unknown-key-status", "404|400",
		"HTTP status of InvalidAccessKeyId.NotFound"},
	[SW_UNKNOWN_CLUSTER] = {"unknown-cluster", "404|400",
		"InvalidDBCluster.NotFound (404) or InvalidDBClusterId.NotFound (400)"},
	[SW_UNKNOWN_ACTION_STATUS] = {"unknown-action-status", "404|400",
		"HTTP status of InvalidAction.NotFound"},
	[SW_ERROR_TOO_MANY_IDS] = {"error-too-many-ids", "400:InvalidBackupIds.TooMany" ANY_ERROR,
		"the answer to more than 100 ids"},
	[SW_ERROR_UNKNOWN_SET] = {"error-unknown-set", "404:InvalidBackupId.NotFound" ANY_ERROR,
		"the answer to an id that does not exist"},
	[SW_ERROR_LAST_SET] = {"error-last-set", "400:OperationDenied.LastValidBackupSet" ANY_ERROR,
		"the answer to deleting the last valid set"},
	[SW_ERROR_SET_IN_USE] = {"error-set-in-use", "400:OperationDenied.BackupSetInUse" ANY_ERROR,
		"the answer to deleting a set that runs, is being deleted, or is a parent"},
	[SW_ERROR_BACKUP_RUNNING] = {"error-backup-running",
		"403:OperationDenied.BackupJobExists" ANY_ERROR,
		"the answer to CreateBackup while a backup runs"},
};

static bool is_error_value(const char *value)
{
	return strlen(value) > 4 && value[0] == '4' && value[1] >= '0' && value[1] <= '9' &&
		value[2] >= '0' && value[2] <= '9' && value[3] == ':' && !strpbrk(value, "\"\\\n|");
}

/* The place of `value` in the row's list, with its length; NULL if it is not in it. */
static const char *find_value(const struct switch_row *row, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = row->values; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (strcspn(at, "|") == length && memcmp(at, value, length) == 0)
			return at;
	}
	return NULL;
}

static bool accepts(const struct switch_row *row, const char *value)
{
	if (find_value(row, "STATUS:CODE"))
		return is_error_value(value);
	return find_value(row, value) != NULL;
}

int switches_set(struct switches *s, const char *name, const char *value, struct error *err)
{
	for (size_t i = 0; i < SW_COUNT_; i++) {
		if (!text_equal(rows[i].name, name))
			continue;
		if (!accepts(&rows[i], value))
			return error_set(err, EINVAL, "switch %s: no value '%s' (%s)", name, value,
				rows[i].values);
		free(s->value[i]);
		s->value[i] = xstrdup(value);
		return 0;
	}
	return error_set(err, EINVAL, "no switch '%s'", name);
}

void switches_reset(struct switches *s)
{
	for (size_t i = 0; i < SW_COUNT_; i++) {
		free(s->value[i]);
		s->value[i] = xstrndup(rows[i].values, strcspn(rows[i].values, "|"));
	}
}

void switches_free(struct switches *s)
{
	for (size_t i = 0; i < SW_COUNT_; i++)
		free(s->value[i]);
	*s = (struct switches){0};
}

bool switch_is(const struct switches *s, enum switch_name name, const char *value)
{
	if (!find_value(&rows[name], value))
		abort();
	return text_equal(s->value[name], value);
}

const char *switch_value(const struct switches *s, enum switch_name name)
{
	return s->value[name];
}

int switch_number(const struct switches *s, enum switch_name name)
{
	return (int)strtol(switch_value(s, name), NULL, 10);
}

const char *switch_error(const struct switches *s, enum switch_name name, int *ret_status)
{
	*ret_status = switch_number(s, name);
	return strchr(switch_value(s, name), ':') + 1;
}

cJSON *switches_values(const struct switches *s)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < SW_COUNT_; i++) {
		cJSON_AddStringToObject(object, rows[i].name, s->value[i]);
	}
	return object;
}

cJSON *switches_table(void)
{
	cJSON *table = cJSON_CreateArray();

	for (size_t i = 0; i < SW_COUNT_; i++) {
		_cleanup_free_ char *first = xstrndup(rows[i].values, strcspn(rows[i].values, "|"));
		cJSON *row = cJSON_CreateObject(), *values = cJSON_CreateArray();

		for (const char *at = rows[i].values; at; at = strchr(at, '|')) {
			_cleanup_free_ char *value = NULL;

			at += *at == '|';
			value = xstrndup(at, strcspn(at, "|"));
			cJSON_AddItemToArray(values, cJSON_CreateString(value));
		}
		cJSON_AddStringToObject(row, "name", rows[i].name);
		cJSON_AddStringToObject(row, "default", first);
		cJSON_AddItemToObject(row, "values", values);
		cJSON_AddStringToObject(row, "fact", rows[i].fact);
		cJSON_AddItemToArray(table, row);
	}
	return table;
}

void switches_print(void)
{
	for (size_t i = 0; i < SW_COUNT_; i++)
		printf("%s=%s\n    %s\n", rows[i].name, rows[i].values, rows[i].fact);
}
