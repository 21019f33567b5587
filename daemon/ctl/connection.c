/* One call of the daemon over its control socket. */
#include "ctl/connection.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define REPLY_MAX_BYTES (1024 * 1024 * 1024)

void reply_done(struct reply *r)
{
	cJSON_Delete(r->root);
	*r = (struct reply){0};
}

void connection_done(struct connection *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	text_done(&c->received);
}

int connection_silent(int64_t seconds, struct error *err)
{
	return error_set(err, ETIMEDOUT,
		"retaind has not answered for %" PRId64 " s: it is stopped, or very busy "
		"(`systemctl status retaind` tells more)",
		seconds);
}

static int not_connected(const char *path, int code, struct error *err)
{
	if (code == EAGAIN)
		return connection_silent(CONNECTION_ANSWER_S, err);
	if (code == ENOENT || code == ECONNREFUSED)
		return error_set(err, ECONNREFUSED,
			"retaind is not running: nothing listens on %s (`systemctl status retaind` "
			"tells more)",
			path);
	if (code == EACCES || code == EPERM)
		return error_set(err, EACCES,
			"%s: permission denied: be root, or join the group retaind (`sudo usermod "
			"-aG retaind "
			"\"$USER\"`, then log in again)",
			path);
	return error_set(err, code, "%s: cannot connect: %s", path, strerror(code));
}

/* Limits connect() and send(), too: both block when a stopped daemon has a full backlog. */
static int connect_to(const char *path, int fd, struct error *err)
{
	const struct timeval limit = {.tv_sec = CONNECTION_ANSWER_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ENAMETOOLONG,
			"%s: longer than %zu bytes, the most for a socket", path,
			sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return not_connected(path, errno, err);
	return 0;
}

static int send_all(int fd, const char *data, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return connection_silent(CONNECTION_ANSWER_S, err);
		if (n < 0 && errno != EINTR)
			return error_set(
				err, errno, "retaind does not listen: %s", strerror(errno));
		data += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Waits until there is something to read. */
static int wait_for(int fd, int64_t timeout_s, struct error *err)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	do
		n = poll(&p, 1, (int)timeout_s * 1000);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return connection_silent(timeout_s, err);
	return n < 0 ? error_set(err, errno, "cannot wait for retaind: %s", strerror(errno)) : 0;
}

/* Reads up to the NUL that ends the reply. */
static int receive(int fd, int64_t timeout_s, struct text *ret, struct error *err)
{
	char buffer[65536];

	for (;;) {
		ssize_t n;
		int r = wait_for(fd, timeout_s, err);
		if (r < 0)
			return r;
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(err, n < 0 ? errno : ECONNRESET,
				"retaind closed the connection without an answer (`journalctl -u "
				"retaind` tells more)");
		text_add_bytes(ret, buffer, strnlen(buffer, (size_t)n));
		if (ret->full)
			return error_set(err, EMSGSIZE, "the answer of retaind is too long");
		if (memchr(buffer, '\0', (size_t)n))
			return 0;
	}
}

static int read_reply(const struct text *message, struct reply *ret, struct error *err)
{
	static const char own[] = CONNECTION_INTERFACE ".";
	struct reply r = {0};
	int code = json_parse(message->s ? message->s : "", message->length, &r.root, err);

	if (code < 0)
		return error_add(err, "the answer of retaind does not read");
	r.parameters = json_get(r.root, "parameters");
	r.error = json_get_string(r.root, "error");
	if (r.error && text_starts(r.error, own))
		r.error += sizeof(own) - 1;
	if (!cJSON_IsObject(r.parameters) || (!r.error && json_get(r.root, "error"))) {
		reply_done(&r);
		return error_set(err, EBADMSG, "the answer of retaind has no parameters");
	}
	*ret = r;
	return 0;
}

int connection_send(const char *path, const char *method, const char *parameters,
	struct connection *ret, struct error *err)
{
	_cleanup_(text_done) struct text message = TEXT_INIT(REPLY_MAX_BYTES);
	int r;

	*ret = (struct connection){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.received = TEXT_INIT(REPLY_MAX_BYTES)};
	if (!path)
		path = getenv("RETAIND_SOCKET");
	r = connect_to(path && *path ? path : CONNECTION_SOCKET, ret->fd, err);
	if (r < 0)
		return r;
	text_printf(&message, "{\"method\":\"%s.%s\",\"parameters\":%s}", CONNECTION_INTERFACE,
		method, parameters);
	return send_all(ret->fd, message.s, message.length + 1, err);
}

int connection_receive(
	struct connection *c, int64_t timeout_s, struct reply *ret, struct error *err)
{
	int r = receive(c->fd, timeout_s, &c->received, err);

	return r < 0 ? r : read_reply(&c->received, ret, err);
}

int connection_call(const char *path, const char *method, const char *parameters, int64_t timeout_s,
	struct reply *ret, struct error *err)
{
	_cleanup_(connection_done) struct connection c;
	int r = connection_send(path, method, parameters, &c, err);

	return r < 0
		? r
		: connection_receive(&c, timeout_s ? timeout_s : CONNECTION_ANSWER_S, ret, err);
}
