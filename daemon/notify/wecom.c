/* WeCom's group robot, which knows no signature. Source: developer.work.weixin.qq.com, 91770. */
#include "notify/format.h"

#include "base/jsonwriter.h"

#define TEXT_BYTES 2048 /* of UTF-8, before it is escaped */
#define LIMITED_S 60    /* 20 messages a minute */

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	_cleanup_(text_done) struct text text = TEXT_INIT(TEXT_BYTES);
	struct text body = TEXT_INIT(20000);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &text);
	text_add(&text, "\n");
	notify_lines(m, TEXT_BYTES - text.length, &text);
	json_object_begin(&w, NULL);
	json_string(&w, "msgtype", "text");
	json_object_begin(&w, "text");
	json_string(&w, "content", text.s);
	json_object_end(&w);
	json_object_end(&w);
	notify_request_json(ret, t->url, text_take(&body));
}

static void read_answer(const struct notify_answer *a, struct notify_outcome *ret)
{
	static const struct notify_code codes[] = {
		{93000, "the key in the URL is not known, or the text is too long", 0},
		{45009, "more than 20 messages a minute", LIMITED_S},
		{0, NULL, 0},
	};

	notify_read_code(a, "errcode", codes, ret);
}

const struct notify_format notify_wecom = {
	.doc = "a WeCom group's robot",
	.lines = 10,
	.make = make,
	.read = read_answer,
};
