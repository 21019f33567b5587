/* Tells systemd how the service is, without ever waiting for it. */
#include "service/supervisor.h"

#include "base/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNSENT_MAX 64 /* then the oldest is dropped */

void supervisor_begin(struct supervisor *s)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	*s = (struct supervisor){.fd = -1, .address.sun_family = AF_UNIX};
	if (length < 2 || length >= sizeof(s->address.sun_path) ||
		(path[0] != '/' && path[0] != '@'))
		return;
	memcpy(s->address.sun_path, path, length);
	if (path[0] == '@')
		s->address.sun_path[0] = '\0'; /* an abstract name has no NUL at its end */
	s->address_length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void forget_first(struct supervisor *s)
{
	free(s->unsent[0]);
	memmove(s->unsent, s->unsent + 1, --s->unsent_count * sizeof(char *));
}

void supervisor_end(struct supervisor *s)
{
	while (s->unsent_count > 0)
		forget_first(s);
	free(s->unsent);
	s->unsent = NULL;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* False: the socket is full. Where nobody listens any more, nobody has to be told. */
static bool send_now(struct supervisor *s, const char *state)
{
	ssize_t n = sendto(s->fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&s->address, s->address_length);

	return n >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
}

bool supervisor_flush(struct supervisor *s)
{
	while (s->unsent_count > 0 && send_now(s, s->unsent[0]))
		forget_first(s);
	return s->unsent_count == 0;
}

bool supervisor_tell(struct supervisor *s, const char *state)
{
	return s->fd < 0 || (supervisor_flush(s) && send_now(s, state));
}

void supervisor_promise(struct supervisor *s, const char *format, ...)
{
	char *state = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&state, format, args) < 0)
		abort();
	va_end(args);
	if (supervisor_tell(s, state)) {
		free(state);
		return;
	}
	if (s->unsent_count == UNSENT_MAX)
		forget_first(s);
	s->unsent = xreallocarray(s->unsent, UNSENT_MAX, sizeof(char *));
	s->unsent[s->unsent_count++] = state;
}
