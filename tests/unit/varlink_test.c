#include "base/memory.h"
#include "base/text.h"
#include "service/description.h"
#include "service/varlink.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BIG (8 * 1024 * 1024)

static char directory[] = "/tmp/retaind-varlink-XXXXXX";
static char path[64];

struct bench {
	sd_event *e;
	struct varlink_server *server;
	struct varlink_call *late; /* the call that Late() has put off */
	int runs;                  /* calls that reached a method */
};

static void run_echo(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct bench *b = data;
	char *text = cJSON_PrintUnformatted(parameters);

	b->runs++;
	varlink_reply(call, text);
}

static void run_late(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct bench *b = data;

	(void)parameters;
	b->runs++;
	assert_null(b->late);
	b->late = call;
}

static void run_big(struct varlink_call *call, const cJSON *parameters, void *data)
{
	char *text = xmalloc(BIG + 32);
	size_t used = (size_t)sprintf(text, "{\"text\":\"");

	(void)parameters;
	((struct bench *)data)->runs++;
	memset(text + used, 'x', BIG);
	memcpy(text + used + BIG, "\"}", 3);
	varlink_reply(call, text);
}

static void run_fail(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)parameters;
	((struct bench *)data)->runs++;
	varlink_error_message(call, "Failed", "no \"luck\"");
}

static const struct varlink_method methods[] = {
	{"Echo",
		{{"s", VARLINK_STRING, false}, {"i", VARLINK_INT, true}, {"b", VARLINK_BOOL, true}},
		run_echo},
	{"Late", {{0}}, run_late},
	{"Big", {{0}}, run_big},
	{"Fail", {{0}}, run_fail},
};

static struct varlink_options options(struct bench *b)
{
	return (struct varlink_options){.path = path,
		.mode = 0600,
		.interface = "io.retaind",
		.description = service_description,
		.vendor = "retaind",
		.product = "retaind",
		.version = "0",
		.url = "",
		.methods = methods,
		.method_count = ARRAY_SIZE(methods),
		.data = b,
		.message_timeout_s = 1,
		.write_timeout_s = 1};
}

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct varlink_options o = options(b);
	struct error err = {0};

	*state = b;
	if (sd_event_new(&b->e) < 0)
		return -1;
	return varlink_server_new(b->e, &o, &b->server, &err);
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->late)
		varlink_reply(b->late, NULL);
	varlink_server_free(b->server);
	sd_event_unref(b->e);
	free(b);
	return access(path, F_OK) < 0 ? 0 : -1;
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/control", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return rmdir(directory);
}

/* Lets the server do what there is to do, and returns when it has been quiet for `quiet_ms`. */
static void pump_for(struct bench *b, int quiet_ms)
{
	while (sd_event_run(b->e, (uint64_t)quiet_ms * 1000) > 0)
		;
}

static void pump(struct bench *b)
{
	pump_for(b, 2);
}

static int client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void put(int fd, const char *bytes, size_t length)
{
	assert_int_equal(length, send(fd, bytes, length, MSG_NOSIGNAL));
}

/* One reply without its NUL, owned by the caller; "" if the server closed, NULL if nothing comes.
 */
static char *take(struct bench *b, int fd)
{
	char *reply = xmalloc(BIG + 1024);
	size_t used = 0;

	for (int quiet = 0; quiet < 20;) {
		ssize_t n = recv(fd, reply + used, 1, 0); /* not a byte of the next reply */
		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			reply[0] = '\0';
			return reply;
		}
		if (n == 1 && reply[used++] == '\0')
			return reply;
		if (n == 1) {
			quiet = 0;
			continue;
		}
		pump_for(b, 1);
		quiet++;
	}
	free(reply);
	return NULL;
}

static void expect(struct bench *b, int fd, const char *expected)
{
	_cleanup_free_ char *got = take(b, fd);

	if (!expected)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, expected);
	}
}

#define CLOSED ""
#define ECHO(s) "{\"method\":\"io.retaind.Echo\",\"parameters\":{\"s\":\"" s "\"}}"
#define ECHOED(s) "{\"parameters\":{\"s\":\"" s "\"}}"
#define SERVICE_ERROR(name, key, value) \
	"{\"error\":\"org.varlink.service." name "\",\"parameters\":{\"" key "\":\"" value "\"}}"

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
	/* also if the client goes at once */
	put(fd, both, sizeof(both));
	(void)close(fd);
	pump(b);
	assert_int_equal(b->runs, 7);
}

static void an_endless_message_is_cut_off(void **state)
{
	static char block[70 * 1024];
	struct bench *b = *state;
	int fd = client();
	size_t sent = 0;

	memset(block, ' ', sizeof(block));
	memcpy(block + 60000, ECHO("long"), sizeof(ECHO("long")) - 1);
	block[64 * 1024 - 1] = '\0';
	put(fd, block, 64 * 1024); /* as long as one may be */
	expect(b, fd, ECHOED("long"));
	memset(block, ' ', sizeof(block));
	while (sent < sizeof(block)) {
		ssize_t n = send(fd, block, sizeof(block) - sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		pump_for(b, 0);
	}
	expect(b, fd, CLOSED);
	(void)close(fd);
}

static void a_large_reply_arrives_whole(void **state)
{
	struct bench *b = *state;
	int fd = client();
	size_t got = 0, x = 0;
	static char block[65536];

	put(fd, "{\"method\":\"io.retaind.Big\"}\0" ECHO("a"), 28 + sizeof(ECHO("a")));
	for (int quiet = 0; quiet < 50;) {
		ssize_t n = recv(fd, block, sizeof(block), 0);
		quiet = n > 0 ? 0 : quiet + 1;
		for (ssize_t i = 0; i < n; i++)
			x += block[i] == 'x';
		got += n > 0 ? (size_t)n : 0;
		pump_for(b, 0);
	}
	assert_int_equal(
		got, BIG + sizeof("{\"parameters\":{\"text\":\"\"}}") + sizeof(ECHOED("a")));
	assert_int_equal(x, BIG + 1); /* one in "text" */
	assert_false(varlink_server_is_busy(b->server));
	(void)close(fd);
}

static void who_does_not_read_is_dropped(void **state)
{
	struct bench *b = *state;
	int fd = client(), other = client();

	put(fd, "{\"method\":\"io.retaind.Big\"}", 28);
	pump(b);
	assert_true(varlink_server_is_busy(b->server));
	put(other, ECHO("a"), sizeof(ECHO("a")));
	expect(b, other, ECHOED("a")); /* nobody else waits for it */
	pump_for(b, 1300);
	assert_false(varlink_server_is_busy(b->server));
	put(other, ECHO("a"), sizeof(ECHO("a")));
	expect(b, other, ECHOED("a"));
	(void)close(fd);
	(void)close(other);
}

/* A byte now and then does not buy time. */
static void who_sends_slowly_is_dropped(void **state)
{
	struct bench *b = *state;
	int fd = client(), idle = client();

	for (int i = 0; i < 8; i++) {
		if (send(fd, " ", 1, MSG_NOSIGNAL) < 0)
			break;
		pump_for(b, 200);
	}
	expect(b, fd, CLOSED);
	/* who sends nothing at all is no harm */
	put(idle, ECHO("a"), sizeof(ECHO("a")));
	expect(b, idle, ECHOED("a"));
	(void)close(fd);
	(void)close(idle);
}

static void among_too_many_the_idle_make_room(void **state)
{
	struct bench *b = *state;
	int busy = client(), fds[64], last;

	put(busy, "{\"method\":\"io.retaind.Late\"}", 29);
	pump(b);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = client();
		pump_for(b, 0);
	}
	last = client();
	put(last, ECHO("a"), sizeof(ECHO("a")));
	expect(b, last, ECHOED("a"));
	expect(b, fds[0], CLOSED);
	expect(b, fds[1], CLOSED);
	expect(b, fds[2], NULL);
	assert_true(varlink_call_is_awaited(b->late));
	varlink_reply(TAKE_PTR(b->late), NULL);
	expect(b, busy, "{\"parameters\":{}}");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	(void)close(busy);
	(void)close(last);
}

static void random_bytes_do_no_harm(void **state)
{
	static const char *const seeds[] = {ECHO("a"),
		"{\"method\":\"io.retaind.Fail\",\"oneway\":true}",
		"{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{}}"};
	struct bench *b = *state;
	unsigned random = 1;
	int fd;

	for (int round = 0; round < 3000; round++) {
		char message[256];
		const char *seed = seeds[round % (int)ARRAY_SIZE(seeds)];
		size_t length = strlen(seed) + 1;
		memcpy(message, seed, length);
		random = random * 1103515245u + 12345u;
		for (unsigned i = 0; i < (random >> 16) % 4; i++) {
			random = random * 1103515245u + 12345u;
			message[(random >> 8) % length] = (char)(random >> 16);
		}
		fd = client();
		put(fd, message, length);
		pump_for(b, 0);
		(void)close(fd);
		if (round % 50 == 0)
			pump_for(b, 0);
	}
	pump(b);
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

static void a_second_server_is_refused_and_a_dead_one_replaced(void **state)
{
	struct bench *b = *state;
	struct varlink_options o = options(b);
	struct varlink_server *second = NULL;
	struct error err = {0};
	struct stat st;
	pid_t pid;
	int fd;

	assert_int_equal(-EADDRINUSE, varlink_server_new(b->e, &o, &second, &err));
	assert_non_null(strstr(err.text, "already running"));
	assert_null(second);
	pump(b);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(st.st_mode & 07777, 0600);

	/* One that was killed leaves its file behind. */
	varlink_server_free(b->server);
	b->server = NULL;
	assert_int_equal(-1, access(path, F_OK));
	pid = fork();
	if (pid == 0) {
		sd_event *own = NULL;
		_exit(sd_event_new(&own) < 0 || varlink_server_new(own, &o, &second, &err) < 0);
	}
	assert_int_equal(pid, waitpid(pid, NULL, 0));
	assert_int_equal(0, access(path, F_OK));
	o.mode = 0660;
	assert_int_equal(0, varlink_server_new(b->e, &o, &b->server, &err));
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(st.st_mode & 07777, 0660);
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

static void what_is_not_a_socket_is_left_alone(void **state)
{
	struct bench *b = *state;
	struct varlink_options o = options(b);
	struct varlink_server *second = NULL;
	struct error err = {0};
	char longer[200];
	int fd;

	varlink_server_free(b->server);
	b->server = NULL;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void)close(fd);
	assert_int_equal(-EEXIST, varlink_server_new(b->e, &o, &second, &err));
	assert_int_equal(0, unlink(path));
	(void)snprintf(longer, sizeof(longer), "%s/no/such", directory);
	o.path = longer;
	assert_int_equal(-ENOENT, varlink_server_new(b->e, &o, &second, &err));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(-ENAMETOOLONG, varlink_server_new(b->e, &o, &second, &err));
	assert_null(second);
}

/* The client side of the test below: as a user with these groups. */
static int ask_as(uid_t uid, gid_t gid, gid_t supplementary)
{
	static const char ask[] = ECHO("a") "\0{\"method\":\"org.varlink.service.GetInfo\"}";
	char reply[1024];
	ssize_t n = 0;
	int fd;

	if (setgroups(1, &supplementary) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		return 99;
	fd = client();
	(void)fcntl(fd, F_SETFL, 0);
	if (send(fd, ask, sizeof(ask), 0) < 0)
		return 98;
	for (size_t used = 0; used < sizeof(reply) && strnlen(reply, used) == used;
		used += (size_t)n)
		if ((n = recv(fd, reply + used, sizeof(reply) - used, 0)) <= 0)
			return 97;
	return strcmp(reply, ECHOED("a")) == 0             ? 0
		: strstr(reply, "io.retaind.NotPermitted") ? 1
							   : 96;
}

static void only_root_ourselves_and_the_group_may_call(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid, supplementary;
		int expected;
	} rows[] = {
		{0, 0, 0, 0},
		{65534, 65534, 65534, 1},
		{65534, 2, 65534, 0},
		{65534, 65534, 2, 0},
	};
	struct bench *b = *state;
	struct varlink_options o = options(b);
	struct error err = {0};
	struct group *group = getgrgid(2);

	if (geteuid() != 0 || !group)
		skip(); /* only root can be somebody else */
	varlink_server_free(b->server);
	o.mode = 0666;
	o.group = group->gr_name;
	assert_int_equal(0, varlink_server_new(b->e, &o, &b->server, &err));
	(void)chmod(directory, 0755);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int status = 0;
		pid_t pid = fork();
		if (pid == 0)
			_exit(ask_as(rows[i].uid, rows[i].gid, rows[i].supplementary));
		while (waitpid(pid, &status, WNOHANG) == 0)
			pump(b);
		assert_int_equal(WEXITSTATUS(status), rows[i].expected);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_message_gets_its_answer),
		TEST(the_description_of_the_interface_is_given),
		TEST(bytes_may_come_one_at_a_time),
		TEST(pipelined_calls_are_answered_in_their_order),
		TEST(a_late_reply_waits_longer_than_a_message_may_take),
		TEST(a_call_of_a_client_that_left_is_inert),
		TEST(a_call_outlives_the_server),
		TEST(a_client_that_only_stops_sending_still_gets_its_reply),
		TEST(oneway_is_carried_out_and_not_answered),
		TEST(an_endless_message_is_cut_off),
		TEST(a_large_reply_arrives_whole),
		TEST(who_does_not_read_is_dropped),
		TEST(who_sends_slowly_is_dropped),
		TEST(among_too_many_the_idle_make_room),
		TEST(random_bytes_do_no_harm),
		TEST(a_second_server_is_refused_and_a_dead_one_replaced),
		TEST(what_is_not_a_socket_is_left_alone),
		TEST(only_root_ourselves_and_the_group_may_call),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
