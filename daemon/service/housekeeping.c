/* Forgets old lines of the history, some at a time. */
#include "service/housekeeping.h"

#include "service/now.h"
#include "store/history_db.h"
#include "store/orders.h"

#define FIRST_USEC (60 * 1000000ull)
#define PERIOD_USEC (3600 * 1000000ull)
#define AGAIN_USEC (2 * 1000000ull) /* a step was full: more is likely */
#define STEP_LINES 1000             /* some milliseconds */
#define ENDED_S (2 * 86400)         /* of an order: by then that it ended was told */
#define RECENT_S 7200               /* of listings: good enough for what takes days */

struct housekeeping {
	struct service *service;
	sd_event_source *timer;
};

/* The time of a complete listing that agreed with our clock, a recent one if there is one: a clock
 * that runs ahead must not make the history old (S6). 0: there was none yet. */
static int64_t trusted_now_s(struct service *service)
{
	struct moment now = now_moment();
	int64_t latest_s = 0;

	for (size_t i = 0; i < service->fleet.count && latest_s < now.wall_s - RECENT_S; i++) {
		struct cycle_status s;
		cycle_status(service->fleet.clusters[i]->cycle, now, &s);
		if (s.listed_s > latest_s && s.listed_s <= now.wall_s)
			latest_s = s.listed_s;
	}
	return latest_s;
}

static uint64_t step(struct service *service)
{
	struct context *x = &service->context;
	int64_t now_s = trusted_now_s(service), count;
	struct zone *utc;
	struct error err = {0};

	if (now_s > 0 && x->store && !x->stopping && !orders_trouble(x->orders))
		(void)orders_drop_ended(x->orders, now_s - ENDED_S, NULL);
	if (now_s == 0 || !x->history_db || x->stopping)
		return PERIOD_USEC;
	utc = zone_utc();
	count = history_db_prune(
		x->history_db, duration_before(&service->history, now_s, utc), STEP_LINES, &err);
	zone_free(utc);
	if (count < 0)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING, "%s", err.text);
	return count == STEP_LINES ? AGAIN_USEC : PERIOD_USEC;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct housekeeping *h = data;

	(void)sd_event_source_set_time(s, usec + step(h->service));
	return 0;
}

struct housekeeping *housekeeping_new(struct service *service)
{
	struct housekeeping *h = xcalloc(1, sizeof(*h));
	uint64_t now = 0;

	h->service = service;
	(void)sd_event_now(service->context.event, CLOCK_MONOTONIC, &now);
	if (sd_event_add_time(service->context.event, &h->timer, CLOCK_MONOTONIC, now + FIRST_USEC,
		    1000000, on_timer, h) >= 0)
		(void)sd_event_source_set_enabled(h->timer, SD_EVENT_ON);
	return h;
}

void housekeeping_free(struct housekeeping *h)
{
	if (!h)
		return;
	sd_event_source_unref(h->timer);
	free(h);
}
