/* Tells the sinks of `notify` what is so, by the one health that there is. */
#include "service/telling.h"

#include "service/health.h"
#include "service/now.h"

#define PERIOD_USEC (5 * 1000000ull)
#define ASKED_S 3600 /* what a prune that was asked for fails at later is told as health alone */
#define WORDS_MAX 1000

struct telling {
	struct service *service;
	sd_event_source *timer;
};

static enum notify_level level_of(int health)
{
	static const enum notify_level levels[] = {
		NOTIFY_WELL, NOTIFY_WARNING, NOTIFY_CRITICAL, NOTIFY_UNKNOWN};

	return levels[health];
}

/* The worst of all, and what a switch is told of it. */
struct whole {
	enum notify_level level;
	bool unknown; /* a cluster is not known to be fresh */
	struct text why;
};

static void add(struct whole *w, enum notify_level level, const char *name, const char *text)
{
	w->unknown |= level == NOTIFY_UNKNOWN;
	if (level > w->level)
		w->level = level;
	if (level == NOTIFY_CRITICAL)
		text_printf(&w->why, "%s%s: %s", w->why.length ? "\n" : "", name, text);
}

static void tell_cluster(struct service *service, struct cluster *c, struct whole *w)
{
	_cleanup_(text_done) struct text why = TEXT_INIT(WORDS_MAX);
	enum notify_level level = level_of(health_of_cluster(c, &why));

	sinks_health(
		service->sinks, c->policy->cluster, c->policy->name, level, why.s ? why.s : "");
	add(w, level, c->policy->name, why.s ? why.s : "");
}

static void tell_service(struct service *service, struct whole *w)
{
	_cleanup_(text_done) struct text why = TEXT_INIT(WORDS_MAX);
	enum notify_level level = level_of(health_of_service(service, &why));

	sinks_health(service->sinks, "", "", level, why.s ? why.s : "");
	add(w, level, "retaind", why.s ? why.s : "");
}

static bool is_there(void *data, const char *cluster)
{
	const struct service *service = data;

	return fleet_find(&service->fleet, cluster) != NULL;
}

/* A switch whose cluster is not listed yet is pinged for none. */
static void tell(struct service *service)
{
	struct whole w = {.level = NOTIFY_WELL, .why = TEXT_INIT(4000)};

	if (sinks_count(service->sinks) == 0 || service->context.stopping)
		return;
	tell_service(service, &w);
	for (size_t i = 0; i < service->fleet.count; i++)
		tell_cluster(service, service->fleet.clusters[i], &w);
	sinks_keep(service->sinks, is_there, service);
	if (w.unknown && w.level < NOTIFY_CRITICAL)
		w.level = NOTIFY_UNKNOWN;
	sinks_go(service->sinks, w.level, w.why.s ? w.why.s : "");
	text_done(&w.why);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct telling *t = data;

	tell(t->service);
	return sd_event_source_set_time(s, usec + PERIOD_USEC);
}

/* What happened once, and no health says. */
static const struct {
	enum notify_topic topic;
	enum notify_level level;
} topics[REPORT_KIND_COUNT] = {
	[REPORT_SECONDS_FEWER] = {NOTIFY_SECONDS, NOTIFY_WARNING},
	[REPORT_CLOUD_LOWERED] = {NOTIFY_LOWERED, NOTIFY_WARNING},
};

static bool is_end_of_backup(enum report_kind kind)
{
	return kind == REPORT_BACKUP_DONE || kind == REPORT_BACKUP_FAILED ||
		kind == REPORT_BACKUP_REFUSED;
}

/* It failed though a person asked for it, and nobody may be waiting any more. */
static bool is_failed_command(struct cluster *c, const struct report *r)
{
	bool asked = c->asked_backup;

	if (is_end_of_backup(r->kind)) {
		c->asked_backup = false;
		return asked && r->kind != REPORT_BACKUP_DONE;
	}
	return (r->kind == REPORT_DELETE_REFUSED || r->kind == REPORT_DELETE_STUCK) &&
		c->asked_prune_s > 0 && now_moment().boot_s - c->asked_prune_s < ASKED_S;
}

static void on_report(void *data, struct cluster *c, const struct report *r)
{
	struct telling *t = data;
	struct sinks *sinks = t->service->sinks;
	const char *id = c->policy->cluster, *name = c->policy->name;

	if (topics[r->kind].topic != NOTIFY_HEALTH)
		sinks_event(sinks, id, name, topics[r->kind].topic, topics[r->kind].level, r->text);
	if (is_failed_command(c, r)) {
		_cleanup_free_ char *text =
			xasprintf("what a person asked for failed: %s", r->text);
		sinks_event(sinks, id, name, NOTIFY_COMMAND, NOTIFY_WARNING, text);
	}
}

struct telling *telling_new(struct service *service)
{
	struct telling *t = xcalloc(1, sizeof(*t));
	uint64_t now = 0;

	t->service = service;
	if (service->context.options->dry_run)
		return t;
	(void)sd_event_now(service->context.event, CLOCK_BOOTTIME, &now);
	if (sd_event_add_time(service->context.event, &t->timer, CLOCK_BOOTTIME, now + PERIOD_USEC,
		    100000, on_timer, t) >= 0)
		(void)sd_event_source_set_enabled(t->timer, SD_EVENT_ON);
	service->context.told = on_report;
	service->context.told_data = t;
	return t;
}

void telling_free(struct telling *t)
{
	if (!t)
		return;
	t->service->context.told = NULL;
	sd_event_source_unref(t->timer);
	free(t);
}
