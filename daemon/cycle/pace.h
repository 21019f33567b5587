/* When calls to the cloud may be made: a budget for each account and region (a lane), so that one
 * that is throttled or hangs slows no other (L2), and a queue for each. Pure: now is an argument,
 * in us of CLOCK_BOOTTIME.
 *
 *	pace_ask(lane, turn, class, order, now);         the caller wants to make a call
 *	while ((turn = pace_next(pace, now, &wait_us)))  its turn: it has begun
 *		... make the call, or pace_spare(turn, now) if there is none to make any more ...
 *	pace_end(turn, now);                             its answer has come
 *
 * A lane lets through `rate` calls a second, in a burst at most what it earns in a quarter of one,
 * and `concurrency` at once. A call that takes long gives its place to another, until there are
 * PACE_AT_ONCE times as many as that. */
#pragma once

#include "cycle/cycle.h"

#define PACE_SLOW_US INT64_C(2000000) /* a call that takes longer gives its place back */
#define PACE_AT_ONCE 4                /* calls under way, slow ones too: so often concurrency */
#define PACE_PATIENCE_US INT64_C(60000000) /* who waited longer gets every PACE_SHARE-th turn */
#define PACE_SHARE 4
#define PACE_RECOVER_US INT64_C(60000000) /* from nothing to the full rate without throttling */
#define PACE_PAUSE_MOST_US                                                    \
	INT64_C(60000000) /* for Retry-After; its own cluster waits all of it \
			   */

/* Who goes first. Within a class by `order`, then first come, first served. */
enum pace_class {
	PACE_CHANGE, /* changes something, or goes on with a listing: these grow old (S2) */
	PACE_DUE,    /* a listing before a due backup; `order`: the start of the newest valid set */
	PACE_REFRESH, /* all else */
};
/* The class of a call's effect, and its place within. */
enum pace_class pace_class(const struct effect *e, int64_t *ret_order);

struct pace;
struct pace_lane;

/* A caller's place, all zero at first, its memory the caller's. Private but for `state` and `data`,
 * which is the caller's own. One that
 * waits or is under way must not be freed: pace_withdraw() or pace_end() first. */
struct pace_turn {
	enum pace_state { PACE_AWAY, PACE_WAITS, PACE_QUICK, PACE_SLOW } state;
	enum pace_class class;
	int64_t order;
	uint64_t number;  /* of the asking */
	uint64_t caller;  /* tells callers apart */
	int64_t since_us; /* it waits, or is under way */
	struct pace_lane *lane;
	size_t at; /* in the lane's heap */
	void *data;
	struct pace_turn *before, *after;
};

struct pace *pace_new(void);
void pace_free(struct pace *p); /* with nothing waiting or under way; accepts NULL */

/* The lane of an account and region, made if there is none, with this rate (calls a second, >= 1)
 * and concurrency (>= 1) from now on. Each call counts as one user; a lane goes when the last has
 * left and its last call has ended. */
struct pace_lane *pace_join(struct pace *p, const char *account, const char *region, int rate,
	int concurrency, int64_t now_us);
void pace_leave(struct pace_lane *l); /* accepts NULL */

/* `turn` is away. */
void pace_ask(struct pace_lane *l, struct pace_turn *turn, enum pace_class class, int64_t order,
	int64_t now_us);
void pace_withdraw(struct pace_turn *turn); /* it waits no longer; does nothing if it does not */

/* The next that may go, of any lane; it is under way from now on. NULL: none, until `ret_wait_us`
 * are over (INT64_MAX: none at all) or somebody asks or ends. */
struct pace_turn *pace_next(struct pace *p, int64_t now_us, int64_t *ret_wait_us);

void pace_end(struct pace_turn *turn, int64_t now_us);
void pace_spare(struct pace_turn *turn, int64_t now_us); /* begun, but no call was made */

/* The call was answered with throttling, and with a wish (0: none); to be told before pace_end().
 * True if the lane's rate is now lower: halved. One caller alone does not bring that about, since
 * its cluster may be all that is throttled (and it waits by itself): it takes another one within
 * ten seconds; and what began before the rate was last lowered says nothing about the lower one. */
bool pace_throttled(struct pace_turn *turn, int64_t retry_after_us, int64_t now_us);

struct pace_view {
	const char *account, *region;        /* borrowed */
	size_t waiting, under_way, slow;     /* slow ones are under way, too */
	int64_t rate_milli, full_rate_milli; /* calls in a thousand seconds */
	int concurrency;
};
size_t pace_lanes(const struct pace *p);
/* The lane at `index`, or (pace_look) this one. */
void pace_look_at(struct pace *p, size_t index, int64_t now_us, struct pace_view *ret);
void pace_look(struct pace_lane *l, int64_t now_us, struct pace_view *ret);
