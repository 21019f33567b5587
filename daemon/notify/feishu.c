/* Feishu's (and Lark's) custom bot. Source: the page of custom bots at open.feishu.cn. The
 * signature is HMAC-SHA256 with "SECONDS\nSECRET" as the key over nothing, and goes into the body.
 */
#include "notify/format.h"

#include "base/digest.h"
#include "base/jsonwriter.h"

#include <inttypes.h>

#define TEXT_BYTES 6000 /* of 20 KB that a body may have, escapes included */
#define LIMITED_S 60    /* 100 messages a minute, fewer at full and half hours */

static void add_signature(struct jsonwriter *w, const char *secret, int64_t now_s)
{
	_cleanup_free_ char *signature = NULL, *second = xasprintf("%" PRId64, now_s);
	char *key;

	if (!secret)
		return;
	key = xasprintf("%s\n%s", second, secret);
	signature = digest_hmac_sha256_base64(key, strlen(key), "", 0);
	memory_erase_string(key);
	json_string(w, "timestamp", second);
	json_string(w, "sign", signature);
}

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	_cleanup_(text_done) struct text text = TEXT_INIT(2 * TEXT_BYTES);
	struct text body = TEXT_INIT(20000);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &text);
	text_add(&text, "\n");
	notify_lines(m, TEXT_BYTES, &text);
	json_object_begin(&w, NULL);
	add_signature(&w, t->secret, m->now_s);
	json_string(&w, "msg_type", "text");
	json_object_begin(&w, "content");
	json_string(&w, "text", text.s);
	json_object_end(&w);
	json_object_end(&w);
	notify_request_json(ret, t->url, text_take(&body));
}

static void read_answer(const struct notify_answer *a, struct notify_outcome *ret)
{
	static const struct notify_code codes[] = {
		{9499, "bad request", 0},
		{19021, "the signature does not match, or our clock is off by over an hour", 0},
		{19022, "our address is not allowed", 0},
		{19024, "the bot's keyword is missing", 0},
		{11232, "too many messages", LIMITED_S},
		{0, NULL, 0},
	};

	notify_read_code(a, "code", codes, ret);
}

const struct notify_format notify_feishu = {
	.doc = "a Feishu or Lark group's custom bot",
	.secret = SECRET_NEEDED,
	.secret_is = "the bot's signature key",
	.shuns_half_hours = true,
	.lines = 10,
	.make = make,
	.read = read_answer,
};
