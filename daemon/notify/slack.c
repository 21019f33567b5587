/* Slack's incoming webhooks, which Mattermost, Rocket.Chat and others take, too. Source: the
 * receiver of Alertmanager. Answers are plain text. */
#include "notify/format.h"

#include "base/jsonwriter.h"

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	static const char *const colours[NOTIFY_LEVEL_COUNT] = {[NOTIFY_UNKNOWN] = "good",
		[NOTIFY_WELL] = "good",
		[NOTIFY_WARNING] = "warning",
		[NOTIFY_CRITICAL] = "danger"};
	_cleanup_(text_done) struct text title = TEXT_INIT(512), lines = TEXT_INIT(8192);
	struct text body = TEXT_INIT(40000);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &title);
	notify_lines(m, lines.max, &lines);
	json_object_begin(&w, NULL);
	json_array_begin(&w, "attachments");
	json_object_begin(&w, NULL);
	json_string(&w, "fallback", title.s);
	json_string(&w, "title", title.s);
	json_string(&w, "text", lines.s);
	json_string(&w, "color", colours[notify_worst(m)]);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
	notify_request_json(ret, t->url, text_take(&body));
}

static void read_answer(const struct notify_answer *a, struct notify_outcome *ret)
{
	notify_read_text(a, "ok", ret);
}

const struct notify_format notify_slack = {
	.doc = "an incoming webhook of Slack, Mattermost or Rocket.Chat",
	.lines = 10,
	.make = make,
	.read = read_answer,
};
