/* What the vendor leaves undocumented: each question is a switch with its possible answers. */
#pragma once

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

enum switch_name {
	SW_VISIBLE_AT,
	SW_RUNNING_LISTED,
	SW_FAILED_LISTED,
	SW_STATUS_FIELD,
	SW_STATUS_VALUES,
	SW_STATUS_RUNNING,
	SW_RUNNING_END_TIME,
	SW_ORDER,
	SW_TIME_FILTER,
	SW_TIME_FILTER_EDGES,
	SW_LONGEST_WINDOW,
	SW_PAGE_SIZE_MEANING,
	SW_PAGE_SIZE_LIMIT,
	SW_COUNTS,
	SW_EMPTY_ITEMS,
	SW_TIME_FORMAT,
	SW_EXPIRED_FIELD,
	SW_EXPIRED_FORMAT,
	SW_REMOTE_OMITTED,
	SW_REGION_FIELD,
	SW_PARENT_FIELD,
	SW_SIZE_FORMAT,
	SW_ID_KIND,
	SW_ID_ORDER,
	SW_SECOND_CREATE,
	SW_CLIENT_TOKEN,
	SW_REGION_PARAMETER,
	SW_DELETE_UNKNOWN_ID,
	SW_DELETE_MIXED,
	SW_DELETE_LAST,
	SW_DELETE_RUNNING,
	SW_DELETE_ASYNC,
	SW_DELETE_PARENT,
	SW_DELETE_IN_LOG,
	SW_DELETE_AGAIN,
	SW_VALID_COUNTS,
	SW_EXPIRE_LAST,
	SW_RETENTION_CHANGE,
	SW_LOG_BACKUP,
	SW_LOG_BACKUP_VALUE,
	SW_NEED_SSL,
	SW_PAYLOAD_HASH,
	SW_DATE_CHECK,
	SW_TOKEN_ERROR_STATUS,
	SW_SIGNATURE_ERROR_STATUS,
	SW_UNKNOWN_KEY_STATUS,
	SW_UNKNOWN_CLUSTER,
	SW_UNKNOWN_ACTION_STATUS,
	SW_ERROR_TOO_MANY_IDS,
	SW_ERROR_UNKNOWN_SET,
	SW_ERROR_LAST_SET,
	SW_ERROR_SET_IN_USE,
	SW_ERROR_BACKUP_RUNNING,
	SW_COUNT_
};

struct switches {
	char *value[SW_COUNT_];
};

/* -EINVAL with the possible values if there is no such switch or value. */
int switches_set(struct switches *s, const char *name, const char *value, struct error *err);
void switches_reset(struct switches *s); /* to the defaults; also makes a zeroed one ready */
void switches_free(struct switches *s);

const char *switch_value(const struct switches *s, enum switch_name name);
/* `value` has to be one of the switch's values: a slip here aborts rather than never matches. */
bool switch_is(const struct switches *s, enum switch_name name, const char *value);
int switch_number(const struct switches *s, enum switch_name name);
/* Of a switch whose value is STATUS:CODE. The code is borrowed until the next switches_set(). */
const char *switch_error(const struct switches *s, enum switch_name name, int *ret_status);

cJSON *switches_values(const struct switches *s); /* {"order": "newest", ...} */
cJSON *switches_table(void);                      /* [{"name", "values", "default", "fact"}] */
void switches_print(void);                        /* the table, for people, to stdout */
