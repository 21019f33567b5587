/* Permits for calls to the cloud, and the accounts that they go by. */
#include "service/calls.h"

#include "service/now.h"

#include <errno.h>
#include <inttypes.h>

int calls_join(struct calls *calls, struct call *call, const char *account, const char *region)
{
	struct account_client *client = accounts_join(calls->accounts, account);
	struct limiter *limiter;
	bool withdrawn;

	if (!client)
		return -ENOENT;
	limiter = pace_join(calls->pace, client->account->name, region, client->account->rate,
		client->account->concurrency, now_boot_us());
	withdrawn = limiter != call->limiter && calls_withdraw(call);
	calls_leave(call);
	call->calls = calls;
	call->account = client;
	call->limiter = limiter;
	call->permit.data = call;
	return withdrawn;
}

void calls_leave(struct call *call)
{
	account_client_leave(call->account);
	pace_leave(call->limiter);
	call->account = NULL;
	call->limiter = NULL;
}

bool calls_ask(struct call *call, unsigned rank, int64_t order)
{
	struct calls *calls = call->calls;

	if (calls->granted == call) {
		calls->granted = NULL;
		return true;
	}
	pace_ask(call->limiter, &call->permit, rank, order, now_boot_us());
	return false;
}

bool calls_is_waiting(const struct call *call)
{
	return call->permit.state == PERMIT_WAITS;
}

bool calls_is_under_way(const struct call *call)
{
	return call->calling;
}

bool calls_withdraw(struct call *call)
{
	if (!calls_is_waiting(call))
		return false;
	pace_withdraw(&call->permit);
	return true;
}

void calls_begin(struct call *call)
{
	call->calling = call->account;
	account_client_join(call->calling);
}

static void throttled(struct call *call, const struct answer *a, int64_t now_us)
{
	struct pace_status before, after;

	pace_status(call->permit.limiter, now_us, &before);
	if (!pace_throttled(&call->permit, a->retry_after_ms * 1000, now_us))
		return;
	pace_status(call->permit.limiter, now_us, &after);
	/* While it is throttled again and again one line will do; the metrics tell the rest. */
	if (before.rate_milli == before.full_rate_milli)
		journal_say(&call->calls->context->journal, MESSAGE_THROTTLED, LEVEL_WARNING,
			"account %s in %s is throttled (%s): %" PRId64 ".%" PRId64
			" calls a second instead of %" PRId64 " until it no longer is",
			after.account, after.region, a->code, after.rate_milli / 1000,
			after.rate_milli % 1000 / 100, after.full_rate_milli / 1000);
}

void calls_end(struct call *call, const struct answer *answer)
{
	int64_t now_us = now_boot_us();

	if (answer->kind == ANSWER_THROTTLED)
		throttled(call, answer, now_us);
	pace_end(&call->permit);
	account_client_leave(call->calling);
	call->calling = NULL;
}

void calls_abandon(struct call *call)
{
	(void)calls_withdraw(call);
	if (call->permit.state != PERMIT_NONE)
		pace_end(&call->permit);
}

/* Nobody is freed while it holds a permit. */
static void grant(struct calls *calls, struct permit *permit)
{
	struct call *call = permit->data;

	calls->granted = call;
	call->granted(call->data);
	if (calls->granted == call)
		pace_return(permit, now_boot_us());
	calls->granted = NULL;
}

static void arm(struct calls *calls, int64_t wait_us)
{
	if (wait_us == INT64_MAX) {
		(void)sd_event_source_set_enabled(calls->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(calls->timer, (uint64_t)(now_boot_us() + wait_us));
	(void)sd_event_source_set_enabled(calls->timer, SD_EVENT_ONESHOT);
}

void calls_go(struct calls *calls)
{
	struct permit *permit;
	int64_t wait_us = INT64_MAX;

	accounts_sweep(calls->accounts);
	if (calls->context->stopping)
		return;
	while ((permit = pace_next(calls->pace, now_boot_us(), &wait_us)))
		grant(calls, permit);
	arm(calls, wait_us);
}

static void tell_login(void *data, bool trouble, const char *text)
{
	struct context *context = data;

	journal_say(&context->journal, MESSAGE_LOGIN, trouble ? LEVEL_WARNING : LEVEL_NOTICE, "%s",
		text);
}

/* It only wakes the loop up, which then calls calls_go(). */
static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	(void)data;
	return 0;
}

int calls_open(struct context *context, const struct policyfile *file, struct calls **ret,
	struct error *err)
{
	struct calls *calls = xcalloc(1, sizeof(*calls));
	int r;

	*ret = calls;
	calls->context = context;
	calls->pace = pace_new();
	r = client_new(&(struct client_options){.tell = tell_login, .tell_data = context},
		&calls->client, err);
	if (r < 0)
		return r;
	calls->accounts = accounts_new(calls->client, context->options);
	r = accounts_prepare(calls->accounts, file, err);
	if (r < 0)
		return r;
	accounts_apply(calls->accounts);
	r = sd_event_add_time(context->event, &calls->timer, CLOCK_BOOTTIME, 0, 1, on_timer, NULL);
	return r < 0 ? error_set(err, -r, "cannot make a timer: %s", strerror(-r)) : 0;
}

void calls_close(struct calls *calls)
{
	if (!calls)
		return;
	accounts_free(calls->accounts);
	pace_free(calls->pace);
	sd_event_source_unref(calls->timer);
	free(calls);
}
