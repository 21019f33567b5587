/* Sees to it that the state file stays where it was opened. */
#include "service/state_watch.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/orders.h"
#include "store/store.h"

#include <libgen.h>
#include <sys/inotify.h>

#define AGAIN_USEC (30 * 1000000ull)

struct state_watch {
	struct context *context;
	sd_event_source *folder, *again;
};

/* What people ordered is known all the same, and if it cannot be written anew, the next start holds
 * everything: nothing has to wait for it. False: try again. */
static bool keep_orders(struct context *x)
{
	_cleanup_free_ char *told = NULL;
	int r = x->store ? orders_keep_in_place(x->orders, &told, NULL) : 0;

	if (told)
		journal_say(&x->journal, MESSAGE_ORDERS, LEVEL_ERROR, "%s", told);
	return r == 0;
}

int state_watch_check(struct context *x, struct error *err)
{
	_cleanup_free_ char *told = NULL;
	bool was_well = !x->state_error;
	int r = x->store ? store_keep_in_place(x->store, &told, err) : 0;

	if (told)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_ERROR, "%s", told);
	free(x->state_error);
	x->state_error = r < 0 ? xstrdup(err->text) : NULL;
	if (r < 0 && was_well)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_ERROR,
			"%s; nothing is changed in the cloud until it can be", err->text);
	x->status_stale |= was_well != (r == 0);
	return r;
}

static void check(struct state_watch *w)
{
	struct error err = {0};
	bool again = state_watch_check(w->context, &err) < 0;
	uint64_t now = 0;

	again |= !keep_orders(w->context);
	if (!w->again)
		return;
	(void)sd_event_now(w->context->event, CLOCK_MONOTONIC, &now);
	(void)sd_event_source_set_time(w->again, now + AGAIN_USEC);
	(void)sd_event_source_set_enabled(w->again, again ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_folder(sd_event_source *s, const struct inotify_event *event, void *data)
{
	(void)s;
	(void)event;
	check(data);
	return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	check(data);
	return 0;
}

/* Where the kernel cannot watch a folder, the next write finds out. */
struct state_watch *state_watch_new(struct context *x)
{
	struct state_watch *w = xcalloc(1, sizeof(*w));
	_cleanup_free_ char *path = xstrdup(x->options->state);

	w->context = x;
	if (!x->store)
		return w;
	(void)sd_event_add_inotify(x->event, &w->folder, dirname(path),
		IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR, on_folder, w);
	if (sd_event_add_time(x->event, &w->again, CLOCK_MONOTONIC, 0, 1000000, on_timer, w) >= 0)
		(void)sd_event_source_set_enabled(w->again, SD_EVENT_OFF);
	return w;
}

void state_watch_free(struct state_watch *w)
{
	if (!w)
		return;
	sd_event_source_unref(w->folder);
	sd_event_source_unref(w->again);
	free(w);
}
