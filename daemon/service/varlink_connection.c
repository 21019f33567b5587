/* One connection: bytes in, messages to the dispatcher, a reply out. All work is done from handlers
 * of the event loop, one message at a time, so that a reply given inside a method never pulls the
 * connection from under it, and no client keeps the loop from the others. */
#include "service/varlink_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ_STEP 4096
#define SECOND_US 1000000u

/* Bytes of a reply that always has room: errors have to come through. */
#define SMALL 4096

bool connection_has_room(const struct connection *c, size_t bytes)
{
	return bytes <= SMALL || c->server->unread[c->privileged] + bytes <= VARLINK_UNREAD_MAX;
}

static void forget_reply(struct connection *c)
{
	c->server->unread[c->privileged] -= c->head_length + c->body_length;
	free(c->head);
	free(c->body);
	c->head = c->body = NULL;
	c->head_length = c->body_length = c->sent = 0;
}

void connection_free(struct connection *c)
{
	struct varlink_call *call = c ? c->call : NULL;

	if (!c)
		return;
	for (struct connection **at = &c->server->connections; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	forget_reply(c);
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->again);
	sd_event_source_disable_unref(c->timer);
	(void)close(c->fd);
	free(c->in);
	free(c);
	if (call) {
		call->connection = NULL;
		if (call->gone)
			call->gone(call->gone_data);
	}
}

bool connection_is_idle(const struct connection *c)
{
	return !c->call && !c->head;
}

static void touch(struct connection *c)
{
	(void)sd_event_now(c->server->e, CLOCK_MONOTONIC, &c->used_us);
}

static bool has_message(const struct connection *c)
{
	return c->end > c->start && memchr(c->in + c->start, '\0', c->end - c->start);
}

/* Takes in what is there, up to one longest message. False: drop the connection. */
static bool receive(struct connection *c)
{
	ssize_t n;

	if (c->start > 0) {
		memmove(c->in, c->in + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->end >= VARLINK_MESSAGE_MAX)
		return true;
	if (c->capacity - c->end < READ_STEP && c->capacity < VARLINK_MESSAGE_MAX)
		c->in = memory_grow(c->in, &c->capacity, c->end + READ_STEP, 1);
	n = c->capacity < VARLINK_MESSAGE_MAX ? (ssize_t)c->capacity : VARLINK_MESSAGE_MAX;
	n = recv(c->fd, c->in + c->end, (size_t)n - c->end, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->eof = n == 0;
	c->end += (size_t)n;
	if (n > 0)
		touch(c);
	return c->end < VARLINK_MESSAGE_MAX || has_message(c);
}

static void sent(struct connection *c, size_t n)
{
	c->sent += n;
	touch(c);
	if (c->sent < c->head_length + c->body_length + sizeof(c->tail))
		return;
	forget_reply(c);
}

/* Sends what the socket takes now. False: drop the connection. */
static bool send_some(struct connection *c)
{
	const struct iovec parts[] = {
		{c->head, c->head_length}, {c->body, c->body_length}, {c->tail, sizeof(c->tail)}};
	struct iovec rest[ARRAY_SIZE(parts)];
	struct msghdr message = {.msg_iov = rest};
	size_t skip = c->sent;
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t off = skip < parts[i].iov_len ? skip : parts[i].iov_len;
		skip -= off;
		if (off < parts[i].iov_len)
			rest[message.msg_iovlen++] = (struct iovec){
				(char *)parts[i].iov_base + off, parts[i].iov_len - off};
	}
	n = sendmsg(c->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	sent(c, (size_t)n);
	return true;
}

static bool dispatch(struct connection *c)
{
	const char *message = c->in + c->start;
	size_t length = strnlen(message, c->end - c->start);

	c->start += length + 1;
	c->messages++;
	if (!c->server->dispatch(c, message, length))
		return false;
	if (c->start == c->end) {
		free(c->in);
		c->in = NULL;
		c->start = c->end = c->capacity = 0;
	}
	return true;
}

/* Sets what to wait for, and how long. */
static bool wait_for_io(struct connection *c)
{
	bool full = c->end - c->start >= VARLINK_MESSAGE_MAX;
	uint32_t events =
		(c->eof || full ? 0u : (uint32_t)EPOLLIN) | (c->head ? (uint32_t)EPOLLOUT : 0u);

	if (sd_event_source_set_io_events(c->io, events) < 0)
		return false;
	return c->head || c->call || !has_message(c) ||
		sd_event_source_set_enabled(c->again, SD_EVENT_ONESHOT) >= 0;
}

static bool set_timer(struct connection *c, enum timing timing)
{
	const struct varlink_options *o = &c->server->o;
	int64_t limit_s = timing == TIMING_WRITE ? o->write_timeout_s : o->message_timeout_s;
	uint64_t now_us = 0;

	if (timing == TIMING_OFF)
		return sd_event_source_set_enabled(c->timer, SD_EVENT_OFF) >= 0;
	(void)sd_event_now(c->server->e, CLOCK_MONOTONIC, &now_us);
	return sd_event_source_set_time(c->timer, now_us + SECOND_US * (uint64_t)limit_s) >= 0 &&
		sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) >= 0;
}

static bool wait_on(struct connection *c)
{
	enum timing timing = c->head            ? TIMING_WRITE
		: !c->call && c->end > c->start ? TIMING_MESSAGE
						: TIMING_OFF;

	if (!wait_for_io(c))
		return false;
	if (timing == c->timing && c->messages == c->timed_message &&
		c->sent - c->timed_from < VARLINK_PROGRESS)
		return true;
	c->timing = timing;
	c->timed_from = c->sent;
	c->timed_message = c->messages;
	return set_timer(c, timing);
}

static bool wants_dispatch(const struct connection *c)
{
	return !c->head && !c->call && has_message(c);
}

static bool is_finished(const struct connection *c)
{
	return c->eof && !c->head && !c->call && !has_message(c);
}

/* One step of the connection's life; it may be gone afterwards. */
static void advance(struct connection *c)
{
	bool good = !c->head || send_some(c);

	if (good && wants_dispatch(c)) {
		good = dispatch(c);
		if (good && c->head)
			good = send_some(c);
	}
	if (!good || is_finished(c) || !wait_on(c))
		connection_free(c);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct connection *c = data;
	bool good = true;

	(void)source;
	(void)fd;
	if (events & EPOLLIN)
		good = receive(c);
	/* Of what it sent before, message_dispatch() carries out what needs no answer. */
	c->gone = c->gone || events & (EPOLLHUP | EPOLLERR);
	if (c->gone && (c->call || !has_message(c)))
		good = false;
	if (good)
		advance(c);
	else
		connection_free(c);
	return 0;
}

static int on_again(sd_event_source *source, void *data)
{
	(void)source;
	advance(data);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t now_us, void *data)
{
	(void)source;
	(void)now_us;
	connection_free(data);
	return 0;
}

void connection_reply(struct connection *c, char *head, char *body)
{
	c->call = NULL;
	c->head = head;
	c->body = body;
	c->head_length = head ? strlen(head) : 0;
	c->body_length = body ? strlen(body) : 0;
	c->server->unread[c->privileged] += c->head_length + c->body_length;
	(void)sd_event_source_set_enabled(c->again, SD_EVENT_ONESHOT);
}

int connection_new(struct varlink_server *s, int fd, struct connection **ret)
{
	struct connection *c = xcalloc(1, sizeof(*c));
	int r = varlink_socket_peer(fd, s->group, c) ? 0 : -EPERM;

	c->server = s;
	c->fd = fd;
	c->tail[0] = '}';
	if (r >= 0)
		r = sd_event_add_io(s->e, &c->io, fd, EPOLLIN, on_io, c);
	if (r >= 0)
		r = sd_event_add_defer(s->e, &c->again, on_again, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(s->e, &c->timer, CLOCK_MONOTONIC, 0, 0, on_time, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (r < 0) {
		sd_event_source_disable_unref(c->io);
		sd_event_source_disable_unref(c->again);
		sd_event_source_disable_unref(c->timer);
		free(c);
		return r;
	}
	touch(c);
	c->next = s->connections;
	s->connections = c;
	*ret = c;
	return 0;
}
