/* Control-socket messages, through a real socket and the server itself: framing, JSON, dispatch.
 * A method runs only with the parameters that it declares, and every reply is JSON ended by NUL. */
#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"
#include "service/description.h"
#include "service/varlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char path[64];

static void run_echo(struct varlink_call *call, const cJSON *parameters, void *data)
{
	bool flag;

	(void)data;
	HOLDS(cJSON_IsObject(parameters));
	HOLDS(json_get_string(parameters, "s"));
	HOLDS(!json_get(parameters, "b") || json_get_bool(parameters, "b", &flag));
	varlink_reply(call, cJSON_PrintUnformatted(parameters));
}

static void run_fail(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)data;
	HOLDS(!parameters->child);
	varlink_error_message(call, "Failed", "no \"luck\"");
}

static const struct varlink_method methods[] = {
	{"Echo",
		{{"s", VARLINK_STRING, false}, {"i", VARLINK_INT, true}, {"b", VARLINK_BOOL, true}},
		run_echo},
	{"Fail", {{0}}, run_fail},
};

static void remove_socket(void)
{
	(void)unlink(path);
}

static struct varlink_server *serve(sd_event *e)
{
	struct varlink_options o = {.path = path,
		.mode = 0600,
		.interface = "io.retaind",
		.description = service_description,
		.vendor = "retaind",
		.product = "retaind",
		.version = "0",
		.url = "",
		.methods = methods,
		.method_count = ARRAY_SIZE(methods)};
	struct varlink_server *s = NULL;
	struct error err = {0};

	snprintf(path, sizeof(path), "/tmp/retaind-fuzz-varlink-%d", (int)getpid());
	(void)atexit(remove_socket);
	HOLDS(varlink_server_new(e, &o, &s, &err) == 0);
	return s;
}

static int dial(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, sizeof(path));
	HOLDS(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static void replies_are_whole(const struct text *in)
{
	for (size_t at = 0; at < in->length;) {
		_cleanup_(json_deletep) cJSON *reply = NULL;
		size_t length = strnlen(in->s + at, in->length - at);
		if (at + length == in->length)
			return; /* the connection was dropped in the middle of it */
		HOLDS(json_parse(in->s + at, length, &reply, NULL) == 0);
		HOLDS(json_get(reply, "parameters"));
		at += length + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static sd_event *e;
	static struct varlink_server *server;
	_cleanup_(text_done) struct text in = TEXT_INIT(4 * 1024 * 1024);
	size_t sent = 0;
	bool open = true;
	char buffer[16384];
	int fd;

	if (!server) {
		HOLDS(sd_event_new(&e) >= 0);
		server = serve(e);
	}
	fd = dial();
	for (int idle = 0; open && idle < 3;) {
		ssize_t n = sent < size ? send(fd, data + sent, size - sent, MSG_NOSIGNAL) : 0;
		bool moved = n > 0;
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && errno != EAGAIN)
			sent = size;
		if (sent == size && moved)
			(void)shutdown(fd, SHUT_WR);
		while (sd_event_run(e, 0) > 0)
			moved = true;
		while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
			text_add_bytes(&in, buffer, (size_t)n);
			moved = true;
		}
		open = n < 0 && errno == EAGAIN;
		idle = moved ? 0 : idle + 1;
	}
	(void)close(fd);
	while (sd_event_run(e, 0) > 0)
		;
	replies_are_whole(&in);
	return 0;
}
