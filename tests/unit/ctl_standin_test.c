/* What a recording leaves in a reply, and what it replaces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "ctl/standin.h"

/* The reply after all that is to be replaced was. */
static char *replaced(const char *json)
{
	struct standins *s = standins_new();
	cJSON *reply = cJSON_Parse(json);
	char *text;

	assert_non_null(reply);
	standins_learn(s, reply);
	standins_replace(s, reply);
	text = cJSON_PrintUnformatted(reply);
	cJSON_Delete(reply);
	standins_free(s);
	return text;
}

static void s9_what_is_not_known_to_be_harmless_is_replaced(void **state)
{
	static const struct {
		const char *reply, *left;
	} rows[] = {
		{"{\"DBClusterId\":\"amv-bp1secret\"}", "{\"DBClusterId\":\"amv-1\"}"},
		{"{\"DBClusterId\":\"am-bp1secret\"}", "{\"DBClusterId\":\"am-1\"}"},
		{"{\"DBClusterId\":\"orders-of-acme\"}", "{\"DBClusterId\":\"cluster-1\"}"},
		{"{\"DBClusterDescription\":\"orders\"}", "{\"DBClusterDescription\":\"text-1\"}"},
		{"{\"RequestId\":\"CE17270B\"}",
			"{\"RequestId\":\"00000000-0000-0000-0000-000000000001\"}"},
		{"{\"AccountId\":\"1234567890123456\"}", "{\"AccountId\":\"1000000001\"}"},
		{"{\"AccountId\":1234567890123456}", "{\"AccountId\":1000000001}"},
		{"{\"OwnerUid\":1234567890123456}", "{\"OwnerUid\":1}"},
		{"{\"Arn\":\"acs:ram::1234567890123456:user/mary\"}",
			"{\"Arn\":\"acs:ram::1000000000:user/name-1\"}"},
		/* Two of one text are alike, wherever they stand. */
		{"{\"DBClusterId\":\"amv-x\",\"Resource\":[\"amv-x\",\"amv-x.ads.aliyuncs.com\"]}",
			"{\"DBClusterId\":\"amv-1\",\"Resource\":[\"amv-1\",\"text-1\"]}"},
		/* Harmless members, with a value of their form. */
		{"{\"BackupStatus\":\"Success\",\"BackupSize\":\"9\",\"TotalCount\":3}", NULL},
		{"{\"BackupStatus\":\"0\",\"EnableBackupLog\":true,\"ParentBackupId\":\"\"}", NULL},
		{"{\"BackupExpiredTime\":\"2026-01-02 11:04:05\",\"Items\":null}", NULL},
		{"{\"BackupExpiredTime\":1767323045000}", NULL},
		{"{\"PreferredBackupTime\":\"15:00Z-16:00Z\",\"RegionId\":\"cn-hangzhou\"}", NULL},
		{"{\"PreferredBackupPeriod\":\"Wednesday,Saturday\"}", NULL},
		/* The same members, with another. */
		{"{\"BackupStatus\":\"failed: see mary@acme\"}", "{\"BackupStatus\":\"text-1\"}"},
		{"{\"BackupStatus\":\"amv-bp1secret\"}", "{\"BackupStatus\":\"text-1\"}"},
		{"{\"BackupStatus\":\"1234567890123456\"}", "{\"BackupStatus\":\"text-1\"}"},
		{"{\"BackupExpiredTime\":\"in May\"}", "{\"BackupExpiredTime\":\"text-1\"}"},
		{"{\"BackupSize\":\"large\"}", "{\"BackupSize\":\"text-1\"}"},
		{"{\"RegionId\":\"Acme's\"}", "{\"RegionId\":\"text-1\"}"},
		/* A map with ids for names. */
		{"{\"Items\":{\"amv-x\":{\"BackupStatus\":\"Success\"},\"1234\":{}}}",
			"{\"Items\":{\"text-1\":{\"BackupStatus\":\"Success\"},\"text-2\":{}}}"},
		{"[\"a\",7,null,true]", "[\"text-1\",2,null,true]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *left = replaced(rows[i].reply);
		assert_string_equal(left, rows[i].left ? rows[i].left : rows[i].reply);
		free(left);
	}
}

static void sets_are_numbered_in_the_order_of_their_ids(void **state)
{
	static const struct {
		const char *reply, *left;
	} rows[] = {
		{"[{\"BackupId\":\"1000\"},{\"BackupId\":\"9\",\"ParentBackupId\":\"1000\"}]",
			"[{\"BackupId\":\"1000002\"},{\"BackupId\":\"1000001\",\"ParentBackupId\":"
			"\"1000002\"}]"},
		/* Above what a double holds. */
		{"[{\"BackupId\":\"9007199254740993\"},{\"BackupId\":\"9007199254740992\"}]",
			"[{\"BackupId\":\"1000002\"},{\"BackupId\":\"1000001\"}]"},
		{"[{\"BackupId\":8},{\"BackupId\":7}]",
			"[{\"BackupId\":1000002},{\"BackupId\":1000001}]"},
		{"[{\"BackupId\":\"b-1\"},{\"BackupId\":\"7\"}]",
			"[{\"BackupId\":\"set-1000002\"},{\"BackupId\":\"1000001\"}]"},
		{"[{\"BackupId\":\"7\"},{\"BackupId\":\"7\"}]",
			"[{\"BackupId\":\"1000001\"},{\"BackupId\":\"1000001\"}]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *left = replaced(rows[i].reply);
		assert_string_equal(left, rows[i].left);
		free(left);
	}
}

static void parameters_and_headers_have_the_same_stand_ins(void **state)
{
	struct standins *s = standins_new();
	cJSON *params, *headers;
	char *text;

	(void)state;
	params = standins_params(s,
		"DBClusterId=amv-x&StartTime=2026-01-02T03%3A04Z&Remote=false&Tag=%E4%B8%AD&Cut=%"
		"4");
	text = cJSON_PrintUnformatted(params);
	assert_string_equal(text,
		"{\"DBClusterId\":\"amv-1\",\"StartTime\":\"2026-01-02T03:04Z\",\"Remote\":"
		"\"false\","
		"\"Tag\":\"text-1\",\"Cut\":\"text-2\"}");
	free(text);
	headers = standins_headers(s,
		"Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nx-acs-request-id:R-1\r\nServer: gw7\r\n"
		"x-ratelimit-user: Uid:1234567890123456\r\nbad line\r\nEmpty:\r\n");
	text = cJSON_PrintUnformatted(headers);
	assert_string_equal(text,
		"[[\"Date\",\"Fri, 02 Jan 2026 03:04:05 GMT\"],[\"x-acs-request-id\","
		"\"00000000-0000-0000-0000-000000000001\"],[\"Server\",\"text-3\"],"
		"[\"x-ratelimit-user\",\"text-4\"],[\"Empty\",\"\"]]");
	free(text);
	cJSON_Delete(params);
	cJSON_Delete(headers);
	standins_free(s);
}

TEST_FILE(ctl_standin_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s9_what_is_not_known_to_be_harmless_is_replaced),
		cmocka_unit_test(sets_are_numbered_in_the_order_of_their_ids),
		cmocka_unit_test(parameters_and_headers_have_the_same_stand_ins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
