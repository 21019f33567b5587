/* ntfy. Its URL is the topic's, as people know it (https://ntfy.sh/my-topic), and the JSON goes to
 * the root with the topic inside. Source: docs/publish.md of ntfy. */
#include "notify/format.h"

#include "base/jsonwriter.h"

#define TEXT_BYTES 3500 /* of 4,096, beyond which it becomes an attachment */

/* Where the topic begins in the URL. */
static const char *topic_of(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	static const int priorities[NOTIFY_LEVEL_COUNT] = {[NOTIFY_UNKNOWN] = 3,
		[NOTIFY_WELL] = 3,
		[NOTIFY_WARNING] = 4,
		[NOTIFY_CRITICAL] = 5};
	static const char *const tags[NOTIFY_LEVEL_COUNT] = {[NOTIFY_UNKNOWN] = "white_check_mark",
		[NOTIFY_WELL] = "white_check_mark",
		[NOTIFY_WARNING] = "warning",
		[NOTIFY_CRITICAL] = "rotating_light"};
	_cleanup_(text_done) struct text title = TEXT_INIT(512), lines = TEXT_INIT(TEXT_BYTES);
	const char *topic = topic_of(t->url);
	char *root = xasprintf("%.*s", (int)(topic - t->url), t->url);
	struct text body = TEXT_INIT(20000);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &title);
	notify_lines(m, TEXT_BYTES, &lines);
	json_object_begin(&w, NULL);
	json_string(&w, "topic", topic);
	json_string(&w, "title", title.s);
	json_string(&w, "message", lines.s);
	json_int(&w, "priority", priorities[notify_worst(m)]);
	json_array_begin(&w, "tags");
	json_string(&w, NULL, tags[notify_worst(m)]);
	json_array_end(&w);
	json_object_end(&w);
	notify_request_json(ret, root, text_take(&body));
	notify_request_bearer(ret, t->secret);
	memory_erase_string(root);
}

const struct notify_format notify_ntfy = {
	.doc = "a topic of ntfy",
	.secret = SECRET_OPTIONAL,
	.secret_is = "an access token, tk_...",
	.lines = 10,
	.make = make,
	.read = notify_read_status,
};
