/* What an answer of the cloud means: done, not done, or not known (S5). */
#include "../support/read_body.h"
#include "base/text.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "testing.h"

#define ID "TESTONLYACCESSKEYID00"
#define SECRET "TESTONLYACCESSKEYSECRET0000000"
#define TOKEN "TESTONLY/STS+TOKEN==~*~with=special/chars"
#define TOKEN_ENCODED "TESTONLY%2FSTS%2BTOKEN%3D%3D~%2A~with%3Dspecial%2Fchars"

static char id[] = ID, secret[] = SECRET, token[] = TOKEN;
static const struct keys keys = {.id = id, .secret = secret, .token = token};

#define ERROR(code) \
	"{\"Code\":\"" code "\",\"Message\":\"words\",\"RequestId\":\"R-1\",\"HostId\":\"h\"}"

static struct answer outcome(int status, const char *body, const struct http_reply *with)
{
	char copy[1024];
	struct http_reply r = with ? *with : (struct http_reply){0};
	struct answer a;

	(void)snprintf(copy, sizeof(copy), "%s", body);
	r.fate = HTTP_ANSWERED;
	r.status = status;
	r.body = copy;
	r.length = strlen(copy);
	outcome_read(&r, &keys, &a, NULL);
	return a;
}

static void s5_only_what_was_certainly_not_done_is_called_so(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum answer_kind kind;
		const char *code;
	} cases[] = {
		{200, "{\"RequestId\":\"R-1\"}", ANSWER_OK, ""},
		{202, "{\"RequestId\":\"R-1\",\"Code\":\"Success\"}", ANSWER_OK, ""},
		{200, ERROR("InternalError"), ANSWER_AMBIGUOUS, "InternalError"},
		{200, "<html>", ANSWER_AMBIGUOUS, "BadReply"},
		{200, "", ANSWER_AMBIGUOUS, "BadReply"},
		{200, "{\"RequestId\":\"R-", ANSWER_AMBIGUOUS, "BadReply"},
		{204, "", ANSWER_AMBIGUOUS, "BadReply"},
		{302, "<html>", ANSWER_AMBIGUOUS, "BadReply"},
		{307, "{}", ANSWER_AMBIGUOUS, "BadReply"},
		{400, ERROR("IdempotentParameterMismatch"), ANSWER_REFUSED,
			"IdempotentParameterMismatch"},
		/* Nonces are ours alone: another copy of this very call was there before. */
		{400, ERROR("SignatureNonceUsed"), ANSWER_AMBIGUOUS, "SignatureNonceUsed"},
		{404, ERROR("InvalidDBCluster.NotFound"), ANSWER_REFUSED,
			"InvalidDBCluster.NotFound"},
		{403, "{\"code\":\"NoPermission\",\"message\":\"m\",\"requestId\":\"R\"}",
			ANSWER_REFUSED, "NoPermission"},
		{400, "<html>proxy</html>", ANSWER_AMBIGUOUS, "BadReply"},
		{403, "{}", ANSWER_AMBIGUOUS, "BadReply"},
		{403, "{\"Code\":403}", ANSWER_AMBIGUOUS, "BadReply"},
		{407, "", ANSWER_AMBIGUOUS, "BadReply"},
		{408, ERROR("AcsServerTimeOut"), ANSWER_AMBIGUOUS, "AcsServerTimeOut"},
		{400, ERROR("Throttling.User"), ANSWER_THROTTLED, "Throttling.User"},
		{403, ERROR("Throttling.Api"), ANSWER_THROTTLED, "Throttling.Api"},
		{503, ERROR("Throttling"), ANSWER_THROTTLED, "Throttling"},
		{400, ERROR("Rejected.Throttling"), ANSWER_THROTTLED, "Rejected.Throttling"},
		{429, ERROR("TooManyRequests"), ANSWER_THROTTLED, "TooManyRequests"},
		{429, "slow down", ANSWER_AMBIGUOUS, "BadReply"},
		{500, ERROR("InternalError"), ANSWER_AMBIGUOUS, "InternalError"},
		{503, ERROR("ServiceUnavailable"), ANSWER_AMBIGUOUS, "ServiceUnavailable"},
		{502, "<html>Bad Gateway</html>", ANSWER_AMBIGUOUS, "BadReply"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer a = outcome(cases[i].status, cases[i].body, NULL);
		if (a.kind != cases[i].kind || strcmp(a.code, cases[i].code) != 0)
			fail_msg("%d %s: kind %d code '%s'", cases[i].status, cases[i].body, a.kind,
				a.code);
		assert_int_equal(a.http_status, cases[i].status);
	}
}

/* Every code that the pages and the vendor's own programs name, and some that nobody does. */
static void a_code_is_about_sets_unless_it_is_known_not_to_be(void **state)
{
	static const struct {
		enum about about;
		bool transient;
		const char *codes[20];
	} cases[] = {
		{ABOUT_SETS, false,
			{"BackupSet.Odd", "OperationDenied.Odd", "IncorrectBackupSetState",
				"InvalidBackupSetID.NotFound", "InvalidBackupIds.TooMany",
				"OperationDenied.BackupSetDeleteNotSupport",
				"OperationDenied.LastValidBackupSet", "A", "ACSX", "Lock"}},
		{ABOUT_CLUSTER, false,
			{"ADBClassNotSupport", "ADBVersionNotSupport", "AnalyticDBKernelError",
				"BackupTimesExceeded", "Exceeded.BackupTimes",
				"IncorrectDBInstanceLockMode", "IncorrectModuleVersion",
				"InvalidDBCluster.NotFound", "InvalidDBClusterId.NotFound",
				"InvalidDBClusterId.Malformed"}},
		{ABOUT_CLUSTER, true,
			{"ACS.Cluster.ElasticPlanJobsExists", "ACS.Cluster.InvalidWorkerState",
				"ADBConsoleAPIError", "BackupJobExists", "ConcurrentTaskExceeded",
				"Database.ConnectError", "IncorrectDBInstanceState",
				"IncorrectTaskStatus", "InstanceConnectTimeoutFault", "LockTimeout",
				"OperationDenied.BackupJobExists",
				"OperationDenied.DBClusterStatus",
				"OperationDenied.DBInstanceStatus", "OperationDenied.DBStatus",
				"OperationDenied.OrderProcessing", "OperationDenied.OutofUsage",
				"RelatedTaskNotFinish", "ResourceNotEnough", "TaskModifyError"}},
		{ABOUT_CALLER, false,
			{"CrossUser.CheckFailed", "Forbedden.NotSupportRAM", "Forbidden",
				"Forbidden.RAM", "IncompleteSignature",
				"InvalidAccessKeyId.Inactive", "InvalidAccessKeyId.NotFound",
				"InvalidSecurityToken.Expired", "InvalidTimeStamp.Expired",
				"MissingSecurityToken", "NoPermission", "SignatureDoesNotMatch",
				"Unauthorized"}},
		{ABOUT_NOTHING, false,
			{"ACS.InvalidParameter.X", "ACS.Parameter.Malformed", "ApiVersionForbidden",
				"DeleteBackupSetNumExceed", "IdempotentParameterMismatch",
				"InvalidAction", "InvalidApi.NotFound", "InvalidParameter.Format",
				"InvalidPreferredBackupTime.Malformed", "InvalidProduct.NotFound",
				"InvalidProtocol.NeedSsl", "InvalidVersion", "MissingParameter",
				"RequiredParam.NotFound", "UnsupportedHTTPMethod"}},
		{ABOUT_NOTHING, true,
			{"ACS.ServerError", "InternalError", "InternalFailure",
				"InternalServerError", "ServiceUnavailable"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (const char *const *code = cases[i].codes; *code; code++) {
			char body[200];
			struct answer a;
			(void)snprintf(body, sizeof(body), "{\"Code\":\"%s\"}", *code);
			a = outcome(403, body, NULL);
			if (a.kind != ANSWER_REFUSED || a.about != cases[i].about ||
				a.transient != cases[i].transient)
				fail_msg("%s: about %d, transient %d", *code, a.about, a.transient);
		}
}

static void a_quota_of_backups_that_is_full_waits_and_says_so(void **state)
{
	static const char *const codes[] = {"Exceeded.BackupTimes", "BackupTimesExceeded"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		char body[200];
		struct answer a;
		(void)snprintf(
			body, sizeof(body), "{\"Code\":\"%s\",\"Message\":\"words\"}", codes[i]);
		a = outcome(403, body, NULL);
		assert_string_equal(a.message, "a quota of manual backups is full: words");
		assert_int_equal(a.retry_after_ms, 3600000);
		a = outcome(403, body, &(struct http_reply){.acs_retry_after = "90000"});
		assert_int_equal(a.retry_after_ms, 90000);
	}
}

static void no_reply_is_unsent_or_ambiguous(void **state)
{
	struct http_reply r = {
		.fate = HTTP_UNSENT, .word = "Connect", .detail = "refused", .body = NULL};
	struct answer a;

	(void)state;
	outcome_read(&r, &keys, &a, NULL);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Connect");
	assert_string_equal(a.message, "refused");
	r.fate = HTTP_AMBIGUOUS;
	r.word = "Timeout";
	outcome_read(&r, NULL, &a, NULL);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_string_equal(a.code, "Timeout");
}

static void the_service_says_how_long_to_wait(void **state)
{
	static const struct {
		struct http_reply headers;
		int64_t throttled_ms, other_ms; /* the other is a 503 */
	} cases[] = {
		{{.acs_retry_after = "2500", .retry_after = "9"}, 2500, 2500},
		{{.ratelimit_api = "Limit:1,Remain:0,TimeLeft:2000,Reset:1234",
			 .ratelimit_user = "Limit:9,Remain:0,TimeLeft:3000,Reset:5"},
			3000, 0},
		{{.ratelimit_api = "TimeLeft:4000"}, 4000, 0},
		{{.ratelimit_api = "TimeLeft:x"}, 0, 0},
		{{.ratelimit_api = "TimeLeft:5x"}, 0, 0},
		{{.retry_after = "3"}, 3000, 3000},
		{{.retry_after = "Wed, 21 Oct 2015 07:28:00 GMT"}, 0, 0},
		{{.acs_retry_after = "-5"}, 0, 0},
		{{.acs_retry_after = "2.5"}, 0, 0},
		{{.acs_retry_after = "999999999999999999999"}, 0, 0},
		{{.acs_retry_after = "999999999"}, OUTCOME_RETRY_AFTER_MAX_MS,
			OUTCOME_RETRY_AFTER_MAX_MS},
		{{.acs_retry_after = ""}, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer a = outcome(400, ERROR("Throttling.User"), &cases[i].headers);
		assert_int_equal(a.retry_after_ms, cases[i].throttled_ms);
		a = outcome(503, ERROR("ServiceUnavailable"), &cases[i].headers);
		assert_int_equal(a.retry_after_ms, cases[i].other_ms);
		a = outcome(200, "{\"RequestId\":\"R\"}", &cases[i].headers);
		assert_int_equal(a.retry_after_ms, 0);
	}
}

static void s6_every_answer_tells_the_services_clock(void **state)
{
	static const struct {
		const char *date;
		int64_t server_s;
	} cases[] = {{"Sat, 21 Nov 2026 00:00:00 GMT", 1795219200}, {"", 0}, {"soon", 0},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_reply r = {0};
		(void)snprintf(r.date, sizeof(r.date), "%s", cases[i].date);
		assert_int_equal(outcome(200, "{}", &r).server_s, cases[i].server_s);
		assert_int_equal(outcome(404, ERROR("X"), &r).server_s, cases[i].server_s);
		assert_int_equal(outcome(502, "<html>", &r).server_s, cases[i].server_s);
	}
}

static bool holds_a_secret(const char *s)
{
	return strcasestr(s, ID) || strcasestr(s, SECRET) || strcasestr(s, TOKEN) ||
		strcasestr(s, TOKEN_ENCODED);
}

static void s9_secrets_are_taken_out_of_messages(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},
		{"key " ID " is bad", "key [redacted] is bad"},
		{SECRET SECRET, "[redacted]"},
		{"a " SECRET " b " SECRET, "a [redacted] b [redacted]"},
		{"as JSON in JSON: \\u0054ESTONLYACCESSKEYSECRET0000000",
			"as JSON in JSON: [redacted]"},
		{"t=TESTONLY\\/STS+TOKEN==~*~with=special\\/chars&", "t=[redacted]&"},
		{"t=%54ESTONLY/STS%2BTOKEN==~*~with=special/chars&", "t=[redacted]&"},
		{"t=TESTONLY%252FSTS+TOKEN==~*~with=special%252Fchars&", "t=[redacted]&"},
		{"100% \\u00e9 \\ %zz \\u12", "100% \\u00e9 \\ %zz \\u12"},
		{"t=" TOKEN "&", "t=[redacted]&"},
		{"t=" TOKEN_ENCODED "&", "t=[redacted]&"},
		{"t=testonly%2fsts%2btoken%3d%3d~%2a~with%3dspecial%2fchars", "t=[redacted]"},
		{"id testonlyaccesskeyid00", "id [redacted]"},
		{"Specified signature is not matched with our calculation. server string to sign "
		 "is:POST&%2F&" ID,
			"Specified signature is not matched with our calculation. server string to "
			"sign"},
		{"StringToSign: x", "StringToSign"},
		{"String To Sign x string to sign y", "String To Sign"},
		{"the canonical request is POST", "the canonical request"},
		{"a\nb", "a\\nb"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char out[320];
		redact(cases[i].in, &keys, out, sizeof(out));
		assert_string_equal(out, cases[i].out);
		assert_false(holds_a_secret(out));
	}
}

/* Read as JSON, so that no spelling hides it: in a value, in a key, however deep. */
static void s9_a_reply_that_repeats_a_secret_is_known(void **state)
{
	static const struct {
		const char *body;
		bool found;
	} cases[] = {
		{"{\"a\":[{\"b\":\"" SECRET "\"}]}", true},
		{"{\"a\":[{\"b\":\"\\u0054ESTONLYACCESSKEYSECRET0000000\"}]}", true},
		{"{\"a\":\"TESTONLY\\/STS+TOKEN==~*~with=special\\/chars\"}", true},
		{"{\"a\":\"" TOKEN_ENCODED "\"}", true},
		{"{\"a\":\"TESTONLY\\u00252fSTS+TOKEN==~*~with=special%25%32Fchars\"}", true},
		{"{\"x \\u0054ESTONLYACCESSKEYSECRET0000000\":1}", true},
		{"{\"a\":\"TESTONLYACCESSKEYSECRET000000\",\"b\":\"" ID "\"}", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(json_deletep) cJSON *reply = NULL;
		assert_int_equal(json_parse(cases[i].body, strlen(cases[i].body), &reply, NULL), 0);
		if (redact_finds_in(reply, &keys) != cases[i].found)
			fail_msg("%s", cases[i].body);
	}
}

/* A megabyte of escapes of escapes is looked through in one pass. */
static void s9_escapes_of_escapes_take_no_time(void **state)
{
	size_t length = (size_t)1 << 20;
	_cleanup_free_ char *s = xcalloc(length + sizeof(SECRET), 1);

	(void)state;
	s[0] = '%';
	for (size_t i = 1; i + 1 < length; i += 2)
		memcpy(s + i, "25", 2);
	strcat(s,
		"54"
		"ESTONLYACCESSKEYSECRET0000000");
	assert_true(redact_finds(s, &keys));
}

static void a_body_of_too_many_values_is_not_taken_in(void **state)
{
	size_t length = 2 * (OUTCOME_VALUES_MAX - 1) + 1;
	_cleanup_free_ char *body = xcalloc(length + 3, 1);
	struct http_reply r = {.fate = HTTP_ANSWERED, .status = 200, .body = body};
	cJSON *document = NULL;
	struct answer a;

	(void)state;
	memset(body, '0', length);
	for (size_t i = 0; i < length; i += 2)
		body[i] = ',';
	body[0] = '[';
	body[length - 1] = ']';
	r.length = length;
	outcome_read(&r, &keys, &a, &document);
	assert_int_equal(a.kind, ANSWER_OK);
	json_erase(document);
	memcpy(body + length - 1, ",0]", 3);
	r.length += 2;
	outcome_read(&r, &keys, &a, &document);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_null(document);
}

/* Cut first, redacted then: a part of the secret would stay at the end. */
static void s9_no_part_of_a_secret_is_left_at_a_cut(void **state)
{
	(void)state;
	for (size_t lead = 250; lead < 320; lead++) {
		_cleanup_free_ char *in = xasprintf("%0*d%s tail", (int)lead, 0, SECRET);
		char out[320];
		redact(in, &keys, out, sizeof(out));
		assert_null(strstr(out, "TESTONLY"));
	}
}

static void s9_error_bodies_hold_no_secret(void **state)
{
	static const char *const bodies[] = {
		ERROR(ID),
		ERROR("Bad." SECRET),
		"{\"Code\":\"SignatureDoesNotMatch\",\"RequestId\":\"" ID
		"\",\"Message\":\"Specified signature is "
		"not matched with our calculation. server string to sign "
		"is:POST&%2F&AccessKeyId%3D" ID "%26SecurityToken%3D" TOKEN "\"}",
		"{\"Code\":\"InvalidAccessKeyId.NotFound\",\"Message\":\"" ID
		" with \\u0054ESTONLYACCESSKEYSECRET0000000\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct answer a = outcome(400, bodies[i], NULL);
		assert_int_equal(a.kind, ANSWER_REFUSED);
		assert_false(holds_a_secret(a.code) || holds_a_secret(a.message) ||
			holds_a_secret(a.request_id));
	}
	/* The request id of a success and our own message too. */
	assert_false(
		holds_a_secret(outcome(200, "{\"RequestId\":\"" SECRET "\"}", NULL).request_id));
	struct answer a = {0};
	outcome_bad_reply(&a, "set " SECRET, &keys);
	assert_false(holds_a_secret(a.message));
}

static void error_bodies_alone(void **state)
{
	struct answer a = {.code = "before", .message = "before", .request_id = "before"};

	(void)state;
	assert_false(read_error("{\"RequestId\":\"R\"}", 17, NULL, &a));
	assert_false(read_error("nonsense", 8, NULL, &a));
	assert_string_equal(a.code, "before");
	assert_false(read_request_id("{}", 2, &a));
	assert_string_equal(a.request_id, "before");
	assert_true(read_request_id("{\"RequestId\":\"R\"}", 17, &a));
	assert_string_equal(a.request_id, "R");
	assert_true(read_error(ERROR("X.Y"), strlen(ERROR("X.Y")), NULL, &a));
	assert_string_equal(a.code, "X.Y");
	assert_string_equal(a.message, "words");
	assert_string_equal(a.request_id, "R-1");
}

TEST_FILE(outcome_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s5_only_what_was_certainly_not_done_is_called_so),
		cmocka_unit_test(a_code_is_about_sets_unless_it_is_known_not_to_be),
		cmocka_unit_test(a_quota_of_backups_that_is_full_waits_and_says_so),
		cmocka_unit_test(no_reply_is_unsent_or_ambiguous),
		cmocka_unit_test(the_service_says_how_long_to_wait),
		cmocka_unit_test(s6_every_answer_tells_the_services_clock),
		cmocka_unit_test(s9_secrets_are_taken_out_of_messages),
		cmocka_unit_test(s9_no_part_of_a_secret_is_left_at_a_cut),
		cmocka_unit_test(s9_error_bodies_hold_no_secret),
		cmocka_unit_test(s9_a_reply_that_repeats_a_secret_is_known),
		cmocka_unit_test(s9_escapes_of_escapes_take_no_time),
		cmocka_unit_test(a_body_of_too_many_values_is_not_taken_in),
		cmocka_unit_test(error_bodies_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
