/* The client against a server on loopback that misbehaves as told. */
#include "base/text.h"
#include "cloud/client.h"
#include "cloud/credentials.h"
#include "cloud/sign.h"
#include "testing.h"
#include "wire_server.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define CLUSTER "amv-test0000000001"
#define ID "TESTONLYACCESSKEYID00"
#define SECRET "TESTONLYACCESSKEYSECRET0000000"
#define TOKEN "TESTONLY/STS+TOKEN=="
#define NOW_S INT64_C(1767323045) /* 2026-01-02T03:04:05Z */

#define PAGE                                                                                       \
	"{\"TotalCount\":\"1\",\"PageNumber\":\"1\",\"RequestId\":\"R-1\",\"Items\":{\"Backup\":[" \
	"{\"DBClusterId\":\"" CLUSTER                                                              \
	"\",\"BackupId\":\"763\",\"BackupStartTime\":\"2025-06-01T16:00Z\","                       \
	"\"BackupStatus\":\"Success\"}]}}"
#define HEAD(status, more)                                               \
	"HTTP/1.1 " status "\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n" \
	"Content-Type: application/json\r\n" more
#define CHUNKED(body_length, body) \
	"Transfer-Encoding: chunked\r\n\r\n" body_length "\r\n" body "\r\n0\r\n\r\n"

/* Replies whose length is the compiler's to know. */
static char page_reply[1024], created_reply[512], refused_reply[512], policy_reply[512];

static void make_reply(char *to, size_t size, const char *status, const char *body)
{
	(void)snprintf(to, size,
		"HTTP/1.1 %s\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		status, strlen(body), body);
}

static int set_up_all(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ID, 1);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
	(void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN, 1);
	/* A proxy that is not there: loopback must not be asked for through it. */
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("https_proxy", "http://127.0.0.1:1", 1);
	make_reply(page_reply, sizeof(page_reply), "200 OK", PAGE);
	make_reply(created_reply, sizeof(created_reply), "200 OK", "{\"RequestId\":\"R-2\"}");
	make_reply(refused_reply, sizeof(refused_reply), "404 Not Found",
		"{\"Code\":\"InvalidDBCluster.NotFound\",\"Message\":\"not in our records: " ID
		"\",\"RequestId\":\"R-3\"}");
	make_reply(policy_reply, sizeof(policy_reply), "200 OK",
		"{\"RequestId\":\"R-4\",\"BackupRetentionPeriod\":730}");
	return 0;
}

struct bench {
	struct wire_server server;
	struct credentials *credentials;
	struct client *client;
};

struct got {
	int calls;
	struct answer answer;
	int64_t total, days;
	char first_id[80];
	struct client *chain; /* starts another call from within the callback */
	struct got *chain_to;
	struct client **free_this; /* frees the client from within the callback */
};

static void done(void *data, const struct client_result *result)
{
	struct got *g = data;

	g->calls++;
	g->answer = *result->answer;
	if (result->page) {
		g->total = result->page->total;
		(void)snprintf(
			g->first_id, sizeof(g->first_id), "%s", set_id(&result->page->inv, 0));
	}
	if (result->retention)
		g->days = result->retention->days;
	if (g->chain)
		client_create_backup(g->chain, NULL, CLUSTER, NOW_S, done, g->chain_to);
	if (g->free_this) {
		client_free(*g->free_this);
		*g->free_this = NULL;
	}
}

static void begin_with(struct bench *b, bool tls, const struct wire_step *steps, size_t count,
	const struct client_options *with)
{
	struct client_options o = with ? *with : (struct client_options){0};
	struct error err = {0};
	char endpoint[64];

	wire_start(&b->server, tls, steps, count);
	(void)snprintf(endpoint, sizeof(endpoint), "%s://127.0.0.1:%d", tls ? "https" : "http",
		b->server.port);
	b->credentials = credentials_new();
	o.endpoint = endpoint;
	o.credentials = b->credentials;
	if (tls && !o.ca_file)
		o.ca_file = b->server.ca_file;
	if (client_new(&o, &b->client, &err) < 0)
		fail_msg("%s", err.text);
}

static void begin(struct bench *b, bool tls, const struct wire_step *steps, size_t count)
{
	begin_with(b, tls, steps, count, NULL);
}

static void end(struct bench *b)
{
	client_free(b->client);
	credentials_free(b->credentials);
	wire_stop(&b->server);
}

static void finish(struct client *c)
{
	time_t begun = time(NULL);

	while (client_pending(c) > 0) {
		assert_int_equal(client_turn(c, -1, 1000, NULL), 0);
		assert_true(time(NULL) - begun < 30);
	}
}

static struct answer describe(struct bench *b)
{
	struct got g = {0};

	client_describe_backups(b->client, NULL, CLUSTER, NOW_S - 100, NOW_S, 1, NOW_S, done, &g);
	finish(b->client);
	assert_int_equal(g.calls, 1);
	return g.answer;
}

static struct answer create(struct bench *b)
{
	struct got g = {0};

	client_create_backup(b->client, "cn-hangzhou", CLUSTER, NOW_S, done, &g);
	finish(b->client);
	assert_int_equal(g.calls, 1);
	return g.answer;
}

static void all_four_calls(void **state)
{
	const struct wire_step steps[] = {{page_reply, WIRE_KEEP, 0}, {created_reply, WIRE_KEEP, 0},
		{created_reply, WIRE_KEEP, 0}, {policy_reply, WIRE_KEEP, 0}};
	static const char *const starts[] = {
		"POST /?DBClusterId=" CLUSTER
		"&EndTime=2026-01-02T03%3A05Z&PageNumber=7&PageSize=100&Remote=false"
		"&StartTime=2026-01-02T03%3A02Z HTTP/1.1\r\n",
		"POST /?DBClusterId=" CLUSTER "&RegionId=cn-hangzhou HTTP/1.1\r\n",
		"POST /?BackupIds=763%2C764&DBClusterId=" CLUSTER
		"&RegionId=cn-hangzhou HTTP/1.1\r\n",
		"POST /?DBClusterId=" CLUSTER " HTTP/1.1\r\n"};
	struct bench b = {0};
	struct got list = {0}, made = {0}, gone = {0}, policy = {0};

	(void)state;
	begin(&b, false, steps, ARRAY_SIZE(steps));
	client_describe_backups(
		b.client, "cn-hangzhou", CLUSTER, NOW_S - 100, NOW_S, 7, NOW_S, done, &list);
	finish(b.client);
	client_create_backup(b.client, "cn-hangzhou", CLUSTER, NOW_S, done, &made);
	finish(b.client);
	client_delete_backups(b.client, "cn-hangzhou", CLUSTER, (const char *const[]){"763", "764"},
		2, NOW_S, done, &gone);
	finish(b.client);
	client_describe_retention(b.client, "cn-hangzhou", CLUSTER, NOW_S, done, &policy);
	finish(b.client);

	assert_int_equal(list.answer.kind, ANSWER_OK);
	assert_int_equal(list.total, 1);
	assert_string_equal(list.first_id, "763");
	assert_string_equal(list.answer.request_id, "R-1");
	assert_int_equal(list.answer.http_status, 200);
	assert_int_equal(list.answer.server_s, 1795219200);
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
	end(&b);
}

/* What came over the wire, checked as the gateway does it. */
static void a_server_can_verify_the_request(void **state)
{
	const struct wire_step steps[] = {{created_reply, WIRE_KEEP, 0}};
	struct bench b = {0};
	struct sign_pair headers[32];
	size_t count = 0;
	const char *hash = "", *authorization = "";
	struct sign_authorization given;
	char *copy, *rest, *line, *query;

	(void)state;
	begin(&b, false, steps, 1);
	assert_int_equal(create(&b).kind, ANSWER_OK);
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
	end(&b);
}

/* libcurl sends again what dies on a connection that it reuses. A second CreateBackup would make a
 * second backup. */
static void s5_a_mutating_call_is_sent_exactly_once(void **state)
{
	static const enum wire_then ends[] = {WIRE_CLOSE, WIRE_RESET};

	(void)state;
	for (size_t tls = 0; tls < 2; tls++)
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
			const struct wire_step steps[] = {
				{page_reply, WIRE_KEEP, 0}, {NULL, ends[i], 0}};
			struct bench b = {0};
			struct answer a;
			struct got g = {0};
			begin(&b, tls, steps, ARRAY_SIZE(steps));
			assert_int_equal(describe(&b).kind, ANSWER_OK);
			a = create(&b);
			assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
			assert_string_equal(a.code, "Connection");
			assert_int_equal(wire_requests(&b.server, "CreateBackup"), 1);
			client_delete_backups(b.client, NULL, CLUSTER, (const char *const[]){"763"},
				1, NOW_S, done, &g);
			finish(b.client);
			assert_int_equal(g.answer.kind, ANSWER_AMBIGUOUS);
			assert_int_equal(wire_requests(&b.server, "DeleteBackups"), 1);
			end(&b);
		}
}

static void reading_calls_share_a_connection(void **state)
{
	const struct wire_step steps[] = {{page_reply, WIRE_KEEP, 0}};
	struct bench b = {0};

	(void)state;
	begin(&b, true, steps, 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(describe(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.request_count, 5);
	assert_int_equal(b.server.connection_count, 1);
	end(&b);
}

static void s5_what_broke_after_the_request_is_ambiguous(void **state)
{
	static const struct {
		struct wire_step step;
		const char *code;
	} cases[] = {
		{{NULL, WIRE_CLOSE, 0}, "Connection"},
		{{NULL, WIRE_RESET, 0}, "Connection"},
		{{NULL, WIRE_HANG, 0}, "Timeout"},
		{{"HTTP/1.1 200 OK\r\nContent-Len", WIRE_CLOSE, 0}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"RequestId\":", WIRE_CLOSE, 0},
			"Connection"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"RequestId\":", WIRE_HANG, 0},
			"Timeout"},
		{{"HTTP/1.1 200 OK\r\n\r\n{\"RequestId\":\"R", WIRE_CLOSE, 0}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", WIRE_KEEP, 0}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", WIRE_KEEP, 0}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"RequestId\":77}", WIRE_KEEP, 0},
			"BadReply"},
		{{"HTTP/1.1 503 Oops\r\nContent-Length: 0\r\n\r\n", WIRE_KEEP, 0}, "BadReply"},
		{{"nonsense\r\n\r\n", WIRE_CLOSE, 0}, "Connection"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b = {0};
		struct answer a;
		begin_with(&b, i % 2, &cases[i].step, 1,
			&(struct client_options){.total_timeout_s = 1});
		a = create(&b);
		if (a.kind != ANSWER_AMBIGUOUS || strcmp(a.code, cases[i].code) != 0)
			fail_msg("case %zu: kind %d code %s: %s", i, a.kind, a.code, a.message);
		assert_int_equal(wire_requests(&b.server, NULL), 1);
		end(&b);
	}
}

static void what_cannot_have_been_sent_is_unsent(void **state)
{
	const struct wire_step steps[] = {{created_reply, WIRE_KEEP, 0}};
	struct bench b = {0};
	struct wire_server other = {0};
	struct answer a;

	(void)state;
	/* Nobody listens. */
	begin(&b, true, steps, 1);
	client_free(b.client);
	assert_int_equal(client_new(&(struct client_options){.endpoint = "https://127.0.0.1:1",
					    .credentials = b.credentials},
				 &b.client, NULL),
		0);
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Connect");
	end(&b);

	/* A certificate that nobody vouches for. */
	wire_start(&other, true, steps, 1);
	b = (struct bench){0};
	begin_with(&b, true, steps, 1, &(struct client_options){.ca_file = other.ca_file});
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Tls");
	assert_int_equal(wire_requests(&b.server, NULL), 0);
	end(&b);
	wire_stop(&other);

	/* A list of certificates that is not there. */
	b = (struct bench){0};
	begin_with(&b, true, steps, 1, &(struct client_options){.ca_file = "/nonexistent/ca.pem"});
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Tls");
	end(&b);

	/* Someone listens, but never shakes hands. */
	b = (struct bench){.server.deaf = true};
	begin_with(&b, true, steps, 1,
		&(struct client_options){.connect_timeout_s = 1, .total_timeout_s = 5});
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Timeout");
	end(&b);
	b = (struct bench){.server.deaf = true};
	begin_with(&b, true, steps, 1,
		&(struct client_options){.connect_timeout_s = 9, .total_timeout_s = 1});
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Timeout");
	end(&b);
}

static void a_plain_talker_behind_https_is_unsent(void **state)
{
	const struct wire_step steps[] = {{created_reply, WIRE_KEEP, 0}};
	struct bench b = {0};
	char endpoint[64];

	(void)state;
	begin(&b, false, steps, 1);
	client_free(b.client);
	(void)snprintf(endpoint, sizeof(endpoint), "https://127.0.0.1:%d", b.server.port);
	assert_int_equal(client_new(&(struct client_options){.endpoint = endpoint,
					    .credentials = b.credentials,
					    .connect_timeout_s = 1},
				 &b.client, NULL),
		0);
	assert_int_equal(create(&b).kind, ANSWER_UNSENT);
	end(&b);
}

static void redirects_are_not_followed(void **state)
{
	const struct wire_step steps[] = {
		{"HTTP/1.1 307 There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
			WIRE_KEEP, 0}};
	struct bench b = {0};
	struct answer a;

	(void)state;
	begin(&b, false, steps, 1);
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_string_equal(a.code, "BadReply");
	assert_int_equal(a.http_status, 307);
	assert_int_equal(wire_requests(&b.server, NULL), 1);
	end(&b);
}

static void a_reply_without_end_is_cut_off(void **state)
{
	const struct wire_step steps[] = {
		{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", WIRE_CLOSE,
			(size_t)9 << 20}};
	struct bench b = {0};
	struct answer a;

	(void)state;
	begin(&b, false, steps, 1);
	a = describe(&b);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_string_equal(a.code, "TooLarge");
	end(&b);
}

static void refusals_keep_code_message_and_request_id(void **state)
{
	const struct wire_step steps[] = {{refused_reply, WIRE_KEEP, 0},
		{HEAD("400 Bad", "X-Acs-Retry-After:  1500 \r\n")
				CHUNKED("1a", "{\"Code\":\"Throttling.User\"}"),
			WIRE_KEEP, 0}};
	struct bench b = {0};
	struct answer a;

	(void)state;
	begin(&b, false, steps, ARRAY_SIZE(steps));
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_REFUSED);
	assert_int_equal(a.http_status, 404);
	assert_string_equal(a.code, "InvalidDBCluster.NotFound");
	assert_string_equal(a.message, "not in our records: [redacted]"); /* S9 */
	assert_string_equal(a.request_id, "R-3");
	a = create(&b);
	assert_int_equal(a.kind, ANSWER_THROTTLED);
	assert_int_equal(a.retry_after_ms, 1500);
	assert_int_equal(a.server_s, 1795219200);
	end(&b);
}

static void s3_ids_that_a_call_cannot_carry_are_refused_before_a_byte_is_sent(void **state)
{
	const struct wire_step steps[] = {{created_reply, WIRE_KEEP, 0}};
	const char *many[101];
	static const char *const bad[] = {"", "1,2", "1 2", "\xc3\xa9", "a&b",
		"01234567890123456789012345678901234567890123456789012345678901234"};
	struct bench b = {0};
	struct got g = {0};

	(void)state;
	begin(&b, false, steps, 1);
	for (size_t i = 0; i < 101; i++)
		many[i] = "763";
	client_delete_backups(b.client, NULL, CLUSTER, many, 101, NOW_S, done, &g);
	client_delete_backups(b.client, NULL, CLUSTER, many, 0, NOW_S, done, &g);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		client_delete_backups(b.client, NULL, CLUSTER, (const char *const[]){"763", bad[i]},
			2, NOW_S, done, &g);
	assert_int_equal(g.calls, 0); /* the callback comes in the next turn */
	assert_int_equal(client_pending(b.client), 2 + ARRAY_SIZE(bad));
	finish(b.client);
	assert_int_equal(g.calls, 2 + (int)ARRAY_SIZE(bad));
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Ids");
	assert_int_equal(wire_requests(&b.server, NULL), 0);
	client_delete_backups(b.client, NULL, CLUSTER, many, 100, NOW_S, done, &g);
	finish(b.client);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	end(&b);
}

static void what_is_missing_comes_through_the_callback(void **state)
{
	struct credentials *credentials = credentials_new();
	struct client *c;
	struct got g = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(
		client_new(&(struct client_options){.endpoint = "http://127.0.0.1:1"}, &c, NULL),
		0);
	client_create_backup(c, NULL, CLUSTER, NOW_S, done, &g);
	finish(c);
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Credentials");
	client_free(c);

	(void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	assert_int_equal(
		client_new(&(struct client_options){.credentials = credentials}, &c, NULL), 0);
	client_create_backup(c, "cn-hangzhou", CLUSTER, NOW_S, done, &g);
	finish(c);
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Credentials");
	assert_non_null(strstr(g.answer.message, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
	client_create_backup(c, "not a region", CLUSTER, NOW_S, done, &g);
	finish(c);
	assert_int_equal(g.answer.kind, ANSWER_UNSENT);
	assert_string_equal(g.answer.code, "Endpoint");
	client_free(c);
	client_free(NULL);
	credentials_free(credentials);

	assert_int_equal(client_new(&(struct client_options){.endpoint = "http://adb.example.com"},
				 &c, &err),
		-EINVAL);
	assert_non_null(strstr(err.text, "loopback"));
}

static void callbacks_may_start_calls_and_free_the_client(void **state)
{
	const struct wire_step steps[] = {{created_reply, WIRE_KEEP, 0}};
	struct bench b = {0};
	struct got first = {0}, second = {0}, freeing = {0}, never = {0};

	(void)state;
	begin(&b, false, steps, 1);
	first.chain = b.client;
	first.chain_to = &second;
	client_create_backup(b.client, NULL, CLUSTER, NOW_S, done, &first);
	finish(b.client);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.answer.kind, ANSWER_OK);

	freeing.free_this = &b.client;
	client_delete_backups(b.client, NULL, CLUSTER, NULL, 0, NOW_S, done, &freeing);
	client_delete_backups(b.client, NULL, CLUSTER, NULL, 0, NOW_S, done, &never);
	client_create_backup(b.client, NULL, CLUSTER, NOW_S, done, &never);
	while (b.client)
		assert_int_equal(client_turn(b.client, -1, 1000, NULL), 0);
	assert_int_equal(freeing.calls, 1);
	assert_int_equal(never.calls, 0);
	end(&b);
}

static void freeing_abandons_what_is_under_way(void **state)
{
	const struct wire_step steps[] = {{NULL, WIRE_HANG, 0}};
	struct bench b = {0};
	struct got g = {0};

	(void)state;
	begin(&b, true, steps, 1);
	for (int i = 0; i < 5; i++)
		client_create_backup(b.client, NULL, CLUSTER, NOW_S, done, &g);
	for (int i = 0; i < 5; i++)
		assert_int_equal(client_turn(b.client, -1, 50, NULL), 0);
	assert_int_equal(client_pending(b.client), 5);
	end(&b);
	assert_int_equal(g.calls, 0);
}

static void a_turn_ends_when_the_descriptor_is_readable(void **state)
{
	const struct wire_step steps[] = {{NULL, WIRE_HANG, 0}};
	struct bench b = {0};
	struct got g = {0};
	int ends[2];
	time_t begun = time(NULL);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	begin(&b, false, steps, 1);
	assert_int_equal(client_turn(b.client, ends[0], 0, NULL), 0); /* does not wait */
	client_create_backup(b.client, NULL, CLUSTER, NOW_S, done, &g);
	assert_int_equal(write(ends[1], "x", 1), 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(client_turn(b.client, ends[0], -1, NULL), 0);
	assert_true(time(NULL) - begun < 10);
	assert_int_equal(g.calls, 0);
	end(&b);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void many_calls_run_at_once(void **state)
{
	const struct wire_step steps[] = {{page_reply, WIRE_KEEP, 0}};
	struct bench b = {0};
	struct got g = {0};

	(void)state;
	begin(&b, false, steps, 1);
	for (int i = 0; i < 40; i++)
		client_describe_backups(b.client, NULL, CLUSTER, 0, NOW_S, 1, NOW_S, done, &g);
	finish(b.client);
	assert_int_equal(g.calls, 40);
	assert_int_equal(wire_requests(&b.server, "DescribeBackups"), 40);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_four_calls),
		cmocka_unit_test(a_server_can_verify_the_request),
		cmocka_unit_test(s5_a_mutating_call_is_sent_exactly_once),
		cmocka_unit_test(reading_calls_share_a_connection),
		cmocka_unit_test(s5_what_broke_after_the_request_is_ambiguous),
		cmocka_unit_test(what_cannot_have_been_sent_is_unsent),
		cmocka_unit_test(a_plain_talker_behind_https_is_unsent),
		cmocka_unit_test(redirects_are_not_followed),
		cmocka_unit_test(a_reply_without_end_is_cut_off),
		cmocka_unit_test(refusals_keep_code_message_and_request_id),
		cmocka_unit_test(s3_ids_that_a_call_cannot_carry_are_refused_before_a_byte_is_sent),
		cmocka_unit_test(what_is_missing_comes_through_the_callback),
		cmocka_unit_test(callbacks_may_start_calls_and_free_the_client),
		cmocka_unit_test(freeing_abandons_what_is_under_way),
		cmocka_unit_test(a_turn_ends_when_the_descriptor_is_readable),
		cmocka_unit_test(many_calls_run_at_once),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}
