/* The server: listens, accepts, and drops idle connections for new ones. */
#include "service/varlink_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESUME_US 1000000

/* Drops the connection that has been idle for longest. False if all are busy. */
static bool make_room(struct varlink_server *s)
{
	struct connection *oldest = NULL;

	for (struct connection *c = s->connections; c; c = c->next)
		if (connection_is_idle(c) && (!oldest || c->used_us < oldest->used_us))
			oldest = c;
	connection_free(oldest);
	return oldest;
}

static int on_resume(sd_event_source *source, uint64_t now_us, void *data)
{
	struct varlink_server *s = data;

	(void)source;
	(void)now_us;
	return sd_event_source_set_enabled(s->listening, SD_EVENT_ON);
}

/* Out of file descriptors: the peer stays in the queue, and without a pause we would spin. */
static void pause_listening(struct varlink_server *s)
{
	(void)sd_event_source_set_enabled(s->listening, SD_EVENT_OFF);
	s->resume = sd_event_source_unref(s->resume);
	if (sd_event_add_time_relative(
		    s->e, &s->resume, CLOCK_MONOTONIC, RESUME_US, 0, on_resume, s) < 0)
		(void)sd_event_source_set_enabled(s->listening, SD_EVENT_ON);
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct varlink_server *s = data;
	struct connection *c;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (peer < 0) {
		if ((errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) &&
			!make_room(s))
			pause_listening(s);
		return 0;
	}
	if (s->connection_count >= VARLINK_CONNECTIONS_MAX && !make_room(s)) {
		(void)close(peer);
		return 0;
	}
	if (connection_new(s, peer, &c) < 0)
		(void)close(peer);
	return 0;
}

DEFINE_CLEANUP(struct varlink_server *, varlink_server_free)

int varlink_server_new(sd_event *e, const struct varlink_options *o, struct varlink_server **ret,
	struct error *err)
{
	_cleanup_(varlink_server_freep) struct varlink_server *s = xcalloc(1, sizeof(*s));
	int r;

	s->o = *o;
	s->dispatch = message_dispatch;
	s->fd = -1;
	s->e = sd_event_ref(e);
	s->group = varlink_group(o->group);
	if (s->o.message_timeout_s == 0)
		s->o.message_timeout_s = 10;
	if (s->o.write_timeout_s == 0)
		s->o.write_timeout_s = 30;
	r = varlink_socket_listen(o, s->group, &s->fd, &s->socket, err);
	if (r < 0)
		return r;
	s->path = xstrdup(o->path);
	r = sd_event_add_io(e, &s->listening, s->fd, EPOLLIN, on_connect, s);
	if (r < 0)
		return error_set(err, -r, "%s: cannot watch the socket: %s", o->path, strerror(-r));
	*ret = TAKE_PTR(s);
	return 0;
}

void varlink_server_free(struct varlink_server *s)
{
	struct stat st;

	if (!s)
		return;
	while (s->connections)
		connection_free(s->connections);
	sd_event_source_disable_unref(s->listening);
	sd_event_source_disable_unref(s->resume);
	/* Someone may have replaced it: only the file that we made is ours to remove. */
	if (s->path && lstat(s->path, &st) == 0 && st.st_dev == s->socket.st_dev &&
		st.st_ino == s->socket.st_ino)
		(void)unlink(s->path);
	free(s->path);
	if (s->fd >= 0)
		(void)close(s->fd);
	sd_event_unref(s->e);
	free(s);
}

bool varlink_server_is_busy(const struct varlink_server *s)
{
	for (const struct connection *c = s->connections; c; c = c->next)
		if (c->head)
			return true;
	return false;
}
