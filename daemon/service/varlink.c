/* The server: listens, accepts, and drops idle connections for new ones. */
#include "service/varlink_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESUME_US 1000000

static bool is_any(const struct connection *c, uid_t uid)
{
	(void)c;
	(void)uid;
	return true;
}

static bool is_other(const struct connection *c, uid_t uid)
{
	(void)uid;
	return !c->privileged;
}

static bool is_of_user(const struct connection *c, uid_t uid)
{
	return !c->privileged && c->uid == uid;
}

/* Drops the connection that has been idle for longest, of those that count but for `new`. False if
 * all are busy. */
static bool make_room(struct varlink_server *s, const struct connection *new,
	bool (*counts)(const struct connection *c, uid_t uid), uid_t uid)
{
	struct connection *oldest = NULL;

	for (struct connection *c = s->connections; c; c = c->next)
		if (c != new &&counts(c, uid) && connection_is_idle(c) &&
			(!oldest || c->used_us < oldest->used_us))
			oldest = c;
	connection_free(oldest);
	return oldest;
}

/* A new connection takes the place of an idle one where there are too many. False: there is none,
 * and the new one has to go. */
static bool find_place(struct varlink_server *s, const struct connection *new)
{
	static const struct {
		size_t most;
		bool (*counts)(const struct connection *c, uid_t uid);
	} limits[] = {{VARLINK_USER_MAX, is_of_user}, {VARLINK_OTHERS_MAX, is_other},
		{VARLINK_CONNECTIONS_MAX, is_any}};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		size_t count = 0;
		for (const struct connection *c = s->connections; c; c = c->next)
			count += limits[i].counts(c, new->uid);
		if (count > limits[i].most && !make_room(s, new, limits[i].counts, new->uid))
			return false;
	}
	return true;
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
			!make_room(s, NULL, is_any, 0))
			pause_listening(s);
		return 0;
	}
	if (connection_new(s, peer, &c) < 0)
		(void)close(peer);
	else if (!find_place(s, c))
		connection_free(c);
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
