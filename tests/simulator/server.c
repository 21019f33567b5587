/* Listens on loopback, with TLS or without, and hands each request on. */
#include "server.h"

#include "call.h"
#include "control.h"
#include "delivery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>

#define BODY_MAX (64u << 20)
/* libmicrohttpd sometimes overlooks what came on a connection that it has just accepted, until the
 * next turn. */
#define TURN_MS 10

enum phase {
	READING,
	WAITING, /* before the call is carried out */
	DELAYED, /* its reply is ready, but not yet due */
	HANGING,
	ANSWERED,
	SENDING, /* between two pieces of a slow body */
};

/* One request and what becomes of it. MHD keeps a pointer to it. */
struct exchange {
	struct server *server;
	struct MHD_Connection *connection;
	enum phase phase;
	int64_t due_us; /* monotonic; while WAITING, DELAYED or SENDING */
	bool suspended;
	struct request request;
	struct call call;
	struct reply control;
	struct exchange *previous, *next;
};

struct server {
	struct MHD_Daemon *daemon;
	struct simulator *sim;
	struct exchange *exchanges;
	bool tls, stopping;
};

static struct exchange *exchange_new(struct server *s, const char *target)
{
	struct exchange *e = xcalloc(1, sizeof(*e));

	e->server = s;
	e->request.target = xstrdup(target);
	e->request.body = TEXT_INIT(BODY_MAX);
	e->next = s->exchanges;
	if (e->next)
		e->next->previous = e;
	s->exchanges = e;
	return e;
}

static void exchange_free(struct exchange *e)
{
	if (e->previous)
		e->previous->next = e->next;
	else
		e->server->exchanges = e->next;
	if (e->next)
		e->next->previous = e->previous;
	call_free(&e->call);
	reply_free(&e->control);
	request_free(&e->request);
	free(e);
}

static void suspend(struct exchange *e, enum phase phase, int64_t wait_us)
{
	e->phase = phase;
	e->due_us = clock_monotonic_us() + wait_us;
	e->suspended = true;
	MHD_suspend_connection(e->connection);
}

static void resume(struct exchange *e)
{
	e->suspended = false;
	MHD_resume_connection(e->connection);
}

static enum MHD_Result copy_header(
	void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = data;

	(void)kind;
	request_add_header(r, name, value ? value : "");
	return MHD_YES;
}

static bool is_control(const struct request *r)
{
	return text_starts(r->target, "/_control");
}

/* Moves on from a phase whose time has come. */
static void advance(struct exchange *e)
{
	struct reply *r = &e->call.reply;

	if (e->phase == WAITING) {
		call_finish(&e->call);
		if (r->delivery == DELIVER_HANG)
			e->phase = HANGING;
		else if (r->delay_us > 0) {
			e->phase = DELAYED;
			e->due_us = clock_monotonic_us() + r->delay_us;
		} else {
			e->phase = ANSWERED;
		}
	} else if (e->phase == DELAYED) {
		e->phase = ANSWERED;
	}
}

static void on_pause(void *data, int64_t us)
{
	suspend(data, SENDING, us);
}

static enum MHD_Result send_answer(struct exchange *e)
{
	bool control = is_control(&e->request);
	struct reply *r = control ? &e->control : &e->call.reply;

	return delivery_send(e->connection, r, clock_now_us(&e->server->sim->clock), on_pause, e);
}

/* The whole request is here. */
static enum MHD_Result begin(struct exchange *e)
{
	struct server *s = e->server;

	if (is_control(&e->request)) {
		control_answer(s->sim, &e->request, &e->control);
		e->phase = ANSWERED;
		return send_answer(e);
	}
	e->call.sim = s->sim;
	e->call.request = &e->request;
	call_begin(&e->call);
	e->phase = WAITING;
	if (e->call.wait_us <= 0)
		advance(e);
	if (e->phase == ANSWERED)
		return send_answer(e);
	suspend(e, e->phase, e->phase == WAITING ? e->call.wait_us : e->call.reply.delay_us);
	return MHD_YES;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_length,
	void **context)
{
	struct exchange *e = *context;

	(void)data, (void)url, (void)version;
	if (e->server->stopping)
		return MHD_NO;
	if (!e->connection) {
		e->connection = connection;
		e->request.method = xstrdup(method);
		e->request.tls = e->server->tls;
		MHD_get_connection_values(connection, MHD_HEADER_KIND, copy_header, &e->request);
		return MHD_YES;
	}
	if (*upload_length > 0) {
		text_add_bytes(&e->request.body, upload, *upload_length);
		*upload_length = 0;
		return e->request.body.full ? MHD_NO : MHD_YES;
	}
	return e->phase == READING ? begin(e) : send_answer(e);
}

static void *on_target(void *data, const char *target, struct MHD_Connection *connection)
{
	(void)connection;
	return exchange_new(data, target);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)data, (void)connection, (void)code;
	if (*context)
		exchange_free(*context);
	*context = NULL;
}

static bool peer_gone(const struct exchange *e)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(e->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd p = {.fd = info->connect_fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0;
}

/* Wakes what is due; returns how long the next one has, at most `most_ms`. */
static int wake_due(struct server *s, int most_ms)
{
	int64_t now_us = clock_monotonic_us();

	for (struct exchange *e = s->exchanges; e; e = e->next) {
		if (!e->suspended)
			continue;
		if (e->phase == HANGING) {
			if (peer_gone(e))
				resume(e);
			continue;
		}
		/* A client that gave up changes nothing: the cloud carries on. */
		if (e->due_us <= now_us)
			advance(e);
		if (e->phase == ANSWERED || (e->phase == SENDING && e->due_us <= now_us))
			resume(e);
		else if (e->due_us - now_us < (int64_t)most_ms * 1000)
			most_ms = e->due_us > now_us ? (int)((e->due_us - now_us) / 1000) + 1 : 0;
	}
	return most_ms;
}

void server_turn(struct server *s, int fd)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd p[2] = {
		{.fd = info->epoll_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	int timeout_ms = wake_due(s, TURN_MS);
	MHD_UNSIGNED_LONG_LONG limit_ms;

	/* After the wake-ups: they make work for MHD. */
	if (MHD_get_timeout(s->daemon, &limit_ms) == MHD_YES && limit_ms < (unsigned)timeout_ms)
		timeout_ms = (int)limit_ms;
	(void)poll(p, 2, timeout_ms);
	MHD_run(s->daemon);
}

static int read_address(
	const struct server_options *o, struct sockaddr_storage *ret, struct error *err)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, o->address, &v4->sin_addr) == 1 &&
		ntohl(v4->sin_addr.s_addr) >> 24 == 127) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(o->port);
		return 0;
	}
	if (inet_pton(AF_INET6, o->address, &v6->sin6_addr) == 1 &&
		IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(o->port);
		return 0;
	}
	return error_set(err, EINVAL, "%s is not a loopback address", o->address);
}

int server_start(const struct server_options *o, struct simulator *sim, struct server **ret,
	struct error *err)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	struct sockaddr_storage address;
	struct server *s;

	if (read_address(o, &address, err) < 0)
		return -EINVAL;
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (o->cert)
		flags |= MHD_USE_TLS;
	s = xcalloc(1, sizeof(*s));
	s->sim = sim;
	s->tls = o->cert != NULL;
	s->daemon = MHD_start_daemon(flags, o->port, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR,
		&address, MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(1u << 20),
		MHD_OPTION_CONNECTION_LIMIT, 900u, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
		MHD_OPTION_ARRAY, o->cert ? tls : none, MHD_OPTION_END);
	if (!s->daemon) {
		free(s);
		return error_set(err, EADDRINUSE, "cannot listen on %s, port %u%s", o->address,
			o->port, o->cert ? " (or the certificate or its key does not read)" : "");
	}
	*ret = s;
	return 0;
}

uint16_t server_port(const struct server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void server_stop(struct server *s)
{
	if (!s)
		return;
	/* MHD does not stop while connections are suspended. */
	s->stopping = true;
	for (struct exchange *e = s->exchanges; e; e = e->next)
		if (e->suspended)
			resume(e);
	MHD_run(s->daemon);
	MHD_stop_daemon(s->daemon);
	free(s);
}
