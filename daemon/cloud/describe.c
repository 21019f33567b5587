/* GetCallerIdentity and DescribeDBClusterAttribute. */
#include "cloud/describe.h"

#include "base/text.h"
#include "cloud/reply.h"
#include "time/civil.h"

#include <errno.h>
#include <strings.h>

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

/* ExpireTime of the API page is "2022-10-01T09:50:18Z"; Expired is a string. */
static void take_end(const cJSON *one, struct cluster_attributes *got)
{
	const char *expires = json_get_string(one, "ExpireTime");
	const char *expired = json_get_string(one, "Expired");

	(void)take(one, "LockMode", got->lock_mode, sizeof(got->lock_mode));
	(void)take(one, "LockReason", got->lock_reason, sizeof(got->lock_reason));
	got->subscription = text_equal(json_get_string(one, "PayType"), "Prepaid");
	got->expired = expired && strcasecmp(expired, "true") == 0;
	if (!expires || !civil_parse_instant(expires, false, &got->expires_s))
		got->expires_s = 0;
}

int describe_read_cluster(
	const cJSON *reply, const char *cluster, struct cluster_attributes *ret, struct error *err)
{
	struct cluster_attributes got = {0};
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
	take_end(one, &got);
	*ret = got;
	return 0;
}
