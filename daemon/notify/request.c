/* Requests of sinks, and which URLs they may go to. */
#include "notify/request.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

void notify_request_done(struct notify_request *r)
{
	memory_erase_string(r->url);
	memory_erase_string(r->body);
	for (size_t i = 0; i < NOTIFY_HEADERS_MAX; i++)
		memory_erase_string(r->headers[i]);
	*r = (struct notify_request){0};
}

static void add_header(struct notify_request *r, char *header)
{
	size_t i = 0;

	while (r->headers[i])
		i++;
	r->headers[i] = header;
}

void notify_request_json(struct notify_request *r, const char *url, char *body)
{
	r->url = xstrdup(url);
	r->body = body;
	add_header(r, xstrdup("Content-Type: application/json; charset=utf-8"));
}

void notify_request_bearer(struct notify_request *r, const char *secret)
{
	if (secret)
		add_header(r, xasprintf("Authorization: Bearer %s", secret));
}

static bool is_loopback(const char *host, size_t length)
{
	static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (length == strlen(own[i]) && strncasecmp(host, own[i], length) == 0)
			return true;
	return false;
}

static bool is_one_word(const char *s)
{
	while (*s > ' ' && *s != 0x7f && *s != '#')
		s++;
	return !*s;
}

int notify_url_check(const char *url, struct error *err)
{
	bool tls = strncasecmp(url, "https://", 8) == 0;
	const char *host = url + (tls ? 8 : 7);
	size_t whole, length;

	if (!tls && strncasecmp(url, "http://", 7) != 0)
		return error_set(err, EINVAL, "it holds no URL that begins with https://");
	whole = strcspn(host, "/?#");
	length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	if (length == 0 || length > whole || memchr(host, '@', whole))
		return error_set(err, EINVAL, "its URL has no host, or names a user");
	if (!is_one_word(url))
		return error_set(
			err, EINVAL, "its URL holds a blank, a '#', or more than one line");
	if (!tls && !is_loopback(host, length))
		return error_set(err, EINVAL,
			"its URL is plain http, which goes to this machine alone: take https");
	return 0;
}
