/* DescribeDBClusters: the clusters of a region. */
#include "base/text.h"
#include "cloud/call.h"

#include <stdio.h>

#define TAGS_MAX 20 /* tags in one call: the limit of the API page */
/* 100 clusters, each with 20 tags of 64 characters for the key and for the value, and a description
 * of 256: 1.2 MiB where a character takes three bytes. */
#define REPLY_MAX ((size_t)2 << 20)

static void read_clusters(struct call *k)
{
	struct client_result result = {0};
	_cleanup_(cluster_page_done) struct cluster_page page = {0};
	struct error err = {0};

	if (call_reads(k)) {
		if (reply_read_clusters(k->reply, k->region, k->tags, k->tag_count, &page, &err) <
			0)
			call_spoil(k, err.text);
		else
			result.clusters = &page;
	}
	call_deliver(k, &result);
}

static void copy_tags(struct call *k, const struct client_tag *tags, size_t count)
{
	k->tags = xcalloc(count, sizeof(*k->tags));
	for (; k->tag_count < count; k->tag_count++)
		k->tags[k->tag_count] = (struct client_tag){
			xstrdup(tags[k->tag_count].key), xstrdup(tags[k->tag_count].value)};
}

void client_describe_clusters(struct client *c, const struct client_target *t,
	const struct client_tag *tags, size_t tag_count, int64_t page, int64_t now_s,
	client_callback *done, void *data)
{
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] = {.name = "DescribeDBClusters",
			.version = CALL_LAKEHOUSE,
			.method = "POST",
			.reply_max = REPLY_MAX,
			.read = read_clusters},
		[EDITION_WAREHOUSE] = {.name = "DescribeDBClusters",
			.version = CALL_WAREHOUSE,
			.method = "POST",
			.reply_max = REPLY_MAX,
			.read = read_clusters},
	};
	struct call *k = call_new(c, t, &actions[t->edition], now_s, done, data);
	char number[24], names[2 * TAGS_MAX][24];
	struct sign_pair params[2 + 2 * TAGS_MAX];
	size_t count = 0;

	if (!t->region || !*t->region || tag_count > TAGS_MAX) {
		call_fail(k, "Tags", "clusters are looked for in one region, by at most 20 tags");
		return;
	}
	copy_tags(k, tags, tag_count);
	(void)snprintf(number, sizeof(number), "%lld", (long long)page);
	params[count++] = (struct sign_pair){"PageSize", "100"};
	params[count++] = (struct sign_pair){"PageNumber", number};
	for (size_t i = 0; i < tag_count; i++) {
		(void)snprintf(names[2 * i], sizeof(names[0]), "Tag.%zu.Key", i + 1);
		(void)snprintf(names[2 * i + 1], sizeof(names[0]), "Tag.%zu.Value", i + 1);
		params[count++] = (struct sign_pair){names[2 * i], tags[i].key};
		params[count++] = (struct sign_pair){names[2 * i + 1], tags[i].value};
	}
	call_start(k, params, count);
}
