/* The parts of the daemon, put together: how it starts and ends. */
#include "service/service.h"

#include "service/ledgers.h"
#include "service/now.h"
#include "service/zones.h"
#include "store/history_db.h"
#include "store/orders.h"
#include "store/store.h"

#include <unistd.h>

/* Without a history the daemon does all the same. */
static void open_history(struct context *x)
{
	_cleanup_free_ char *path = history_db_path(x->options->state), *moved = NULL;
	struct error err = {0};

	if (history_db_open(path, &x->history_db, &moved, &err) < 0)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING, "no history is kept: %s",
			err.text);
	if (moved)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING,
			"the history %s was damaged and is now %s; another is begun", path, moved);
}

static void open_orders(struct context *x, const char *path)
{
	x->orders = orders_open(path, x->options->dry_run);
	if (orders_trouble(x->orders))
		journal_say(&x->journal, MESSAGE_ORDERS, LEVEL_ERROR,
			"%s: nothing is deleted of any cluster until it can be read, or until "
			"`retainctl release` begins an empty one",
			orders_trouble(x->orders));
}

/* Beside a state file there is always a file of orders: if it is missing, it was lost. */
static int open_state(struct context *x, struct error *err)
{
	_cleanup_free_ char *moved = NULL, *orders = orders_path(x->options->state);
	struct error of_orders = {0};
	int r, created = 0;

	if (x->options->dry_run) {
		open_orders(x, orders);
		return 0;
	}
	if (access(x->options->state, F_OK) < 0)
		created = orders_create(orders, &of_orders);
	r = store_open(x->options->state, &x->store, &moved, err);
	if (r < 0)
		return r;
	if (created < 0)
		return error_set(err, -created, "%s", of_orders.text);
	if (moved)
		journal_say(&x->journal, MESSAGE_STATE_MOVED, LEVEL_WARNING,
			"the state file %s was damaged and is now %s: approvals are lost, all else "
			"is read from the cloud anew, and every grace begins anew",
			x->options->state, moved);
	open_orders(x, orders);
	open_history(x);
	return 0;
}

static int begin_clusters(struct service *s, struct policyfile *file, struct error *err)
{
	_cleanup_(ledgers_freep) struct ledgers *known = NULL;
	struct fleet *f = &s->fleet;
	int r = ledgers_load(s->context.store, &known, err);

	f->listed_count = file->cluster_count;
	discoveries_prepare(s->discoveries, file);
	discoveries_extend(s->discoveries, file);
	f->clusters = xcalloc(file->cluster_count, sizeof(struct cluster *));
	for (size_t i = 0; r == 0 && i < file->cluster_count; i++) {
		_cleanup_(ledger_done) struct ledger l =
			ledgers_take(known, file->clusters[i]->cluster);
		r = cluster_new(f->context, &file->clusters[i], &l, &f->clusters[f->count], err);
		f->count += r == 0;
	}
	if (r == 0)
		discoveries_apply(s->discoveries);
	return r;
}

int service_open(struct service *s, struct error *err)
{
	int r = open_state(&s->context, err);

	return r < 0 ? r : zones_load(&s->context, &s->zones, err);
}

int service_start(struct service *s, struct policyfile *file, struct error *err)
{
	struct moment now = now_moment();
	int r;

	s->fleet.context = &s->context;
	s->discoveries = discoveries_new(&s->fleet);
	s->context.utc = zone_utc();
	s->context.started_boot_s = now.boot_s;
	s->started_s = s->policy_loaded_s = now.wall_s;
	s->history = file->history;
	memcpy(s->policy_digest, file->digest, sizeof(s->policy_digest));
	r = calls_open(&s->context, file, &s->context.calls, err);
	if (r < 0)
		return r;
	zones_take(s, file);
	if (!s->context.options->once) {
		s->sinks = sinks_new(&s->context);
		sinks_take(s->sinks, file);
		sinks_remember(s->sinks);
	}
	r = begin_clusters(s, file, err);
	if (r == 0 && !s->context.options->once)
		r = endings_new(&s->fleet, &s->endings, err);
	return r;
}

void service_done(struct service *s)
{
	struct context *x = &s->context;

	sinks_free(s->sinks);
	if (x->calls)
		client_free(x->calls->client);
	discoveries_free(s->discoveries);
	endings_free(s->endings);
	fleet_done(&s->fleet);
	calls_close(x->calls);
	free(x->state_error);
	zone_free(x->utc);
	orders_close(x->orders);
	history_db_close(x->history_db);
	store_close(x->store);
	free(s->reload_error);
	zonecache_free(s->zones);
}

bool service_stop(struct service *s)
{
	s->context.stopping = true;
	return fleet_stop(&s->fleet);
}

bool service_once_finished(const struct service *s, bool *ret_unwell)
{
	bool all = fleet_once_finished(&s->fleet, ret_unwell);

	return discoveries_finished(s->discoveries, ret_unwell) && all;
}
