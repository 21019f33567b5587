/* Replies that say who calls and what a cluster is like, and what the doctor makes of them. */
#include "../support/read_body.h"

#include "base/text.h"
#include "service/finding.h"
#include "testing.h"

#include <errno.h>
#include <stdio.h>

/* The documentation's own sample of GetCallerIdentity. */
static const char caller_sample[] =
	"{\"IdentityType\":\"RAMUser\",\"AccountId\":\"1968132000120000\",\"RequestId\":"
	"\"3C87BF47-3724-5443-ADC1-5AEAD9A03EB1\",\"PrincipalId\":\"288774244375210000\","
	"\"UserId\":\"216959339000000000\",\"Arn\":\"acs:ram::1968132000120000:user/admin\"}";

static void the_documented_caller_is_read(void **state)
{
	struct caller c;

	(void)state;
	assert_int_equal(read_caller(caller_sample, strlen(caller_sample), &c, NULL), 0);
	assert_string_equal(c.arn, "acs:ram::1968132000120000:user/admin");
	assert_string_equal(c.account, "1968132000120000");
}

static void a_caller_that_does_not_read_is_an_error_and_changes_nothing(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{}",
		"{\"Arn\":\"acs:ram::1:user/a\"}",
		"{\"AccountId\":\"1\"}",
		"{\"Arn\":7,\"AccountId\":\"1\"}",
		"{\"Arn\":\"\",\"AccountId\":\"1\"}",
		"{\"Arn\":\"a\",\"AccountId\":\"1\"",
		"{\"Arn\":\"a\",\"AccountId\":\"1\",\"Code\":\"NoPermission\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct caller c = {.arn = "as it was"};
		struct error err = {0};
		assert_true(read_caller(bodies[i], strlen(bodies[i]), &c, &err) < 0);
		assert_true(*err.text);
		assert_string_equal(c.arn, "as it was");
	}
}

#define ONE(members) "{\"Items\":{\"DBCluster\":[{" members "}]}}"
#define GOOD                                                         \
	"\"DBClusterId\":\"amv-1\",\"DBClusterStatus\":\"Running\"," \
	"\"RegionId\":\"cn-hangzhou\""

static void a_cluster_is_read(void **state)
{
	static const char body[] = ONE(GOOD ",\"DBClusterDescription\":\"orders\\u001b[31m\"");
	struct cluster_attributes look;

	(void)state;
	assert_int_equal(read_cluster(body, strlen(body), "amv-1", &look, NULL), 0);
	assert_string_equal(look.status, "Running");
	assert_string_equal(look.region, "cn-hangzhou");
	assert_string_equal(look.description, "orders\\x1b[31m");
}

static void when_and_why_a_cluster_ends_is_read_as_far_as_it_is_there(void **state)
{
	static const struct {
		const char *body, *lock_mode, *lock_reason;
		bool subscription, expired;
		int64_t expires_s;
	} cases[] = {
		{ONE(GOOD), "", "", false, false, 0},
		{ONE(GOOD ",\"PayType\":\"Postpaid\",\"ExpireTime\":\"\",\"Expired\":\"false\","
			  "\"LockMode\":\"Unlock\",\"LockReason\":\"\""),
			"Unlock", "", false, false, 0},
		{ONE(GOOD ",\"PayType\":\"Prepaid\",\"ExpireTime\":\"2022-10-01T09:50:18Z\","
			  "\"Expired\":\"true\",\"LockMode\":\"LockByExpiration\","
			  "\"LockReason\":\"over\\u001b\""),
			"LockByExpiration", "over\\x1b", true, true, 1664617818},
		{ONE(GOOD ",\"PayType\":\"Prepaid\",\"ExpireTime\":\"soon\",\"Expired\":true,"
			  "\"LockMode\":7"),
			"", "", true, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cluster_attributes look;
		assert_int_equal(
			read_cluster(cases[i].body, strlen(cases[i].body), "amv-1", &look, NULL),
			0);
		assert_string_equal(look.lock_mode, cases[i].lock_mode);
		assert_string_equal(look.lock_reason, cases[i].lock_reason);
		assert_int_equal(look.subscription, cases[i].subscription);
		assert_int_equal(look.expired, cases[i].expired);
		assert_int_equal(look.expires_s, cases[i].expires_s);
	}
}

static void a_reply_about_another_cluster_or_about_two_is_an_error(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"Items\":{\"DBCluster\":[]}}",
		"{\"Code\":\"InternalError\",\"Items\":{\"DBCluster\":[{" GOOD "}]}}",
		"{\"Items\":{\"DBCluster\":{" GOOD "}}}",
		"{\"Items\":{\"DBCluster\":[{" GOOD "},{" GOOD "}]}}",
		ONE("\"DBClusterId\":\"amv-2\",\"DBClusterStatus\":\"Running\",\"RegionId\":\"x\""),
		ONE("\"DBClusterStatus\":\"Running\",\"RegionId\":\"x\""),
		ONE("\"DBClusterId\":\"amv-1\",\"RegionId\":\"x\""),
		ONE("\"DBClusterId\":\"amv-1\",\"DBClusterStatus\":\"Running\""),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct cluster_attributes look = {.status = "as it was"};
		struct error err = {0};
		assert_int_equal(
			read_cluster(bodies[i], strlen(bodies[i]), "amv-1", &look, &err), -EBADMSG);
		assert_true(*err.text);
		assert_string_equal(look.status, "as it was");
	}
}

static void a_remedy_follows_what_the_code_is_about(void **state)
{
	static const struct {
		const char *code, *remedy;
	} cases[] = {
		{"LockTimeout", "it passes by itself"},
		{"ADBClassNotSupport", "see in the console"},
		{"Exceeded.BackupTimes", "the quota has room"},
		{"Never.Heard.Of", "ask the cloud's support"},
		{"NoPermission", "ram-policy.json"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer a = {.kind = ANSWER_REFUSED};
		(void)snprintf(a.code, sizeof(a.code), "%s", cases[i].code);
		assert_non_null(strstr(finding_remedy(&a), cases[i].remedy));
	}
}

static void what_is_wrong_with_an_answer_is_told_apart(void **state)
{
	static const struct {
		enum answer_kind kind;
		int http_status;
		const char *code;
		bool reached, login, permission;
	} cases[] = {
		{ANSWER_OK, 200, "", true, false, false},
		{ANSWER_UNSENT, 0, "Resolve", false, false, false},
		{ANSWER_UNSENT, 0, "Tls", false, false, false},
		{ANSWER_UNSENT, 0, "Credentials", false, true, false},
		{ANSWER_AMBIGUOUS, 0, "Timeout", false, false, false},
		{ANSWER_AMBIGUOUS, 200, "BadReply", false, false, false},
		{ANSWER_AMBIGUOUS, 503, "ServiceUnavailable", true, false, false},
		{ANSWER_REFUSED, 404, "InvalidAccessKeyId.NotFound", true, true, false},
		{ANSWER_REFUSED, 400, "SignatureDoesNotMatch", true, true, false},
		{ANSWER_REFUSED, 400, "InvalidSecurityToken.Expired", true, true, false},
		{ANSWER_REFUSED, 403, "NoPermission", true, false, true},
		{ANSWER_REFUSED, 403, "Forbidden.RAM", true, false, true},
		{ANSWER_REFUSED, 404, "InvalidDBCluster.NotFound", true, false, false},
		{ANSWER_THROTTLED, 400, "Throttling.User", true, false, false},
		{ANSWER_REFUSED, 400, "Never.Heard.Of", true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer a = {.kind = cases[i].kind, .http_status = cases[i].http_status};
		(void)snprintf(a.code, sizeof(a.code), "%s", cases[i].code);
		if (finding_reached(&a) != cases[i].reached ||
			finding_is_login(&a) != cases[i].login ||
			finding_is_permission(&a) != cases[i].permission)
			fail_msg("%s", cases[i].code);
		assert_true(*finding_remedy(&a));
	}
}

TEST_FILE(describe_test)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_caller_is_read),
		cmocka_unit_test(a_caller_that_does_not_read_is_an_error_and_changes_nothing),
		cmocka_unit_test(a_cluster_is_read),
		cmocka_unit_test(when_and_why_a_cluster_ends_is_read_as_far_as_it_is_there),
		cmocka_unit_test(a_reply_about_another_cluster_or_about_two_is_an_error),
		cmocka_unit_test(a_remedy_follows_what_the_code_is_about),
		cmocka_unit_test(what_is_wrong_with_an_answer_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
