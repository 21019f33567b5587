/* Which host a call goes to, and what it says and signs. */
#include "base/memory.h"
#include "base/text.h"
#include "cloud/request.h"
#include "cloud/sts.h"
#include "testing.h"

#include <errno.h>

static void endpoints_of_regions(void **state)
{
	static const struct {
		const char *region, *host;
		bool shared;
	} cases[] = {
		{"cn-hangzhou", "adb.cn-hangzhou.aliyuncs.com", true},
		{"cn-beijing", "adb.cn-beijing.aliyuncs.com", true},
		{"cn-hongkong", "adb.cn-hongkong.aliyuncs.com", true},
		{"cn-chengdu", "adb.cn-chengdu.aliyuncs.com", false},
		{"eu-central-1", "adb.eu-central-1.aliyuncs.com", false},
		{"cn-hangzhou-finance", "adb.cn-hangzhou-finance.aliyuncs.com", true},
		{"", NULL, false},
		{NULL, NULL, false},
		{"evil.example/", NULL, false},
		{"evil.example", NULL, false},
		{"cn hangzhou", NULL, false},
		{"-cn", NULL, false},
		{"cn-hangzhou@evil", NULL, false},
		{"CN-HANGZHOU", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct endpoint e;
		struct error err = {0};
		int r = endpoint_resolve(NULL, cases[i].region, false, &e, &err);
		assert_int_equal(r, cases[i].host ? 0 : -EINVAL);
		if (!cases[i].host)
			continue;
		assert_string_equal(e.host, cases[i].host);
		assert_int_equal(e.shared != NULL, cases[i].shared);
		assert_true(e.tls);
		assert_false(e.loopback);
	}
}

static void endpoints_inside_the_clouds_network(void **state)
{
	struct endpoint e;

	(void)state;
	assert_int_equal(endpoint_resolve(NULL, "cn-hangzhou", true, &e, NULL), 0);
	assert_string_equal(e.host, "adb-vpc.cn-hangzhou.aliyuncs.com");
	assert_null(e.shared);
	assert_true(e.tls);
	assert_int_equal(endpoint_resolve("adb.example.com", "cn-hangzhou", true, &e, NULL), 0);
	assert_string_equal(e.host, "adb.example.com");
	assert_int_equal(endpoint_resolve(NULL, NULL, true, &e, NULL), -EINVAL);
}

static void endpoints_of_sts(void **state)
{
	static const struct {
		const char *given, *region, *named, *override;
		bool vpc, vpc_named;
		const char *host; /* NULL: refused */
	} cases[] = {
		{.host = "sts.aliyuncs.com"},
		{.region = "cn-beijing", .host = "sts.aliyuncs.com"},
		{.region = "cn-beijing", .vpc = true, .host = "sts-vpc.cn-beijing.aliyuncs.com"},
		{.named = "cn-shanghai", .host = "sts.cn-shanghai.aliyuncs.com"},
		{.region = "cn-beijing",
			.named = "cn-shanghai",
			.vpc = true,
			.host = "sts-vpc.cn-shanghai.aliyuncs.com"},
		{.named = "cn-shanghai",
			.vpc_named = true,
			.host = "sts-vpc.cn-shanghai.aliyuncs.com"},
		{.vpc_named = true, .host = "sts.aliyuncs.com"},
		{.vpc = true, .host = "sts.aliyuncs.com"},
		{.given = "sts.example.com",
			.region = "cn-beijing",
			.vpc = true,
			.host = "sts.example.com"},
		{.given = "sts.example.com",
			.override = "http://127.0.0.1:99",
			.host = "127.0.0.1:99"},
		{.given = "http://sts.example.com"},
		{.override = "http://192.0.2.1"},
		{.named = "no region"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct endpoint e;
		int r;
		(void)setenv("RETAIND_STS_ENDPOINT", cases[i].override ? cases[i].override : "", 1);
		(void)setenv("ALIBABA_CLOUD_STS_REGION", cases[i].named ? cases[i].named : "", 1);
		(void)setenv(
			"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", cases[i].vpc_named ? "true" : "", 1);
		r = sts_endpoint(cases[i].given, cases[i].region, cases[i].vpc, &e, NULL);
		assert_int_equal(r, cases[i].host ? 0 : -EINVAL);
		if (cases[i].host)
			assert_string_equal(e.host, cases[i].host);
	}
	(void)unsetenv("RETAIND_STS_ENDPOINT");
	(void)unsetenv("ALIBABA_CLOUD_STS_REGION");
	(void)unsetenv("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
}

static void endpoints_that_are_given(void **state)
{
	static const struct {
		const char *given, *host; /* host NULL: refused */
		bool tls, loopback;
		const char *why;
	} cases[] = {
		{"adb-vpc.cn-hangzhou.aliyuncs.com", "adb-vpc.cn-hangzhou.aliyuncs.com", true,
			false, NULL},
		{"https://ADB.Example.com/", "adb.example.com", true, false, NULL},
		{"HTTPS://adb.example.com:443", "adb.example.com", true, false, NULL},
		{"adb.example.com:8443", "adb.example.com:8443", true, false, NULL},
		{"https://[2001:db8::1]:8443", "[2001:db8::1]:8443", true, false, NULL},
		{"https://127.0.0.1:1234", "127.0.0.1:1234", true, true, NULL},
		{"http://127.0.0.1:1234/", "127.0.0.1:1234", false, true, NULL},
		{"http://127.255.3.4", "127.255.3.4", false, true, NULL},
		{"http://localhost:80", "localhost", false, true, NULL},
		{"http://[::1]:9", "[::1]:9", false, true, NULL},
		{"http://adb.example.com", NULL, false, false, "plain http is only for loopback"},
		{"http://128.0.0.1", NULL, false, false, "plain http is only for loopback"},
		{"http://localhost.example.com", NULL, false, false,
			"plain http is only for loopback"},
		{"http://127.0.0.1.example.com", NULL, false, false,
			"plain http is only for loopback"},
		{"http://[::ffff:127.0.0.1]", NULL, false, false,
			"plain http is only for loopback"},
		{"http://127.1", NULL, false, false, "not a host name"},
		{"http://2130706433", NULL, false, false, "not a host name"},
		{"http://0x7f.1", NULL, false, false, "not a host name"},
		{"http://127.0.0.1@evil.example", NULL, false, false,
			"without user, path or query"},
		{"https://user:pass@adb.example.com", NULL, false, false,
			"without user, path or query"},
		{"https://adb.example.com/path", NULL, false, false, "without user, path or query"},
		{"https://adb.example.com?x=1", NULL, false, false, "without user, path or query"},
		{"https://adb.example.com#x", NULL, false, false, "without user, path or query"},
		{"ftp://adb.example.com", NULL, false, false, "only https://"},
		{"https://", NULL, false, false, "not a host name"},
		{"https://adb..example.com", NULL, false, false, "not a host name"},
		{"https://adb.example.com.", NULL, false, false, "not a host name"},
		{"https://-adb.example.com", NULL, false, false, "not a host name"},
		{"https://adb_x.example.com", NULL, false, false, "not a host name"},
		{"https://adb example.com", NULL, false, false, "not a host name"},
		{"https://adb.example.com\r\nx: y", NULL, false, false, "not a host name"},
		{"https://[::1", NULL, false, false, "not a host name"},
		{"https://[::1]x", NULL, false, false, "not a host name"},
		{"https://[fe80::1%eth0]", NULL, false, false, "not a host name"},
		{"https://::1", NULL, false, false, "not a host name"},
		{"https://adb.example.com:", NULL, false, false, "the port"},
		{"https://adb.example.com:0", NULL, false, false, "the port"},
		{"https://adb.example.com:65536", NULL, false, false, "the port"},
		{"https://adb.example.com:08", NULL, false, false, "the port"},
		{"https://adb.example.com:1:2", NULL, false, false, "the port"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct endpoint e;
		struct error err = {0};
		int r = endpoint_resolve(cases[i].given, "cn-hangzhou", true, &e, &err);
		if (r != (cases[i].host ? 0 : -EINVAL))
			fail_msg("%s: %s", cases[i].given, r < 0 ? err.text : e.host);
		if (!cases[i].host) {
			if (!strstr(err.text, cases[i].why))
				fail_msg("%s: %s", cases[i].given, err.text);
			continue;
		}
		assert_string_equal(e.host, cases[i].host);
		assert_int_equal(e.tls, cases[i].tls);
		assert_int_equal(e.loopback, cases[i].loopback);
	}
}

static void windows_are_widened_to_the_minute(void **state)
{
	static const struct {
		int64_t instant_s;
		bool up;
		const char *text;
	} cases[] = {
		{1654099200, false, "2022-06-01T16:00Z"},
		{1654099200, true, "2022-06-01T16:00Z"},
		{1654099201, false, "2022-06-01T16:00Z"},
		{1654099201, true, "2022-06-01T16:01Z"},
		{1654099259, false, "2022-06-01T16:00Z"},
		{1654099259, true, "2022-06-01T16:01Z"},
		{-1, false, "1969-12-31T23:59Z"},
		{-1, true, "1970-01-01T00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[REQUEST_MINUTE_SIZE];
		request_minute(cases[i].instant_s, cases[i].up, text);
		assert_string_equal(text, cases[i].text);
	}
}

static char id[] = "TESTONLYACCESSKEYID00", secret[] = "TESTONLYACCESSKEYSECRET0000000",
	    token[] = "TESTONLY/STS+TOKEN==~*~with=special/chars", role_arn[] = "acs:ram::1:role/r",
	    session_name[] = "me", policy[] = "{}", external_id[] = "e=1";

static const char *header(const struct request *r, const char *name)
{
	for (size_t i = 0; r->headers[i]; i++)
		if (text_starts(r->headers[i], name) &&
			text_starts(r->headers[i] + strlen(name), ": "))
			return r->headers[i] + strlen(name) + 2;
	return NULL;
}

/* The vector describe-backups-ak, as a whole request. */
static void a_request_is_what_the_vendors_client_would_sign(void **state)
{
	const struct sign_pair params[] = {{"DBClusterId", "amv-test0000000001"},
		{"StartTime", "2025-12-01T00:00Z"}, {"EndTime", "2026-01-02T03:04Z"},
		{"PageSize", "100"}, {"PageNumber", "1"}};
	struct endpoint e = {.tls = true, .host = "adb.cn-hongkong.aliyuncs.com"};
	struct request r;

	(void)state;
	_cleanup_free_ char *query = sign_canonical_query(params, ARRAY_SIZE(params));
	request_build(&(struct request_input){.endpoint = &e,
			      .action = "DescribeBackups",
			      .version = "2021-12-01",
			      .method = "POST",
			      .query = query,
			      .keys = &(struct keys){.id = id, .secret = secret},
			      .now_s = 1767323045,
			      .nonce = "00112233445566778899aabbccddeeff"},
		&r);
	assert_string_equal(r.url,
		"https://adb.cn-hongkong.aliyuncs.com/"
		"?DBClusterId=amv-test0000000001&EndTime=2026-01-02T03%3A04Z"
		"&PageNumber=1&PageSize=100&StartTime=2025-12-01T00%3A00Z");
	assert_string_equal(header(&r, "host"), "adb.cn-hongkong.aliyuncs.com");
	assert_string_equal(header(&r, "x-acs-action"), "DescribeBackups");
	assert_string_equal(header(&r, "x-acs-version"), "2021-12-01");
	assert_string_equal(header(&r, "x-acs-date"), "2026-01-02T03:04:05Z");
	assert_string_equal(header(&r, "accept"), "application/json");
	assert_null(header(&r, "x-acs-security-token"));
	assert_string_equal(header(&r, "Authorization"),
		"ACS3-HMAC-SHA256 Credential=TESTONLYACCESSKEYID00,SignedHeaders=host;x-acs-action;"
		"x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
		"72bff0723be0cd159512ba565168203c298376197828d16dc3f56197d38476a8");
	request_done(&r);
}

/* The vector create-backup-sts. */
static void a_token_is_sent_and_signed(void **state)
{
	const struct sign_pair params[] = {
		{"DBClusterId", "amv-test0000000001"}, {"RegionId", "cn-hangzhou"}};
	struct endpoint e = {.tls = true, .host = "adb.aliyuncs.com"};
	struct request r;

	(void)state;
	_cleanup_free_ char *query = sign_canonical_query(params, ARRAY_SIZE(params));
	request_build(&(struct request_input){.endpoint = &e,
			      .action = "CreateBackup",
			      .version = "2021-12-01",
			      .method = "POST",
			      .query = query,
			      .keys = &(struct keys){.id = id, .secret = secret, .token = token},
			      .now_s = 1772323199,
			      .nonce = "ffeeddccbbaa99887766554433221100"},
		&r);
	assert_string_equal(header(&r, "x-acs-security-token"), token);
	assert_string_equal(header(&r, "x-acs-accesskey-id"), id);
	assert_non_null(strstr(header(&r, "Authorization"),
		"Signature=bf6f9c13bd8fa65a8fba709a55cd5ab9b1cc9b8edd85ba16e3a9cd586e20d2b3"));
	request_done(&r);
}

/* The vector sts-assume-role-form-body. */
static void a_form_is_hashed_and_its_type_signed(void **state)
{
	struct endpoint e = {.tls = true, .host = "sts.aliyuncs.com"};
	struct request r;

	(void)state;
	request_build(&(struct request_input){.endpoint = &e,
			      .action = "AssumeRole",
			      .version = "2015-04-01",
			      .method = "POST",
			      .query = "",
			      .form = "RoleArn=acs%3Aram%3A%3A100000000000000%3Arole%2Ftest-role"
				      "&RoleSessionName=test-session&DurationSeconds=3600",
			      .keys = &(struct keys){.id = id, .secret = secret},
			      .now_s = 1780819750,
			      .nonce = "abcdefabcdefabcdefabcdefabcdefab"},
		&r);
	assert_string_equal(r.url, "https://sts.aliyuncs.com/?");
	assert_string_equal(header(&r, "content-type"), "application/x-www-form-urlencoded");
	assert_non_null(strstr(header(&r, "Authorization"),
		"Signature=ee28016e302d9f19e8eda15e61bb7fb96dadac80b439213449b76f7f5473d4c4"));
	request_done(&r);
}

static void assume_role_says_who_and_for_how_long(void **state)
{
	struct endpoint e = {.tls = true, .host = "sts.aliyuncs.com"};
	struct role role = {.arn = role_arn,
		.session_name = session_name,
		.duration_s = 900,
		.policy = policy,
		.external_id = external_id};
	struct request r;

	(void)state;
	sts_assume_role(&e, &role, &(struct keys){.id = id, .secret = secret, .token = token},
		1780819750, &r);
	assert_string_equal(r.body,
		"DurationSeconds=900&ExternalId=e%3D1&Policy=%7B%7D&RoleArn=acs%3Aram%3A%3A1%3Arole"
		"%2Fr&RoleSessionName=me");
	assert_string_equal(header(&r, "x-acs-action"), "AssumeRole");
	assert_string_equal(header(&r, "x-acs-version"), "2015-04-01");
	assert_string_equal(header(&r, "x-acs-security-token"), token);
	request_done(&r);

	sts_assume_role_with_oidc(&e, &role, "acs:ram::1:oidc-provider/k", "a.b.c", 1780819750, &r);
	assert_string_equal(r.url,
		"https://sts.aliyuncs.com/?Action=AssumeRoleWithOIDC&Format=JSON"
		"&Timestamp=2026-06-07T08%3A09%3A10Z&Version=2015-04-01");
	assert_string_equal(r.body,
		"DurationSeconds=900&OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fk"
		"&OIDCToken=a.b.c&Policy=%7B%7D&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr"
		"&RoleSessionName=me");
	assert_null(header(&r, "Authorization"));
	request_done(&r);
}

static void nonces_differ(void **state)
{
	char a[REQUEST_NONCE_SIZE], b[REQUEST_NONCE_SIZE];

	(void)state;
	request_nonce(a);
	request_nonce(b);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

TEST_FILE(request_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_of_regions),
		cmocka_unit_test(endpoints_inside_the_clouds_network),
		cmocka_unit_test(endpoints_of_sts),
		cmocka_unit_test(endpoints_that_are_given),
		cmocka_unit_test(windows_are_widened_to_the_minute),
		cmocka_unit_test(a_request_is_what_the_vendors_client_would_sign),
		cmocka_unit_test(a_token_is_sent_and_signed),
		cmocka_unit_test(a_form_is_hashed_and_its_type_signed),
		cmocka_unit_test(assume_role_says_who_and_for_how_long),
		cmocka_unit_test(nonces_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
