/* How far back a policy reaches: how old the sets that it keeps may become. Pure. */
#pragma once

#include "retention/policy.h"

/* BackupRetentionPeriod: what ModifyBackupPolicy takes, in days (the adb API's page). */
#define CLOUD_DAYS_LEAST 7
#define CLOUD_DAYS_MOST 730

#define REACH_FOR_EVER INT64_MAX

/* In days, rounded up; REACH_FOR_EVER if a rule has no limit. Counting rules as long as backups are
 * made as scheduled, up to the last slot before `now_s`: 14 days of a schedule for weekdays are 18
 * to 20. After an outage they reach further. A month is a twelfth of 365 days. */
int64_t reach_days(const struct policy *p, int64_t now_s);

/* The retention that the cloud should have for a policy that reaches so far: at least and at most
 * what it takes. */
int64_t reach_cloud_days(int64_t days);
