/* Which action a call names, in which version of the API, and whether it may be called so. */
#include "actions.h"

#include "sts.h"

#define HIDDEN " OwnerAccount OwnerId ResourceOwnerAccount ResourceOwnerId "

enum { V2019 = 1, V2021 = 2 };

static const struct action {
	const char *name;
	void (*run)(struct call *c);
	unsigned versions;
	bool https_only;
	bool get_only_2019;                        /* 2019-03-15 knows no POST for it */
	const char *declared_2021, *declared_2019; /* parameters, with a space around each */
} actions[] = {
	{"CreateBackup", action_create_backup, V2021, true, false, " DBClusterId RegionId" HIDDEN,
		NULL},
	{"DeleteBackups", action_delete_backups, V2021 | V2019, true, true,
		" DBClusterId BackupIds RegionId" HIDDEN, " DBClusterId BackupIds RegionId" HIDDEN},
	{"DescribeBackups", action_describe_backups, V2021 | V2019, false, false,
		" DBClusterId BackupId StartTime EndTime PageSize PageNumber Remote" HIDDEN,
		" DBClusterId BackupId StartTime EndTime PageSize PageNumber CrossUid CrossRole "
		"RegionId" HIDDEN},
	{"DescribeBackupPolicy", action_describe_backup_policy, V2021 | V2019, false, false,
		" DBClusterId" HIDDEN, " DBClusterId" HIDDEN},
	{"ModifyBackupPolicy", action_modify_backup_policy, V2021 | V2019, false, false,
		" DBClusterId PreferredBackupTime PreferredBackupPeriod BackupRetentionPeriod"
		" EnableBackupLog LogBackupRetentionPeriod" HIDDEN,
		" DBClusterId PreferredBackupTime PreferredBackupPeriod BackupRetentionPeriod"
		" EnableBackupLog LogBackupRetentionPeriod" HIDDEN},
	{"DescribeDBClusters", action_describe_clusters, V2021 | V2019, false, false,
		" RegionId DBClusterIds DBClusterDescription DBClusterStatus PageSize PageNumber"
		" ResourceGroupId DBClusterVersion ProductVersion" HIDDEN,
		" RegionId DBClusterIds DBClusterDescription DBClusterStatus PageSize PageNumber"
		" ResourceGroupId DBClusterVersion" HIDDEN},
	{"DescribeDBClusterAttribute", action_describe_cluster, V2021 | V2019, false, false,
		" DBClusterId" HIDDEN, " DBClusterId RegionId" HIDDEN},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (text_equal(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static unsigned version_of(const struct call *c)
{
	if (call_is_2021(c))
		return V2021;
	return text_equal(c->version, "2019-03-15") ? V2019 : 0;
}

/* False if the action cannot be called in this way; the call is refused then. */
static bool is_served(struct call *c, const struct action *a, unsigned version)
{
	const struct switches *s = &c->sim->switches;
	bool get = text_equal(c->request->method, "GET"),
	     post = text_equal(c->request->method, "POST");

	/* The RPC style knows one path. */
	if (!a || !(a->versions & version) || strcspn(c->request->target, "?") != 1) {
		call_refuse(c, switch_number(s, SW_UNKNOWN_ACTION_STATUS), "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method.");
		return false;
	}
	if ((!get && !post) || (post && a->get_only_2019 && version == V2019)) {
		call_refuse(c, 400, "UnsupportedHTTPMethod", "This http method is not supported.");
		return false;
	}
	if (a->https_only && !c->request->tls && switch_is(s, SW_NEED_SSL, "on")) {
		call_refuse(c, 404, "InvalidProtocol.NeedSsl",
			"Your request is denied as lack of ssl protect.");
		return false;
	}
	return true;
}

void actions_run(struct call *c)
{
	const struct action *a = find_action(c->action);
	unsigned version = version_of(c);

	if (text_equal(c->version, STS_VERSION))
		sts_run(c);
	else if (!version)
		call_refuse(c, 400, "InvalidVersion", "Specified parameter Version is not valid.");
	else if (is_served(c, a, version))
		a->run(c);
}

cJSON *actions_undeclared(const struct call *c)
{
	const struct action *a = find_action(c->action);
	const char *declared = !a ? sts_declared(c->action)
		: call_is_2021(c) ? a->declared_2021
				  : a->declared_2019;
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; declared && i < c->params.count; i++) {
		const char *key = c->params.pairs[i].key;
		_cleanup_free_ char *word = key ? xasprintf(" %s ", key) : NULL;

		/* RegionId goes with every call, as the older SDKs send it. */
		if (word && !strstr(declared, word) && !text_starts(key, "Tag.") &&
			!text_equal(key, "RegionId") && !call_is_common(c, key))
			cJSON_AddItemToArray(list, cJSON_CreateString(key));
	}
	return list;
}

static void refuse_cluster(struct call *c)
{
	bool is_404 = switch_is(&c->sim->switches, SW_UNKNOWN_CLUSTER, "404");

	call_refuse(c, is_404 ? 404 : 400,
		is_404 ? "InvalidDBCluster.NotFound" : "InvalidDBClusterId.NotFound",
		"The DBClusterId provided does not exist in our records.");
}

struct cluster *action_cluster(struct call *c)
{
	const char *id = call_param(c, "DBClusterId"), *region = call_param(c, "RegionId");
	struct cluster *cluster;

	if (!id) {
		call_refuse(
			c, 400, "MissingDBClusterId", "DBClusterId is mandatory for this action.");
		return NULL;
	}
	cluster = world_cluster(&c->sim->world, id);
	if (!region && switch_is(&c->sim->switches, SW_REGION_PARAMETER, "required"))
		cluster = NULL; /* looked for in the endpoint's own region */
	if (!cluster || (region && !text_equal(region, cluster->region))) {
		refuse_cluster(c);
		return NULL;
	}
	return cluster;
}

bool action_page(struct call *c, int64_t *ret_size, int64_t *ret_number)
{
	int64_t size;
	bool well = call_number(c, "PageSize", 1, 100, 30, &size);

	if (well && switch_is(&c->sim->switches, SW_PAGE_SIZE_LIMIT, "documented"))
		well = size == 30 || size == 50 || size == 100;
	if (!well) {
		call_refuse(
			c, 400, "InvalidPageSize", "Specified parameter PageSize is not valid.");
		return false;
	}
	if (!call_number(c, "PageNumber", 1, INT32_MAX, 1, ret_number)) {
		call_refuse(c, 400, "InvalidPageNumber",
			"Specified parameter PageNumber is not valid.");
		return false;
	}
	*ret_size = size;
	return true;
}
