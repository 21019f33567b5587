/* Healthchecks, and any other switch that a request to a URL keeps quiet. Source: the HTTP API page
 * of healthchecks.io. */
#include "notify/format.h"

/* "/fail" goes before a query. */
static char *url_of_failure(const char *url)
{
	int length = (int)strcspn(url, "?");

	while (length > 0 && url[length - 1] == '/')
		length--;
	return xasprintf("%.*s/fail%s", length, url, url + strcspn(url, "?"));
}

static bool ping_healthchecks(
	const struct notify_target *t, const char *reason, struct notify_request *ret)
{
	ret->url = reason ? url_of_failure(t->url) : xstrdup(t->url);
	ret->body = xstrdup(reason ? reason : "all is well");
	ret->headers[0] = xstrdup("Content-Type: text/plain; charset=utf-8");
	return true;
}

/* Uptime Kuma, Cronitor, Dead Man's Snitch: the URL is asked for, or it is not. */
static bool ping_plainly(
	const struct notify_target *t, const char *reason, struct notify_request *ret)
{
	if (reason)
		return false;
	ret->url = xstrdup(t->url);
	return true;
}

const struct notify_format notify_healthchecks = {
	.doc = "Healthchecks: a dead man's switch, which is also told what is wrong",
	.is_switch = true,
	.ping = ping_healthchecks,
	.read = notify_read_status,
};

const struct notify_format notify_ping = {
	.doc = "any other dead man's switch: a URL that is fetched while all is well",
	.is_switch = true,
	.ping = ping_plainly,
	.read = notify_read_status,
};
