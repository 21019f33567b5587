/* The Varlink protocol of the control socket. */
#include "base/memory.h"
#include "base/text.h"
#include "service/description.h"
#include "varlink_bench.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

static void each_message_gets_its_answer(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ECHO("a"), ECHOED("a")},
		{" " ECHO("a") "\n", ECHOED("a")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"a\",\"i\":-3,\"b\":true}"
		 "}",
			"{\"parameters\":{\"s\":\"a\",\"i\":-3,\"b\":true}}"},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"i\":null,\"s\":\"a\",\"b\":"
		 "null}}",
			ECHOED("a")},
		{"{\"method\":\"io.retaind.Echo\",\"more\":true,\"parameters\":{\"s\":\"a\"}}",
			ECHOED("a")},
		{"{\"method\":\"io.retaind.Fail\",\"parameters\":{}}",
			"{\"error\":\"io.retaind.Failed\",\"parameters\":{\"message\":\"no "
			"\\\"luck\\\"\"}}"},
		{"{\"method\":\"io.retaind.Fail\",\"parameters\":null,\"oneway\":false}",
			"{\"error\":\"io.retaind.Failed\",\"parameters\":{\"message\":\"no "
			"\\\"luck\\\"\"}}"},
		/* wrong calls of a right protocol: told, and the connection stays */
		{"{\"method\":\"io.retaind.Echo\"}",
			SERVICE_ERROR("InvalidParameter", "parameter", "s")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":null}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "s")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":7}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "s")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"a\",\"i\":1.5}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "i")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"a\",\"i\":\"1\"}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "i")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"a\",\"b\":1}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "b")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"a\",\"S\":\"b\"}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "S")},
		{"{\"method\":\"io.retaind.Echo\",\"parameters\":[]}",
			SERVICE_ERROR("InvalidParameter", "parameter", "parameters")},
		{"{\"method\":\"io.retaind.Fail\",\"parameters\":{\"s\":\"a\"}}",
			SERVICE_ERROR("InvalidParameter", "parameter", "s")},
		{"{\"method\":\"io.retaind.Fail\",\"upgrade\":true}",
			SERVICE_ERROR("InvalidParameter", "parameter", "upgrade")},
		{"{\"method\":\"io.retaind.Nothing\"}",
			SERVICE_ERROR("MethodNotFound", "method", "io.retaind.Nothing")},
		{"{\"method\":\"io.retaind.echo\"}",
			SERVICE_ERROR("MethodNotFound", "method", "io.retaind.echo")},
		{"{\"method\":\"io.retaind.\"}",
			SERVICE_ERROR("MethodNotFound", "method", "io.retaind.")},
		{"{\"method\":\"Echo\"}", SERVICE_ERROR("MethodNotFound", "method", "Echo")},
		{"{\"method\":\"\"}", SERVICE_ERROR("MethodNotFound", "method", "")},
		{"{\"method\":\"io.systemd.Echo\"}",
			SERVICE_ERROR("InterfaceNotFound", "interface", "io.systemd")},
		{"{\"method\":\".Echo\"}", SERVICE_ERROR("InterfaceNotFound", "interface", "")},
		{"{\"method\":\"org.varlink.service.GetMore\"}",
			SERVICE_ERROR("MethodNotFound", "method", "org.varlink.service.GetMore")},
		{"{\"method\":\"org.varlink.service.GetInfo\"}",
			"{\"parameters\":{\"vendor\":\"retaind\",\"product\":\"retaind\","
			"\"version\":\"0\",\"url\":\"\","
			"\"interfaces\":[\"org.varlink.service\",\"io.retaind\"]}}"},
		{"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{"
		 "\"interface\":\"a.b\"}}",
			SERVICE_ERROR("InterfaceNotFound", "interface", "a.b")},
		{"{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
			SERVICE_ERROR("InvalidParameter", "parameter", "interface")},
		/* not the protocol at all: nobody knows what was meant, and the connection goes */
		{"", CLOSED},
		{"{}", CLOSED},
		{"[]", CLOSED},
		{"null", CLOSED},
		{"\"io.retaind.Echo\"", CLOSED},
		{"{\"method\":7}", CLOSED},
		{"{\"method\":\"io.retaind.Fail\"", CLOSED},
		{"{\"method\":\"io.retaind.Fail\"} x", CLOSED},
		{"{\"method\":\"io.retaind.Fail\",\"method\":\"io.retaind.Late\"}", CLOSED},
		{"{\"method\":\"io.retaind.Fail\",\"extra\":1}", CLOSED},
		{"{\"method\":\"io.retaind.Fail\",\"oneway\":1}", CLOSED},
		{"{\"method\":\"io.retaind.Fail\",\"more\":\"yes\"}", CLOSED},
		{"{\"method\":\"\xff\"}", CLOSED},
		{"{\"method\":\"a\\u0000b\"}", CLOSED},
		{"GET / HTTP/1.1\r\n\r\n", CLOSED},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", CLOSED},
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = client();
		put(fd, rows[i].in, strlen(rows[i].in) + 1);
		expect(b, fd, rows[i].out);
		if (rows[i].out[0]) {
			put(fd, ECHO("still here"), sizeof(ECHO("still here")));
			expect(b, fd, ECHOED("still here"));
		}
		(void)close(fd);
	}
}

static void the_description_of_the_interface_is_given(void **state)
{
	struct bench *b = *state;
	static const char ask[] = "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				  "\"parameters\":{\"interface\":\"io.retaind\"}}";
	static const char ask_own[] = "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				      "\"parameters\":{\"interface\":\"org.varlink.service\"}}";
	int fd = client();

	for (int own = 0; own < 2; own++) {
		_cleanup_free_ char *reply = NULL;
		_cleanup_(json_deletep) cJSON *root = NULL;
		put(fd, own ? ask_own : ask, own ? sizeof(ask_own) : sizeof(ask));
		reply = take(b, fd);
		assert_int_equal(0, json_parse(reply, strlen(reply), &root, NULL));
		if (own)
			assert_non_null(
				strstr(json_get_string(json_get(root, "parameters"), "description"),
					"interface org.varlink.service\n"));
		else
			assert_string_equal(
				json_get_string(json_get(root, "parameters"), "description"),
				service_description);
	}
	(void)close(fd);
}

static void bytes_may_come_one_at_a_time(void **state)
{
	struct bench *b = *state;
	int fd = client();

	for (size_t i = 0; i < sizeof(ECHO("slowly")); i++) {
		put(fd, &ECHO("slowly")[i], 1);
		pump_for(b, 0);
	}
	expect(b, fd, ECHOED("slowly"));
	(void)close(fd);
}

static void pipelined_calls_are_answered_in_their_order(void **state)
{
	static const char all[] = ECHO("1") "\0" ECHO(
		"2") "\0{\"method\":\"io.retaind.Late\"}\0" ECHO("3") "\0" ECHO("4");
	struct bench *b = *state;
	int fd = client();

	put(fd, all, sizeof(all) - 10);
	expect(b, fd, ECHOED("1"));
	expect(b, fd, ECHOED("2"));
	expect(b, fd, NULL); /* what stands behind a late reply waits */
	assert_int_equal(b->runs, 3);
	put(fd, all + sizeof(all) - 10, 10);
	pump(b);
	assert_true(varlink_call_is_awaited(b->late));
	varlink_reply(TAKE_PTR(b->late), xstrdup("{\"late\":true}"));
	expect(b, fd, "{\"parameters\":{\"late\":true}}");
	expect(b, fd, ECHOED("3"));
	expect(b, fd, ECHOED("4"));
	(void)close(fd);
}

static void a_late_reply_waits_longer_than_a_message_may_take(void **state)
{
	struct bench *b = *state;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Late\"}", 29);
	pump_for(b, 1300);
	assert_true(varlink_call_is_awaited(b->late));
	assert_int_equal(varlink_call_uid(b->late), geteuid());
	assert_int_equal(varlink_call_pid(b->late), getpid());
	varlink_error(TAKE_PTR(b->late), "UnknownCluster", NULL);
	expect(b, fd, "{\"error\":\"io.retaind.UnknownCluster\",\"parameters\":{}}");
	(void)close(fd);
}

static void a_call_of_a_client_that_left_is_inert(void **state)
{
	struct bench *b = *state;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Late\"}", 29);
	pump(b);
	assert_true(varlink_call_is_awaited(b->late));
	(void)close(fd);
	pump(b);
	assert_false(varlink_call_is_awaited(b->late));
	varlink_error_message(TAKE_PTR(b->late), "Failed", "nobody hears this");
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

/* It waited for the answer until it gave up, and took it for not done. */
static void l4_a_call_is_not_begun_when_its_client_has_left(void **state)
{
	struct bench *b = *state;
	int fd;

	for (int accepted = 0; accepted < 2; accepted++) {
		fd = client();
		if (accepted)
			pump(b);
		put(fd, ECHO("a"), sizeof(ECHO("a")));
		(void)close(fd);
		pump(b);
		assert_int_equal(b->runs, 0);
	}
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	put(fd, "{\"method\":\"io.retaind.Fail\",\"oneway\":true}", 43);
	(void)close(fd);
	pump(b);
	assert_int_equal(b->runs, 1); /* the one that needs no answer */
}

static void a_call_outlives_the_server(void **state)
{
	struct bench *b = *state;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Late\"}", 29);
	pump(b);
	varlink_server_free(b->server);
	b->server = NULL;
	assert_false(varlink_call_is_awaited(b->late));
	varlink_error(TAKE_PTR(b->late), "Failed", xstrdup("{}"));
	(void)close(fd);
}

static void a_client_that_only_stops_sending_still_gets_its_reply(void **state)
{
	struct bench *b = *state;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Late\"}\0" ECHO("b"), 29 + sizeof(ECHO("b")));
	assert_int_equal(0, shutdown(fd, SHUT_WR));
	pump(b);
	assert_true(varlink_call_is_awaited(b->late));
	varlink_reply(TAKE_PTR(b->late), NULL);
	expect(b, fd, "{\"parameters\":{}}");
	expect(b, fd, ECHOED("b"));
	expect(b, fd, CLOSED);
	(void)close(fd);
}

static void oneway_is_carried_out_and_not_answered(void **state)
{
	static const char both[] =
		"{\"method\":\"io.retaind.Fail\",\"oneway\":true}\0" ECHO("next");
	static const char late[] =
		"{\"method\":\"io.retaind.Late\",\"oneway\":true}\0" ECHO("next");
	static const char wrong[] =
		"{\"method\":\"io.retaind.Fail\",\"oneway\":true,\"more\":true}\0" ECHO("next");
	struct bench *b = *state;
	int fd = client();

	put(fd, both, sizeof(both));
	expect(b, fd, ECHOED("next"));
	assert_int_equal(b->runs, 2);
	put(fd, late, sizeof(late));
	expect(b, fd, NULL);
	assert_false(varlink_call_is_awaited(b->late));
	varlink_reply(TAKE_PTR(b->late), NULL);
	expect(b, fd, ECHOED("next"));
	put(fd, wrong, sizeof(wrong));
	expect(b, fd, ECHOED("next"));
	assert_int_equal(b->runs, 5);
	/* also if the client goes at once; the other is not */
	put(fd, both, sizeof(both));
	(void)close(fd);
	pump(b);
	assert_int_equal(b->runs, 6);
}

TEST_FILE(varlink_test)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_message_gets_its_answer),
		TEST(the_description_of_the_interface_is_given),
		TEST(bytes_may_come_one_at_a_time),
		TEST(pipelined_calls_are_answered_in_their_order),
		TEST(a_late_reply_waits_longer_than_a_message_may_take),
		TEST(a_call_of_a_client_that_left_is_inert),
		TEST(l4_a_call_is_not_begun_when_its_client_has_left),
		TEST(a_call_outlives_the_server),
		TEST(a_client_that_only_stops_sending_still_gets_its_reply),
		TEST(oneway_is_carried_out_and_not_answered),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
