/* For tests: the readers of replies, from the bytes of a body. */
#pragma once

#include "base/memory.h"
#include "cloud/describe.h"
#include "cloud/reply.h"

static inline int read_backups(const char *body, size_t length, const char *cluster,
	const char *region, bool remote, struct page *ret, struct error *err)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	int r = json_parse(body, length, &reply, err);

	return r < 0 ? r : reply_read_backups(reply, cluster, region, remote, ret, err);
}

static inline int read_policy(
	const char *body, size_t length, struct backup_policy *ret, struct error *err)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	int r = json_parse(body, length, &reply, err);

	return r < 0 ? r : reply_read_policy(reply, ret, err);
}

static inline int read_clusters(const char *body, size_t length, const char *region,
	const struct client_tag *tags, size_t tag_count, struct cluster_page *ret,
	struct error *err)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	int r = json_parse(body, length, &reply, err);

	return r < 0 ? r : reply_read_clusters(reply, region, tags, tag_count, ret, err);
}

static inline int read_caller(
	const char *body, size_t length, struct caller *ret, struct error *err)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	int r = json_parse(body, length, &reply, err);

	return r < 0 ? r : describe_read_caller(reply, ret, err);
}

static inline int read_cluster(const char *body, size_t length, const char *cluster,
	struct cluster_attributes *ret, struct error *err)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	int r = json_parse(body, length, &reply, err);

	return r < 0 ? r : describe_read_cluster(reply, cluster, ret, err);
}

static inline bool read_error(
	const char *body, size_t length, const struct keys *keys, struct answer *ret)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;

	return json_parse(body, length, &reply, NULL) == 0 && reply_read_error(reply, keys, ret);
}

static inline bool read_request_id(const char *body, size_t length, struct answer *ret)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;

	return json_parse(body, length, &reply, NULL) == 0 &&
		reply_read_request_id(reply, NULL, ret);
}
