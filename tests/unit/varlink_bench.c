/* Begins the server and the client of a test, and pumps the event loop. */
#include "varlink_bench.h"
#include "base/memory.h"
#include "base/text.h"
#include "service/description.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

char directory[] = "/tmp/retaind-varlink-XXXXXX";
char path[64];

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

static void run_hold(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct bench *b = data;

	(void)parameters;
	assert_true(b->held_count < ARRAY_SIZE(b->held));
	b->held[b->held_count++] = call;
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
	{"Hold", {{0}}, run_hold},
	{"Big", {{0}}, run_big},
	{"Fail", {{0}}, run_fail},
};

struct varlink_options options(struct bench *b)
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

int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct varlink_options o = options(b);
	struct error err = {0};

	*state = b;
	if (sd_event_new(&b->e) < 0)
		return -1;
	return varlink_server_new(b->e, &o, &b->server, &err);
}

int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->late)
		varlink_reply(b->late, NULL);
	for (size_t i = 0; i < b->held_count; i++)
		varlink_reply(b->held[i], NULL);
	varlink_server_free(b->server);
	sd_event_unref(b->e);
	free(b);
	return access(path, F_OK) < 0 ? 0 : -1;
}

int begin(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/control", directory);
	return 0;
}

int end(void **state)
{
	(void)state;
	return rmdir(directory);
}

void pump_for(struct bench *b, int quiet_ms)
{
	while (sd_event_run(b->e, (uint64_t)quiet_ms * 1000) > 0)
		;
}

void pump(struct bench *b)
{
	pump_for(b, 2);
}

int client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

void put(int fd, const char *bytes, size_t length)
{
	assert_int_equal(length, send(fd, bytes, length, MSG_NOSIGNAL));
}

char *take(struct bench *b, int fd)
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

void expect(struct bench *b, int fd, const char *expected)
{
	_cleanup_free_ char *got = take(b, fd);

	if (!expected)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, expected);
	}
}
