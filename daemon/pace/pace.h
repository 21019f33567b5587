/* When calls to the cloud may be made: a rate limiter for each account and region, so that one that
 * is throttled or hangs slows no other (L2), and a queue at each. Pure: now is an argument, in us
 *of CLOCK_BOOTTIME.
 *
 *	pace_ask(limiter, permit, rank, order, now);       the caller wants to make a call
 *	while ((permit = pace_next(pace, now, &wait_us)))  it may: the call counts from now on
 *		... make the call, or pace_return(permit, now) if it is not needed any more ...
 *	pace_end(permit);                                  its answer has come
 *
 * A limiter lets `rate` calls a second through, in a burst at most what it earns in a quarter of a
 * second, and `concurrency` at once. A call that takes long gives its place to another, up to
 * PACE_AT_ONCE times `concurrency` calls under way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_SLOW_US INT64_C(2000000) /* a call that takes longer gives its place to another */
#define PACE_AT_ONCE \
	4 /* calls under way, the slow ones included: at most so many times concurrency */
#define PACE_PATIENCE_US \
	INT64_C(60000000) /* who has waited longer gets every PACE_SHARE-th permit */
#define PACE_SHARE 4
#define PACE_RECOVER_US INT64_C(60000000) /* from nothing to the full rate without throttling */
/* The longest Retry-After that all callers wait for; the throttled cluster itself waits longer. */
#define PACE_PAUSE_MOST_US INT64_C(60000000)

struct pace;
struct limiter;

/* One caller's permission to make one call. All zero at first; its memory is the caller's. Private
 * but for `state` and `data`, which is the caller's own. One that waits or is under way must not be
 * freed: pace_withdraw() or pace_end() first. */
struct permit {
	enum permit_state {
		PERMIT_NONE,  /* not asked for */
		PERMIT_WAITS, /* asked for */
		PERMIT_QUICK, /* given: the call is under way */
		PERMIT_SLOW,  /* ... and has taken longer than PACE_SLOW_US */
	} state;
	unsigned rank;
	int64_t order;
	uint64_t number;  /* of the asking */
	uint64_t caller;  /* tells callers apart */
	int64_t since_us; /* when it was asked for, or given */
	struct limiter *limiter;
	size_t at; /* in the limiter's heap */
	void *data;
	struct permit *before, *after;
};

struct pace *pace_new(void);
void pace_free(struct pace *p); /* with nothing waiting or under way; accepts NULL */

/* The limiter of an account and region, made if there is none, with this rate (calls a second, >=
 * 1) and concurrency (>= 1) from now on. Each call counts as one user; a limiter goes when the last
 * has left and its last call has ended. */
struct limiter *pace_join(struct pace *p, const char *account, const char *region, int rate,
	int concurrency, int64_t now_us);
void pace_leave(struct limiter *l); /* accepts NULL */

/* `permit` is in PERMIT_NONE. The lower rank goes first, then the lower order, then the older. */
void pace_ask(
	struct limiter *l, struct permit *permit, unsigned rank, int64_t order, int64_t now_us);
void pace_withdraw(
	struct permit *permit); /* it waits no longer; does nothing if it does not wait */

/* The next permit of any limiter whose call may be made now; the call is under way from then on.
 * NULL: none, until `ret_wait_us` are over (INT64_MAX: none at all) or somebody asks or ends. */
struct permit *pace_next(struct pace *p, int64_t now_us, int64_t *ret_wait_us);

void pace_end(struct permit *permit);
void pace_return(struct permit *permit, int64_t now_us); /* given, but no call was made */

/* The call was answered with throttling, and with a wish to wait (0: none); to be told before
 * pace_end(). True if the limiter's rate is now lower: halved. One caller alone does not bring that
 * about, since its cluster may be all that is throttled (and it waits by itself): it takes another
 * one within ten seconds. A call that began before the rate was last lowered says nothing about the
 * lower rate. */
bool pace_throttled(struct permit *permit, int64_t retry_after_us, int64_t now_us);

struct pace_status {
	const char *account, *region;        /* borrowed */
	size_t waiting, under_way, slow;     /* the slow ones are under way, too */
	int64_t rate_milli, full_rate_milli; /* calls in a thousand seconds */
	int concurrency;
};
size_t pace_limiters(const struct pace *p);
/* Of the limiter at `index`, below pace_limiters(), or of this one. */
void pace_status_at(struct pace *p, size_t index, int64_t now_us, struct pace_status *ret);
void pace_status(struct limiter *l, int64_t now_us, struct pace_status *ret);
