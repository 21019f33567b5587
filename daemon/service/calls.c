#include "service/calls.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void feed(struct cluster *c, const struct client_result *result)
{
	struct event e = {.kind = EVENT_ANSWER,
		.answer = result->answer,
		.page = result->page,
		.backup_policy = result->policy};

	c->call = CALL_NONE;
	cycle_feed(c->cycle, &e, manager_now());
	manager_run(c);
}

static void throttled(struct cluster *c, const struct answer *a, int64_t now_us)
{
	struct pace_status before, after;

	pace_status(c->permit.limiter, now_us, &before);
	if (!pace_throttled(&c->permit, a->retry_after_ms * 1000, now_us))
		return;
	pace_status(c->permit.limiter, now_us, &after);
	/* While it is throttled again and again one line will do; the metrics tell the rest. */
	if (before.rate_milli == before.full_rate_milli)
		journal_say(&c->manager->journal, MESSAGE_THROTTLED, LEVEL_WARNING,
			"account %s in %s is throttled (%s): %" PRId64 ".%" PRId64
			" calls a second instead of %" PRId64 " until it no longer is",
			after.account, after.region, a->code, after.rate_milli / 1000,
			after.rate_milli % 1000 / 100, after.full_rate_milli / 1000);
}

static void done(void *data, const struct client_result *result)
{
	struct cluster *c = data;
	int64_t now_us = manager_now_us();

	if (result->answer->kind == ANSWER_THROTTLED)
		throttled(c, result->answer, now_us);
	pace_end(&c->permit);
	access_leave(c->calling);
	c->calling = NULL;
	c->counters.answers[c->call][result->answer->kind]++;
	feed(c, result);
}

static void begin(struct cluster *c)
{
	struct manager *m = c->manager;
	const struct policy *p = c->policy;
	const struct client_target target = {.account = c->access->client,
		.region = p->region,
		.cluster = p->cluster,
		.edition = p->edition,
		.remote = p->remote};
	struct backup_policy raised;
	int64_t now_s = manager_now().wall_s;

	c->calling = c->access;
	access_join(c->calling);
	switch (c->call) {
	case CALL_LIST:
		client_describe_backups(m->client, &target, c->effect.list.from_s,
			c->effect.list.to_s, c->effect.list.page, now_s, done, c);
		break;
	case CALL_CREATE:
		client_create_backup(m->client, &target, now_s, done, c);
		break;
	case CALL_DELETE:
		client_delete_backups(m->client, &target, c->effect.delete.ids,
			c->effect.delete.count, now_s, done, c);
		break;
	case CALL_RETENTION:
		client_describe_policy(m->client, &target, now_s, done, c);
		break;
	case CALL_RAISE:
		raised = *c->effect.raise.read;
		raised.days = c->effect.raise.days;
		client_modify_policy(m->client, &target, &raised, now_s, done, c);
		break;
	case CALL_NONE:
		break;
	}
}

bool calls_changes(enum cluster_call call)
{
	return call == CALL_CREATE || call == CALL_DELETE || call == CALL_RAISE;
}

void calls_start(struct cluster *c)
{
	static const enum cluster_call calls[] = {
		[EFFECT_LIST] = CALL_LIST,
		[EFFECT_CREATE] = CALL_CREATE,
		[EFFECT_DELETE] = CALL_DELETE,
		[EFFECT_RETENTION] = CALL_RETENTION,
		[EFFECT_RAISE] = CALL_RAISE,
		[EFFECT_RECORD] = CALL_NONE,
		[EFFECT_REPORT] = CALL_NONE,
		[EFFECT_WAIT] = CALL_NONE,
	};
	struct manager *m = c->manager;
	enum effect_rank rank;
	int64_t order;

	c->call = calls[c->effect.kind];
	if (m->granted == c) {
		m->granted = NULL;
		begin(c);
		return;
	}
	rank = effect_rank(&c->effect, &order);
	pace_ask(c->limiter, &c->permit, rank, order, manager_now_us());
}

static void ask_again(struct cluster *c)
{
	struct event e = {.kind = EVENT_PERMIT};

	c->call = CALL_NONE;
	cycle_feed(c->cycle, &e, manager_now());
}

/* The cycle looks once more, so that nothing lies between that look and the call (S2); what it then
 * asks for may be another call, or none. */
static void grant(struct manager *m, struct permit *permit)
{
	struct cluster *c = permit->data;

	m->granted = c;
	ask_again(c);
	manager_run(c); /* nothing leaves while it holds a permit */
	if (m->granted == c)
		pace_return(permit, manager_now_us());
	m->granted = NULL;
}

static void arm(struct manager *m, int64_t wait_us)
{
	if (wait_us == INT64_MAX) {
		(void)sd_event_source_set_enabled(m->turns, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(m->turns, (uint64_t)(manager_now_us() + wait_us));
	(void)sd_event_source_set_enabled(m->turns, SD_EVENT_ONESHOT);
}

void calls_go(struct manager *m)
{
	struct permit *permit;
	int64_t wait_us = INT64_MAX;

	accounts_sweep(m->accounts);
	if (m->stopping)
		return;
	while ((permit = pace_next(m->pace, manager_now_us(), &wait_us)))
		grant(m, permit);
	arm(m, wait_us);
}

void calls_take_back(struct cluster *c)
{
	if (c->permit.state != PERMIT_WAITS)
		return;
	pace_withdraw(&c->permit);
	ask_again(c);
}

int calls_join(struct cluster *c, struct error *err)
{
	struct manager *m = c->manager;
	const char *region = c->policy->region ? c->policy->region : "";
	struct access *access = accounts_join(m->accounts, c->policy->account);
	struct limiter *limiter;

	if (!access)
		return error_set(err, ENOENT, "%s: there is no account '%s'", c->policy->name,
			c->policy->account);
	limiter = pace_join(m->pace, access->account->name, region, access->account->rate,
		access->account->concurrency, manager_now_us());
	if (limiter != c->limiter)
		calls_take_back(c);
	calls_leave(c);
	c->access = access;
	c->limiter = limiter;
	c->permit.data = c;
	return 0;
}

void calls_leave(struct cluster *c)
{
	access_leave(c->access);
	pace_leave(c->limiter);
	c->access = NULL;
	c->limiter = NULL;
}

void calls_answer_stopped(struct cluster *c, enum answer_kind kind)
{
	struct answer a = {.kind = kind, .code = "Stopped"};
	struct client_result result = {.answer = &a};

	(void)snprintf(a.message, sizeof(a.message), "%s",
		kind == ANSWER_UNSENT ? "retaind was stopped before it was sent"
				      : "retaind was stopped before the answer came");
	feed(c, &result);
}

static void tell_login(void *data, bool trouble, const char *text)
{
	struct manager *m = data;

	journal_say(&m->journal, MESSAGE_LOGIN, trouble ? LEVEL_WARNING : LEVEL_NOTICE, "%s", text);
}

/* It only wakes the loop up, which then looks whose permit has come. */
static int on_turns(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	(void)data;
	return 0;
}

int calls_open(struct manager *m, const struct policyfile *file, struct error *err)
{
	int r = client_new(
		&(struct client_options){.tell = tell_login, .tell_data = m}, &m->client, err);

	m->pace = pace_new();
	if (r < 0)
		return r;
	m->accounts = accounts_new(m->client, m->options);
	r = accounts_prepare(m->accounts, file, err);
	if (r < 0)
		return r;
	accounts_apply(m->accounts);
	r = sd_event_add_time(m->event, &m->turns, CLOCK_BOOTTIME, 0, 1, on_turns, NULL);
	return r < 0 ? error_set(err, -r, "cannot make a timer: %s", strerror(-r)) : 0;
}

void calls_close(struct manager *m)
{
	accounts_free(m->accounts);
	pace_free(m->pace);
	sd_event_source_unref(m->turns);
}
