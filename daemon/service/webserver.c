/* Serves one page by HTTP, from the event loop, with libmicrohttpd. */
#include "service/webserver.h"

#include "policyfile/address.h"
#include "service/now.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64u  /* MHD accepts no more */
#define CONNECTIONS_KEPT 48u /* beyond, the one that has been at its request for longest goes */
#define CONNECTION_IDLE_S 10u
#define REQUEST_US (20 * UINT64_C(1000000)) /* for all of a request and its answer */
#define CONNECTION_BYTES (16u * 1024)
#define PAGE_MAX (256u << 20)

/* In the order of since_us. */
struct peer {
	struct peer *before, *after;
	int fd; /* MHD's */
	bool ended;
	uint64_t since_us; /* its request may have begun then; CLOCK_MONOTONIC */
};

struct webserver {
	struct MHD_Daemon *daemon;
	sd_event *event;
	sd_event_source *io, *timer;
	struct peer *first, *last;
	unsigned peer_count;
	void (*page)(void *data, struct text *out);
	void *data;
};

static enum MHD_Result answer(
	struct MHD_Connection *connection, unsigned status, const char *type, struct text *body)
{
	size_t length = body->length;
	struct MHD_Response *r =
		MHD_create_response_from_buffer(length, text_take(body), MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request)
{
	struct webserver *h = data;
	struct text body = TEXT_INIT(PAGE_MAX);

	(void)version;
	(void)upload;
	if (!*request) { /* only the head is read so far: MHD calls again when the whole request is
			  */
		*request = h;
		return MHD_YES;
	}
	*upload_size = 0;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		text_add(&body, "only GET and HEAD\n");
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8",
			&body);
	}
	if (strcmp(url, "/metrics") != 0) {
		text_add(&body, "retaind shows /metrics, and nothing else\n");
		return answer(connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", &body);
	}
	h->page(h->data, &body);
	return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void unlink_peer(struct webserver *h, struct peer *p)
{
	*(p->before ? &p->before->after : &h->first) = p->after;
	*(p->after ? &p->after->before : &h->last) = p->before;
}

static void link_peer(struct webserver *h, struct peer *p)
{
	p->since_us = now_us(CLOCK_MONOTONIC);
	p->before = h->last;
	p->after = NULL;
	*(h->last ? &h->last->after : &h->first) = p;
	h->last = p;
}

/* MHD sees the end of the stream and closes the connection itself. */
static void end_peer(struct peer *p)
{
	(void)shutdown(p->fd, SHUT_RDWR);
	p->ended = true;
}

/* Slow peers give way to those that come, so that they cannot hold all places. */
static void make_room(struct webserver *h)
{
	struct peer *p = h->first;

	while (p && p->ended)
		p = p->after;
	if (h->peer_count > CONNECTIONS_KEPT && p)
		end_peer(p);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct webserver *h = data;
	struct peer *p = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		unlink_peer(h, p);
		h->peer_count--;
		free(p);
		return;
	}
	*context = p = xcalloc(1, sizeof(*p));
	p->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	link_peer(h, p);
	h->peer_count++;
	make_room(h);
}

/* A connection may bring another request, which has its own time. */
static void on_completed(void *data, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code)
{
	struct webserver *h = data;
	struct peer *p = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
				 ->socket_context;

	(void)request;
	(void)code;
	unlink_peer(h, p);
	link_peer(h, p);
}

static void end_slow_peers(struct webserver *h, uint64_t now)
{
	for (struct peer *p = h->first; p && now - p->since_us >= REQUEST_US; p = p->after)
		if (!p->ended)
			end_peer(p);
}

static uint64_t next_us(const struct webserver *h, uint64_t now)
{
	MHD_UNSIGNED_LONG_LONG ms;
	uint64_t us = MHD_get_timeout(h->daemon, &ms) == MHD_YES ? ms * 1000u : UINT64_MAX;
	const struct peer *p = h->first;

	while (p && p->ended)
		p = p->after;
	if (p && p->since_us + REQUEST_US - now < us)
		us = p->since_us + REQUEST_US - now;
	return us;
}

/* The second MHD_run() matters after the first has closed connections: MHD listens again only in
 * the run after the one in which it fell below its limit. */
static void turn(struct webserver *h)
{
	uint64_t now = now_us(CLOCK_MONOTONIC), wait_us;

	end_slow_peers(h, now);
	(void)MHD_run(h->daemon);
	(void)MHD_run(h->daemon);
	wait_us = next_us(h, now);
	if (wait_us == UINT64_MAX) {
		(void)sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(h->timer, now + wait_us);
	(void)sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
}

static int on_readable(sd_event_source *s, int fd, uint32_t events, void *data)
{
	(void)s;
	(void)fd;
	(void)events;
	turn(data);
	return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	turn(data);
	return 0;
}

/* A socket of our own, since MHD does not say why it could not make one. */
static int listen_on(const char *address, int *ret_fd, struct error *err)
{
	struct sockaddr_storage a;
	socklen_t length = 0;
	int fd, on = 1, code;

	if (!address_parse(address, &a, &length))
		return error_set(err, EINVAL, "'%s' is not an address with a port", address);
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (a.ss_family == AF_INET6)
			(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, length) == 0 &&
		listen(fd, (int)CONNECTIONS_MAX) == 0) {
		*ret_fd = fd;
		return 0;
	}
	code = errno;
	if (fd >= 0)
		(void)close(fd);
	return error_set(err, code, "metrics: cannot listen on %s: %s", address, strerror(code));
}

static int watch(struct webserver *h, struct error *err)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r = info ? sd_event_add_io(h->event, &h->io, info->epoll_fd, EPOLLIN, on_readable, h)
		     : -ENOSYS;

	if (r >= 0)
		r = sd_event_add_time(h->event, &h->timer, CLOCK_MONOTONIC, 0, 0, on_timer, h);
	if (r < 0)
		return error_set(err, -r, "metrics: cannot serve HTTP: %s", strerror(-r));
	(void)sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
	return 0;
}

int webserver_new(sd_event *event, const char *address, void (*page)(void *data, struct text *out),
	void *data, struct webserver **ret, struct error *err)
{
	struct webserver *h;
	int fd = -1, r = listen_on(address, &fd, err);

	if (r < 0)
		return r;
	h = xcalloc(1, sizeof(*h));
	*h = (struct webserver){.event = event, .page = page, .data = data};
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, h, MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!h->daemon) {
		(void)close(fd);
		webserver_free(h);
		return error_set(err, EIO, "metrics: cannot serve HTTP on %s", address);
	}
	r = watch(h, err);
	if (r < 0) {
		webserver_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

void webserver_free(struct webserver *h)
{
	if (!h)
		return;
	sd_event_source_unref(h->io);
	sd_event_source_unref(h->timer);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	free(h);
}
