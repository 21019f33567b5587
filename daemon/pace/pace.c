/* Queues and token buckets of calls, one pair for each account and region. */
#include "pace/pace.h"

#include "base/memory.h"

#include <string.h>

#define CALL INT64_C(1000000000)             /* a call, in the unit of tokens */
#define LEAST_RATE_MILLI 500                 /* a lowered rate stays above this */
#define TOGETHER_US INT64_C(10000000)        /* throttled by the same cause, if within this */
#define BURST_US INT64_C(250000)             /* so much of the rate may be saved up */
#define EARN_MOST_US (10 * INT64_C(1000000)) /* more time at once fills any bucket */

/* Permits in the order in which they were asked for. */
struct line {
	struct permit *first, *last;
};

struct limiter {
	struct pace *pace;
	char *account, *region;
	size_t users;

	/* The bucket. A rate in thousandths of a call a second earns one token a us. */
	int64_t full_rate, concurrency;
	int64_t lowered_us;             /* when the rate was last lowered */
	int64_t lowered_rate, grows_us; /* the rate as it was before it grew, which it does since */
	int64_t tokens, earned_us;      /* as of then */
	int64_t rate;                   /* as of earned_us */
	int64_t pause_until_us;
	uint64_t throttled; /* the caller that was throttled last; 0 none */
	int64_t throttled_us;

	struct permit **heap; /* of those that wait, the first to go on top */
	size_t waiting, capacity;
	struct line line;  /* those that wait */
	struct line quick; /* those under way, but the slow ones */
	size_t quick_count, slow_count;
	int passed; /* permits in a row given to others while the one that waits longest was out of
		       patience */
};

struct pace {
	struct limiter **limiters;
	size_t limiter_count, limiter_capacity;
	uint64_t numbers, callers;
};

/* --- lines and heap --- */

static void line_add(struct line *l, struct permit *t)
{
	t->before = l->last;
	t->after = NULL;
	*(l->last ? &l->last->after : &l->first) = t;
	l->last = t;
}

static void line_remove(struct line *l, struct permit *t)
{
	*(t->before ? &t->before->after : &l->first) = t->after;
	*(t->after ? &t->after->before : &l->last) = t->before;
	t->before = t->after = NULL;
}

static bool goes_before(const struct permit *a, const struct permit *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a->order != b->order)
		return a->order < b->order;
	return a->number < b->number;
}

static void heap_put(struct limiter *l, size_t at, struct permit *t)
{
	l->heap[at] = t;
	t->at = at;
}

static void heap_rise(struct limiter *l, size_t at, struct permit *t)
{
	for (; at > 0 && goes_before(t, l->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_put(l, at, l->heap[(at - 1) / 2]);
	heap_put(l, at, t);
}

static void heap_sink(struct limiter *l, size_t at, struct permit *t)
{
	for (size_t child; (child = 2 * at + 1) < l->waiting; at = child) {
		size_t right = child + 1;
		if (right < l->waiting && goes_before(l->heap[right], l->heap[child]))
			child = right;
		if (!goes_before(l->heap[child], t))
			break;
		heap_put(l, at, l->heap[child]);
	}
	heap_put(l, at, t);
}

static void heap_remove(struct limiter *l, struct permit *t)
{
	struct permit *last = l->heap[--l->waiting];

	if (last != t) {
		heap_rise(l, t->at, last);
		heap_sink(l, last->at, last);
	}
}

/* --- limiters --- */

struct pace *pace_new(void)
{
	return xcalloc(1, sizeof(struct pace));
}

static void limiter_free(struct limiter *l)
{
	free(l->account);
	free(l->region);
	free(l->heap);
	free(l);
}

void pace_free(struct pace *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->limiter_count; i++)
		limiter_free(p->limiters[i]);
	free(p->limiters);
	free(p);
}

static void free_if_unused(struct limiter *l)
{
	struct pace *p = l->pace;
	size_t at = 0;

	if (l->users > 0 || l->waiting > 0 || l->quick_count > 0 || l->slow_count > 0)
		return;
	while (p->limiters[at] != l)
		at++;
	p->limiters[at] = p->limiters[--p->limiter_count];
	limiter_free(l);
}

static struct limiter *find_limiter(struct pace *p, const char *account, const char *region)
{
	for (size_t i = 0; i < p->limiter_count; i++)
		if (strcmp(p->limiters[i]->account, account) == 0 &&
			strcmp(p->limiters[i]->region, region) == 0)
			return p->limiters[i];
	return NULL;
}

static int64_t burst(const struct limiter *l)
{
	int64_t tokens = l->rate * BURST_US;

	return tokens > CALL ? tokens : CALL;
}

/* Once lowered it grows evenly (additive increase), from the end of the pause on. */
static int64_t rate_at(const struct limiter *l, int64_t now_us)
{
	int64_t for_us = now_us - l->grows_us, rate;

	if (for_us >= PACE_RECOVER_US)
		return l->full_rate;
	if (for_us < 0)
		for_us = 0;
	rate = l->lowered_rate + l->full_rate * for_us / PACE_RECOVER_US;
	return rate < l->full_rate ? rate : l->full_rate;
}

/* Earns tokens for the time since it last did, by the rate as it was then. */
static void earn(struct limiter *l, int64_t now_us)
{
	int64_t for_us = now_us - l->earned_us;

	if (for_us > EARN_MOST_US)
		for_us = EARN_MOST_US;
	if (for_us > 0) {
		l->tokens += l->rate * for_us;
		l->earned_us = now_us;
	}
	if (l->tokens > burst(l))
		l->tokens = burst(l);
	l->rate = rate_at(l, now_us);
}

static struct limiter *limiter_new(
	struct pace *p, const char *account, const char *region, int rate, int64_t now_us)
{
	struct limiter *l = xcalloc(1, sizeof(*l));

	l->pace = p;
	l->account = xstrdup(account);
	l->region = xstrdup(region);
	l->rate = rate * INT64_C(1000);
	l->tokens = burst(l);
	l->earned_us = now_us;
	l->lowered_us = l->grows_us = now_us - PACE_RECOVER_US;
	p->limiters = memory_grow(
		p->limiters, &p->limiter_capacity, p->limiter_count + 1, sizeof(struct limiter *));
	p->limiters[p->limiter_count++] = l;
	return l;
}

struct limiter *pace_join(struct pace *p, const char *account, const char *region, int rate,
	int concurrency, int64_t now_us)
{
	struct limiter *l = find_limiter(p, account, region);

	if (!l)
		l = limiter_new(p, account, region, rate, now_us);
	l->users++;
	l->full_rate = rate * INT64_C(1000);
	l->concurrency = concurrency;
	earn(l, now_us);
	return l;
}

void pace_leave(struct limiter *l)
{
	if (!l)
		return;
	l->users--;
	free_if_unused(l);
}

/* --- permits --- */

void pace_ask(struct limiter *l, struct permit *t, unsigned rank, int64_t order, int64_t now_us)
{
	t->state = PERMIT_WAITS;
	t->rank = rank;
	t->order = order;
	t->number = ++l->pace->numbers;
	if (!t->caller)
		t->caller = ++l->pace->callers;
	t->since_us = now_us;
	t->limiter = l;
	l->heap = memory_grow(l->heap, &l->capacity, l->waiting + 1, sizeof(struct permit *));
	heap_rise(l, l->waiting++, t);
	line_add(&l->line, t);
}

static void stop_waiting(struct permit *t)
{
	heap_remove(t->limiter, t);
	line_remove(&t->limiter->line, t);
	t->state = PERMIT_NONE;
}

void pace_withdraw(struct permit *t)
{
	if (t->state != PERMIT_WAITS)
		return;
	stop_waiting(t);
	free_if_unused(t->limiter);
}

/* The first by class and order; but whoever has been waiting for long has a share, so that no class
 * starves another, nor those of one class each other. */
static struct permit *choose(struct limiter *l, int64_t now_us)
{
	struct permit *first = l->heap[0], *longest = l->line.first;

	if (first == longest || now_us - longest->since_us < PACE_PATIENCE_US) {
		l->passed = 0;
		return first;
	}
	if (++l->passed < PACE_SHARE)
		return first;
	l->passed = 0;
	return longest;
}

static void find_slow(struct limiter *l, int64_t now_us)
{
	struct permit *t;

	while ((t = l->quick.first) && now_us - t->since_us >= PACE_SLOW_US) {
		line_remove(&l->quick, t);
		t->state = PERMIT_SLOW;
		l->quick_count--;
		l->slow_count++;
	}
}

/* How long until the limiter's next call may begin; 0: now. */
static int64_t wait_us(const struct limiter *l, int64_t now_us)
{
	int64_t tokens = 0, pause = l->pause_until_us - now_us, slot = 0;
	size_t places = (size_t)l->concurrency;

	if (l->waiting == 0 || l->quick_count + l->slow_count >= places * PACE_AT_ONCE)
		return INT64_MAX;
	if (l->quick_count >= places)
		slot = l->quick.first->since_us + PACE_SLOW_US - now_us;
	if (l->tokens < CALL)
		tokens = (CALL - l->tokens + l->rate - 1) / l->rate;
	if (tokens < pause)
		tokens = pause;
	return tokens > slot ? tokens : slot;
}

static void begin(struct limiter *l, struct permit *t, int64_t now_us)
{
	stop_waiting(t);
	t->state = PERMIT_QUICK;
	t->since_us = now_us;
	line_add(&l->quick, t);
	l->quick_count++;
	l->tokens -= CALL;
}

struct permit *pace_next(struct pace *p, int64_t now_us, int64_t *ret_wait_us)
{
	int64_t least_us = INT64_MAX;

	for (size_t i = 0; i < p->limiter_count; i++) {
		struct limiter *l = p->limiters[i];
		int64_t wait;
		earn(l, now_us);
		find_slow(l, now_us);
		wait = wait_us(l, now_us);
		if (wait <= 0) {
			struct permit *t = choose(l, now_us);
			begin(l, t, now_us);
			*ret_wait_us = 0;
			return t;
		}
		if (wait < least_us)
			least_us = wait;
	}
	*ret_wait_us = least_us;
	return NULL;
}

void pace_end(struct permit *t)
{
	struct limiter *l = t->limiter;

	if (t->state == PERMIT_QUICK) {
		line_remove(&l->quick, t);
		l->quick_count--;
	} else if (t->state == PERMIT_SLOW) {
		l->slow_count--;
	}
	t->state = PERMIT_NONE;
	free_if_unused(l);
}

void pace_return(struct permit *t, int64_t now_us)
{
	earn(t->limiter, now_us);
	t->limiter->tokens += CALL;
	pace_end(t);
}

bool pace_throttled(struct permit *t, int64_t retry_after_us, int64_t now_us)
{
	struct limiter *l = t->limiter;
	bool alone = l->throttled == 0 || l->throttled == t->caller ||
		now_us - l->throttled_us > TOGETHER_US;
	int64_t pause_us =
		retry_after_us < PACE_PAUSE_MOST_US ? retry_after_us : PACE_PAUSE_MOST_US;
	bool lowers;

	l->throttled = t->caller;
	l->throttled_us = now_us;
	if (alone)
		return false;
	earn(l, now_us);
	if (l->pause_until_us < now_us + pause_us)
		l->pause_until_us = now_us + pause_us;
	lowers = t->since_us > l->lowered_us;
	if (lowers) {
		l->rate = l->rate / 2 > LEAST_RATE_MILLI ? l->rate / 2 : LEAST_RATE_MILLI;
		l->lowered_us = now_us;
	}
	l->lowered_rate = l->rate;
	l->grows_us = now_us > l->pause_until_us ? now_us : l->pause_until_us;
	return lowers;
}

/* --- what people see --- */

size_t pace_limiters(const struct pace *p)
{
	return p->limiter_count;
}

void pace_status(struct limiter *l, int64_t now_us, struct pace_status *ret)
{
	earn(l, now_us);
	find_slow(l, now_us);
	*ret = (struct pace_status){.account = l->account,
		.region = l->region,
		.waiting = l->waiting,
		.under_way = l->quick_count + l->slow_count,
		.slow = l->slow_count,
		.rate_milli = l->rate,
		.full_rate_milli = l->full_rate,
		.concurrency = (int)l->concurrency};
}

void pace_status_at(struct pace *p, size_t index, int64_t now_us, struct pace_status *ret)
{
	pace_status(p->limiters[index], now_us, ret);
}
