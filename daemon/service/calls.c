#include "service/calls.h"

#include <stdio.h>

#define CALLS_AT_ONCE 16
#define SLOW_S 2

static void begin(struct cluster *c);

static void take_next(struct manager *m)
{
	while (m->queue && m->calls < CALLS_AT_ONCE && !m->stopping) {
		struct cluster *c = m->queue;
		m->queue = c->next_queued;
		if (!m->queue)
			m->queue_end = &m->queue;
		c->queued = false;
		begin(c);
	}
}

static void feed(struct cluster *c, const struct client_result *result)
{
	struct event e = {.kind = EVENT_ANSWER,
		.answer = result->answer,
		.page = result->page,
		.retention_days = result->retention ? result->retention->days : 0};

	c->call = CALL_NONE;
	cycle_feed(c->cycle, &e, manager_now());
	manager_run(c);
}

static void done(void *data, const struct client_result *result)
{
	struct cluster *c = data;
	struct manager *m = c->manager;

	if (!c->slow)
		m->calls--;
	c->counters.answers[c->call][result->answer->kind]++;
	feed(c, result);
	take_next(m);
}

static void begin(struct cluster *c)
{
	struct manager *m = c->manager;
	const struct policy *p = c->policy;
	const struct client_target target = {.account = m->account,
		.region = p->region,
		.cluster = p->cluster,
		.edition = p->edition,
		.remote = p->remote};
	int64_t now_s = manager_now().wall_s;

	m->calls++;
	c->slow = false;
	manager_arm(c, SLOW_S);
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
		client_describe_retention(m->client, &target, now_s, done, c);
		break;
	case CALL_NONE:
		m->calls--;
		break;
	}
}

void calls_start(struct cluster *c)
{
	static const enum cluster_call calls[] = {
		[EFFECT_LIST] = CALL_LIST,
		[EFFECT_CREATE] = CALL_CREATE,
		[EFFECT_DELETE] = CALL_DELETE,
		[EFFECT_RETENTION] = CALL_RETENTION,
		[EFFECT_RECORD] = CALL_NONE,
		[EFFECT_REPORT] = CALL_NONE,
		[EFFECT_WAIT] = CALL_NONE,
	};
	struct manager *m = c->manager;

	c->call = calls[c->effect.kind];
	/* Calls that change something do not wait: their listing would grow old. */
	if (m->calls < CALLS_AT_ONCE || c->call == CALL_CREATE || c->call == CALL_DELETE) {
		begin(c);
		return;
	}
	c->queued = true;
	c->next_queued = NULL;
	*m->queue_end = c;
	m->queue_end = &c->next_queued;
}

void calls_slow(struct cluster *c)
{
	if (c->queued || c->slow)
		return;
	c->slow = true;
	c->manager->calls--;
	take_next(c->manager);
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
