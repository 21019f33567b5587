/* DingTalk's custom robot. Sources: the robot's page at open.dingtalk.com, and prometheus-webhook-
 * dingtalk. The signature is HMAC-SHA256 with the secret as the key over "MILLISECONDS\nSECRET",
 * and goes into the URL, encoded once. */
#include "notify/format.h"

#include "base/digest.h"
#include "base/jsonwriter.h"

#include <inttypes.h>

#define TEXT_BYTES 6000 /* of 20,000 that a message may have, escapes included */
#define BLOCKED_S 600   /* after 20 messages in a minute */

static char *signed_url(const struct notify_target *t, int64_t now_s)
{
	_cleanup_free_ char *signature = NULL;
	char *message;
	struct text url = TEXT_INIT(4096);

	if (!t->secret)
		return xstrdup(t->url);
	message = xasprintf("%" PRId64 "\n%s", now_s * 1000, t->secret);
	signature =
		digest_hmac_sha256_base64(t->secret, strlen(t->secret), message, strlen(message));
	memory_erase_string(message);
	text_reserve(&url, url.max);
	text_printf(&url, "%s%ctimestamp=%" PRId64 "&sign=", t->url,
		strchr(t->url, '?') ? '&' : '?', now_s * 1000);
	text_add_percent_encoded(&url, signature);
	message = xstrdup(url.s);
	text_erase(&url);
	return message;
}

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	_cleanup_(text_done) struct text text = TEXT_INIT(2 * TEXT_BYTES);
	_cleanup_free_ char *url = signed_url(t, m->now_s);
	struct text body = TEXT_INIT(20000);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &text);
	text_add(&text, "\n");
	notify_lines(m, TEXT_BYTES, &text);
	json_object_begin(&w, NULL);
	json_string(&w, "msgtype", "text");
	json_object_begin(&w, "text");
	json_string(&w, "content", text.s);
	json_object_end(&w);
	json_object_end(&w);
	notify_request_json(ret, url, text_take(&body));
	explicit_bzero(url, strlen(url));
}

static void read_answer(const struct notify_answer *a, struct notify_outcome *ret)
{
	static const struct notify_code codes[] = {
		{310000, "the robot's security check: its keyword, signature or address", 0},
		{130101, "more than 20 messages a minute", BLOCKED_S},
		{300001, "the token is not known", 0},
		{0, NULL, 0},
	};

	notify_read_code(a, "errcode", codes, ret);
}

const struct notify_format notify_dingtalk = {
	.doc = "a DingTalk group's custom robot",
	.secret = SECRET_NEEDED,
	.secret_is = "the robot's signature key, SEC...",
	.lines = 10,
	.make = make,
	.read = read_answer,
};
