/* Logging in, as a caller of the client sees it: everyone who gives out keys is one server on
 * loopback that answers in turn, and the clock that sessions end by is the test's. */
#include "base/text.h"
#include "client_rig.h"
#include "cloud/cloud_clock.h"
#include "testing.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Seconds that have passed by the test's clock, since it began. The linker puts this in the place
 * of the client's clock. */
static int64_t passed_s;

int64_t __wrap_cloud_clock_boot(void);
int64_t __wrap_cloud_clock_boot(void)
{
	return 1000000 + passed_s;
}

/* It is read when a call begins, and for the last time right before its first byte. */
static int walls_read;

int64_t __wrap_cloud_clock_wall(void);
int64_t __wrap_cloud_clock_wall(void)
{
	walls_read++;
	return SERVER_S + passed_s;
}

/* SERVER_S and so many seconds. */
#define AT_0 "2026-11-21T00:00:00Z"
#define AT_800 "2026-11-21T00:13:20Z"
#define AT_1600 "2026-11-21T00:26:40Z"
#define FOUR(name, expires)                                                       \
	"\"AccessKeyId\":\"STS." name "\",\"AccessKeySecret\":\"FAKESECRET-" name \
	"\",\"SecurityToken\":\"FAKETOKEN-" name "\",\"Expiration\":\"" expires "\""
#define METADATA(name, expires) \
	WIRE_ANSWER("200 OK", "{\"Code\":\"Success\"," FOUR(name, expires) "}")
#define STS(name, expires) \
	WIRE_ANSWER("200 OK", "{\"RequestId\":\"R-S\",\"Credentials\":{" FOUR(name, expires) "}}")
#define EXPIRED                                                                       \
	WIRE_ANSWER("400 Bad Request",                                                \
		"{\"Code\":\"InvalidSecurityToken.Expired\",\"Message\":\"Expired\"," \
		"\"RequestId\":\"R-E\"}")
#define OUT_OF_ORDER WIRE_ANSWER("503 Oops", "{}")

struct login_rig {
	struct rig rig;
	int troubles, ends; /* what was told */
	char told[512];
	char home[64];
};

static void note(void *data, bool trouble, const char *text)
{
	struct login_rig *b = data;

	b->troubles += trouble;
	b->ends += !trouble;
	(void)snprintf(b->told, sizeof(b->told), "%s", text);
}

static const char *const variables[] = {"ALIBABA_CLOUD_ACCESS_KEY_ID",
	"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN",
	"ALIBABA_CLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
	"ALIBABA_CLOUD_IMDSV1_DISABLED", "ALIBABA_CLOUD_ROLE_ARN",
	"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"};

/* A client with one account, and a server for everything. */
static void begin(struct login_rig *b, const struct login_options *login,
	const struct wire_step *steps, size_t count)
{
	struct error err = {0};
	char url[64], uri[80];

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
	*b = (struct login_rig){.home = "/tmp/login-test-XXXXXX"};
	assert_non_null(mkdtemp(b->home));
	(void)setenv("HOME", b->home, 1);
	passed_s = 0;
	wire_start(&b->rig.server, false, steps, count);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", b->rig.server.port);
	(void)snprintf(uri, sizeof(uri), "%s/uri?FAKEWORD", url);
	(void)setenv("RETAIND_STS_ENDPOINT", url, 1);
	(void)setenv("RETAIND_METADATA_ENDPOINT", url, 1);
	if (login->from == LOGIN_FROM_URI)
		(void)setenv("ALIBABA_CLOUD_CREDENTIALS_URI", uri, 1);
	assert_int_equal(client_new(&(struct client_options){.tell = note, .tell_data = b},
				 &b->rig.client, &err),
		0);
	if (client_add_account(b->rig.client,
		    &(struct client_account_options){
			    .name = "prod", .endpoint = url, .login = *login},
		    &b->rig.account, &err) < 0)
		fail_msg("%s", err.text);
}

static void end(struct login_rig *b)
{
	char path[80];

	rig_end(&b->rig);
	(void)snprintf(path, sizeof(path), "%s/file", b->home);
	(void)unlink(path);
	assert_int_equal(rmdir(b->home), 0);
}

static void use_keys(void)
{
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ID, 1);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
}

static const char *put_file(struct login_rig *b, const char *content, unsigned mode, char path[80])
{
	FILE *f;

	(void)snprintf(path, 80, "%s/file", b->home);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

/* The n-th request, from 0 on, begins with `line` and has `header` somewhere. */
static void expect_request(struct login_rig *b, size_t n, const char *line, const char *header)
{
	const char *r;

	assert_true(n < wire_requests(&b->rig.server, NULL));
	r = b->rig.server.requests[n];
	if (!text_starts(r, line) || !strcasestr(r, header))
		fail_msg("request %zu, wanted '%s' with '%s':\n%s", n, line, header, r);
}

static void expect_ok(struct login_rig *b)
{
	struct answer a = rig_create(&b->rig);

	if (a.kind != ANSWER_OK)
		fail_msg("%s: %s", a.code, a.message);
}

/* It fails, with these words, and never with a secret. */
static void expect_no_keys(struct login_rig *b, const char *words)
{
	struct answer a = rig_create(&b->rig);

	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Credentials");
	if (!strstr(a.message, words))
		fail_msg("wanted '%s', got '%s'", words, a.message);
	assert_null(strstr(a.message, "FAKE"));
	assert_null(strstr(a.message, SECRET));
}

static void an_instance_logs_in_by_its_role(void **state)
{
	static const struct wire_step steps[] = {WIRE_ANSWER("200 OK", "METATOKEN"),
		WIRE_ANSWER("200 OK", "my-role"), METADATA("one", AT_1600), CREATED_REPLY};
	struct login_rig b;
	struct login_state look;

	(void)state;
	begin(&b, &(struct login_options){.from = LOGIN_FROM_CHAIN}, steps, ARRAY_SIZE(steps));
	client_account_state(b.rig.account, &look);
	assert_null(look.source);
	expect_ok(&b);
	expect_request(&b, 0, "PUT /latest/api/token HTTP",
		"\r\nX-aliyun-ecs-metadata-token-ttl-seconds: 21600\r\n");
	expect_request(&b, 1, "GET /latest/meta-data/ram/security-credentials/ HTTP",
		"\r\nX-aliyun-ecs-metadata-token: METATOKEN\r\n");
	expect_request(&b, 2, "GET /latest/meta-data/ram/security-credentials/my-role HTTP",
		"\r\nX-aliyun-ecs-metadata-token: METATOKEN\r\n");
	expect_request(&b, 3, "POST /?DBClusterId=", "\r\nx-acs-security-token: FAKETOKEN-one\r\n");
	expect_ok(&b); /* with the same session */
	assert_int_equal(wire_requests(&b.rig.server, NULL), 5);
	client_account_state(b.rig.account, &look);
	assert_string_equal(look.source, "ECS metadata");
	assert_int_equal(look.lasts_s, 1600);
	assert_null(look.trouble);
	end(&b);
}

/* No metadata service: the chain goes on, and tells at its end where it looked. */
static void without_an_instance_the_chain_goes_on(void **state)
{
	static const struct wire_step steps[] = {{NULL, WIRE_CLOSE, 0, NULL},
		{NULL, WIRE_CLOSE, 0, NULL}, METADATA("uri", AT_1600), CREATED_REPLY};
	struct login_rig b;
	char uri[80];

	(void)state;
	begin(&b, &(struct login_options){0}, steps, ARRAY_SIZE(steps));
	(void)setenv("RETAIND_METADATA_ENDPOINT", "http://127.0.0.1:1", 1);
	expect_no_keys(
		&b, "no metadata service answers (Connect), no ALIBABA_CLOUD_CREDENTIALS_URI");
	assert_int_equal(wire_requests(&b.rig.server, NULL), 0);
	passed_s += 10; /* the distance to the next attempt */
	(void)snprintf(uri, sizeof(uri), "http://127.0.0.1:%d/uri", b.rig.server.port);
	(void)setenv("ALIBABA_CLOUD_CREDENTIALS_URI", uri, 1);
	b.rig.server.steps = steps + 2;
	b.rig.server.step_count = 2;
	expect_ok(&b);
	expect_request(&b, 0, "GET /uri HTTP", "\r\nAccept: application/json\r\n");
	end(&b);
}

static void the_metadata_endpoint_of_tests_is_on_loopback(void **state)
{
	static const struct wire_step steps[] = {CREATED_REPLY};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){.from = LOGIN_FROM_ECS}, steps, ARRAY_SIZE(steps));
	(void)setenv("RETAIND_METADATA_ENDPOINT", "https://192.0.2.1", 1);
	expect_no_keys(&b, "RETAIND_METADATA_ENDPOINT: only loopback");
	end(&b);
}

static void a_role_is_assumed_once_for_many_calls(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_1600), PAGE_REPLY};
	struct login_rig b;
	struct got g = {0};

	(void)state;
	begin(&b,
		&(struct login_options){.from = LOGIN_FROM_ENVIRONMENT,
			.role = "acs:ram::1:role/r",
			.external_id = "e"},
		steps, ARRAY_SIZE(steps));
	use_keys();
	for (int i = 0; i < 20; i++)
		client_describe_backups(
			b.rig.client, TARGET(&b.rig, NULL), 0, NOW_S, 1, NOW_S, rig_done, &g);
	assert_int_equal(client_pending(b.rig.client), 20);
	rig_finish(b.rig.client);
	assert_int_equal(g.calls, 20);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 1);
	assert_int_equal(wire_requests(&b.rig.server, "DescribeBackups"), 20);
	expect_request(&b, 0, "POST /? HTTP", "\r\nAuthorization: ACS3-HMAC-SHA256 Credential=" ID);
	expect_request(&b, 0, "POST /", "\r\n\r\nDurationSeconds=3600&ExternalId=e&RoleArn=");
	expect_request(&b, 1, "POST /?DBClusterId=", "\r\nx-acs-accesskey-id: STS.one\r\n");
	end(&b);
}

static void roles_are_assumed_one_with_the_other(void **state)
{
	static const struct wire_step steps[] = {WIRE_ANSWER("200 OK", "METATOKEN"),
		METADATA("instance", AT_1600), STS("role", AT_1600), CREATED_REPLY};
	struct login_rig b;

	(void)state;
	begin(&b,
		&(struct login_options){.from = LOGIN_FROM_ECS,
			.ecs_role = "given",
			.role = "acs:ram::2:role/other"},
		steps, ARRAY_SIZE(steps));
	expect_ok(&b);
	expect_request(&b, 1, "GET /latest/meta-data/ram/security-credentials/given HTTP", "");
	expect_request(&b, 2, "POST /? HTTP", "\r\nx-acs-security-token: FAKETOKEN-instance\r\n");
	expect_request(&b, 3, "POST /?DBCl", "\r\nx-acs-security-token: FAKETOKEN-role\r\n");
	end(&b);
}

static void a_token_of_oidc_is_read_anew_and_not_told(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_800), CREATED_REPLY,
		WIRE_ANSWER("400 Bad Request",
			"{\"Code\":\"AuthenticationFail.OIDCToken.Invalid\",\"Message\":"
			"\"the token eFAKE.JWT.2 is bad\",\"RequestId\":\"R-O\"}")};
	struct login_rig b;
	char path[80];

	(void)state;
	begin(&b, &(struct login_options){0}, steps, ARRAY_SIZE(steps));
	(void)setenv("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r", 1);
	(void)setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k", 1);
	(void)setenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE", put_file(&b, "eFAKE.JWT.1\n", 0644, path), 1);
	expect_ok(&b);
	expect_request(&b, 0, "POST /?Action=AssumeRoleWithOIDC&Format=JSON&Timestamp=",
		"&OIDCToken=eFAKE.JWT.1&RoleArn=");
	assert_null(strcasestr(b.rig.server.requests[0], "\r\nAuthorization:"));
	(void)put_file(&b, "eFAKE.JWT.2", 0644, path);
	passed_s = 801;
	expect_no_keys(&b, "AuthenticationFail.OIDCToken.Invalid: the token [redacted] is bad");
	assert_non_null(strstr(b.rig.server.requests[2], "&OIDCToken=eFAKE.JWT.2&"));
	(void)put_file(&b, "x", 0644, path);
	passed_s += 10;
	expect_no_keys(&b, "no token of 4 to 20000 characters");
	end(&b);
}

/* Else a policy file could have a key posted to a server of its choice. */
static void s9_nothing_but_a_token_of_oidc_is_posted(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"LTAIFAKEKEY0000000000000000000", "file: holds no OIDC token"},
		{"eFAKE.JWT", "file: holds no OIDC token"},
		{"eFAKE.JWT.1.2", "file: holds no OIDC token"},
		{"eFAKE..1", "file: holds no OIDC token"},
		{"FAKE.JWT.1", "file: holds no OIDC token"},
		{"eFAKE.JW+T.1", "file: holds no OIDC token"},
		{"eFAKE.JWT.1", "link: lies below $CREDENTIALS_DIRECTORY"},
	};
	struct login_rig b;
	char path[80], link[80];

	(void)state;
	begin(&b, &(struct login_options){0}, NULL, 0);
	(void)setenv("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r", 1);
	(void)setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k", 1);
	(void)snprintf(link, sizeof(link), "%s-link", b.home);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool by_link = text_starts(cases[i].words, "link");
		(void)setenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE",
			put_file(&b, cases[i].text, 0644, path), 1);
		if (by_link) {
			assert_int_equal(symlink(path, link), 0);
			(void)setenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE", link, 1);
			(void)setenv("CREDENTIALS_DIRECTORY", b.home, 1);
		}
		expect_no_keys(&b, cases[i].words);
		passed_s += 1000; /* longer than any wait for the next try */
	}
	(void)unlink(link);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(wire_requests(&b.rig.server, NULL), 0);
	end(&b);
}

static void a_command_prints_the_keys(void **state)
{
	static const struct wire_step steps[] = {CREATED_REPLY};
	struct login_rig b;
	char path[80];

	(void)state;
	begin(&b, &(struct login_options){0}, steps, ARRAY_SIZE(steps));
	(void)put_file(&b,
		"{\"profiles\":[{\"name\":\"default\",\"mode\":\"External\",\"process_command\":"
		"\"sh -c 'sleep 0.3; printf %s \\\"$0\\\"' "
		"'{\\\"mode\\\":\\\"StsToken\\\",\\\"access_key_id\\\":\\\"STS.x\\\","
		"\\\"access_key_secret\\\":\\\"FAKESECRET\\\",\\\"sts_token\\\":"
		"\\\"FAKETOKEN-x\\\"}'\"}]}",
		0600, path);
	(void)setenv("ALIBABA_CLOUD_CONFIG_FILE", path, 1);
	expect_ok(&b);
	expect_request(&b, 0, "POST /", "\r\nx-acs-security-token: FAKETOKEN-x\r\n");
	(void)put_file(&b,
		"{\"profiles\":[{\"name\":\"default\",\"mode\":\"External\",\"process_command\":"
		"\"sh -c 'echo FAKESECRET; exit 1'\"}]}",
		0600, path);
	passed_s = 899; /* a session without an end is kept for a quarter of an hour */
	expect_ok(&b);
	passed_s = 900;
	expect_ok(&b);
	assert_int_equal(b.troubles, 1);
	assert_non_null(strstr(b.told, "account 'prod': the session could not be renewed"));
	assert_non_null(strstr(b.told, "the command failed with status 1"));
	assert_null(strstr(b.told, "FAKE"));
	(void)unsetenv("ALIBABA_CLOUD_CONFIG_FILE");
	end(&b);
}

static void pages_and_redirects_are_never_keys(void **state)
{
	static const struct {
		struct wire_step step;
		const char *words;
	} cases[] = {
		{WIRE_ANSWER("200 OK", "<html>{" FOUR("x", AT_1600) "}</html>"), "a page"},
		{WIRE_ANSWER("302 Found", "{" FOUR("x", AT_1600) "}"), "302"},
		{WIRE_ANSWER("200 OK", "{\"Credentials\":{}}"), "has no AccessKeyId"},
		{{NULL, WIRE_CLOSE, 0, NULL}, "Connection"},
	};
	static const enum login_from ways[] = {
		LOGIN_FROM_ENVIRONMENT, LOGIN_FROM_URI, LOGIN_FROM_ECS};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
			struct login_rig b;
			begin(&b,
				&(struct login_options){.from = ways[way],
					.ecs_role = "r",
					.role = way == 0 ? "acs:ram::1:role/r" : NULL},
				&cases[i].step, 1);
			(void)setenv("ALIBABA_CLOUD_IMDSV1_DISABLED", "true", 1);
			use_keys();
			/* The metadata service's first answer is a word. */
			expect_no_keys(&b,
				way < 2 || !strchr("h2", *cases[i].words)
					? way < 2 ? cases[i].words : "metadata"
					: "metadata");
			end(&b);
		}
}

static void a_session_is_renewed_ahead_and_calls_go_on_meanwhile(void **state)
{
	static const struct wire_step steps[] = {
		STS("one", AT_800), CREATED_REPLY, CREATED_REPLY, {NULL, WIRE_HANG, 0, NULL}};
	struct login_rig b;
	struct got g = {0};

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	passed_s = 599; /* three quarters of its life, less one second */
	expect_ok(&b);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 1);
	passed_s = 601;
	/* The renewal hangs, and the call goes out all the same. */
	client_describe_policy(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &g);
	for (int i = 0; i < 100 && wire_requests(&b.rig.server, NULL) < 5; i++)
		assert_int_equal(client_turn(b.rig.client, -1, 20, NULL), 0);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 2);
	assert_int_equal(wire_requests(&b.rig.server, "DescribeBackupPolicy"), 1);
	/* Late, a call waits for it. */
	passed_s = 701;
	client_describe_policy(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &g);
	for (int i = 0; i < 10; i++)
		assert_int_equal(client_turn(b.rig.client, -1, 20, NULL), 0);
	assert_int_equal(wire_requests(&b.rig.server, "DescribeBackupPolicy"), 1);
	end(&b);
}

static void a_renewal_that_fails_leaves_the_old_session_in_use_and_is_told_once(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_800), CREATED_REPLY, OUT_OF_ORDER,
		CREATED_REPLY, CREATED_REPLY,
		WIRE_ANSWER("500 Oops",
			"{\"Code\":\"InternalError\",\"Message\":\"m\",\"RequestId\":\"R-9\"}"),
		CREATED_REPLY};
	static const struct wire_step again[] = {STS("two", AT_1600), CREATED_REPLY};
	struct login_rig b;
	struct login_state look;

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	passed_s = 705; /* late: the call waits for the renewal, and goes on without it */
	expect_ok(&b);
	assert_int_equal(b.troubles, 1);
	assert_non_null(strstr(b.told, "could not be renewed and goes on until it ends"));
	assert_non_null(strstr(b.told, "acs:ram::1:role/r: BadReply: HTTP status 503"));
	client_account_state(b.rig.account, &look);
	assert_int_equal(look.lasts_s, 95);
	assert_non_null(strstr(look.trouble, "HTTP status 503"));
	expect_ok(&b); /* too early for another attempt */
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 2);
	passed_s += 2;
	expect_ok(&b);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 3);
	assert_int_equal(b.troubles, 1);
	/* It has ended, and it is told when the next attempt comes. */
	passed_s = 800;
	b.rig.server.steps = steps + 2;
	b.rig.server.step_count = 1;
	expect_no_keys(&b, "BadReply: HTTP status 503");
	expect_no_keys(&b, "(tried again in 8 s)");
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 4);
	passed_s += 8;
	b.rig.server.steps = again - wire_requests(&b.rig.server, NULL);
	b.rig.server.step_count = wire_requests(&b.rig.server, NULL) + 2;
	expect_ok(&b);
	assert_int_equal(b.ends, 1);
	end(&b);
}

static void a_session_that_ended_on_the_way_is_renewed_and_the_call_sent_once_more(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_1600), EXPIRED, STS("two", AT_1600),
		CREATED_REPLY, EXPIRED, STS("three", AT_1600), EXPIRED};
	struct login_rig b;
	struct answer a;

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	expect_request(&b, 3, "POST /?DBClusterId=", "\r\nx-acs-security-token: FAKETOKEN-two\r\n");
	assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 2);
	/* Once, and no more. */
	a = rig_create(&b.rig);
	assert_int_equal(a.kind, ANSWER_REFUSED);
	assert_string_equal(a.code, "InvalidSecurityToken.Expired");
	assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 4);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 3);
	end(&b);
}

/* Only where the answer proves that nothing was done. */
static void s5_what_may_have_been_done_is_not_sent_again_with_a_new_session(void **state)
{
	static const struct wire_step ends[] = {
		{NULL, WIRE_CLOSE, 0, NULL},
		WIRE_ANSWER("500 Oops",
			"{\"Code\":\"InvalidSecurityToken.Expired\",\"Message\":\"m\"}"),
		WIRE_ANSWER(
			"200 OK", "{\"Code\":\"InvalidSecurityToken.Expired\",\"Message\":\"m\"}"),
		WIRE_ANSWER("400 Bad", "InvalidSecurityToken.Expired"),
		WIRE_ANSWER("400 Bad", "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"m\"}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct wire_step steps[] = {
			STS("one", AT_1600), ends[i], STS("two", AT_1600)};
		struct login_rig b;
		begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps,
			ARRAY_SIZE(steps));
		use_keys();
		assert_int_not_equal(rig_create(&b.rig).kind, ANSWER_OK);
		assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 1);
		assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 1);
		end(&b);
	}
}

/* A listing grows old while keys are fetched. */
static void s2_what_changes_something_does_not_wait_for_keys_for_long(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_1600), POLICY_REPLY, EXPIRED};
	struct login_rig b;
	struct got g = {0}, change = {0};

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	client_create_backup(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &change);
	client_describe_policy(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &g);
	passed_s = 11; /* until the keys come */
	rig_finish(b.rig.client);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	assert_int_equal(change.answer.kind, ANSWER_UNSENT);
	assert_string_equal(change.answer.code, "Credentials");
	assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 0);
	/* Nor is it sent again if the answer took its time. */
	client_create_backup(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &change);
	pthread_mutex_lock(&b.rig.server.lock); /* no answer yet */
	for (int before = walls_read; walls_read == before;)
		assert_int_equal(client_turn(b.rig.client, -1, 20, NULL), 0);
	passed_s += 11;
	pthread_mutex_unlock(&b.rig.server.lock);
	rig_finish(b.rig.client);
	assert_int_equal(change.answer.kind, ANSWER_REFUSED);
	assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 1);
	assert_int_equal(wire_requests(&b.rig.server, "AssumeRole"), 1);
	end(&b);
}

/* A4, A5: a machine that sleeps once the call is signed sends nothing when it wakes up. */
static void s2_what_changes_something_is_not_sent_by_a_machine_that_slept(void **state)
{
	static const struct wire_step steps[] = {STS("one", AT_1600), POLICY_REPLY, CREATED_REPLY};
	struct login_rig b;
	struct got g = {0}, change = {0};

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	client_describe_policy(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &g);
	rig_finish(b.rig.client);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	for (int64_t slept_s = 11; slept_s < 500; slept_s *= 30) {
		client_create_backup(b.rig.client, TARGET(&b.rig, NULL), NOW_S, rig_done, &change);
		passed_s += slept_s;
		rig_finish(b.rig.client);
		assert_int_equal(change.answer.kind, ANSWER_UNSENT);
		assert_string_equal(change.answer.code, "Late");
		assert_true(change.answer.transient);
	}
	assert_int_equal(wire_requests(&b.rig.server, "CreateBackup"), 0);
	end(&b);
}

/* The source has nothing newer: nobody is hammered, and people are told. */
static void a_session_that_is_refused_and_given_again_is_not_used(void **state)
{
	static const struct wire_step steps[] = {
		METADATA("one", AT_1600), EXPIRED, METADATA("one", AT_1600)};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){.from = LOGIN_FROM_URI}, steps, ARRAY_SIZE(steps));
	expect_no_keys(&b, "gives a session that the service refuses as ended");
	expect_no_keys(&b, "(tried again in 2 s)");
	assert_int_equal(wire_requests(&b.rig.server, NULL), 3);
	end(&b);
}

/* A token that stands in the environment is what it is. */
static void a_token_without_a_source_is_not_renewed(void **state)
{
	static const struct wire_step steps[] = {EXPIRED};
	struct login_rig b;
	struct answer a;

	(void)state;
	begin(&b, &(struct login_options){0}, steps, ARRAY_SIZE(steps));
	use_keys();
	(void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN, 1);
	a = rig_create(&b.rig);
	assert_int_equal(a.kind, ANSWER_REFUSED);
	assert_string_equal(a.code, "InvalidSecurityToken.Expired");
	assert_int_equal(wire_requests(&b.rig.server, NULL), 1);
	end(&b);
}

static void keys_that_stand_somewhere_are_read_anew_for_each_call(void **state)
{
	static const struct wire_step steps[] = {CREATED_REPLY};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){0}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "TESTONLYANOTHER", 1);
	expect_ok(&b);
	expect_request(&b, 0, "POST /", "Credential=" ID ",");
	expect_request(&b, 1, "POST /", "Credential=TESTONLYANOTHER,");
	(void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	expect_no_keys(&b, "ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	use_keys();
	expect_ok(&b); /* without a distance between attempts: nobody was asked */
	end(&b);
}

static void attempts_come_at_growing_distances(void **state)
{
	static const struct wire_step steps[] = {OUT_OF_ORDER};
	static const int64_t distances_s[] = {2, 4, 8, 16, 32, 60, 60};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){.from = LOGIN_FROM_URI}, steps, ARRAY_SIZE(steps));
	expect_no_keys(&b, "credentials URI: HTTP status 503");
	for (size_t i = 0; i < ARRAY_SIZE(distances_s); i++) {
		passed_s += distances_s[i] - 1;
		expect_no_keys(&b, "(tried again in 1 s)");
		assert_int_equal(wire_requests(&b.rig.server, NULL), i + 1);
		passed_s += 1;
		expect_no_keys(&b, "credentials URI: HTTP status 503");
		assert_int_equal(wire_requests(&b.rig.server, NULL), i + 2);
	}
	assert_int_equal(b.troubles, 0); /* the calls' answers tell it */
	end(&b);
}

static void sts_may_ask_for_a_longer_distance(void **state)
{
	static const struct {
		struct wire_step step;
		const char *words;
	} cases[] = {
		{{"HTTP/1.1 400 Bad\r\nX-Acs-Retry-After: 20000\r\nContent-Length: 26\r\n\r\n"
		  "{\"Code\":\"Throttling.User\"}",
			 WIRE_KEEP, 0, NULL},
			"(tried again in 20 s)"},
		{{"HTTP/1.1 400 Bad\r\nX-Acs-Retry-After: 3600000\r\nContent-Length: 26\r\n\r\n"
		  "{\"Code\":\"Throttling.User\"}",
			 WIRE_KEEP, 0, NULL},
			"(tried again in 300 s)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct login_rig b;
		begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, &cases[i].step, 1);
		use_keys();
		expect_no_keys(&b, "Throttling.User");
		expect_no_keys(&b, cases[i].words);
		end(&b);
	}
}

/* A machine whose clock is wrong logs in all the same. */
static void sts_tells_the_services_clock_too(void **state)
{
	static const struct wire_step steps[] = {
		WIRE_ANSWER("400 Bad", "{\"Code\":\"InvalidTimeStamp.Expired\",\"Message\":\"m\"}"),
		STS("one", AT_1600), CREATED_REPLY};
	struct login_rig b;
	struct login_state look;

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	expect_request(&b, 0, "POST /? HTTP", "\r\nx-acs-date: 2026-01-02T03:04:05Z\r\n");
	/* On a slow machine some seconds later. */
	expect_request(&b, 1, "POST /? HTTP", "\r\nx-acs-date: 2026-11-21T00:00:");
	expect_request(&b, 2, "POST /?DBClusterId=", "\r\nx-acs-date: 2026-11-21T00:00:");
	client_account_state(b.rig.account, &look);
	assert_int_equal(look.lasts_s, 1600); /* by the clock of who gave it */
	end(&b);
}

/* By one clock it has ended, by the other perhaps not: the service will say. */
static void a_session_that_seems_to_have_ended_is_tried_and_renewed_soon(void **state)
{
	static const struct wire_step steps[] = {STS("one", "2026-11-20T23:00:00Z"), CREATED_REPLY};
	struct login_rig b;
	struct login_state look;

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	client_account_state(b.rig.account, &look);
	assert_int_equal(look.lasts_s, 60);
	end(&b);
}

static void an_answer_without_end_is_cut_off(void **state)
{
	static const struct wire_step steps[] = {
		{"HTTP/1.1 200 OK\r\n\r\n", WIRE_CLOSE, (size_t)70000, NULL}};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){.from = LOGIN_FROM_URI}, steps, ARRAY_SIZE(steps));
	expect_no_keys(&b, "credentials URI: TooLarge: ");
	end(&b);
}

static void an_account_may_go_while_its_keys_are_on_their_way(void **state)
{
	static const struct wire_step steps[] = {
		STS("one", AT_800), CREATED_REPLY, {NULL, WIRE_HANG, 0, NULL}};
	struct login_rig b;

	(void)state;
	begin(&b, &(struct login_options){.role = "acs:ram::1:role/r"}, steps, ARRAY_SIZE(steps));
	use_keys();
	expect_ok(&b);
	passed_s = 650;
	b.rig.server.step_count = 2; /* the call is answered, whichever comes first */
	expect_ok(&b);
	client_remove_account(b.rig.account);
	for (int i = 0; i < 5; i++)
		assert_int_equal(client_turn(b.rig.client, -1, 20, NULL), 0);
	end(&b);
}

TEST_FILE(login_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instance_logs_in_by_its_role),
		cmocka_unit_test(without_an_instance_the_chain_goes_on),
		cmocka_unit_test(the_metadata_endpoint_of_tests_is_on_loopback),
		cmocka_unit_test(a_role_is_assumed_once_for_many_calls),
		cmocka_unit_test(roles_are_assumed_one_with_the_other),
		cmocka_unit_test(a_token_of_oidc_is_read_anew_and_not_told),
		cmocka_unit_test(s9_nothing_but_a_token_of_oidc_is_posted),
		cmocka_unit_test(a_command_prints_the_keys),
		cmocka_unit_test(pages_and_redirects_are_never_keys),
		cmocka_unit_test(a_session_is_renewed_ahead_and_calls_go_on_meanwhile),
		cmocka_unit_test(
			a_renewal_that_fails_leaves_the_old_session_in_use_and_is_told_once),
		cmocka_unit_test(
			a_session_that_ended_on_the_way_is_renewed_and_the_call_sent_once_more),
		cmocka_unit_test(s5_what_may_have_been_done_is_not_sent_again_with_a_new_session),
		cmocka_unit_test(s2_what_changes_something_does_not_wait_for_keys_for_long),
		cmocka_unit_test(s2_what_changes_something_is_not_sent_by_a_machine_that_slept),
		cmocka_unit_test(a_session_that_is_refused_and_given_again_is_not_used),
		cmocka_unit_test(a_token_without_a_source_is_not_renewed),
		cmocka_unit_test(keys_that_stand_somewhere_are_read_anew_for_each_call),
		cmocka_unit_test(attempts_come_at_growing_distances),
		cmocka_unit_test(sts_may_ask_for_a_longer_distance),
		cmocka_unit_test(sts_tells_the_services_clock_too),
		cmocka_unit_test(a_session_that_seems_to_have_ended_is_tried_and_renewed_soon),
		cmocka_unit_test(an_answer_without_end_is_cut_off),
		cmocka_unit_test(an_account_may_go_while_its_keys_are_on_their_way),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}
