/* Runs one cluster's cycle: carries its effects out until it has to wait, and feeds it what became
 * of them. */
#include "service/cluster.h"

#include "service/effects.h"
#include "service/in_force.h"
#include "service/now.h"
#include "service/state_watch.h"
#include "store/history_db.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>

#define ONCE_WAIT_S 120 /* --once: how long a backup has to show, and trouble to pass */
#define TIMER_MOST_S (INT64_C(86400) * 366)

static void unlink_leaving(struct cluster *c)
{
	if (!c->leaving_at)
		return;
	*c->leaving_at = c->next_leaving;
	if (c->next_leaving)
		c->next_leaving->leaving_at = c->leaving_at;
	c->next_leaving = NULL;
	c->leaving_at = NULL;
}

void cluster_free(struct cluster *c)
{
	struct cluster_hooks *hooks = &c->context->hooks;

	unlink_leaving(c);
	calls_abandon(&c->call);
	calls_leave(&c->call);
	if (hooks->left)
		hooks->left(hooks->data, c);
	sd_event_source_unref(c->timer);
	cycle_free(c->cycle);
	counters_done(&c->counters);
	if (c->policy != c->given)
		policy_free(c->policy);
	policy_free(c->given);
	free(c->ending_text);
	free(c);
}

/* --- waiting --- */

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	cluster_run(data);
	return 0;
}

/* Timers run on CLOCK_BOOTTIME: nobody can set it, and it counts what the machine slept. */
static void arm(struct cluster *c, int64_t for_s)
{
	sd_event *event = c->context->event;
	uint64_t now = 0;
	int r;

	if (for_s > TIMER_MOST_S) {
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
		c->context->failed = r;
}

int64_t cluster_once_left_s(const struct context *context)
{
	return ONCE_WAIT_S - (now_moment().boot_s - context->started_boot_s);
}

/* --once: nothing more is to be done now. It rests then, however long others take. */
static bool finishes(struct cluster *c)
{
	int64_t left_s = cluster_once_left_s(c->context);
	struct cycle_status s;
	bool waits;

	cycle_status(c->cycle, now_moment(), &s);
	waits = s.create.state == CREATE_INTENT || s.create.state == CREATE_ACCEPTED ||
		(s.unwell && s.retries && c->effect.wait.for_s < left_s);
	c->once_finished = s.settled && c->kind == CALL_NONE && (!waits || left_s <= 0);
	c->once_unwell = s.unwell;
	return c->once_finished;
}

bool cluster_once_finished(struct cluster *c)
{
	return c->once_finished || (cluster_once_left_s(c->context) <= 0 && finishes(c));
}

/* Until its timer says that something is due. */
static void rest(struct cluster *c)
{
	struct context *x = c->context;
	bool ends = x->stopping || (x->options->once && finishes(c));

	arm(c, ends ? INT64_MAX : c->effect.wait.for_s);
	if (x->hooks.rested)
		x->hooks.rested(x->hooks.data, c);
}

/* --- records --- */

/* Into the transaction of this turn: a sync for each record would be most of the work of a large
 * fleet. The cycle goes on when all of it is on disk (S4). */
static void write_record(struct cluster *c)
{
	struct context *x = c->context;
	struct error err = {0};
	int r = 0;

	if (x->store && !x->recording)
		r = state_watch_check(x, &err);
	if (x->store && !x->recording && r == 0)
		r = store_begin(x->store, &err);
	if (x->store && r == 0)
		r = store_record(x->store, c->policy->cluster, c->effect.record, &err);
	if (r < 0)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_ERROR, "%s: %s", c->policy->name,
			err.text);
	c->recorded = r == 0;
	c->recording = true;
	c->next_recording = x->recording;
	x->recording = c;
}

static void commit_history(struct context *x)
{
	struct error err = {0};
	int r = history_db_commit(x->history_db, &err);

	if (r < 0)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING, "%s%s",
			r == -EBADMSG ? "" : "no history is kept for now: ", err.text);
}

void cluster_tell_history(struct context *x, const char *cluster, const struct entry *e)
{
	history_db_add(x->history_db, cluster, e, 1);
	commit_history(x);
}

/* The history is written after the state is on disk: a record that fails is written again, and its
 * lines must not stand there twice. A line that is lost in between is lost for people alone. */
static void write_history(struct context *x, const struct cluster *recording)
{
	for (const struct cluster *c = recording; c; c = c->next_recording)
		if (c->recorded)
			history_db_add(x->history_db, c->policy->cluster, c->effect.record->entries,
				c->effect.record->entry_count);
	commit_history(x);
}

static void commit_once(struct context *x)
{
	struct cluster *c = TAKE_PTR(x->recording);
	struct error err = {0};
	bool written = !x->store || store_commit(x->store, &err) == 0;

	if (!written)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_ERROR, "%s", err.text);
	else
		write_history(x, c);
	while (c) {
		struct cluster *next = c->next_recording; /* c may be freed */
		struct event e = {.kind = EVENT_RECORDED, .recorded = written && c->recorded};
		c->recording = false;
		cycle_feed(c->cycle, &e, now_moment());
		if (x->hooks.recorded)
			x->hooks.recorded(x->hooks.data, c, e.recorded);
		cluster_run(c);
		c = next;
	}
}

void cluster_commit(struct context *context)
{
	while (context->recording)
		commit_once(context);
}

/* --- calls --- */

static void feed_answer(struct cluster *c, const struct client_result *result)
{
	struct event e = {.kind = EVENT_ANSWER,
		.answer = result->answer,
		.page = result->page,
		.backup_policy = result->policy};

	c->kind = CALL_NONE;
	cycle_feed(c->cycle, &e, now_moment());
	cluster_run(c);
}

/* An answer that did not come from the cloud, for a call that was not begun or is given up. */
static void answer_stopped(struct cluster *c, enum answer_kind kind)
{
	struct answer a = {.kind = kind, .code = "Stopped"};
	struct client_result result = {.answer = &a};

	(void)snprintf(a.message, sizeof(a.message), "%s",
		kind == ANSWER_UNSENT ? "retaind was stopped before it was sent"
				      : "retaind was stopped before the answer came");
	feed_answer(c, &result);
}

static void on_answer(void *data, const struct client_result *result)
{
	struct cluster *c = data;

	calls_end(&c->call, result->answer);
	counters_answer(&c->counters, c->kind, result->answer);
	feed_answer(c, result);
}

static void send_call(struct cluster *c)
{
	const struct policy *p = c->policy;
	const struct client_target target = {.account = c->call.account->client,
		.region = p->region,
		.cluster = p->cluster,
		.edition = p->edition,
		.remote = p->remote};

	calls_begin(&c->call);
	effects_send(c->call.calls->client, &target, &c->effect, now_moment().wall_s, on_answer, c);
}

/* Where no call is made any more, an intent is answered so. False: the cluster may be gone. */
static bool start_call(struct cluster *c)
{
	enum cluster_call kind = effects_call(c->effect.kind);
	enum effect_rank rank;
	int64_t order;

	if (!c->context->stopping && !c->leaving) {
		c->kind = kind;
		rank = effect_rank(&c->effect, &order);
		if (calls_ask(&c->call, rank, order))
			send_call(c);
		return true;
	}
	if (effects_changes(kind)) {
		c->kind = kind;
		answer_stopped(c, ANSWER_UNSENT);
	} else if (c->leaving) {
		cluster_free(c);
	}
	return false;
}

static void ask_again(struct cluster *c)
{
	struct event e = {.kind = EVENT_PERMIT};

	c->kind = CALL_NONE;
	cycle_feed(c->cycle, &e, now_moment());
}

/* The cycle checks once more, so that nothing lies between that check and the call (S2). Then it
 * asks for the call again, or for another one, or for none. */
static void on_granted(void *data)
{
	struct cluster *c = data;

	ask_again(c);
	cluster_run(c);
}

void cluster_withdraw(struct cluster *c)
{
	if (calls_withdraw(&c->call))
		ask_again(c);
}

static int join(struct cluster *c, struct error *err)
{
	const struct policy *p = c->policy;
	int r = calls_join(c->context->calls, &c->call, p->account, p->region ? p->region : "");

	if (r < 0)
		return error_set(err, -r, "%s: there is no account '%s'", p->name, p->account);
	if (r > 0)
		ask_again(c);
	return 0;
}

/* --- what is in force --- */

static void put_in_force(struct cluster *c, struct policy *given)
{
	struct policy *policy = in_force_policy(c->context->orders, given);
	struct event e = {.kind = EVENT_POLICY, .policy = policy};

	cycle_feed(c->cycle, &e, now_moment());
	if (c->policy != c->given)
		policy_free(c->policy);
	if (c->given != given)
		policy_free(c->given);
	c->given = given;
	c->policy = policy;
}

void cluster_take_protections(struct cluster *c)
{
	put_in_force(c, c->given);
}

/* --- the cycle --- */

/* `backup --keep-until`: when it is known which set that backup made, the set is protected. */
static void settle_keep(struct cluster *c, bool made, const char *set)
{
	struct context *x = c->context;
	const struct order *keep = orders_find(x->orders, ORDER_KEEP, c->policy->cluster, "");
	struct error err = {0};
	struct cycle_status s;
	int r;

	cycle_status(c->cycle, now_moment(), &s);
	if (!keep || s.backup_wanted)
		return;
	r = made ? orders_settle(x->orders, keep, set, &err) : orders_drop(x->orders, keep, &err);
	if (r < 0)
		journal_say(&x->journal, MESSAGE_ORDERS, LEVEL_ERROR,
			"%s: set %s was to be protected, and is not: %s", c->policy->name, set,
			err.text);
	else
		journal_say(&x->journal, MESSAGE_ORDERS, made ? LEVEL_NOTICE : LEVEL_WARNING,
			made ? "%s: set %s is protected, as was ordered with its backup"
			     : "%s: the backup that was to be kept was not made%s",
			c->policy->name, made ? set : "");
	cluster_take_protections(c);
}

static void tell(struct cluster *c)
{
	struct context *x = c->context;
	const struct report *r = &c->effect.report;
	_cleanup_free_ char *set = xstrdup(r->set);
	bool made = r->kind == REPORT_BACKUP_DONE;
	bool ends = made || r->kind == REPORT_BACKUP_FAILED || r->kind == REPORT_BACKUP_REFUSED;

	counters_report(&c->counters, r, now_moment().boot_s);
	journal_report(&x->journal, c->policy->name, c->policy->cluster, r);
	if (x->hooks.reported)
		x->hooks.reported(x->hooks.data, c, r);
	if (x->told)
		x->told(x->told_data, c, r);
	if (ends)
		settle_keep(c, made, set);
}

void cluster_run(struct cluster *c)
{
	c->context->status_stale = true;
	while (c->kind == CALL_NONE && !c->recording && !c->once_finished) {
		c->effect = cycle_next(c->cycle, now_moment());
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
				cluster_free(c);
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

int cluster_new(struct context *context, struct policy **policy, struct ledger *known,
	struct cluster **ret, struct error *err)
{
	struct cluster *c = xcalloc(1, sizeof(*c));
	int r;

	c->context = context;
	c->call.granted = on_granted;
	c->call.data = c;
	c->given = TAKE_PTR(*policy);
	c->policy = in_force_policy(context->orders, c->given);
	c->cycle = cycle_new(c->policy, known, context->options->dry_run, now_moment());
	in_force_feed(context->orders, c->cycle, c->policy);
	r = join(c, err);
	if (r < 0)
		cluster_free(c);
	else
		*ret = c;
	return r;
}

void cluster_take_holds(struct cluster *c)
{
	in_force_feed(c->context->orders, c->cycle, c->policy);
	cluster_withdraw(c);
	cluster_run(c);
}

int64_t cluster_compare(struct cluster *c, struct policy *policy)
{
	struct policy *p = in_force_policy(c->context->orders, policy);
	int64_t more = cycle_compare(c->cycle, p, now_moment());

	if (p != policy)
		policy_free(p);
	return more;
}

void cluster_set_policy(struct cluster *c, struct policy *policy)
{
	put_in_force(c, policy);
	cluster_withdraw(c);
	(void)join(c, NULL);
}

void cluster_renew_account(struct cluster *c)
{
	(void)join(c, NULL);
}

void cluster_let_go(struct cluster *c, struct cluster **list)
{
	c->leaving = true;
	c->next_leaving = *list;
	if (*list)
		(*list)->leaving_at = &c->next_leaving;
	c->leaving_at = list;
	*list = c;
	cluster_withdraw(c);
	cluster_run(c);
}

void cluster_take_back(struct cluster *c)
{
	unlink_leaving(c);
	c->leaving = false;
}

/* --- stopping --- */

bool cluster_is_deleting(const struct cluster *c)
{
	return c->kind == CALL_DELETE && !calls_is_waiting(&c->call);
}

bool cluster_is_changing(const struct cluster *c)
{
	return effects_changes(c->kind) && !calls_is_waiting(&c->call);
}

void cluster_stop(struct cluster *c)
{
	if (effects_changes(c->kind) && calls_is_waiting(&c->call)) {
		cluster_withdraw(c);
		cluster_run(c);
	}
}

void cluster_abandon(struct cluster *c)
{
	if (cluster_is_changing(c))
		answer_stopped(c, ANSWER_AMBIGUOUS);
}
