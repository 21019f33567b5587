/* Prometheus Alertmanager, API v2. What is wrong is sent again every `every`, with an end in the
 * future, so that alerts end by themselves when we do not. Source: docs/alerts_api.md and
 * api/v2/openapi.yaml of Alertmanager. */
#include "notify/format.h"

#include "base/jsonwriter.h"
#include "time/civil.h"

#define EVENT_S 3600 /* how long what happened once is an alert */

static const char *const names[NOTIFY_TOPIC_COUNT] = {
	[NOTIFY_HEALTH] = "RetaindHealth",
	[NOTIFY_WAS_CRITICAL] = "RetaindWasCritical",
	[NOTIFY_COMMAND] = "RetaindCommandFailed",
	[NOTIFY_SECONDS] = "RetaindPointInTime",
	[NOTIFY_LOWERED] = "RetaindCloudLowered",
	[NOTIFY_TEST] = "RetaindTest",
};

static void write_instant(struct jsonwriter *w, const char *key, int64_t s)
{
	char at[CIVIL_TEXT_SIZE];

	civil_format_utc(s, at);
	json_string(w, key, at);
}

/* How long an alert is meant to last that is not sent again. */
static int64_t lasts_s(const struct notify_line *l, const struct notify_message *m)
{
	if (l->topic == NOTIFY_TEST)
		return 0;
	return l->topic == NOTIFY_HEALTH ? 3 * m->every_s : EVENT_S;
}

/* The labels are an alert's identity: nothing that changes while it lasts may be among them. */
static void write_alert(struct jsonwriter *w, const struct notify_line *l,
	const struct notify_message *m, enum notify_level severity)
{
	bool lasts = l->level == severity;

	json_object_begin(w, NULL);
	json_object_begin(w, "labels");
	json_string(w, "alertname", names[l->topic]);
	json_string(w, "instance", m->host);
	json_string(w, "cluster", l->cluster);
	json_string(w, "severity", notify_level_names[severity]);
	json_object_end(w);
	json_object_begin(w, "annotations");
	json_string(w, "summary", l->text);
	json_string(w, "name", l->name);
	json_object_end(w);
	write_instant(w, "startsAt", l->since_s < m->now_s ? l->since_s : m->now_s);
	write_instant(w, "endsAt", m->now_s + (lasts ? lasts_s(l, m) : 0));
	json_object_end(w);
}

/* A health that changes ends the alert of the other severity. */
static void write_alerts(
	struct jsonwriter *w, const struct notify_line *l, const struct notify_message *m)
{
	bool both = l->topic == NOTIFY_HEALTH && !l->reminder;

	if (both || l->level == NOTIFY_WARNING)
		write_alert(w, l, m, NOTIFY_WARNING);
	if (both || l->level == NOTIFY_CRITICAL)
		write_alert(w, l, m, NOTIFY_CRITICAL);
}

static void make(
	const struct notify_target *t, const struct notify_message *m, struct notify_request *ret)
{
	struct text body = TEXT_INIT((size_t)8 << 20);
	struct jsonwriter w = {.out = &body};

	json_array_begin(&w, NULL);
	for (size_t i = 0; i < m->count; i++)
		write_alerts(&w, &m->lines[i], m);
	json_array_end(&w);
	notify_request_json(ret, t->url, text_take(&body));
	notify_request_bearer(ret, t->secret);
}

const struct notify_format notify_alertmanager = {
	.doc = "Prometheus Alertmanager, /api/v2/alerts",
	.secret = SECRET_OPTIONAL,
	.secret_is = "a token for the header Authorization: Bearer",
	.repeats = true,
	.lines = 20000,
	.make = make,
	.read = notify_read_status,
};
