/* Which calls were certainly not sent, and which may have been: the client against a server on
 * loopback that misbehaves as told. */
#include "base/text.h"
#include "client_rig.h"
#include "testing.h"

#include <stdio.h>
#include <unistd.h>

/* libcurl sends again what dies on a connection that it reuses. A second CreateBackup would make a
 * second backup. */
static void s5_a_mutating_call_is_sent_exactly_once(void **state)
{
	static const enum wire_then ends[] = {WIRE_CLOSE, WIRE_RESET};

	(void)state;
	for (size_t tls = 0; tls < 2; tls++)
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
			const struct wire_step steps[] = {PAGE_REPLY, {NULL, ends[i], 0, NULL}};
			struct rig b = {0};
			struct answer a;
			struct got g = {0};
			rig_begin(&b, tls, steps, ARRAY_SIZE(steps), NULL);
			assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
			a = rig_create(&b);
			assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
			assert_string_equal(a.code, "Connection");
			assert_int_equal(wire_requests(&b.server, "CreateBackup"), 1);
			client_delete_backups(b.client, TARGET(&b, NULL),
				(const char *const[]){"763"}, 1, NOW_S, rig_done, &g);
			rig_finish(b.client);
			assert_int_equal(g.answer.kind, ANSWER_AMBIGUOUS);
			assert_int_equal(wire_requests(&b.server, "DeleteBackups"), 1);
			rig_end(&b);
		}
}

static void reading_calls_share_a_connection(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY};
	struct rig b = {0};

	(void)state;
	rig_begin(&b, true, steps, 1, NULL);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.request_count, 5);
	assert_int_equal(b.server.connection_count, 1);
	rig_end(&b);
}

static void copy_file(const char *from, const char *to)
{
	char text[8192];
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t length;

	assert_true(in && out);
	length = fread(text, 1, sizeof(text), in);
	assert_true(length > 0 && length < sizeof(text));
	assert_int_equal(fwrite(text, 1, length, out), length);
	(void)fclose(in);
	(void)fclose(out);
}

/* A session is resumed without a look at the certificate, so that it would trust on. */
static void authorities_that_changed_vouch_for_no_session(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY, CREATED_REPLY};
	struct rig b = {0}, other = {0};

	(void)state;
	rig_begin(&b, true, steps, 2, NULL);
	rig_begin(&other, true, steps, 2, NULL);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(rig_create(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.resumed_count, 1);
	copy_file(other.server.ca_file, b.server.ca_file);
	assert_string_equal(rig_create(&b).code, "Tls");
	assert_string_equal(rig_describe(&b).code, "Tls");
	rig_end(&other);
	rig_end(&b);
}

/* A name may have moved, and another of its servers may do better. */
static void connections_are_renewed(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY, PAGE_REPLY,
		WIRE_ANSWER("503 Busy", "{\"Code\":\"ServiceUnavailable\"}"), PAGE_REPLY};
	struct rig b = {0}, c = {0};

	(void)state;
	rig_begin(&b, true, steps, ARRAY_SIZE(steps), NULL);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(rig_describe(&b).http_status, 503);
	assert_int_equal(b.server.connection_count, 1);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.connection_count, 2);
	rig_end(&b);

	rig_begin(&c, true, steps, 1, NULL);
	assert_int_equal(rig_describe(&c).kind, ANSWER_OK);
	client_renew(c.client);
	assert_int_equal(rig_describe(&c).kind, ANSWER_OK);
	assert_int_equal(c.server.connection_count, 2);
	/* Nor does the first one serve later, when libcurl may choose again. */
	(void)sleep(3);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig_describe(&c).kind, ANSWER_OK);
	for (size_t i = 1; i < c.server.request_count; i++)
		assert_int_not_equal(c.server.connection_of[i], c.server.connection_of[0]);
	assert_true(c.server.request_count > (size_t)c.server.connection_count);
	rig_end(&c);
}

static void a_connection_that_is_kept_ends_with_its_lifetime(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY};
	struct rig b = {0};

	(void)state;
	rig_begin(&b, true, steps, 1, &(struct rig_options){.connection_lifetime_s = 1});
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	(void)sleep(3);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.connection_count, 2);
	rig_end(&b);
}

static void connections_of_their_own_resume_the_tls_session(void **state)
{
	const struct wire_step steps[] = {PAGE_REPLY, CREATED_REPLY};
	struct rig b = {0};

	(void)state;
	rig_begin(&b, true, steps, 2, NULL);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_create(&b).kind, ANSWER_OK);
	assert_int_equal(b.server.connection_count, 4);
	assert_int_equal(b.server.resumed_count, 3);
	assert_int_equal(client_connections(b.client), 4);
	rig_end(&b);
}

static void s5_what_broke_after_the_request_is_ambiguous(void **state)
{
	static const struct {
		struct wire_step step;
		const char *code;
	} cases[] = {
		{{NULL, WIRE_CLOSE, 0, NULL}, "Connection"},
		{{NULL, WIRE_RESET, 0, NULL}, "Connection"},
		{{NULL, WIRE_HANG, 0, NULL}, "Timeout"},
		{{"HTTP/1.1 200 OK\r\nContent-Len", WIRE_CLOSE, 0, NULL}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"RequestId\":", WIRE_CLOSE, 0,
			 NULL},
			"Connection"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"RequestId\":", WIRE_HANG, 0,
			 NULL},
			"Timeout"},
		{{"HTTP/1.1 200 OK\r\n\r\n{\"RequestId\":\"R", WIRE_CLOSE, 0, NULL}, "BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", WIRE_KEEP, 0, NULL},
			"BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", WIRE_KEEP, 0, NULL},
			"BadReply"},
		{{"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"RequestId\":77}", WIRE_KEEP, 0,
			 NULL},
			"BadReply"},
		{{"HTTP/1.1 503 Oops\r\nContent-Length: 0\r\n\r\n", WIRE_KEEP, 0, NULL},
			"BadReply"},
		{{"nonsense\r\n\r\n", WIRE_CLOSE, 0, NULL}, "Connection"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig b = {0};
		struct answer a;
		int64_t limit_s = strcmp(cases[i].code, "Timeout") == 0 ? 1 : 600;

		rig_begin(&b, i % 2, &cases[i].step, 1,
			&(struct rig_options){.total_timeout_s = limit_s});
		a = rig_create(&b);
		if (a.kind != ANSWER_AMBIGUOUS || strcmp(a.code, cases[i].code) != 0)
			fail_msg("case %zu: kind %d code %s: %s", i, a.kind, a.code, a.message);
		assert_int_equal(wire_requests(&b.server, NULL), 1);
		rig_end(&b);
	}
}

static void what_cannot_have_been_sent_is_unsent(void **state)
{
	const struct wire_step steps[] = {CREATED_REPLY};
	struct rig b = {0};
	struct wire_server other = {0};
	struct answer a;

	(void)state;
	/* Nobody listens. */
	rig_begin(&b, true, steps, 1, &(struct rig_options){.endpoint = "https://127.0.0.1:1"});
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Connect");
	rig_end(&b);

	/* A certificate that nobody vouches for. */
	wire_start(&other, true, steps, 1);
	b = (struct rig){0};
	rig_begin(&b, true, steps, 1, &(struct rig_options){.ca_file = other.ca_file});
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Tls");
	assert_int_equal(wire_requests(&b.server, NULL), 0);
	rig_end(&b);
	wire_stop(&other);

	/* A list of certificates that is not there. */
	b = (struct rig){0};
	rig_begin(&b, true, steps, 1, &(struct rig_options){.ca_file = "/nonexistent/ca.pem"});
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Tls");
	rig_end(&b);

	/* Someone listens, but never shakes hands. */
	b = (struct rig){.server.deaf = true};
	rig_begin(&b, true, steps, 1,
		&(struct rig_options){.connect_timeout_s = 1, .total_timeout_s = 600});
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Timeout");
	rig_end(&b);
	b = (struct rig){.server.deaf = true};
	rig_begin(&b, true, steps, 1,
		&(struct rig_options){.connect_timeout_s = 600, .total_timeout_s = 1});
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_UNSENT);
	assert_string_equal(a.code, "Timeout");
	rig_end(&b);
}

static void a_plain_talker_behind_https_is_unsent(void **state)
{
	const struct wire_step steps[] = {CREATED_REPLY};
	struct rig b = {0}, plain = {0};
	char endpoint[64];

	(void)state;
	rig_begin(&plain, false, steps, 1, NULL);
	(void)snprintf(endpoint, sizeof(endpoint), "https://127.0.0.1:%d", plain.server.port);
	rig_begin(&b, false, steps, 1,
		&(struct rig_options){.endpoint = endpoint, .connect_timeout_s = 1});
	assert_int_equal(rig_create(&b).kind, ANSWER_UNSENT);
	rig_end(&b);
	rig_end(&plain);
}

static void redirects_are_not_followed(void **state)
{
	const struct wire_step steps[] = {
		{"HTTP/1.1 307 There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
			WIRE_KEEP, 0, NULL},
		CREATED_REPLY};
	struct rig b = {0};
	struct answer a;

	(void)state;
	rig_begin(&b, false, steps, ARRAY_SIZE(steps), NULL);
	a = rig_create(&b);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_string_equal(a.code, "BadReply");
	assert_int_equal(a.http_status, 307);
	assert_int_equal(wire_requests(&b.server, NULL), 1);
	rig_end(&b);
}

static void a_reply_without_end_is_cut_off(void **state)
{
	const struct wire_step steps[] = {
		{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", WIRE_CLOSE,
			((size_t)1 << 20) + 1, NULL}};
	struct rig b = {0};
	struct answer a;

	(void)state;
	rig_begin(&b, false, steps, 1, NULL);
	a = rig_describe(&b);
	assert_int_equal(a.kind, ANSWER_AMBIGUOUS);
	assert_string_equal(a.code, "TooLarge");
	rig_end(&b);
}

/* 100 sets, each of whose members is as long as it may be. */
static char *largest_page(void)
{
	struct text t = TEXT_INIT(1 << 20);

	text_add(&t, "{\"TotalCount\":\"100\",\"PageNumber\":\"1\",\"Items\":{\"Backup\":[");
	for (int i = 0; i < 100; i++)
		text_printf(&t,
			"%s{\"DBClusterId\":\"" CLUSTER "\",\"BackupId\":\"%064d\","
			"\"ParentBackupId\":\"%064d\",\"BackupType\":\"IncrementalBackup\","
			"\"BackupStartTime\":\"2025-06-01T16:00:00Z\",\"BackupSize\":"
			"9007199254740992,"
			"\"BackupEndTime\":\"2025-06-01T16:00:00Z\",\"BackupStatus\":\"Success\","
			"\"BackupExpiredTime\":\"2027-06-01T16:00:00Z\",\"BackupMethod\":"
			"\"Snapshot\","
			"\"BackupRegion\":\"cn-shenzhen-finance-1\"}",
			i ? "," : "", i + 1, i);
	text_add(&t, "]}}");
	return text_take(&t);
}

/* 100 clusters with 20 tags each, all in characters of three bytes. */
static char *largest_clusters(void)
{
	struct text t = TEXT_INIT(2 << 20);

	text_add(&t, "{\"TotalCount\":100,\"PageNumber\":1,\"Items\":{\"DBCluster\":[");
	for (int i = 0; i < 100; i++) {
		text_printf(&t,
			"%s{\"DBClusterId\":\"amv-%d\",\"RegionId\":\"cn-hangzhou\","
			"\"DBClusterStatus\":\"Running\",\"Tags\":{\"Tag\":[",
			i ? "," : "", i);
		for (int tag = 0; tag < 20; tag++) {
			text_printf(&t, "%s{\"Key\":\"", tag ? "," : "");
			for (int n = 0; n < 64; n++)
				text_add(&t, "\xe5\xa4\x87");
			text_add(&t, "\",\"Value\":\"");
			for (int n = 0; n < 64; n++)
				text_add(&t, "\xe4\xbb\xbd");
			text_add(&t, "\"}");
		}
		text_add(&t, "]},\"DBClusterDescription\":\"");
		for (int n = 0; n < 256; n++)
			text_add(&t, "\xe5\xba\x93");
		text_printf(&t, "\",\"Others\":\"%02000d\"}", 0); /* some forty members */
	}
	text_add(&t, "]}}");
	return text_take(&t);
}

static void the_largest_honest_pages_are_read(void **state)
{
	_cleanup_free_ char *sets = largest_page(), *clusters = largest_clusters();
	const struct wire_step steps[] = {
		{"200 OK", WIRE_KEEP, 0, sets}, {"200 OK", WIRE_KEEP, 0, clusters}};
	struct rig b = {0};
	struct got g = {0};

	(void)state;
	rig_begin(&b, false, steps, ARRAY_SIZE(steps), NULL);
	assert_int_equal(rig_describe(&b).kind, ANSWER_OK);
	client_describe_clusters(
		b.client, TARGET(&b, "cn-hangzhou"), NULL, 0, 1, NOW_S, rig_done, &g);
	rig_finish(b.client);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	rig_end(&b);
}

/* Reading a page takes time, in which the loop serves nobody else. */
static void a_turn_reads_few_large_replies(void **state)
{
	_cleanup_free_ char *sets = largest_page();
	struct text reply = TEXT_INIT(1 << 20);
	struct rig b = {0};
	struct got g = {0};
	int most = 0;

	(void)state;
	text_add(&reply, sets);
	while (reply.length < (size_t)200 << 10)
		text_add(&reply, "                                ");
	const struct wire_step steps[] = {{"200 OK", WIRE_KEEP, 0, reply.s}};
	rig_begin(&b, false, steps, 1, NULL);
	for (int i = 0; i < 20; i++)
		client_describe_backups(
			b.client, TARGET(&b, NULL), 0, NOW_S, 1, NOW_S, rig_done, &g);
	while (client_pending(b.client) > 0) {
		int before = g.calls;
		assert_int_equal(client_turn(b.client, -1, 1000, NULL), 0);
		most = g.calls - before > most ? g.calls - before : most;
	}
	assert_int_equal(g.calls, 20);
	assert_int_equal(g.answer.kind, ANSWER_OK);
	assert_in_range(most, 1, 2);
	rig_end(&b);
	text_done(&reply);
}

TEST_FILE(transport_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s5_a_mutating_call_is_sent_exactly_once),
		cmocka_unit_test(reading_calls_share_a_connection),
		cmocka_unit_test(connections_of_their_own_resume_the_tls_session),
		cmocka_unit_test(s5_what_broke_after_the_request_is_ambiguous),
		cmocka_unit_test(what_cannot_have_been_sent_is_unsent),
		cmocka_unit_test(a_plain_talker_behind_https_is_unsent),
		cmocka_unit_test(redirects_are_not_followed),
		cmocka_unit_test(a_reply_without_end_is_cut_off),
		cmocka_unit_test(the_largest_honest_pages_are_read),
		cmocka_unit_test(a_turn_reads_few_large_replies),
		cmocka_unit_test(connections_are_renewed),
		cmocka_unit_test(a_connection_that_is_kept_ends_with_its_lifetime),
		cmocka_unit_test(authorities_that_changed_vouch_for_no_session),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}
