/* The table of the service's error codes, with the page that each comes from. */
#include "cloud/error_code.h"

#include "base/text.h"

#define HOUR_MS INT64_C(3600000)

/* No page says which codes a wrong set gives. So an unknown code is taken to be about sets, and
 * this table has the codes that are about something else, and those of sister products for sets. */
static const struct error_code rows[] = {
	/* Lists of error codes, 2021-12-01 and 2019-03-15, and error tables of single actions. */
	{"ADBClassNotSupport", ABOUT_CLUSTER, false, NULL, 0},
	{"ADBConsoleAPI", ABOUT_CLUSTER, true, NULL, 0},
	{"AcsServerTimeOut", ABOUT_CLUSTER, true, NULL, 0},
	{"AnalyticDBKernelError", ABOUT_CLUSTER, false, NULL, 0},
	{"ApiVersionForbidden", ABOUT_NOTHING, false, NULL, 0},
	{"CrossUser", ABOUT_CALLER, false, NULL, 0},
	{"IdempotentParameterMismatch", ABOUT_NOTHING, false, NULL, 0},
	{"IncorrectDBInstanceLockMode", ABOUT_CLUSTER, false, NULL, 0},
	{"IncorrectDBInstance", ABOUT_CLUSTER, true, NULL, 0},
	{"IncorrectModuleVersion", ABOUT_CLUSTER, false, NULL, 0},
	{"IncorrectTaskStatus", ABOUT_CLUSTER, true, NULL, 0},
	{"InternalError", ABOUT_NOTHING, true, NULL, 0},
	{"InternalFailure", ABOUT_NOTHING, true, NULL, 0},
	{"InternalServerError", ABOUT_NOTHING, true, NULL, 0},
	{"InvalidAction", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidBackupRetentionPeriod", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidDBCluster", ABOUT_CLUSTER, false, NULL, 0},
	{"InvalidPreferredBackup", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidStartTime", ABOUT_NOTHING, false, NULL, 0},
	{"OperationDenied.DB", ABOUT_CLUSTER, true, NULL, 0},
	{"RelatedTaskNotFinish", ABOUT_CLUSTER, true, NULL, 0},
	{"RequiredParam", ABOUT_NOTHING, false, NULL, 0},
	{"ServiceUnavailable", ABOUT_NOTHING, true, NULL, 0},
	{"TaskModifyError", ABOUT_CLUSTER, true, NULL, 0},
	{"Unauthorized", ABOUT_CALLER, false, NULL, 0},
	{"ACS.Cluster", ABOUT_CLUSTER, true, NULL, 0},
	{"ACS.ServerError", ABOUT_NOTHING, true, NULL, 0},
	{"ACS.", ABOUT_NOTHING, false, NULL, 0},
	/* What the vendor's Terraform provider tries again after (errors.go, resources of adb). */
	{"ADBVersionNotSupport", ABOUT_CLUSTER, false, NULL, 0},
	{"ConcurrentTaskExceeded", ABOUT_CLUSTER, true, NULL, 0},
	{"Database.ConnectError", ABOUT_CLUSTER, true, NULL, 0},
	{"InstanceConnectTimeoutFault", ABOUT_CLUSTER, true, NULL, 0},
	{"LockTimeout", ABOUT_CLUSTER, true, NULL, 0},
	{"OperationDenied.OrderProcessing", ABOUT_CLUSTER, true, NULL, 0},
	{"OperationDenied.OutofUsage", ABOUT_CLUSTER, true, NULL, 0},
	{"ResourceNotEnough", ABOUT_CLUSTER, true, NULL, 0},
	/* The gateway's codes, common to all products. */
	{"Forbedden", ABOUT_CALLER, false, NULL, 0},
	{"Forbidden", ABOUT_CALLER, false, NULL, 0},
	{"IncompleteSignature", ABOUT_CALLER, false, NULL, 0},
	{"InvalidAccessKeyId", ABOUT_CALLER, false, NULL, 0},
	{"InvalidApi", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidParameter", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidProduct", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidProtocol", ABOUT_NOTHING, false, NULL, 0},
	{"InvalidSecurityToken", ABOUT_CALLER, false, NULL, 0},
	{"InvalidTimeStamp", ABOUT_CALLER, false, NULL, 0},
	{"InvalidVersion", ABOUT_NOTHING, false, NULL, 0},
	{"MissingSecurityToken", ABOUT_CALLER, false, NULL, 0},
	{"Missing", ABOUT_NOTHING, false, NULL, 0},
	{"NoPermission", ABOUT_CALLER, false, NULL, 0},
	{"SignatureDoesNotMatch", ABOUT_CALLER, false, NULL, 0},
	{"UnsupportedHTTPMethod", ABOUT_NOTHING, false, NULL, 0},
	/* Codes of RDS, PolarDB and MongoDB for what the pages of adb leave out. PolarDB's quota is
	 * on the sets that exist, although its message is about a day. */
	{"BackupJobExists", ABOUT_CLUSTER, true, NULL, 0},
	{"BackupTimesExceeded", ABOUT_CLUSTER, false, "a quota of manual backups is full", HOUR_MS},
	{"DeleteBackupSetNumExceed", ABOUT_NOTHING, false, NULL, 0},
	{"Exceeded.BackupTimes", ABOUT_CLUSTER, false, "a quota of manual backups is full",
		HOUR_MS},
	{"InvalidBackupSetID", ABOUT_SETS, false, NULL, 0},
	{"OperationDenied.BackupJobExists", ABOUT_CLUSTER, true, NULL, 0},
	{"OperationDenied.BackupSet", ABOUT_SETS, false, NULL, 0},
};

static const struct error_code unknown = {"", ABOUT_SETS, false, NULL, 0};

const struct error_code *error_code_find(const char *code)
{
	const struct error_code *found = &unknown;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (text_starts(code, rows[i].begins) &&
			strlen(rows[i].begins) > strlen(found->begins))
			found = &rows[i];
	return found;
}
