/* The sinks of `notify`: sends what is to be told, and knows what came back. */
#include "service/sinks.h"

#include "cloud/client.h"
#include "cloud/http.h"
#include "cloud/keyfile.h"
#include "notify/beat.h"
#include "notify/format.h"
#include "notify/news.h"
#include "policyfile/read_sinks.h"
#include "service/calls.h"
#include "service/now.h"
#include "service/sink_files.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define TIMEOUT_S 10
#define REPLY_MAX ((size_t)64 << 10)
#define FAILING 2 /* attempts in a row */
#define TEST_TEXT "retaind can tell you what is wrong"

struct one {
	struct sink *given; /* of the policy; owned */
	char *name;         /* for people, and the key of its memory; owned */
	const struct notify_format *format;
	struct beat beat;
	size_t news; /* its place in `news`; SIZE_MAX: it is a switch */
	char error[200];
	int failures;
	int64_t taken, failed, taken_s;
};

/* A request under way. */
struct delivery {
	struct http_waiter waiter;
	struct delivery *next;
	struct sinks *sinks;
	size_t sink;
	enum { FOR_NEWS, FOR_BEAT, FOR_TEST } purpose;
	enum beat_ping ping;
	void (*done)(void *data, size_t i, bool taken, const char *detail);
	void *data;
};

struct sinks {
	struct context *context;
	struct one *list;
	size_t count;
	struct news *news;
	struct delivery *deliveries;
	char host[65];
};

static struct news_moment moment(void)
{
	struct moment now = now_moment();

	return (struct news_moment){.wall_s = now.wall_s, .boot_s = now.boot_s};
}

struct sinks *sinks_new(struct context *context)
{
	struct sinks *s = xcalloc(1, sizeof(*s));

	s->context = context;
	s->news = news_new();
	if (gethostname(s->host, sizeof(s->host) - 1) < 0 || !*s->host)
		(void)snprintf(s->host, sizeof(s->host), "localhost");
	return s;
}

/* --- what is under way --- */

static void end_delivery(struct delivery *d)
{
	struct delivery **at = &d->sinks->deliveries;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	free(d);
}

static void abandon(struct sinks *s)
{
	while (s->deliveries) {
		struct delivery *d = s->deliveries;
		http_forget(client_http(s->context->calls->client), &d->waiter);
		if (d->purpose == FOR_TEST)
			d->done(d->data, d->sink, false, "the policy was loaded anew meanwhile");
		end_delivery(d);
	}
}

static void free_list(struct sinks *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->list[i].given->url_file);
		free(s->list[i].given->secret_file);
		free(s->list[i].given->ca_file);
		free(s->list[i].given);
		free(s->list[i].name);
	}
	free(s->list);
}

void sinks_free(struct sinks *s)
{
	if (!s)
		return;
	if (s->context->calls)
		abandon(s);
	free_list(s);
	news_free(s->news);
	free(s);
}

/* --- which sinks there are --- */

static struct sink *copy_of(const struct sink *given)
{
	struct sink *copy = xmalloc(sizeof(*copy));

	*copy = *given;
	copy->url_file = xstrdup(given->url_file);
	copy->secret_file = xstrdup(given->secret_file);
	copy->ca_file = xstrdup(given->ca_file);
	return copy;
}

static const struct one *find(const struct sinks *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i].name, name) == 0)
			return &s->list[i];
	return NULL;
}

/* Files that cannot be used are told now, and not when there is something to tell at last. The
 * message that tells it is a first attempt, so that it ends by itself where they are mended. */
static void look_at_files(struct one *o)
{
	_cleanup_(keyfile_erasep) char *url = NULL, *secret = NULL;
	struct error err = {0};

	if (sink_files_read(o->given, &url, &secret, &err) == 0)
		return;
	o->failures = FAILING;
	text_copy_printable(o->error, sizeof(o->error), err.text);
}

void sinks_take(struct sinks *s, const struct policyfile *file)
{
	struct one *list = xcalloc(file->sink_count, sizeof(*list));
	struct news_sink *told = xcalloc(file->sink_count, sizeof(*told));
	size_t told_count = 0;

	abandon(s);
	for (size_t i = 0; i < file->sink_count; i++) {
		const struct sink *given = file->sinks[i];
		const char *kind = notify_kind_names[given->kind];
		char *name = xasprintf("%s %s", kind, given->url_file);
		const struct one *before = find(s, name);
		if (before)
			list[i] = *before;
		list[i].given = copy_of(given);
		list[i].name = name;
		list[i].format = notify_formats[given->kind];
		list[i].beat.in_flight = false;
		list[i].news = SIZE_MAX;
		look_at_files(&list[i]);
		if (list[i].format->is_switch)
			continue;
		list[i].news = told_count;
		told[told_count++] = (struct news_sink){.key = name,
			.kind = (enum notify_kind)given->kind,
			.on = (unsigned)given->on,
			.every_s = given->every_s};
	}
	news_set_sinks(s->news, told, told_count);
	free_list(s);
	free(told);
	s->list = list;
	s->count = file->sink_count;
}

/* --- memory --- */

static void remember(void *data, const struct store_told *t)
{
	struct sinks *s = data;
	const struct news_row row = {.sink = t->sink,
		.cluster = t->cluster,
		.name = t->name,
		.text = t->text,
		.topic = t->topic,
		.level = t->level,
		.owed = t->owed,
		.at_s = t->at_s,
		.shape = (uint64_t)t->shape};

	news_remember(s->news, &row, moment());
}

void sinks_remember(struct sinks *s)
{
	struct error err = {0};

	if (s->context->store && store_load_told(s->context->store, remember, s, &err) < 0)
		journal_say(&s->context->journal, MESSAGE_OTHER, LEVEL_WARNING, "%s", err.text);
}

struct rows {
	struct store_told *list;
	size_t count, capacity;
};

static void add_row(void *data, const struct news_row *r)
{
	struct rows *rows = data;

	rows->list = memory_grow(rows->list, &rows->capacity, rows->count + 1, sizeof(*rows->list));
	rows->list[rows->count++] = (struct store_told){.sink = r->sink,
		.cluster = r->cluster,
		.name = r->name,
		.text = r->text,
		.topic = r->topic,
		.level = r->level,
		.owed = r->owed,
		.at_s = r->at_s,
		.shape = (int64_t)r->shape};
}

/* Where it cannot be written, the next start tells more than it has to, which is better than
 * silence: the message goes out all the same. */
static void write_down(struct sinks *s)
{
	struct rows rows = {0};
	struct error err = {0};

	if (!news_changed(s->news) || !s->context->store)
		return;
	news_rows(s->news, add_row, &rows);
	if (store_keep_told(s->context->store, rows.list, rows.count, &err) < 0)
		journal_say(&s->context->journal, MESSAGE_OTHER, LEVEL_WARNING,
			"what was told could not be written down: %s", err.text);
	free(rows.list);
}

/* --- sending --- */

static void note(struct one *o, bool taken, const char *detail)
{
	o->failures = taken ? 0 : o->failures + 1;
	o->taken += taken;
	o->failed += !taken;
	o->taken_s = taken ? now_moment().wall_s : o->taken_s;
	(void)snprintf(o->error, sizeof(o->error), "%s", taken ? "" : detail);
}

static void finish(struct delivery *d, bool taken, int64_t wait_s, const char *detail)
{
	struct sinks *s = d->sinks;
	struct one *o = &s->list[d->sink];

	if (d->purpose != FOR_TEST) {
		note(o, taken, detail);
		s->context->status_stale = true;
	}
	switch (d->purpose) {
	case FOR_NEWS:
		news_sent(s->news, o->news, taken, wait_s, moment());
		write_down(s);
		break;
	case FOR_BEAT:
		beat_sent(&o->beat, d->ping, taken, o->given->every_s, now_moment().boot_s);
		break;
	case FOR_TEST:
		d->done(d->data, d->sink, taken, detail);
		break;
	}
	end_delivery(d);
}

/* libcurl's own words may have the URL in them. */
static void on_answer(struct http_waiter *w, struct http_reply *reply)
{
	struct delivery *d = (struct delivery *)(void *)w;
	struct notify_outcome o = {0};
	uint64_t after_s = 0;

	_Static_assert(offsetof(struct delivery, waiter) == 0, "a waiter is its delivery");
	if (reply->fate == HTTP_ANSWERED) {
		(void)text_to_u64(reply->retry_after, &after_s);
		d->sinks->list[d->sink].format->read(
			&(struct notify_answer){.status = reply->status,
				.body = reply->body,
				.length = reply->length,
				.retry_after_s = (int64_t)(after_s < 3600 ? after_s : 3600)},
			&o);
	} else {
		(void)snprintf(o.detail, sizeof(o.detail), "no answer (%s)", reply->word);
	}
	http_reply_done(reply);
	finish(d, o.told, o.wait_s, o.detail);
}

static int start(struct delivery *d, const struct notify_request *r, struct error *err)
{
	const struct one *o = &d->sinks->list[d->sink];
	bool plain = strncasecmp(r->url, "http://", 7) == 0; /* to this machine: no proxy */
	const struct http_request request = {.url = r->url,
		.method = r->body ? "POST" : "GET",
		.headers = (const char *const *)r->headers,
		.body = r->body,
		.ca_file = o->given->ca_file,
		.plain = plain,
		.direct = plain,
		.once = true,
		.body_max = REPLY_MAX,
		.connect_timeout_s = TIMEOUT_S,
		.total_timeout_s = TIMEOUT_S};

	return http_start(client_http(d->sinks->context->calls->client), &request, &d->waiter, err);
}

/* What to send: a message, or a ping with its words. */
struct content {
	const struct notify_message *message;
	enum notify_ping ping;
	const char *words;
};

static void send_to(struct delivery *d, const struct content *c)
{
	const struct one *o = &d->sinks->list[d->sink];
	struct notify_request r = {0};
	struct error err = {0};
	_cleanup_(keyfile_erasep) char *url = NULL, *secret = NULL;
	int begun = sink_files_read(o->given, &url, &secret, &err);
	const struct notify_target target = {.url = url, .secret = secret};
	bool says = true;

	d->waiter.answered = on_answer;
	if (begun == 0 && o->format->is_switch)
		says = o->format->ping(&target, c->ping, c->words, &r);
	else if (begun == 0)
		o->format->make(&target, c->message, &r);
	if (begun == 0 && says)
		begun = start(d, &r, &err);
	notify_request_done(&r);
	if (begun < 0)
		finish(d, false, 0, err.text);
	else if (!says)
		finish(d, true, 0, "");
}

static struct delivery *add_delivery(struct sinks *s, size_t i)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->sinks = s;
	d->sink = i;
	d->next = s->deliveries;
	s->deliveries = d;
	return d;
}

static void send_beats(struct sinks *s, enum notify_level whole, const char *why)
{
	for (size_t i = 0; i < s->count; i++) {
		struct one *o = &s->list[i];
		enum beat_ping ping;
		struct delivery *d;
		if (!o->format->is_switch)
			continue;
		ping = beat_next(&o->beat, whole, o->given->every_s, now_moment().boot_s);
		if (ping == BEAT_NONE)
			continue;
		d = add_delivery(s, i);
		d->purpose = FOR_BEAT;
		d->ping = ping;
		send_to(d,
			&(struct content){.ping = ping == BEAT_WELL ? PING_WELL : PING_FAIL,
				.words = ping == BEAT_WELL ? "all is well" : why});
	}
}

void sinks_go(struct sinks *s, enum notify_level whole, const char *why)
{
	struct news_message m;

	while (news_next(s->news, moment(), &m)) {
		size_t i = 0;
		struct delivery *d;
		while (s->list[i].news != m.sink)
			i++;
		d = add_delivery(s, i);
		m.message.host = s->host;
		m.message.language = (enum notify_language)s->list[i].given->language;
		write_down(s);
		send_to(d, &(struct content){.message = &m.message});
	}
	write_down(s);
	send_beats(s, whole, why);
}

void sinks_test(struct sinks *s, size_t i,
	void (*done)(void *data, size_t i, bool taken, const char *detail), void *data)
{
	struct delivery *d = add_delivery(s, i);
	const struct notify_line line = {.topic = NOTIFY_TEST,
		.level = NOTIFY_WARNING,
		.cluster = "",
		.name = "",
		.text = TEST_TEXT,
		.since_s = now_moment().wall_s};
	const struct notify_message m = {.host = s->host,
		.language = (enum notify_language)s->list[i].given->language,
		.now_s = now_moment().wall_s,
		.lines = &line,
		.count = 1,
		.every_s = s->list[i].given->every_s};

	d->purpose = FOR_TEST;
	d->done = done;
	d->data = data;
	send_to(d, &(struct content){.message = &m, .ping = PING_TEST, .words = TEST_TEXT});
}

/* --- what is so --- */

void sinks_health(struct sinks *s, const char *cluster, const char *name, enum notify_level level,
	const char *text)
{
	news_health(s->news, cluster, name, level, text, moment());
}

void sinks_event(struct sinks *s, const char *cluster, const char *name, enum notify_topic topic,
	enum notify_level level, const char *text)
{
	news_event(s->news, cluster, name, topic, level, text, moment());
}

void sinks_keep(struct sinks *s, bool (*is_there)(void *data, const char *cluster), void *data)
{
	news_keep(s->news, is_there, data);
}

size_t sinks_count(const struct sinks *s)
{
	return s ? s->count : 0;
}

void sinks_status(const struct sinks *s, size_t i, struct sink_status *ret)
{
	const struct one *o = &s->list[i];

	*ret = (struct sink_status){.name = o->name,
		.error = o->error,
		.failures = o->failures,
		.taken = o->taken,
		.failed = o->failed,
		.taken_s = o->taken_s};
}

bool sinks_is_failing(const struct sink_status *status)
{
	return status->failures >= FAILING;
}
