/* Pages of clusters, honest and otherwise. */
#include "../support/read_body.h"
#include "base/text.h"
#include "testing.h"

#include <errno.h>

#define REGION "cn-hangzhou"
#define PAGE(total, items)                                                                \
	"{\"RequestId\":\"R\",\"TotalCount\":" total ",\"PageNumber\":1,\"PageSize\":30," \
	"\"Items\":{\"DBCluster\":[" items "]}}"
#define CLUSTER(id, more)                                                                    \
	"{\"DBClusterId\":\"" id "\",\"DBClusterStatus\":\"Running\",\"RegionId\":\"" REGION \
	"\"" more "}"
#define TAGS(tags) ",\"Tags\":{\"Tag\":[" tags "]}"
#define TAG(key, value) "{\"Key\":\"" key "\",\"Value\":\"" value "\"}"

static char env[] = "env", prod[] = "prod", team[] = "team", shop[] = "shop";
static const struct client_tag wanted[] = {{env, prod}, {team, shop}};

static int read_page(const char *body, size_t tags, struct cluster_page *ret, struct error *err)
{
	return read_clusters(body, strlen(body), REGION, wanted, tags, ret, err);
}

static void a_page_of_clusters_is_read(void **state)
{
	static const char body[] = PAGE("\"2\"",
		CLUSTER("amv-1",
			",\"DBClusterDescription\":\"orders \\n1\"") ","
								     "{\"DBClusterId\":\"am-2\","
								     "\"DBClusterStatus\":"
								     "\"ClassChanging\","
								     "\"RegionId\":"
								     "\"" REGION "\"}");
	struct cluster_page p;

	(void)state;
	assert_int_equal(read_page(body, 0, &p, NULL), 0);
	assert_int_equal(p.total, 2);
	assert_int_equal(p.number, 1);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.clusters[0].id, "amv-1");
	assert_string_equal(p.clusters[0].description, "orders \\n1");
	assert_string_equal(p.clusters[0].status, "Running");
	assert_true(p.clusters[0].wanted);
	assert_string_equal(p.clusters[1].description, "");
	assert_string_equal(p.clusters[1].status, "ClassChanging");
	assert_string_equal(p.foreign, "");
	cluster_page_done(&p);
}

static void no_clusters_may_be_said_in_many_ways(void **state)
{
	static const char *const good[] = {PAGE("0", ""), "{\"TotalCount\":0,\"PageNumber\":1}",
		"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":null}",
		"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":{}}"};
	struct cluster_page p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(read_page(good[i], 2, &p, NULL), 0);
		assert_int_equal(p.count, 0);
		cluster_page_done(&p);
	}
}

static void pages_that_cannot_be_trusted_are_refused(void **state)
{
	static const struct {
		const char *body, *says;
	} bad[] = {
		{"", ""},
		{"[]", "error"},
		{"{\"Code\":\"InternalError\"}", "error"},
		{"{\"PageNumber\":1,\"Items\":{\"DBCluster\":[]}}", "TotalCount"},
		{PAGE("-1", ""), "TotalCount"},
		{PAGE("1.5", ""), "TotalCount"},
		{"{\"TotalCount\":0}", "PageNumber"},
		{"{\"TotalCount\":1,\"PageNumber\":1}", "Items"},
		{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{}}", "Items"},
		{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{\"DBCluster\":{}}}", "Items"},
		{PAGE("1", "7"), "DBClusterId"},
		{PAGE("1", CLUSTER("", "")), "DBClusterId"},
		{PAGE("1", CLUSTER("amv-1,amv-2", "")), "DBClusterId"},
		{PAGE("1", "{\"DBClusterId\":\"amv-1\",\"RegionId\":\"" REGION "\"}"),
			"DBClusterStatus"},
		{PAGE("1", "{\"DBClusterId\":\"amv-1\",\"DBClusterStatus\":\"Running\"}"),
			"RegionId"},
	};
	struct cluster_page p = {.total = 77};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = {0};
		if (read_page(bad[i].body, 0, &p, &err) != -EBADMSG ||
			!strstr(err.text, bad[i].says))
			fail_msg("%s: %s", bad[i].body, err.text);
	}
	assert_int_equal(p.total, 77);
}

static void a_page_cut_at_any_byte_is_refused(void **state)
{
	static const char body[] = PAGE("1", CLUSTER("amv-1", TAGS(TAG("env", "prod"))));
	struct cluster_page p;

	(void)state;
	for (size_t n = 0; n < sizeof(body) - 1; n++) {
		_cleanup_free_ char *cut = xstrndup(body, n);
		assert_int_equal(read_page(cut, 1, &p, NULL), -EBADMSG);
	}
}

static void another_regions_cluster_is_told(void **state)
{
	static const char body[] = PAGE("2",
		CLUSTER("amv-1", "") ",{\"DBClusterId\":\"amv-2\",\"DBClusterStatus\":\"Running\","
				     "\"RegionId\":\"cn-beijing\"}");
	struct cluster_page p;

	(void)state;
	assert_int_equal(read_page(body, 0, &p, NULL), 0);
	assert_string_equal(p.foreign, "cn-beijing");
	cluster_page_done(&p);
}

/* The service may not heed the tags: what it shows is compared. */
static void only_clusters_that_show_all_tags_are_wanted(void **state)
{
	static const struct {
		const char *tags;
		int wanted; /* -1: the reply is refused */
	} cases[] = {
		{TAGS(TAG("env", "prod") "," TAG("team", "shop")), 1},
		{TAGS(TAG("a", "b") "," TAG("team", "shop") "," TAG("env", "prod")), 1},
		{TAGS(TAG("env", "prod")), 0},
		{TAGS(TAG("env", "test") "," TAG("team", "shop")), 0},
		{TAGS(TAG("ENV", "prod") "," TAG("team", "shop")), 0},
		{TAGS(""), 0},
		{",\"Tags\":{}", -1},
		{",\"Tags\":null", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *body =
			xasprintf(PAGE("1", CLUSTER("amv-1", "%s")), cases[i].tags);
		struct cluster_page p;
		int r = read_page(body, 2, &p, NULL);
		assert_int_equal(r, cases[i].wanted < 0 ? -EBADMSG : 0);
		if (r < 0)
			continue;
		assert_int_equal(p.clusters[0].wanted, cases[i].wanted);
		cluster_page_done(&p);
	}
}

TEST_FILE(reply_clusters_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_of_clusters_is_read),
		cmocka_unit_test(no_clusters_may_be_said_in_many_ways),
		cmocka_unit_test(pages_that_cannot_be_trusted_are_refused),
		cmocka_unit_test(a_page_cut_at_any_byte_is_refused),
		cmocka_unit_test(another_regions_cluster_is_told),
		cmocka_unit_test(only_clusters_that_show_all_tags_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
