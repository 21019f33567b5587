/* GetCallerIdentity and DescribeDBClusterAttribute. */
#include "cloud/describe.h"

#include "base/text.h"
#include "cloud/reply.h"

#include <errno.h>

/* False if it is not there, or empty. */
static bool take(const cJSON *object, const char *name, char *to, size_t size)
{
	const char *s = json_get_string(object, name);

	text_copy_printable(to, size, s ? s : "");
	return *to != '\0';
}

int describe_read_caller(const cJSON *reply, struct caller *ret, struct error *err)
{
	struct caller got;

	if (reply_read_error(reply, NULL, &(struct answer){0}))
		return error_set(err, EBADMSG, "GetCallerIdentity: the reply is an error");
	if (!take(reply, "Arn", got.arn, sizeof(got.arn)) ||
		!take(reply, "AccountId", got.account, sizeof(got.account)))
		return error_set(
			err, EBADMSG, "GetCallerIdentity: the reply has no Arn or no AccountId");
	*ret = got;
	return 0;
}

int describe_read_cluster(
	const cJSON *reply, const char *cluster, struct cluster_attributes *ret, struct error *err)
{
	struct cluster_attributes got;
	const cJSON *list, *one;

	if (reply_read_error(reply, NULL, &(struct answer){0}))
		return error_set(err, EBADMSG, "DescribeDBClusterAttribute: the reply is an error");
	list = json_get(json_get(reply, "Items"), "DBCluster");
	one = cJSON_IsArray(list) ? list->child : NULL;
	if (!one || one->next || !text_equal(json_get_string(one, "DBClusterId"), cluster))
		return error_set(err, EBADMSG,
			"DescribeDBClusterAttribute: the reply is not about this cluster alone");
	if (!take(one, "DBClusterStatus", got.status, sizeof(got.status)) ||
		!take(one, "RegionId", got.region, sizeof(got.region)))
		return error_set(err, EBADMSG,
			"DescribeDBClusterAttribute: the reply has no status or no region");
	(void)take(one, "DBClusterDescription", got.description, sizeof(got.description));
	*ret = got;
	return 0;
}
