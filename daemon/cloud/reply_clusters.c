/* DescribeDBClusters: which clusters there are. */
#include "base/text.h"
#include "cloud/reply.h"

#include <errno.h>
#include <string.h>

#define DESCRIPTION_SIZE 257
#define STATUS_SIZE 65

struct reader {
	const char *region;
	const struct client_tag *tags;
	size_t tag_count;
	struct cluster_page page;
	size_t capacity;
	struct error *err;
};

void cluster_page_done(struct cluster_page *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->clusters[i].id);
		free(p->clusters[i].description);
		free(p->clusters[i].status);
	}
	free(p->clusters);
	*p = (struct cluster_page){0};
}

static void reader_done(struct reader *rd)
{
	cluster_page_done(&rd->page);
}

static int bad_field(const struct reader *rd, const char *field, const char *what)
{
	return error_set(rd->err, EBADMSG, "DescribeDBClusters: Items.DBCluster[%zu].%s %s",
		rd->page.count, field, what);
}

static char *printable(const char *s, size_t size)
{
	char *copy = xcalloc(1, size);

	text_copy_printable(copy, size, s ? s : "");
	return copy;
}

static bool shows_tag(const cJSON *list, const struct client_tag *tag)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (text_equal(json_get_string(item, "Key"), tag->key) &&
			text_equal(json_get_string(item, "Value"), tag->value))
			return true;
	return false;
}

/* A policy deletes, so it is not left to the service alone which clusters have the tags. */
static int read_tags(const struct reader *rd, const cJSON *item, bool *ret_wanted)
{
	const cJSON *list = json_get(json_get(item, "Tags"), "Tag");

	*ret_wanted = true;
	if (rd->tag_count > 0 && !cJSON_IsArray(list))
		return bad_field(rd, "Tags", "is missing, though tags were asked for");
	for (size_t i = 0; i < rd->tag_count; i++)
		*ret_wanted = *ret_wanted && shows_tag(list, &rd->tags[i]);
	return 0;
}

static int read_cluster(struct reader *rd, const cJSON *item)
{
	const char *id = json_get_string(item, "DBClusterId");
	const char *status = json_get_string(item, "DBClusterStatus");
	const char *region = json_get_string(item, "RegionId");
	struct cluster_page *p = &rd->page;
	bool wanted;
	int r;

	if (!id || !reply_is_set_id(id))
		return bad_field(rd, "DBClusterId", "is missing or is not [A-Za-z0-9._-]{1,64}");
	if (!status || !*status)
		return bad_field(rd, "DBClusterStatus", "is missing");
	if (!region || !*region)
		return bad_field(rd, "RegionId", "is missing");
	r = read_tags(rd, item, &wanted);
	if (r < 0)
		return r;
	if (strcmp(region, rd->region) != 0 && !*p->foreign)
		text_copy_printable(p->foreign, sizeof(p->foreign), region);
	p->clusters = memory_grow(p->clusters, &rd->capacity, p->count + 1, sizeof(*p->clusters));
	p->clusters[p->count++] = (struct found_cluster){
		.id = xstrdup(id),
		.description =
			printable(json_get_string(item, "DBClusterDescription"), DESCRIPTION_SIZE),
		.status = printable(status, STATUS_SIZE),
		.wanted = wanted,
	};
	return 0;
}

static int read_counts(struct reader *rd, const cJSON *reply)
{
	struct cluster_page *p = &rd->page;

	if (!json_get_int(reply, "TotalCount", true, &p->total) || p->total < 0)
		return error_set(rd->err, EBADMSG,
			"DescribeDBClusters: TotalCount is missing or is not a count");
	if (!json_get_int(reply, "PageNumber", true, &p->number) || p->number < 1)
		return error_set(rd->err, EBADMSG,
			"DescribeDBClusters: PageNumber is missing or is not a page's number");
	return 0;
}

/* The list of clusters; NULL if the page has none. Without clusters, the list or the whole of Items
 * may be absent. */
static int find_list(const struct reader *rd, const cJSON *reply, const cJSON **ret)
{
	const cJSON *items = json_get(reply, "Items"), *list = json_get(items, "DBCluster");
	bool may_lack = rd->page.total == 0;

	*ret = NULL;
	if (may_lack && (!items || cJSON_IsNull(items)))
		return 0;
	if (!cJSON_IsObject(items) || (!cJSON_IsArray(list) && !(may_lack && !list)))
		return error_set(rd->err, EBADMSG,
			"DescribeDBClusters: Items.DBCluster is missing or is not an array");
	*ret = list;
	return 0;
}

static int read_reply(struct reader *rd, const cJSON *reply)
{
	const cJSON *list, *item;
	int r;

	if (!cJSON_IsObject(reply) || reply_read_error(reply, NULL, &(struct answer){0}))
		return error_set(rd->err, EBADMSG, "DescribeDBClusters: the reply is an error");
	r = read_counts(rd, reply);
	if (r == 0)
		r = find_list(rd, reply, &list);
	if (r < 0)
		return r;
	cJSON_ArrayForEach (item, list) {
		r = read_cluster(rd, item);
		if (r < 0)
			return r;
	}
	return 0;
}

int reply_read_clusters(const cJSON *reply, const char *region, const struct client_tag *tags,
	size_t tag_count, struct cluster_page *ret, struct error *err)
{
	_cleanup_(reader_done) struct reader rd = {
		.region = region, .tags = tags, .tag_count = tag_count, .err = err};
	int r = read_reply(&rd, reply);

	if (r < 0)
		return r;
	*ret = rd.page;
	rd.page = (struct cluster_page){0};
	return 0;
}
