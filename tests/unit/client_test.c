/* The four calls, as a caller sees them. */
#include "base/text.h"
#include "client_rig.h"
#include "cloud/sign.h"
#include "testing.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static void all_four_calls(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY, CREATED_REPLY, CREATED_REPLY, POLICY_REPLY};
	static const char *const starts[] = {"POST /?DBClusterId=" CLUSTER
					     "&EndTime=2026-01-02T03%3A05Z&PageNumber=7&PageSize="
					     "100&RegionId=cn-hangzhou&Remote=false"
					     "&StartTime=2026-01-02T03%3A02Z HTTP/1.1\r\n",
		"POST /?DBClusterId=" CLUSTER "&RegionId=cn-hangzhou HTTP/1.1\r\n",
		"POST /?BackupIds=763%2C764&DBClusterId=" CLUSTER
		"&RegionId=cn-hangzhou HTTP/1.1\r\n",
		"POST /?DBClusterId=" CLUSTER "&RegionId=cn-hangzhou HTTP/1.1\r\n"};
	struct rig b = {0};
	struct got list = {0}, made = {0}, gone = {0}, policy = {0};

	(void)state;
	rig_begin(&b, false, steps, ARRAY_SIZE(steps), NULL);
	client_describe_backups(
		b.client, TARGET(&b, "cn-hangzhou"), NOW_S - 100, NOW_S, 7, NOW_S, rig_done, &list);
	rig_finish(b.client);
	client_create_backup(b.client, TARGET(&b, "cn-hangzhou"), NOW_S, rig_done, &made);
	rig_finish(b.client);
	client_delete_backups(b.client, TARGET(&b, "cn-hangzhou"),
		(const char *const[]){"763", "764"}, 2, NOW_S, rig_done, &gone);
	rig_finish(b.client);
	client_describe_policy(b.client, TARGET(&b, "cn-hangzhou"), NOW_S, rig_done, &policy);
	rig_finish(b.client);

	assert_int_equal(list.answer.kind, ANSWER_OK);
	assert_int_equal(list.total, 1);
	assert_string_equal(list.first_id, "763");
	assert_string_equal(list.answer.request_id, "R-1");
	assert_int_equal(list.answer.http_status, 200);
	assert_int_equal(list.answer.server_s, SERVER_S);
	assert_int_equal(made.answer.kind, ANSWER_OK);
	assert_string_equal(made.answer.request_id, "R-2");
	assert_int_equal(gone.answer.kind, ANSWER_OK);
	assert_int_equal(policy.days, 730);
	assert_int_equal(b.server.request_count, 4);
	for (size_t i = 0; i < 4; i++) {
		const char *r = b.server.requests[i];
		if (!text_starts(r, starts[i]))
			fail_msg("%s", r);
		assert_non_null(strcasestr(r, "\r\nContent-Length: 0\r\n"));
		assert_null(strcasestr(r, "\r\nContent-Type:"));
		assert_null(strcasestr(r, "\r\nExpect:"));
	}
	rig_end(&b);
}

/* What came over the wire, checked as the gateway does it. */
static void a_server_can_verify_the_request(void **state)
{
	const struct wire_step steps[] = {CREATED_REPLY};
	struct rig b = {0};
	struct sign_pair headers[32];
	size_t count = 0;
	const char *hash = "", *authorization = "";
	struct sign_authorization given;
	char *copy, *rest, *line, *query;

	(void)state;
	rig_begin(&b, false, steps, 1, NULL);
	assert_int_equal(rig_create(&b).kind, ANSWER_OK);
	copy = rest = xstrdup(b.server.requests[0]);
	line = strsep(&rest, "\r");
	query = strchr(line, '?');
	*strrchr(query, ' ') = '\0';
	while ((line = strsep(&rest, "\r")) && line[1]) {
		char *colon = strchr(line, ':');
		*colon = '\0';
		headers[count++] = (struct sign_pair){line + 1, colon + 2};
		if (strcasecmp(line + 1, "x-acs-content-sha256") == 0)
			hash = colon + 2;
		if (strcasecmp(line + 1, "authorization") == 0)
			authorization = colon + 2;
	}
	_cleanup_free_ char *canonical = sign_canonical_query_from_url(query);
	assert_string_equal(canonical, query + 1); /* already in canonical form */
	assert_true(sign_parse_authorization(authorization, &given));
	assert_true(sign_verify(&(struct sign_input){.method = "POST",
					.path = "/",
					.canonical_query = canonical,
					.headers = headers,
					.header_count = count,
					.body_sha256 = hash,
					.key_id = ID,
					.key_secret = SECRET},
		&given, NULL));
	assert_non_null(strstr(given.signed_headers, "host;x-acs-accesskey-id;"));
	assert_non_null(strstr(given.signed_headers, "x-acs-security-token"));
	sign_authorization_done(&given);
	free(copy);
	rig_end(&b);
}

static void refusals_keep_code_message_and_request_id(void **state)
{
	const struct wire_step steps[] = {REFUSED_REPLY,
		{"HTTP/1.1 400 Bad\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
		 "X-Acs-Retry-After:  1500 \r\nTransfer-Encoding: chunked\r\n\r\n"
		 "1a\r\n{\"Code\":\"Throttling.User\"}\r\n0\r\n\r\n",
			WIRE_KEEP, 0, NULL}};
	struct rig b = {0};
	struct answer a;

	(void)state;
	rig_begin(&b, false, steps, ARRAY_SIZE(steps), NULL);
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_REFUSED);
	assert_int_equal(a.http_status, 404);
	assert_string_equal(a.code, "InvalidDBCluster.NotFound");
	assert_string_equal(a.message, "not in our records: [redacted]"); /* S9 */
	assert_string_equal(a.request_id, "R-3");
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_THROTTLED);
	assert_int_equal(a.retry_after_ms, 1500);
	assert_int_equal(a.server_s, SERVER_S);
	rig_end(&b);
}

static void s3_ids_that_a_call_cannot_carry_are_refused_before_a_byte_is_sent(void **state)
{
	const struct wire_step steps[] = {CREATED_REPLY};
	const char *many[101];
	static const char *const bad[] = {"", "1,2", "1 2", "\xc3\xa9", "a&b",
		"01234567890123456789012345678901234567890123456789012345678901234"};
	struct rig b = {0};
	struct got g = {0};

	(void)state;
	rig_begin(&b, false, steps, 1, NULL);
	for (size_t i = 0; i < 101; i++)
		many[i] = "763";
	client_delete_backups(b.client, TARGET(&b, NULL), many, 101, NOW_S, rig_done, &g);
	client_delete_backups(b.client, TARGET(&b, NULL), many, 0, NOW_S, rig_done, &g);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		client_delete_backups(b.client, TARGET(&b, NULL),
			(const char *const[]){"763", bad[i]}, 2, NOW_S, rig_done, &g);
	assert_int_equal(g.calls, 0); /* the callback comes in the next turn */
	assert_int_equal(client_pending(b.client), 2 + ARRAY_SIZE(bad));
	rig_finish(b.client);
	assert_int_equal(g.calls, 2 + (int)ARRAY_SIZE(bad));
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Ids");
	assert_int_equal(wire_requests(&b.server, NULL), 0);
	client_delete_backups(b.client, TARGET(&b, NULL), many, 100, NOW_S, rig_done, &g);
	rig_finish(b.client);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	rig_end(&b);
}

static void what_is_missing_comes_through_the_callback(void **state)
{
	struct client *c;
	struct client_account *account, *bad;
	struct client_target target = {.region = "cn-hangzhou", .cluster = CLUSTER};
	struct got g = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(client_new(&(struct client_options){0}, &c, NULL), 0);
	assert_int_equal(client_add_account(c, &(struct client_account_options){.name = "default"},
				 &account, NULL),
		0);
	target.account = account;
	(void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	client_create_backup(c, &target, NOW_S, rig_done, &g);
	rig_finish(c);
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Credentials");
	assert_non_null(strstr(g.answer.message, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
	target.region = "not a region";
	client_create_backup(c, &target, NOW_S, rig_done, &g);
	rig_finish(c);
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Endpoint");

	assert_int_equal(client_add_account(c,
				 &(struct client_account_options){
					 .name = "bad", .endpoint = "http://adb.example.com"},
				 &bad, &err),
		-EINVAL);
	assert_non_null(strstr(err.text, "loopback"));
	client_remove_account(account);
	client_remove_account(NULL);
	client_free(c);
	client_free(NULL);
}

static void callbacks_may_start_calls_and_free_the_client(void **state)
{
	const struct wire_step steps[] = {CREATED_REPLY};
	struct rig b = {0};
	struct got first = {0}, second = {0}, freeing = {0}, never = {0};

	(void)state;
	rig_begin(&b, false, steps, 1, NULL);
	first.chain = &b;
	first.chain_to = &second;
	client_create_backup(b.client, TARGET(&b, NULL), NOW_S, rig_done, &first);
	rig_finish(b.client);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.answer.kind, ANSWER_OK);

	freeing.free_this = &b.client;
	client_delete_backups(b.client, TARGET(&b, NULL), NULL, 0, NOW_S, rig_done, &freeing);
	client_delete_backups(b.client, TARGET(&b, NULL), NULL, 0, NOW_S, rig_done, &never);
	client_create_backup(b.client, TARGET(&b, NULL), NOW_S, rig_done, &never);
	while (b.client)
		assert_int_equal(client_turn(b.client, -1, 1000, NULL), 0);
	assert_int_equal(freeing.calls, 1);
	assert_int_equal(never.calls, 0);
	rig_end(&b);
}

static void freeing_abandons_what_is_under_way(void **state)
{
	const struct wire_step steps[] = {{NULL, WIRE_HANG, 0, NULL}};
	struct rig b = {0};
	struct got g = {0};

	(void)state;
	rig_begin(&b, true, steps, 1, NULL);
	for (int i = 0; i < 5; i++)
		client_create_backup(b.client, TARGET(&b, NULL), NOW_S, rig_done, &g);
	for (int i = 0; i < 5; i++)
		assert_int_equal(client_turn(b.client, -1, 50, NULL), 0);
	assert_int_equal(client_pending(b.client), 5);
	rig_end(&b);
	assert_int_equal(g.calls, 0);
}

static void a_turn_ends_when_the_descriptor_is_readable(void **state)
{
	const struct wire_step steps[] = {{NULL, WIRE_HANG, 0, NULL}};
	struct rig b = {0};
	struct got g = {0};
	int ends[2];
	time_t begun = time(NULL);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	rig_begin(&b, false, steps, 1, NULL);
	assert_int_equal(client_turn(b.client, ends[0], 0, NULL), 0); /* does not wait */
	client_create_backup(b.client, TARGET(&b, NULL), NOW_S, rig_done, &g);
	assert_int_equal(write(ends[1], "x", 1), 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(client_turn(b.client, ends[0], -1, NULL), 0);
	assert_true(time(NULL) - begun < 10);
	assert_int_equal(g.calls, 0);
	rig_end(&b);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void many_calls_run_at_once(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY};
	struct rig b = {0};
	struct got g = {0};

	(void)state;
	rig_begin(&b, false, steps, 1, NULL);
	for (int i = 0; i < 40; i++)
		client_describe_backups(
			b.client, TARGET(&b, NULL), 0, NOW_S, 1, NOW_S, rig_done, &g);
	rig_finish(b.client);
	assert_int_equal(g.calls, 40);
	assert_int_equal(wire_requests(&b.server, "DescribeBackups"), 40);
	rig_end(&b);
}

/* Keeps what was handed out as it came. */
static void take_raw(void *data, const struct client_result *result)
{
	char **got = data;

	*got = result->raw && result->raw->body
		? xasprintf("%s %s %s|%s", result->raw->action, result->raw->version,
			  strstr(result->raw->head, "Date:") ? "dated" : "", result->raw->body)
		: NULL;
}

static void s9_a_reply_is_handed_out_as_it_came_only_without_secrets(void **state)
{
	static const struct {
		struct wire_step step;
		bool asked;
		const char *raw; /* NULL: it is kept back */
	} rows[] = {
		{POLICY_REPLY, true,
			"DescribeBackupPolicy 2021-12-01 dated|"
			"{\"RequestId\":\"R-4\",\"BackupRetentionPeriod\":730}"},
		{POLICY_REPLY, false, NULL},
		/* What does not read is told, too. */
		{WIRE_ANSWER("200 OK", "<html>"), true,
			"DescribeBackupPolicy 2021-12-01 dated|<html>"},
		{WIRE_ANSWER("200 OK", "{\"RequestId\":\"" SECRET "\"}"), true, NULL},
		{WIRE_ANSWER("200 OK", "<p>TESTONLY%2FSTS%2BTOKEN==</p>"), true, NULL},
		/* A refusal may name the key. */
		{REFUSED_REPLY, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct client_target target = {.cluster = CLUSTER, .raw = rows[i].asked};
		struct rig b = {0};
		char *got = NULL;
		rig_begin(&b, false, &rows[i].step, 1, NULL);
		target.account = b.account;
		client_describe_policy(b.client, &target, NOW_S, take_raw, &got);
		rig_finish(b.client);
		if (rows[i].raw)
			assert_string_equal(got, rows[i].raw);
		else
			assert_null(got);
		free(got);
		rig_end(&b);
	}
}

TEST_FILE(client_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_four_calls),
		cmocka_unit_test(a_server_can_verify_the_request),
		cmocka_unit_test(refusals_keep_code_message_and_request_id),
		cmocka_unit_test(s3_ids_that_a_call_cannot_carry_are_refused_before_a_byte_is_sent),
		cmocka_unit_test(what_is_missing_comes_through_the_callback),
		cmocka_unit_test(callbacks_may_start_calls_and_free_the_client),
		cmocka_unit_test(freeing_abandons_what_is_under_way),
		cmocka_unit_test(a_turn_ends_when_the_descriptor_is_readable),
		cmocka_unit_test(many_calls_run_at_once),
		cmocka_unit_test(s9_a_reply_is_handed_out_as_it_came_only_without_secrets),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}
