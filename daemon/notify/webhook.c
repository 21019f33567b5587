/* Our own JSON, for programs: tests/schemas/webhook.json. */
#include "notify/format.h"

#include "base/jsonwriter.h"
#include "time/civil.h"

#define BODY_MAX ((size_t)64 << 10)

static void write_instant(struct jsonwriter *w, const char *key, int64_t s)
{
	char at[CIVIL_TEXT_SIZE];

	civil_format_utc(s, at);
	json_string(w, key, at);
}

static void write_line(
	struct jsonwriter *w, enum notify_language language, const struct notify_line *l)
{
	_cleanup_(text_done) struct text text = TEXT_INIT(8192);

	notify_translate(language, l->text, &text);
	json_object_begin(w, NULL);
	json_string(w, "topic", notify_topic_names[l->topic]);
	json_string(w, "level", notify_level_names[l->level]);
	json_bool(w, "reminder", l->reminder);
	json_string(w, "cluster", *l->cluster ? l->cluster : NULL);
	json_string(w, "name", *l->cluster ? l->name : NULL);
	json_string(w, "text", text.s ? text.s : "");
	write_instant(w, "since", l->since_s);
	json_object_end(w);
}

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	_cleanup_(text_done) struct text title = TEXT_INIT(512);
	struct text body = TEXT_INIT(BODY_MAX);
	struct jsonwriter w = {.out = &body};

	notify_title(m, &title);
	json_object_begin(&w, NULL);
	json_int(&w, "version", 1);
	json_string(&w, "host", m->host);
	write_instant(&w, "time", m->now_s);
	json_string(&w, "level", notify_level_names[notify_worst(m)]);
	json_string(&w, "title", title.s);
	json_int(&w, "critical", (int64_t)m->totals[NOTIFY_CRITICAL]);
	json_int(&w, "warning", (int64_t)m->totals[NOTIFY_WARNING]);
	json_int(&w, "resolved", (int64_t)m->totals[NOTIFY_WELL]);
	json_array_begin(&w, "changes");
	for (size_t i = 0; i < m->count; i++)
		write_line(&w, m->language, &m->lines[i]);
	json_array_end(&w);
	json_int(&w, "more", (int64_t)m->more);
	json_object_end(&w);
	notify_request_json(ret, t->url, text_take(&body));
	notify_request_bearer(ret, t->secret);
}

const struct notify_format notify_webhook = {
	.doc = "a program of your own: JSON by POST",
	.secret = SECRET_OPTIONAL,
	.secret_is = "a token for the header Authorization: Bearer",
	.lines = 10,
	.make = make,
	.read = notify_read_status,
};
