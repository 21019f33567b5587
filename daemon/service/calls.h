/* Permits for calls to the cloud (pace/pace.h), and the accounts that they go by. A caller asks
 * for a permit, makes its call when it is granted, and says when the answer has come. */
#pragma once

#include "pace/pace.h"
#include "service/accounts.h"
#include "service/context.h"

struct calls {
	struct context *context;
	struct client *client;
	struct accounts *accounts;
	struct pace *pace;
	sd_event_source *timer; /* when the next permit may be given */
	struct call *granted;   /* it has its permit, and has yet to begin; NULL: none has */
};

/* One caller, which makes one call at a time. All zero before calls_join(). */
struct call {
	struct calls *calls;
	struct permit permit;           /* it waits for its permit, or is under way */
	struct limiter *limiter;        /* where it waits */
	struct account_client *account; /* the account that it calls by */
	struct account_client *calling; /* ... and that of the call under way */
	void (*granted)(void *data);    /* asks once more by calls_ask(), or has nothing to call */
	void *data;
};

/* The client, with the policy's accounts. calls_close() also after a failure; client_free(), and
 * calls_leave() of all callers, go first. */
int calls_open(struct context *context, const struct policyfile *file, struct calls **ret,
	struct error *err);
void calls_close(struct calls *calls); /* accepts NULL */

/* Chooses account and limiter, also anew after a reload; `granted` and `data` are the caller's.
 * -ENOENT: there is no such account. 1: it waited for a permit of another limiter and no longer
 * does. */
int calls_join(struct calls *calls, struct call *call, const char *account, const char *region);
void calls_leave(struct call *call);

/* True: it has its permit and begins now, by calls_begin(). False: call->granted() comes later. */
bool calls_ask(struct call *call, unsigned rank, int64_t order);
bool calls_is_waiting(const struct call *call);
bool calls_is_under_way(const struct call *call); /* from calls_begin() to calls_end() */
/* It waits no longer. False if it did not. */
bool calls_withdraw(struct call *call);
/* Holds the account in use until calls_end(). */
void calls_begin(struct call *call);
/* Heeds what the answer says of throttling. */
void calls_end(struct call *call, const struct answer *answer);
/* The caller goes, and no answer comes any more. */
void calls_abandon(struct call *call);

/* Gives the permits that can be given now, and sets the timer for the next. Not within a callback
 * of the client. */
void calls_go(struct calls *calls);
