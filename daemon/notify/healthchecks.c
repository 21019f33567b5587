/* Healthchecks, and any other switch that a request to a URL keeps quiet. Source: the HTTP API page
 * of healthchecks.io. */
#include "notify/format.h"

/* What the URL has at its end, before a query. */
static const char *const endings[PING_COUNT] = {
	[PING_WELL] = "", [PING_FAIL] = "/fail", [PING_TEST] = "/log"};

static bool ping_healthchecks(const struct notify_target *t, enum notify_ping ping,
	const char *words, struct notify_request *ret)
{
	size_t path = strcspn(t->url, "?"), length = path;

	while (ping != PING_WELL && length > 0 && t->url[length - 1] == '/')
		length--;
	ret->url = xasprintf("%.*s%s%s", (int)length, t->url, endings[ping], t->url + path);
	ret->body = xstrdup(words);
	ret->headers[0] = xstrdup("Content-Type: text/plain; charset=utf-8");
	return true;
}

/* Uptime Kuma, Cronitor, Dead Man's Snitch: the URL is asked for, or it is not. */
static bool ping_plainly(const struct notify_target *t, enum notify_ping ping, const char *words,
	struct notify_request *ret)
{
	(void)words;
	if (ping == PING_FAIL)
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
