#include "service/manager.h"

#include "service/calls.h"
#include "service/discovery.h"
#include "service/ledgers.h"

#include <errno.h>
#include <time.h>

#define ONCE_WAIT_S 120 /* --once: how long a backup has to show */

struct moment manager_now(void)
{
	struct timespec wall, boot;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct moment){.wall_s = wall.tv_sec, .boot_s = boot.tv_sec};
}

int64_t manager_now_us(void)
{
	struct timespec boot;

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return boot.tv_sec * INT64_C(1000000) + boot.tv_nsec / 1000;
}

static void unlink_leaving(struct manager *m, const struct cluster *c)
{
	struct cluster **at = &m->leaving;

	while (*at && *at != c)
		at = &(*at)->next_leaving;
	if (*at)
		*at = c->next_leaving;
}

void manager_free_cluster(struct cluster *c)
{
	struct manager *m = c->manager;

	unlink_leaving(m, c);
	pace_withdraw(&c->permit);
	if (c->permit.state != PERMIT_NONE) /* the program ends before its call does */
		pace_end(&c->permit);
	calls_leave(c);
	if (m->hooks.left)
		m->hooks.left(m->hooks.data, c);
	sd_event_source_unref(c->timer);
	cycle_free(c->cycle);
	policy_free(c->policy);
	free(c);
}

void manager_let_go(struct cluster *c)
{
	c->leaving = true;
	c->next_leaving = c->manager->leaving;
	c->manager->leaving = c;
	calls_take_back(c);
	manager_run(c);
}

int manager_by_id(const void *a, const void *b)
{
	return strcmp((*(struct cluster *const *)a)->policy->cluster,
		(*(struct cluster *const *)b)->policy->cluster);
}

void manager_set_policy(struct cluster *c, struct policy *policy)
{
	struct event e = {.kind = EVENT_POLICY, .policy = policy};

	cycle_feed(c->cycle, &e, manager_now());
	policy_free(c->policy);
	c->policy = policy;
	calls_take_back(c);
	(void)calls_join(c, NULL); /* it was seen before that its account is there */
}

int manager_add(struct manager *m, struct policy **policy, struct cluster **ret, struct error *err)
{
	struct cluster *c = manager_find_leaving(m, (*policy)->cluster);
	int r = 0;

	if (c) {
		manager_take_back(c);
		manager_set_policy(c, TAKE_PTR(*policy));
	} else {
		r = manager_new_cluster(m, policy, NULL, &c, err);
	}
	if (r < 0)
		return r;
	m->clusters = xreallocarray(m->clusters, m->cluster_count + 1, sizeof(struct cluster *));
	m->clusters[m->cluster_count++] = c;
	*ret = c;
	return 0;
}

void manager_drop_unfound(struct manager *m)
{
	size_t kept = m->listed_count, count = m->cluster_count;
	_cleanup_free_ struct cluster **gone = xcalloc(count, sizeof(struct cluster *));
	size_t gone_count = 0;

	for (size_t i = kept; i < count; i++) {
		if (m->clusters[i]->finder)
			m->clusters[kept++] = m->clusters[i];
		else
			gone[gone_count++] = m->clusters[i];
	}
	m->cluster_count = kept;
	for (size_t i = 0; i < gone_count; i++)
		manager_let_go(gone[i]);
}

void manager_take_back(struct cluster *c)
{
	unlink_leaving(c->manager, c);
	c->leaving = false;
}

struct cluster *manager_find_leaving(struct manager *m, const char *id)
{
	struct cluster *c = m->leaving;

	while (c && !text_equal(c->policy->cluster, id))
		c = c->next_leaving;
	return c;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct cluster *c = data;

	(void)s;
	(void)usec;
	manager_run(c);
	return 0;
}

/* Timers run on CLOCK_BOOTTIME: nobody can set it, and it counts what the machine slept. */
void manager_arm(struct cluster *c, int64_t for_s)
{
	sd_event *event = c->manager->event;
	uint64_t now = 0;
	int r;

	if (for_s == INT64_MAX || for_s > INT64_C(86400) * 366) {
		if (c->timer)
			(void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_now(event, CLOCK_BOOTTIME, &now);
	now += (uint64_t)for_s * 1000000u;
	if (c->timer) {
		(void)sd_event_source_set_time(c->timer, now);
		(void)sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
		return;
	}
	r = sd_event_add_time(event, &c->timer, CLOCK_BOOTTIME, now, 100000, on_timer, c);
	if (r < 0)
		c->manager->timer_failed = r;
}

/* Into the transaction of this turn: a sync for each record would be most of the work of a large
 * fleet. The cycle goes on when all of it is on disk (S4). */
static void write_record(struct cluster *c)
{
	struct manager *m = c->manager;
	struct error err = {0};
	int r = 0;

	if (m->store && !m->recording)
		r = store_begin(m->store, &err);
	if (m->store && r == 0)
		r = store_record(m->store, c->policy->cluster, c->effect.record, &err);
	if (r < 0)
		journal_say(&m->journal, MESSAGE_OTHER, LEVEL_ERROR, "%s: %s", c->policy->name,
			err.text);
	c->recorded = r == 0;
	c->recording = true;
	c->next_recording = m->recording;
	m->recording = c;
}

static void commit_once(struct manager *m)
{
	struct cluster *c = TAKE_PTR(m->recording);
	struct error err = {0};
	bool written = !m->store || store_commit(m->store, &err) == 0;

	if (!written)
		journal_say(&m->journal, MESSAGE_OTHER, LEVEL_ERROR, "%s", err.text);
	while (c) {
		struct cluster *next = c->next_recording; /* c may be freed */
		struct event e = {.kind = EVENT_RECORDED, .recorded = written && c->recorded};
		c->recording = false;
		cycle_feed(c->cycle, &e, manager_now());
		manager_run(c);
		c = next;
	}
}

void manager_commit(struct manager *m)
{
	while (m->recording)
		commit_once(m);
}

void manager_go(struct manager *m)
{
	do {
		manager_commit(m);
		calls_go(m);
	} while (m->recording);
}

static void tell(struct cluster *c)
{
	struct manager *m = c->manager;
	const struct report *r = &c->effect.report;

	counters_report(&c->counters, r, manager_now().boot_s);
	journal_report(&m->journal, c->policy->name, c->policy->cluster, r);
	if (m->hooks.reported)
		m->hooks.reported(m->hooks.data, c, r);
}

static bool is_late(const struct manager *m)
{
	return manager_now().boot_s - m->once_started_boot_s >= ONCE_WAIT_S;
}

/* --once: nothing more is to be done now. It rests then, however long others take. */
static bool finishes(struct cluster *c)
{
	struct cycle_status s;
	bool backing_up;

	cycle_look(c->cycle, manager_now(), &s);
	backing_up = s.create.state == CREATE_INTENT || s.create.state == CREATE_ACCEPTED;
	c->once_finished =
		s.settled && c->call == CALL_NONE && (!backing_up || is_late(c->manager));
	c->once_unwell = s.unwell;
	return c->once_finished;
}

/* Where no call is made any more, what was intended is answered so. False: the cluster may be gone.
 */
static bool start_call(struct cluster *c)
{
	enum effect_kind kind = c->effect.kind;

	if (!c->manager->stopping && !c->leaving) {
		calls_start(c);
		return true;
	}
	if (kind == EFFECT_CREATE || kind == EFFECT_DELETE || kind == EFFECT_RAISE) {
		c->call = CALL_CREATE;
		calls_answer_stopped(c, ANSWER_UNSENT);
	} else if (c->leaving) {
		manager_free_cluster(c);
	}
	return false;
}

/* Until its timer says that something is due. */
static void rest(struct cluster *c)
{
	struct manager *m = c->manager;
	bool ends = m->stopping || (m->options->once && finishes(c));

	manager_arm(c, ends ? INT64_MAX : c->effect.wait.for_s);
	if (m->hooks.rested)
		m->hooks.rested(m->hooks.data, c);
}

/* Asks the cluster's cycle for effects until one has to be waited for. */
void manager_run(struct cluster *c)
{
	struct manager *m = c->manager;

	m->status_stale = true;
	while (c->call == CALL_NONE && !c->recording && !c->once_finished) {
		c->effect = cycle_next(c->cycle, manager_now());
		switch (c->effect.kind) {
		case EFFECT_RECORD:
			write_record(c);
			break;
		case EFFECT_REPORT:
			tell(c);
			break;
		case EFFECT_WAIT:
			rest(c);
			if (c->leaving)
				manager_free_cluster(c);
			return;
		case EFFECT_LIST:
		case EFFECT_CREATE:
		case EFFECT_DELETE:
		case EFFECT_RETENTION:
		case EFFECT_RAISE:
			if (!start_call(c))
				return;
			break;
		}
	}
}

void manager_run_all(struct manager *m)
{
	for (size_t i = 0; i < m->cluster_count; i++)
		manager_run(m->clusters[i]);
}

int manager_new_cluster(struct manager *m, struct policy **policy, struct ledger *known,
	struct cluster **ret, struct error *err)
{
	_cleanup_(ledger_done) struct ledger ledger = {0};
	struct cluster *c;
	int r;

	if (known) {
		ledger = *known;
		*known = (struct ledger){0};
	} else if (m->store) {
		r = store_load(m->store, (*policy)->cluster, &ledger, err);
		if (r < 0)
			return r;
	}
	c = xcalloc(1, sizeof(*c));
	c->manager = m;
	c->policy = TAKE_PTR(*policy);
	c->cycle = cycle_new(c->policy, &ledger, m->options->dry_run, manager_now());
	cycle_use_pool(c->cycle, m->pool);
	r = calls_join(c, err);
	if (r < 0)
		manager_free_cluster(c);
	else
		*ret = c;
	return r;
}

static int open_state(struct manager *m, struct error *err)
{
	char *moved = NULL;
	int r;

	if (m->options->dry_run)
		return 0;
	r = store_open(m->options->state, &m->store, &moved, err);
	if (r < 0)
		return r;
	if (moved)
		journal_say(&m->journal, MESSAGE_STATE_MOVED, LEVEL_WARNING,
			"the state file %s was damaged and is now %s: its history is lost, all "
			"else is read from "
			"the cloud anew, and every grace begins anew",
			m->options->state, moved);
	free(moved);
	return 0;
}

static int begin_clusters(struct manager *m, struct policyfile *file, struct error *err)
{
	_cleanup_(ledgers_freep) struct ledgers *known = NULL;
	int r = ledgers_load(m->store, &known, err);

	m->listed_count = file->cluster_count;
	m->discoveries = discoveries_new(m, file, NULL);
	discoveries_extend(m->discoveries, file);
	m->clusters = xcalloc(file->cluster_count, sizeof(struct cluster *));
	for (size_t i = 0; r == 0 && i < file->cluster_count; i++) {
		struct ledger l = ledgers_take(known, file->clusters[i]->cluster);
		r = manager_new_cluster(
			m, &file->clusters[i], &l, &m->clusters[m->cluster_count], err);
		m->cluster_count += r == 0;
	}
	if (r == 0)
		discoveries_begin(m->discoveries);
	return r;
}

int manager_start(struct manager *m, struct policyfile *file, struct error *err)
{
	int r;

	m->pool = pool_new();
	m->history = file->history;
	m->started_s = m->policy_loaded_s = manager_now().wall_s;
	m->once_started_boot_s = manager_now().boot_s;
	r = calls_open(m, file, err);
	if (r == 0)
		r = open_state(m, err);
	return r < 0 ? r : begin_clusters(m, file, err);
}

void manager_done(struct manager *m)
{
	client_free(m->client);
	discoveries_abandon(m);
	discoveries_free(m->discoveries);
	for (size_t i = 0; i < m->cluster_count; i++)
		manager_free_cluster(m->clusters[i]);
	while (m->leaving)
		manager_free_cluster(m->leaving);
	free(m->clusters);
	calls_close(m);
	pool_free(m->pool);
	store_close(m->store);
	free(m->reload_error);
}

struct cluster *manager_find(struct manager *m, const char *id_or_name)
{
	for (size_t i = 0; i < m->cluster_count; i++)
		if (text_equal(m->clusters[i]->policy->cluster, id_or_name) ||
			text_equal(m->clusters[i]->policy->name, id_or_name))
			return m->clusters[i];
	return NULL;
}

static bool changes_something(const struct cluster *c)
{
	return calls_changes(c->call) && c->permit.state != PERMIT_WAITS;
}

/* A call that waits is not made any more; that is written down. */
static void stop_waiting(struct cluster *c)
{
	if (calls_changes(c->call) && c->permit.state == PERMIT_WAITS) {
		calls_take_back(c);
		manager_run(c);
	}
}

bool manager_stop(struct manager *m)
{
	bool quiet = true;

	m->stopping = true;
	for (size_t i = 0; i < m->cluster_count; i++) {
		stop_waiting(m->clusters[i]);
		quiet &= !changes_something(m->clusters[i]);
	}
	for (struct cluster *c = m->leaving; c; c = c->next_leaving)
		quiet &= !changes_something(c);
	return quiet && !m->recording;
}

void manager_abandon(struct manager *m)
{
	for (size_t i = 0; i < m->cluster_count; i++)
		if (changes_something(m->clusters[i]))
			calls_answer_stopped(m->clusters[i], ANSWER_AMBIGUOUS);
	for (struct cluster *c = m->leaving, *next; c; c = next) {
		next = c->next_leaving; /* the answer frees it */
		if (changes_something(c))
			calls_answer_stopped(c, ANSWER_AMBIGUOUS);
	}
}

bool manager_once_finished(struct manager *m, bool *ret_unwell)
{
	bool all = true, unwell = false, late = is_late(m);

	for (size_t i = 0; i < m->cluster_count; i++) {
		struct cluster *c = m->clusters[i];
		all &= c->once_finished || (late && finishes(c));
		unwell |= c->once_unwell;
	}
	all &= discoveries_finished(m->discoveries, &unwell);
	*ret_unwell = unwell;
	return all;
}
